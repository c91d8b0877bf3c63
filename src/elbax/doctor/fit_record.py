"""The record of a fit: model, settings, training configuration, history and rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import pandas as pd

from elbax.core.objectives import ELBO
from elbax.core.vae import VAEModule
from elbax.data import Schema, random_subsample
from elbax.evaluate import Ladder
from elbax.train.config import TrainConfig
from elbax.types import Batch


@dataclass(frozen=True)
class FitRecord:
    """A fitted model and its fit, as input of a diagnosis.

    Attributes:
        module: the fitted module.
        settings: the estimator's settings, by name.
        schema: the data's columns.
        history: one row per epoch.
        rows: rows of the training set.
        held_out: rows outside the training set, or None.
        plan: the training configuration.
        n_rows: size of the training set; ``rows`` may be a subsample.
        ladder: the fit beside simple models, or None.
        rise: of the held-out bound at the end of training if that was still rising, and its standard error; else None.
        probes: whether a diagnosis may train further, for about a third of the time of the fit.
    """

    module: VAEModule
    settings: Mapping[str, Any]
    schema: Schema
    history: pd.DataFrame
    rows: Batch
    held_out: Batch | None
    plan: TrainConfig
    n_rows: int
    ladder: Ladder | None = None
    rise: tuple[float, float] | None = None
    probes: bool = True

    @property
    def has_kl(self) -> bool:
        """Whether the training loss contained the KL."""
        return self.settings["beta"] > 0 and self.module.posterior.has_density

    @property
    def kl_weight(self) -> float:
        """Weight of the KL in training; 1 if there was none."""
        return self.settings["beta"] if self.has_kl else 1.0

    @property
    def uses_elbo(self) -> bool:
        """Whether the objective was the (weighted) ELBO."""
        return self.settings["objective"] == ELBO.name

    def subsample(self, n: int, rows: Batch | None = None) -> Batch:
        """At most n rows in memory, drawn with the fit's seed from the training rows or from ``rows``."""
        rows = (self.rows if rows is None else rows)._replace(target_codes=None)
        if len(rows.x) <= n:
            return jax.tree.map(np.asarray, rows)
        positions = random_subsample(np.random.default_rng(self.plan.seed), len(rows.x), n)
        return jax.tree.map(lambda column: np.asarray(column[positions]), rows)
