"""The record of a fit: model, settings, training configuration, history and rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import jax
import numpy as np
import pandas as pd

from elbax.core.objectives import ELBO
from elbax.core.vae import VAEModule
from elbax.data import Schema, random_subsample
from elbax.evaluate import Ladder
from elbax.fit.outcome import Outcome
from elbax.fit.plan import FitPlan
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
        plan: the training configuration, with the epochs of all that a default plan grew to.
        n_rows: size of the training set; ``rows`` may be a subsample.
        ladder: the fit beside simple models, as it was compared on ``held_out``; None if it was not.
        refitted: whether the model was fitted to ``held_out`` too, after ``ladder`` was measured.
        start: the start of the weights, "linear", "geodesic", "random" or "continued".
        best_epoch: the epoch of the kept weights, 0 for those of the start; None for the last.
        rise: of the held-out bound at the end of training if that was still rising, and its standard error; else None.
        uneven_weights: how few rows the weights of the fit come down to, in words; empty if they do not.
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
    refitted: bool = False
    start: str = "random"
    best_epoch: int | None = None
    rise: tuple[float, float] | None = None
    uneven_weights: str = ""
    probes: bool = True

    @classmethod
    def of(
        cls,
        module: VAEModule,
        plan: FitPlan,
        outcome: Outcome,
        schema: Schema,
        history: pd.DataFrame,
        rows: Batch,
        held_out: Batch | None,
        *,
        seed: int,
        init: str,
        own: bool,
    ) -> Self:
        """The record of a fit on its ``own`` rows, or on others; ``init`` is the setting that was asked for."""
        parts = {name: getattr(module, name).name for name in ("posterior", "prior")}
        config = plan.for_seed(seed)
        rows, held_out = (part and part._replace(weight=None) for part in (rows, held_out))
        return cls(
            module,
            {**plan.describe(), **parts, "init": init},
            schema,
            history,
            rows,
            held_out,
            replace(config, epochs=config.epochs * outcome.growth),
            len(rows.x),
            ladder=outcome.ladder if own else None,
            refitted=own and has_seen_held_out(plan, outcome),
            start=outcome.init,
            best_epoch=outcome.best_epoch,
            rise=outcome.rise if outcome.still_rising else None,
            uneven_weights=outcome.uneven_weights,
        )

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


def has_seen_held_out(plan: FitPlan, outcome: Outcome) -> bool:
    """Whether the linear model was kept, and then fitted to all rows, those that were held out included."""
    return outcome.kept_start and outcome.n_held_out > 0 and not plan.split.external
