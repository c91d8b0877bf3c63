"""What is a good value: models that any fit should beat, and figures published for the same data."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from sklearn.decomposition import PCA

<<<<<<< ffe8c9800cffaf557863919af930cf82eb0261a5
from elbax.core.likelihoods import AbstractLikelihood, Mixed, NegativeBinomial, Normal
from elbax.types import Batch, Summary
=======
from elbax.core.likelihoods import AbstractLikelihood
>>>>>>> 28fa9226d92ca034f75fb2823d98c6752645fdd3

__all__ = ["Reference", "ppca_reference", "published"]

_MOST_FEATURES = 2048


class Reference(NamedTuple):
    """A value to compare log p(x) with.

    Attributes:
        name: whose value it is.
        nats: mean log p(x) of a row, or None where nothing compares.
        note: what it is, or why nothing compares.
    """

    name: str
    nats: float | None
    note: str


def ppca_reference(
    likelihood: AbstractLikelihood, latent_dim: int, train: np.ndarray, rows: Batch
) -> Reference:
    """The exact log-density of rows under probabilistic PCA with as many latents, fitted to the training rows.

    Both are log-densities in the data's own units, so a VAE with a normal likelihood that is worse has not used its
    networks.
    """
    name = f"exact pPCA, {latent_dim} latent{'s' * (latent_dim != 1)}"
    train, x = (np.asarray(each, np.float64).reshape(len(each), -1) for each in (train, rows.x))
    if rows.observed is not None:
        return Reference(name, None, "not comparable: rows with missing values")
    if not likelihood.proper:
        return Reference(name, None, "not comparable: a loss")
    if any(likelihood.support_of(column).integer for column in range(train.shape[1])):
        return Reference(name, None, "not comparable: discrete data")
    if train.shape[1] > _MOST_FEATURES:
        return Reference(name, None, f"left out: rows have more than {_MOST_FEATURES:,} features")
    if latent_dim >= min(train.shape[1], len(train)):
        return Reference(name, None, "there is none: as many latents as features, or as rows")
    spread = train.std(axis=0)
    if np.linalg.matrix_rank((train - train.mean(axis=0)) / np.where(spread > 0, spread, 1)) < train.shape[1]:
        return Reference(name, None, "has no density here: the rows lie in a plane of their space")
    return Reference(
        name, float(PCA(latent_dim, svd_solver="full").fit(train).score(x)), "exact, in the same units"
    )


def published(data_name: str, facts: Mapping[str, str]) -> list[Reference]:
    """Figures published for a data set whose name is in this one; one line says so where they do not compare.

    Args:
        data_name: the name of the data.
        facts: "rows" ("binary" or other) and "likelihood" (its name) of the fit, which must be the published ones'.

    Example:
        >>> published("mnist", {"rows": "binary", "likelihood": "bernoulli"})[0].nats
        -86.76
    """
    table = json.loads(files("elbax.evaluate").joinpath("published.json").read_text(encoding="utf-8"))
    found, name = [], data_name.lower()
    for known, entry in table.items():
        if known not in name or entry["without"] in name:
            continue
        if all(facts[fact] == wanted for fact, wanted in entry["needs"].items()):
            found += [
                Reference(row["model"], row["nats"], f"{row['protocol']}, arXiv {row['arxiv']}")
                for row in entry["rows"]
            ]
        else:
            best = max(row["nats"] for row in entry["rows"])
            found.append(Reference("published", None, f"not comparable: −{-best:.2f}, {entry['what']}"))
    return found
<<<<<<< ffe8c9800cffaf557863919af930cf82eb0261a5


def constant_density(likelihood: AbstractLikelihood, summary: Summary, rows: Batch) -> float:
    """Mean log-density of the observed cells of rows under a decoder that ignores the latents, nats a row.

    A learned scale is taken at the spread of the rows, a learned dispersion at the best of several.
    """
    x = np.asarray(rows.x).reshape(len(rows.x), -1)
    observed = None if rows.observed is None else np.asarray(rows.observed, bool).reshape(x.shape)
    return _constant_density(likelihood, summary.flat, x, observed)


def _constant_density(likelihood, summary: Summary, x: np.ndarray, observed: np.ndarray | None) -> float:
    """Of flat rows, (n, d)."""
    if isinstance(likelihood, Mixed):
        groups = zip(likelihood.parts, map(list, likelihood.columns), strict=True)
        seen = lambda group: None if observed is None else observed[:, group]  # noqa: E731
        return sum(_constant_density(part, summary.of(g), x[:, g], seen(g)) for part, g in groups)
    part = getattr(likelihood, "location_scale", None)
    if part is not None and part.scale != "fixed" and isinstance(likelihood, Normal):
        share = (
            1.0 if observed is None else observed.mean(axis=0)
        )  # of each feature's cells that were observed
        squares = np.square(x - summary.mean)
        squares = squares if observed is None else np.where(observed, squares, 0.0)
        spread = variance = squares.mean(axis=0) / np.maximum(share, 1 / len(x))
        if part.scale == "shared":
            relative = np.average(variance / summary.unit**2, weights=np.broadcast_to(share, variance.shape))
            variance = np.full_like(variance, relative) * summary.unit**2
        variance = np.maximum(variance, (np.asarray(part.floors) * summary.unit) ** 2)
        return float(-0.5 * (share * (np.log(2 * np.pi * variance) + spread / variance)).sum())
    x = np.asarray(x, np.float32)
    if isinstance(likelihood, NegativeBinomial):
        scaled = [likelihood.dispersed(value, summary.mean.shape) for value in _CONSTANT_DISPERSIONS]
    elif part is None or part.scale == "fixed":
        return float(_density(likelihood, likelihood.initial_outputs(summary), x, observed))
    else:
        where = lambda likelihood: likelihood.location_scale  # noqa: E731
        scaled = [eqx.tree_at(where, likelihood, part.freed(scale)) for scale in _CONSTANT_SCALES]
    # A scale that is freed is no output any more.
    found = np.stack(
        [_feature_densities(each, each.initial_outputs(summary), x, observed) for each in scaled]
    )
    return float(
        found.sum(axis=1).max() if part is not None and part.scale == "shared" else found.max(axis=0).sum()
    )


@eqx.filter_jit
def _density(likelihood, outputs, x, observed):
    """Mean log-density of the rows under constant outputs; a loss may be one number for a row."""
    return jax.vmap(likelihood.log_prob, (None, 0, 0))(outputs, x, observed).mean()


@eqx.filter_jit
def _feature_densities(likelihood, outputs, x, observed):
    """Mean log-density of each feature's observed cells, times their share, under constant outputs."""
    each = likelihood.log_prob_per_feature(outputs, x)
    return (each if observed is None else jnp.where(observed, each, 0.0)).mean(axis=0)
=======
>>>>>>> 28fa9226d92ca034f75fb2823d98c6752645fdd3
