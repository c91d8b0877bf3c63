"""What the doctor is shown: a fitted model, the rows it was fitted to, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import pandas as pd

from elbax.core.vae import VAEModule
from elbax.data import Schema, few_of
from elbax.train.config import TrainConfig
from elbax.types import Batch

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """A fitted model and its circumstances.

    Attributes:
        module: the fitted module.
        settings: the choices of the plan that ran, by name.
        schema: what is known of the data's columns.
        history: one row per epoch.
        rows: rows it was fitted to.
        held_out: rows it was not fitted to, or None.
        plan: how it was trained: the run that was kept.
        n_rows: how many rows it was fitted to; ``rows`` may be some of them.
        probes: whether the doctor may train on, which takes about as long as a third of the fit.
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

    def some(self, n: int, rows: Batch | None = None) -> Batch:
        """At most n rows of those it was fitted to, or of others, chosen by the plan's seed and read into memory."""
        rows = (self.rows if rows is None else rows)._replace(latent=None)
        if len(rows.x) <= n:
            return jax.tree.map(np.asarray, rows)
        chosen = few_of(np.random.default_rng(self.plan.seed), len(rows.x), n)
        return jax.tree.map(lambda column: np.asarray(column[chosen]), rows)
