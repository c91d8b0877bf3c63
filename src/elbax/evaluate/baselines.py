"""Baselines for log p(x): simple models, and published results."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from elbax.core.likelihoods import AbstractLikelihood
from elbax.core.log_ratios import LogRatios
from elbax.evaluate.simple_models import SimpleModels
from elbax.types import Batch, Summary


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


def simple_baselines(
    likelihood: AbstractLikelihood,
    latent_dim: int,
    summary: Summary,
    train: np.ndarray | Batch,
    rows: Batch,
    log_ratios: tuple[LogRatios, ...] = (),
    exposures: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
) -> list[Baseline]:
    """Exact mean log-densities of rows under `SimpleModels` fitted to ``train``, in the data's own units.

    A last entry explains what is left out.
    """
    simple = SimpleModels.of(likelihood, summary, train, rows, log_ratios=log_ratios, exposures=exposures)
    baselines = [
        Baseline(
            score.title, float(score.log_prob.mean()), "ignores the latents" if i == 0 else "exact, in the same units"
        )
        for i, score in enumerate(simple.log_probs(latent_dim))
    ]
    return baselines + ([Baseline("simple models", None, simple.note)] if simple.note else [])


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
