"""The numbers of a run: what metrics.json holds and `elbax evaluate` prints."""

import json
from math import log
from typing import Any

import numpy as np

from elbax.data import Dataset
from elbax.errors import InputError
from elbax.estimator import VAE
from elbax.files import atomic_write
from elbax.runs.folder import Run, rows_of

__all__ = ["LIKELIHOOD_ROWS", "UNITS", "measure", "measure_run", "read_metrics", "write_metrics"]

LIKELIHOOD_ROWS = 2000
IMPORTANCE_SAMPLES = 100
UNITS = {
    "elbo": "nats per row",
    "reconstruction": "nats per row, -log p(x|z)",
    "kl": "nats per row",
    "log_likelihood": f"nats per row; {IMPORTANCE_SAMPLES} importance samples, log_likelihood_rows rows",
    "bits_per_dim": "-log_likelihood in bits per feature, for whole-number likelihoods",
    "active_units": "latents whose posterior mean varies by more than 0.01",
    "seconds": "training time",
}


def measure(vae: VAE, dataset: Dataset, x: np.ndarray) -> dict[str, Any]:
    """Measure a fitted estimator on rows x (n, *event); `UNITS` says in what.

    The log-likelihood is taken on at most 2,000 rows, spread evenly.
    """
    terms = vae.elbo(rows_of(dataset, x)).mean()
    chosen = np.unique(np.linspace(0, len(x) - 1, LIKELIHOOD_ROWS).astype(int))
    log_likelihood = float(vae.score_samples(rows_of(dataset, x[chosen]), IMPORTANCE_SAMPLES).mean())
    found = {
        **{name: float(terms[name]) for name in ("elbo", "reconstruction", "kl")},
        "log_likelihood": log_likelihood,
        "log_likelihood_rows": len(chosen),
        "active_units": int(vae.active_units(rows_of(dataset, x)).active.sum()),
        "n_rows": len(x),
    }
    if vae.likelihood_.proper and vae.likelihood_.support.integer:
        found["bits_per_dim"] = -log_likelihood / (vae.n_features_in_ * log(2))
    return found


def measure_run(run: Run, vae: VAE) -> dict[str, Any]:
    """Measure every part of a run's data."""
    parts = {name: measure(vae, run.dataset, x) for name, x in run.parts().items()}
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
