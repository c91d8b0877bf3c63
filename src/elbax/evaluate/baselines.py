"""Baselines for log p(x): a constant decoder, probabilistic PCA, and published results."""

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
        name: the model.
        nats: mean log p(x), nats per row; None if not comparable.
        note: a description, or why it is not comparable.
    """

    name: str
    nats: float | None
    note: str


def ppca_baseline(likelihood: AbstractLikelihood, latent_dim: int, train: np.ndarray, rows: Batch) -> Baseline:
    """Exact mean log-density of rows under probabilistic PCA with ``latent_dim`` latents, fitted to ``train``.

    Units are the data's own, so it compares with a VAE's; a normal VAE should not be worse.
    """
    name = f"exact pPCA, {latent_dim} latent{'s' * (latent_dim != 1)}"
    train, x = (np.asarray(array, np.float64).reshape(len(array), -1) for array in (train, rows.x))
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
    std = train.std(axis=0)
    if np.linalg.matrix_rank((train - train.mean(axis=0)) / np.where(std > 0, std, 1)) < train.shape[1]:
        return Baseline(name, None, "has no density here: the rows lie in a plane of their space")
    nats = float(PCA(latent_dim, svd_solver="full").fit(train).score(x))
    return Baseline(name, nats, "exact, in the same units")


def published_baselines(data_name: str, facts: Mapping[str, str]) -> list[Baseline]:
    """Published results for a data set whose name is part of ``data_name``; one entry explains a mismatch.

    Args:
        data_name: name of the data.
        facts: "rows" ("binary" or "other") and "likelihood" (its name), which must match the published setting.

    Example:
        >>> published_baselines("mnist", {"rows": "binary", "likelihood": "bernoulli"})[0].nats
        -86.76
    """
    table = json.loads(files("elbax.evaluate").joinpath("published_baselines.json").read_text(encoding="utf-8"))
    baselines, name = [], data_name.lower()
    for data_set, entry in table.items():
        if data_set not in name or entry["without"] in name:
            continue
        if entry["needs"].items() <= facts.items():
            baselines += [
                Baseline(row["model"], row["nats"], f"{row['protocol']}, arXiv {row['arxiv']}") for row in entry["rows"]
            ]
        else:
            best = max(row["nats"] for row in entry["rows"])
            baselines.append(Baseline("published", None, f"not comparable: −{-best:.2f}, {entry['what']}"))
    return baselines


def constant_log_density(likelihood: AbstractLikelihood, summary: Summary, rows: Batch) -> float:
    """Mean log-density of observed cells under the best constant decoder, nats per row; fits learned scales too."""
    x = np.asarray(rows.x).reshape(len(rows.x), -1)
    observed = None if rows.observed is None else np.asarray(rows.observed, bool).reshape(x.shape)
    return likelihood.constant_log_prob(summary.flat, x, observed)
