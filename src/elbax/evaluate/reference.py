"""What is a good value: models that any fit should beat, and figures published for the same data."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from sklearn.decomposition import PCA

from elbax.core.likelihoods import AbstractLikelihood, Mixed, NegativeBinomial, Normal
from elbax.types import Summary

__all__ = ["Reference", "constant_density", "ppca_reference", "published"]

# What a constant decoder may choose between where the best has no formula: scales, in units of each feature, and
# dispersions.
_CONSTANT_SCALES, _CONSTANT_DISPERSIONS = np.geomspace(1e-3, 3, 16), np.geomspace(2e-3, 30, 16)
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
    likelihood: AbstractLikelihood, latent_dim: int, train: np.ndarray, x: np.ndarray
) -> Reference:
    """The exact log-density of rows under probabilistic PCA with as many latents, fitted to the training rows.

    Both are log-densities in the data's own units, so a VAE with a normal likelihood that is worse has not used its
    networks.
    """
    name = f"exact pPCA, {latent_dim} latent{'s' * (latent_dim != 1)}"
    train, x = (np.asarray(rows, np.float64).reshape(len(rows), -1) for rows in (train, x))
    if not likelihood.proper:
        return Reference(name, None, "not comparable: a loss")
    columns = range(train.shape[1] if isinstance(likelihood, Mixed) else 1)
    if any(likelihood.support_of(column).integer for column in columns):
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


def constant_density(likelihood: AbstractLikelihood, summary: Summary, x: np.ndarray) -> float:
    """Mean log-density of rows x (n, *event) under a decoder that ignores the latents, nats a row.

    A learned scale is taken at the spread of the rows, a learned dispersion at the best of several.
    """
    if isinstance(likelihood, Mixed):
        groups = zip(likelihood.parts, likelihood.columns, strict=True)
        return sum(constant_density(part, summary.of(group), x[:, list(group)]) for part, group in groups)
    part = getattr(likelihood, "location_scale", None)
    if part is not None and part.scale != "fixed" and isinstance(likelihood, Normal):
        spread = variance = np.square(x - summary.mean).mean(axis=0)
        if part.scale == "shared":
            variance = np.full_like(variance, (variance / summary.unit**2).mean()) * summary.unit**2
        variance = np.maximum(variance, (np.asarray(part.floors) * summary.unit) ** 2)
        return float(-0.5 * (np.log(2 * np.pi * variance) + spread / variance).sum())
    outputs = jnp.asarray(likelihood.initial_outputs(summary))
    if isinstance(likelihood, NegativeBinomial):
        scaled = [likelihood.dispersed(value, summary.mean.shape) for value in _CONSTANT_DISPERSIONS]
    elif part is None or part.scale == "fixed":
        return float(_density(likelihood, outputs, np.asarray(x, np.float32)))
    else:
        where = lambda likelihood: likelihood.location_scale  # noqa: E731
        scaled = [eqx.tree_at(where, likelihood, part.freed(scale)) for scale in _CONSTANT_SCALES]
    found = np.stack([_feature_densities(each, outputs, np.asarray(x, np.float32)) for each in scaled])
    axes = tuple(range(1, found.ndim))
    return float(
        found.sum(axis=axes).max() if part is not None and part.scale == "shared" else found.max(axis=0).sum()
    )


@eqx.filter_jit
def _density(likelihood, outputs, x):
    """Mean log-density of the rows under constant outputs; losses have no distribution to ask."""
    return jax.vmap(likelihood.log_prob, (None, 0))(outputs, x).mean()


@eqx.filter_jit
def _feature_densities(likelihood, outputs, x):
    """Mean log-density of each feature under constant outputs."""
    return likelihood.distribution(outputs).log_prob(x).mean(axis=0)
