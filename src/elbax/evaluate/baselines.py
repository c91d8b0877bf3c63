"""What is a good value: models that any fit should beat, and figures published for the same data."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from sklearn.decomposition import PCA

from elbax.core.likelihoods import AbstractLikelihood
from elbax.types import Batch, Summary

_MOST_FEATURES = 2048


class Baseline(NamedTuple):
    """A value to compare log p(x) with.

    Attributes:
        name: whose value it is.
        nats: mean log p(x) of a row, or None where nothing compares.
        note: what it is, or why nothing compares.
    """

    name: str
    nats: float | None
    note: str


def ppca_baseline(
    likelihood: AbstractLikelihood, latent_dim: int, train: np.ndarray, rows: Batch
) -> Baseline:
    """The exact log-density of rows under probabilistic PCA with as many latents, fitted to the training rows.

    Both are log-densities in the data's own units, so a VAE with a normal likelihood that is worse has not used its
    networks.
    """
    name = f"exact pPCA, {latent_dim} latent{'s' * (latent_dim != 1)}"
    train, x = (np.asarray(each, np.float64).reshape(len(each), -1) for each in (train, rows.x))
    if rows.observed is not None:
        return Baseline(name, None, "not comparable: rows with missing values")
    if not likelihood.proper:
        return Baseline(name, None, "not comparable: a loss")
    if any(likelihood.support_of(column).integer for column in range(train.shape[1])):
        return Baseline(name, None, "not comparable: discrete data")
    if train.shape[1] > _MOST_FEATURES:
        return Baseline(name, None, f"left out: rows have more than {_MOST_FEATURES:,} features")
    if latent_dim >= min(train.shape[1], len(train)):
        return Baseline(name, None, "there is none: as many latents as features, or as rows")
    spread = train.std(axis=0)
    if np.linalg.matrix_rank((train - train.mean(axis=0)) / np.where(spread > 0, spread, 1)) < train.shape[1]:
        return Baseline(name, None, "has no density here: the rows lie in a plane of their space")
    return Baseline(
        name, float(PCA(latent_dim, svd_solver="full").fit(train).score(x)), "exact, in the same units"
    )


def published_baselines(data_name: str, facts: Mapping[str, str]) -> list[Baseline]:
    """Figures published for a data set whose name is in this one; one line says so where they do not compare.

    Args:
        data_name: the name of the data.
        facts: "rows" ("binary" or other) and "likelihood" (its name) of the fit, which must be the published ones'.

    Example:
        >>> published_baselines("mnist", {"rows": "binary", "likelihood": "bernoulli"})[0].nats
        -86.76
    """
    table = json.loads(
        files("elbax.evaluate").joinpath("published_baselines.json").read_text(encoding="utf-8")
    )
    found, name = [], data_name.lower()
    for known, entry in table.items():
        if known not in name or entry["without"] in name:
            continue
        if all(facts[fact] == wanted for fact, wanted in entry["needs"].items()):
            found += [
                Baseline(row["model"], row["nats"], f"{row['protocol']}, arXiv {row['arxiv']}")
                for row in entry["rows"]
            ]
        else:
            best = max(row["nats"] for row in entry["rows"])
            found.append(
                Baseline("published_baselines", None, f"not comparable: −{-best:.2f}, {entry['what']}")
            )
    return found


def constant_log_density(likelihood: AbstractLikelihood, summary: Summary, rows: Batch) -> float:
    """Mean log-density of the observed cells of rows under a decoder that ignores the latents, nats per row.

    A learned scale or dispersion is that of the rows.
    """
    x = np.asarray(rows.x).reshape(len(rows.x), -1)
    observed = None if rows.observed is None else np.asarray(rows.observed, bool).reshape(x.shape)
    return likelihood.constant_log_prob(summary.flat, x, observed)
