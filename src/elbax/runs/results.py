"""Results of a run: metrics.json, evaluation.json and report.html."""

import hashlib
import json
from pathlib import Path
from typing import Any

from elbax import report
from elbax.data import Dataset, evenly_spaced
from elbax.doctor import has_seen_held_out
from elbax.errors import InputError
from elbax.estimator import VAE
from elbax.evaluate import FEWEST_ROWS, Budget, Estimate, Evaluation, bits_per_dim, is_discrete
from elbax.files import atomic_write
from elbax.runs.folder import Run, rows_of

LIKELIHOOD_ROWS = 2000
MEASURED_ROWS = Budget().measured
IMPORTANCE_SAMPLES = 100
_EVALUATION = "evaluation.json"
UNITS = {
    "elbo": "nats per row",
    "reconstruction": "nats per row, -log p(x|z)",
    "kl": "nats per row",
    "log_likelihood": f"nats per row; {IMPORTANCE_SAMPLES} importance samples, log_likelihood_rows rows",
    "measured_rows": "rows, evenly spread, that stand for all n_rows in every other measure; missing where all do",
    "bits_per_dim": "-elbo in bits per feature, for likelihoods of integers",
    "seen": "whether a kept linear model has since been fitted to these rows too; simple_models was measured before",
    "active_units": "latents whose posterior mean has a variance of more than 0.01",
    "simple_models": "nats per row of the same rows; difference: the ELBO less a simple model's log-likelihood, by row",
    "seconds": "training time",
}


def measure(vae: VAE, part: Dataset) -> dict[str, Any]:
    """Measure a fitted estimator on some rows; `UNITS` says in what.

    At most 10,000 rows are measured, and the log-likelihood is taken on at most 2,000, spread evenly. Means are
    weighted if rows have weights. A plain autoencoder has no bound and no log-likelihood.
    """
    n_rows = len(part.x)
    part = part if n_rows <= MEASURED_ROWS else part.take(evenly_spaced(n_rows, MEASURED_ROWS))
    rows, context = rows_of(part), part.context
    measured = vae.measure_elbo(rows, context=context)
    terms = {name: Estimate.of(values, part.weights).mean for name, values in measured.items()}
    found: dict[str, Any] = {"reconstruction": terms["reconstruction"]}
    if vae.module_.posterior.has_density:
        few = part.take(evenly_spaced(len(part.x), LIKELIHOOD_ROWS))
        scores = vae.score_samples(rows_of(few), IMPORTANCE_SAMPLES, context=few.context)
        found |= {
            "elbo": terms["elbo"],
            "kl": terms["kl"],
            "log_likelihood": Estimate.of(scores, few.weights).mean,
            "log_likelihood_rows": len(few.x),
        }
    found |= {
        "active_units": int(vae.active_units(rows, context=context).active.sum()),
        "n_rows": n_rows,
    }
    if len(part.x) < n_rows:
        found["measured_rows"] = len(part.x)
    if is_discrete(vae.likelihood_) and "elbo" in found:
        found["bits_per_dim"] = bits_per_dim(found["elbo"], vae.n_features_in_)
    return found


def measure_run(run: Run, vae: VAE) -> dict[str, Any]:
    """Measure every part of a run's data."""
    parts = {name: measure(vae, part) for name, part in run.parts().items()}
    if "validation" in parts and has_seen_held_out(vae.plan_, vae.outcome_):
        parts["validation"]["seen"] = True
    ladder = vae.outcome_.ladder
    simple = {} if ladder is None else {"simple_models": ladder.to_json()}
    return {**parts, **simple, "seconds": vae.outcome_.seconds, "n_parameters": int(vae.n_parameters_), "units": UNITS}


def write_metrics(run: Run, metrics: dict[str, Any]) -> None:
    """Write metrics.json."""
    atomic_write(run.folder / "metrics.json", (json.dumps(metrics, indent=2) + "\n").encode())


def read_metrics(run: Run) -> dict[str, Any]:
    """Read metrics.json; InputError if it is missing or damaged."""
    path = run.folder / "metrics.json"
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{run.folder} is not finished; continue it with `elbax fit --resume {run.folder}`") from None
    except ValueError as error:
        raise InputError(
            f"{path} is damaged ({error}); write it again with `elbax fit --resume {run.folder}`"
        ) from error


def evaluate_run(run: Run, vae: VAE, other: Dataset | None = None, **settings: Any) -> tuple[str, Evaluation]:
    """Evaluate a run's model in full, with settings of `VAE.evaluate`; return the name of the rows and the evaluation.

    The rows are ``other``, or else the first sufficiently large part among test, validation and training rows.
    """
    parts = run.parts()
    large = [name for name in ("test", "validation") if name in parts and len(parts[name].x) >= FEWEST_ROWS]
    name = [*large, "train"][0]
    part = parts[name] if other is None else other
    train = rows_of(parts["train"])
    evaluation = vae.evaluate(rows_of(part), context=part.context, train=train, data_name=part.name, **settings)
    return part.name if other is not None else name, evaluation


def write_evaluation(run: Run, part: str, evaluation: Evaluation) -> None:
    """Write the evaluation on a part of the run's rows to evaluation.json, for the report."""
    record = {"part": part, "model": _model_digest(run), **evaluation.to_json()}
    atomic_write(run.folder / _EVALUATION, (json.dumps(record, indent=2) + "\n").encode())


def read_evaluation(run: Run) -> tuple[str, Evaluation] | None:
    """The name of the rows and the evaluation of the run's present model, or None."""
    path = run.folder / _EVALUATION
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text())
        part, model = record.pop("part"), record.pop("model")
        return (part, Evaluation.from_json(record)) if model == _model_digest(run) else None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is damaged ({error}); write it again with `elbax evaluate {run.folder} --full`"
        ) from error


def _model_digest(run: Run) -> str:
    """The digest that ties an evaluation to its model."""
    return hashlib.sha256((run.folder / "model.safetensors").read_bytes()).hexdigest()


def write_report(run: Run, vae: VAE) -> Path:
    """Write report.html and return its path."""
    parts, path = run.parts(), run.folder / "report.html"
    train, held_out = parts["train"], parts.get("validation")
    content = report.collect(
        vae,
        rows_of(train),
        run.named_labels(train),
        context=train.context,
        validation=held_out and (rows_of(held_out), held_out.context, held_out.weights),
        sample_weight=train.weights,
        title=f"elbax fit {run.dataset.name}",
        data_name=run.settings.data,
        notes=run.dataset.notes,
        evaluation=read_evaluation(run),
    )
    report.write(content, path)
    return path
