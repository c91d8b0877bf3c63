"""The content of a report, collected from the public methods of a fitted estimator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from elbax import plots
from elbax.data import Schema, as_array, data_facts, evenly_spaced, take_rows
from elbax.doctor import Diagnosis, has_seen_held_out
from elbax.errors import InputError
from elbax.evaluate import Budget, Estimate, Evaluation, Ladder, bits_per_dim, is_discrete
from elbax.fit.rows import index_of
from elbax.report.figures import StaticFigure, evaluation_figures, ladder_figures, static_figures

_MOST_COLUMNS = 40  # of a table in the facts
MEASURED_ROWS, SCORED_ROWS, SHOWN_ROWS = Budget().measured, 1_000, 5_000


@dataclass(frozen=True, eq=False)
class ReportContent:
    """The content of a report page."""

    title: str  # heading of the page
    facts: Mapping[str, Mapping[str, str]]  # about data and fit: group, then name, then value
    metrics: Mapping[str, Mapping[str, Estimate]]  # by split: elbo, reconstruction, kl, log_likelihood
    bits: Mapping[str, float] | None  # the negative ELBO per split, bits per dimension; None unless data are discrete
    note: str  # the meaning of log p(x) for this likelihood, and whether validation rows were trained on
    history: pd.DataFrame  # one row per epoch, nats per row
    rows: np.ndarray  # numbers or names of the rows shown in the latent plane: their index, or positions
    latent: np.ndarray  # latent means of these rows, (len(rows), latent_dim)
    labels: np.ndarray | None  # labels of these rows
    label_name: str  # for legends
    kl: np.ndarray  # mean KL of each latent, nats per row, (latent_dim,)
    active: np.ndarray  # which latents vary with the data, (latent_dim,)
    figures: tuple[StaticFigure, ...]  # static figures, in order
    diagnosis: Diagnosis
    ladder: Ladder | None = None  # the model beside simple ones
    ladder_figures: tuple[StaticFigure, ...] = ()
    evaluation: tuple[str, Evaluation] | None = None  # the name of the rows of a full evaluation, and its results
    evaluation_figures: tuple[StaticFigure, ...] = ()

    @property
    def has_bound(self) -> bool:
        """Whether there is a bound on log p(x); a plain autoencoder has none."""
        return any("elbo" in measured for measured in self.metrics.values())


def collect(
    vae: Any,
    x: Any,
    labels: ArrayLike | None = None,
    *,
    context: Any | None = None,
    validation: Any | None = None,
    sample_weight: np.ndarray | None = None,
    evaluation: tuple[str, Evaluation] | None = None,
    title: str = "Variational autoencoder",
    data_name: str | None = None,
    notes: Sequence[str] = (),
) -> ReportContent:
    """Collect a report from a fitted `elbax.VAE`.

    Means are taken over at most 10,000 rows (1,000 for the log-likelihood) and 5,000 are shown in the latent plane,
    evenly spaced.

    Args:
        vae: the fitted estimator.
        x: the rows passed to ``fit``.
        labels: one per row, for the colors of latent points; not used by the model. A Series brings their name.
        context: context of the rows, for a conditional model.
        validation: validation rows, a pair (rows, context), or these with weights.
        sample_weight: weights of the rows in means.
        evaluation: the name of the rows of a full evaluation, and the result of `VAE.evaluate`.
        title: heading of the page.
        data_name: name of the data.
        notes: sentences on how the data were read, those of a `Dataset`.

    Raises:
        InputError: the number of labels is not that of rows.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> from elbax import VAE
        >>> iris = load_iris()
        >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(iris.data)
        >>> collect(vae, iris.data, iris.target).latent.shape
        (150, 2)
    """
    label_name, labels = plots.label_name(labels), None if labels is None else np.asarray(labels).ravel()
    if labels is not None and len(labels) != len(x):
        raise InputError(f"labels must have one entry per row of x, {len(x)}; got {len(labels)}")
    splits = {"training": (x, context, sample_weight)}
    if validation is not None:
        given = validation if isinstance(validation, tuple) else (validation,)
        splits["validation"] = (*given, None, None)[:3]
    metrics = {name: _measure(vae, *split) for name, split in splits.items()}
    rows = evenly_spaced(len(x), SHOWN_ROWS)
    shown, shown_context = take_rows(x, rows), take_rows(context, rows)
    measured = evenly_spaced(len(x), MEASURED_ROWS)
    units = vae.active_units(take_rows(x, measured), context=take_rows(context, measured))
    is_frame = vae.schema_.table is not None
    shown, shown_context = vae.open_rows(shown, shown_context)
    x_shown = shown if is_frame else np.asarray(as_array(shown)[0]).reshape(-1, *vae.schema_.axes.shape)
    return ReportContent(
        title=title,
        facts=_facts(vae, {name: len(split[0]) for name, split in splits.items()}, data_name, notes),
        metrics=metrics,
        bits=_bits(vae, metrics),
        note=_note(vae) + _seen_note(vae, metrics),
        history=vae.history_,
        rows=rows if (index := index_of(x)) is None else _row_names(index[rows]),
        latent=np.asarray(vae.transform(shown, context=shown_context)),
        labels=None if labels is None else labels[rows],
        label_name=label_name,
        kl=np.asarray(units.kl),
        active=np.asarray(units.active),
        figures=tuple(static_figures(vae, x_shown, units.kl, units.active, shown_context)),
        diagnosis=vae.diagnose(x, context=context, validation_data=validation, probes=False),
        ladder=vae.outcome_.ladder,
        ladder_figures=tuple(ladder_figures(vae.outcome_.ladder)),
        evaluation=evaluation,
        evaluation_figures=() if evaluation is None else tuple(evaluation_figures(evaluation[1])),
    )


def _row_names(index: pd.Index) -> np.ndarray:
    """Integers as they are, other names as text."""
    return index.to_numpy() if index.dtype.kind in "iu" else index.astype(str).to_numpy(object)


def _measure(vae: Any, x: Any, context: Any, weights: Any) -> dict[str, Estimate]:
    """ELBO, its two terms and the importance-weighted log-likelihood of one split."""
    measured, scored = evenly_spaced(len(x), MEASURED_ROWS), evenly_spaced(len(x), SCORED_ROWS)
    terms = vae.measure_elbo(take_rows(x, measured), context=take_rows(context, measured))
    own = take_rows(weights, measured)
    if not vae.module_.posterior.has_density:
        return {"reconstruction": Estimate.of(terms["reconstruction"], own)}
    scores = vae.score_samples(take_rows(x, scored), context=take_rows(context, scored))
    log_likelihood = Estimate.of(scores, take_rows(weights, scored))
    names = ("elbo", "reconstruction", "kl")
    return {name: Estimate.of(terms[name], own) for name in names} | {"log_likelihood": log_likelihood}


def _bits(vae: Any, metrics: Mapping[str, Mapping[str, Estimate]]) -> dict[str, float] | None:
    """The negative ELBO in bits per dimension: a code length, so only for discrete data."""
    if not is_discrete(vae.likelihood_):
        return None
    return {
        split: bits_per_dim(measured["elbo"].mean, vae.n_features_in_)
        for split, measured in metrics.items()
        if "elbo" in measured
    }


def _note(vae: Any) -> str:
    if not vae.module_.posterior.has_density:
        return "A plain autoencoder has no bound on log p(x), only a reconstruction."
    if not vae.likelihood_.proper:
        return (
            "This likelihood is not normalized, so log p(x) is no log-probability: compare it only with fits of "
            "the same likelihood."
        )
    if is_discrete(vae.likelihood_):
        return "The data are discrete, so log p(x) is the logarithm of a probability."
    return (
        "The data are continuous, so log p(x) is a density: it changes with the units of the data and may be positive."
    )


def _seen_note(vae: Any, metrics: Mapping[str, Any]) -> str:
    if "validation" not in metrics or not has_seen_held_out(vae.plan_, vae.outcome_):
        return ""
    return (
        " The validation rows are no longer held out: the linear model was kept and then fitted to all rows. Simple "
        "models were compared before that."
    )


def _facts(
    vae: Any, sizes: Mapping[str, int], data_name: str | None, notes: Sequence[str]
) -> dict[str, dict[str, str]]:
    history, axes = vae.history_, vae.schema_.axes
    kind = f"table, {axes.shape[0]} columns" if axes.is_table else axes.describe()
    data = {"Name": data_name} if data_name else {}
    data |= {"Rows": f"{sizes['training']:,}", "Each row": f"{kind} ({vae.n_features_in_:,} features)"}
    if "validation" in sizes:
        data["Validation rows"] = f"{sizes['validation']:,}"
    if notes:
        data["As read"] = "; ".join(notes)
    if vae.context_schema_ is not None:
        data["Context of each row"] = vae.context_schema_.describe_entry()
    data |= data_facts(vae.schema_)
    plan, outcome = vae.plan_.describe(), vae.outcome_
    objective = plan["objective"]
    if objective == "elbo":
        objective = f"ELBO, weight of the KL {plan['beta']:g}"
    model = {
        "Likelihood p(x|z)": plan["chosen_likelihood"].replace("_", " "),
        "Why": plan["likelihood_reason"].partition(", because ")[2] or plan["likelihood_reason"],
        "Posterior q(z|x)": plan["posterior"].replace("_", " "),
        "Prior p(z)": plan["prior"].replace("_", " "),
        "Latents": str(plan["latent_dim"]),
        "Network": vae.plan_.network_text(),
        "Parameters": f"{vae.n_parameters_:,}",
        "Objective": objective,
    }
    planned = f" of {plan['epochs']:,} planned" if outcome.stopped_early else ""
    training = {
        "Epochs": f"{len(history):,}{planned}",
        "Weights": "of the linear model" if outcome.kept_start else f"of epoch {outcome.best_epoch:,}",
        "Start": outcome.start_text,
        "Batch size": f"{plan['batch_size']:,} rows",
        "Learning rate": f"{plan['learning_rate']:g}, {plan['schedule']}",
        "Optimizer": plan["optimizer"],
        "Seed": ("none" if vae.random_state is None else str(vae.random_state)) + f", of these weights {vae.seed_}",
        "Precision": plan["precision"],
        "Time": f"{history['seconds'].max() if len(history) else 0:.1f} seconds",
    }
    versions = {name: _version(name) for name in ("elbax", "jax", "numpy")} | {"Python": python_version()}
    columns = {} if vae.schema_.table is None else {"Columns": _column_facts(vae.schema_)}
    return {"Data": data, **columns, "Model": model, "Training": training, "Versions": versions}


def _column_facts(schema: Schema) -> dict[str, str]:
    """The kind of each column of a table, why, and its gaps."""
    overview = schema.overview()
    shown = overview.head(_MOST_COLUMNS)
    facts = {
        row.column: f"{row.kind}: {row.why}" + (f"; {row.gaps:.0%} gaps" if row.gaps else "")
        for row in shown.itertuples()
    }
    more = len(overview) - len(shown)
    return facts | ({"…": f"{more} more"} if more else {})


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
