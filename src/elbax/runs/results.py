"""What a run reached: the numbers in metrics.json, and report.html."""

import json
from math import ceil, log
from pathlib import Path
from typing import Any

from elbax import report
from elbax.data import Dataset, spread
from elbax.errors import InputError
from elbax.estimator import VAE
from elbax.files import atomic_write
from elbax.runs.folder import Run, rows_of

__all__ = [
    "LIKELIHOOD_ROWS",
    "UNITS",
    "measure",
    "measure_run",
    "read_metrics",
    "write_metrics",
    "write_report",
]

LIKELIHOOD_ROWS = 2000
ELBO_SAMPLES = 2000  # of all rows together: with fewer, their noise would hide what the log-likelihood gains
MEASURED_ROWS = 100_000
IMPORTANCE_SAMPLES = 100
UNITS = {
    "elbo": "nats per row",
    "reconstruction": "nats per row, -log p(x|z)",
    "kl": "nats per row",
    "log_likelihood": f"nats per row; {IMPORTANCE_SAMPLES} importance samples, log_likelihood_rows rows",
    "measured_rows": "rows, evenly spread, that stand for all n_rows in every other measure; missing where all do",
    "bits_per_dim": "-elbo in bits per feature, for whole-number likelihoods",
    "active_units": "latents whose posterior mean varies by more than 0.01",
    "seconds": "training time",
}


def measure(vae: VAE, part: Dataset) -> dict[str, Any]:
    """Measure a fitted estimator on some rows; `UNITS` says in what.

    At most 100,000 rows are measured, and the log-likelihood is taken on at most 2,000, spread evenly.
    """
    n_rows = len(part.x)
    part = part if n_rows <= MEASURED_ROWS else part.take(spread(n_rows, MEASURED_ROWS))
    rows, context = rows_of(part), part.context
    terms = vae.elbo(rows, ceil(ELBO_SAMPLES / len(part.x)), context=context).mean()
    chosen = spread(len(part.x), LIKELIHOOD_ROWS)
    few = part.take(chosen)
    scores = vae.score_samples(rows_of(few), IMPORTANCE_SAMPLES, context=few.context)
    found = {
        **{name: float(terms[name]) for name in ("elbo", "reconstruction", "kl")},
        "log_likelihood": float(scores.mean()),
        "log_likelihood_rows": len(chosen),
        "active_units": int(vae.active_units(rows, context=context).active.sum()),
        "n_rows": n_rows,
    }
    if len(part.x) < n_rows:
        found["measured_rows"] = len(part.x)
    if vae.likelihood_.proper and vae.likelihood_.support.integer:
        found["bits_per_dim"] = -found["elbo"] / (vae.n_features_in_ * log(2))
    return found


def measure_run(run: Run, vae: VAE) -> dict[str, Any]:
    """Measure every part of a run's data."""
    parts = {name: measure(vae, part) for name, part in run.parts().items()}
    seconds = float(vae.history_["seconds"].iloc[-1]) if len(vae.history_) else 0.0
    return {**parts, "seconds": seconds, "n_parameters": int(vae.n_parameters_), "units": UNITS}


def write_metrics(run: Run, metrics: dict[str, Any]) -> None:
    """Write metrics.json."""
    atomic_write(run.folder / "metrics.json", (json.dumps(metrics, indent=2) + "\n").encode())


def read_metrics(run: Run) -> dict[str, Any]:
    """Read metrics.json.

    Raises:
        InputError: it is not there, or damaged.
    """
    path = run.folder / "metrics.json"
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(
            f"{run.folder} is not finished; continue it with `elbax fit --resume {run.folder}`"
        ) from None
    except ValueError as error:
        raise InputError(
            f"{path} is damaged ({error}); write it again with `elbax fit --resume {run.folder}`"
        ) from error


def write_report(run: Run, vae: VAE) -> Path:
    """Write report.html and return where it is."""
    parts, path = run.parts(), run.folder / "report.html"
    train, held_out = parts["train"], parts.get("validation")
    content = report.collect(
        vae,
        rows_of(train),
        train.labels,
        context=train.context,
        validation=None if held_out is None else (rows_of(held_out), held_out.context),
        title=f"elbax fit {run.dataset.name}",
        data_name=run.settings.data,
    )
    report.write(content, path)
    return path
