"""The record of a fit that a diagnosis starts from: model, settings, plan, history and rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import jax
import numpy as np
import pandas as pd

from elbax.core.objectives import ELBO
from elbax.core.vae import VAEModule
from elbax.data import Schema, random_subsample
from elbax.train.config import TrainConfig
from elbax.types import Batch


@dataclass(frozen=True)
class FitRecord:
    """A fitted model with how it was fitted, and to which rows.

    Attributes:
        module: the fitted module.
        settings: the estimator's settings, by name.
        schema: the data's columns.
        history: one row per epoch.
        rows: rows of the training set.
        held_out: rows outside the training set, or None.
        plan: how it was trained.
        n_rows: size of the training set; ``rows`` may be a part of it.
        probes: whether a diagnosis may train further, which takes about as long as a third of the fit.
    """

    module: VAEModule
    settings: Mapping[str, Any]
    schema: Schema
    history: pd.DataFrame
    rows: Batch
    held_out: Batch | None
    plan: TrainConfig
    n_rows: int
    probes: bool = True

    @property
    def has_kl(self) -> bool:
        """Whether the training loss contained the KL."""
        return self.settings["beta"] > 0 and self.module.posterior.has_density

    @property
    def kl_weight(self) -> float:
        """The KL's weight in training; 1 where there was none."""
        return self.settings["beta"] if self.has_kl else 1.0

    @property
    def uses_elbo(self) -> bool:
        """Whether the objective was the (weighted) ELBO; others tie latents to the prior by their own means."""
        return self.settings["objective"] == ELBO.name

    @property
    def n_steps(self) -> int:
        """How many training steps were planned."""
        return self.plan.epochs * ceil(self.n_rows / self.plan.batch_size)

    @property
    def keeps_last(self) -> bool:
        """Whether the last weights were kept, rather than those with the best validation bound."""
        return self.plan.patience is None

    @property
    def ends_at_full_step(self) -> bool:
        """Whether the step size did not decay."""
        return self.plan.schedule == "constant"

    def some(self, n: int, rows: Batch | None = None) -> Batch:
        """At most n training rows, or n of ``rows``, drawn with the plan's seed and read into memory."""
        rows = (self.rows if rows is None else rows)._replace(target_codes=None)
        if len(rows.x) <= n:
            return jax.tree.map(np.asarray, rows)
        chosen = random_subsample(np.random.default_rng(self.plan.seed), len(rows.x), n)
        return jax.tree.map(lambda column: np.asarray(column[chosen]), rows)
