"""Where training starts: networks as linear maps, from a linear model or from a map along the data."""

from dataclasses import dataclass, replace

import jax
import numpy as np

from elbax.core.vae import VAEModule
from elbax.fit.generalized_start import generalized_start
from elbax.fit.linear_start import (
    LinearFit,
    choose_linear_fit,
    linear_start,
    standardized_start,
    start_at_codes,
)
from elbax.fit.noise_factors import start_noise
from elbax.fit.plan import FitPlan
from elbax.train.config import TrainConfig
from elbax.train.pretraining import TargetCodes, make_target_codes
from elbax.types import Batch, Summary


@dataclass(frozen=True)
class Starts:
    """The starts of a plan, for any training rows.

    Attributes:
        plan: the plan.
        summary: of the data.
        codes: target codes of the training rows, for a "geodesic" start; None without one.
        linear_fit: the kind of linear Gaussian model, for likelihoods that have one; else None.
    """

    plan: FitPlan
    summary: Summary
    codes: TargetCodes | None
    linear_fit: LinearFit | None

    @classmethod
    def of(cls, plan: FitPlan, summary: Summary, rows: Batch) -> "Starts":
        """Make the target codes, if the plan asks for them and rows are distinct enough."""
        codes = fit = None
        if plan.init in ("auto", "geodesic"):
            rng = np.random.default_rng(plan.train.seed)
            codes = make_target_codes(rows.x, summary, plan.model.latent_dim, rng, rows.context)
        if plan.init != "random":
            module = plan.build_module(summary, plan.train.seed)
            fit = None if module.likelihood.linear_noise is None else choose_linear_fit(module, rows)
        return cls(plan, summary, codes, fit)

    @property
    def names(self) -> tuple[str, ...]:
        """The starts to choose from, first those that others must exceed."""
        if self.codes is None:
            return ("random",) if self.plan.init == "random" else ("linear",)
        return ("linear", "geodesic") if self.plan.init == "auto" else ("geodesic",)

    def config(self, name: str, seed: int) -> TrainConfig:
        """The training from a start: only a map along the data is pretrained on its codes."""
        config = self.plan.for_seed(seed)
        return config if name == "geodesic" else replace(config, pretraining_steps=0)

    def module(self, name: str, rows: Batch, seed: int, positions: np.ndarray | None = None) -> VAEModule:
        """The module as it starts for these rows, or for those at some positions."""
        module = start_noise(self.plan.build_module(self.summary, seed), rows.x)
        if name == "random":
            return module
        if name == "linear":
            rows = _take(rows, positions)
            if self.linear_fit is not None:
                return linear_start(self.linear_fit, rows, module.latent_dim).place(module)
            encoder = standardized_start(module, rows).encoder_map(module)
            return generalized_start(module, rows, encoder, seed, joint=True)
        assert self.codes is not None  # of a map along the data
        coded = self.codes.rows if positions is None else np.intersect1d(self.codes.rows, positions)
        start = start_at_codes(_take(rows, coded), self.codes[coded])
        if self.linear_fit is not None:
            return start.place(module)
        return generalized_start(module, _take(rows, coded), start.encoder_map(module), seed, joint=False)


def _take(rows: Batch, positions: np.ndarray | None) -> Batch:
    rows = rows._replace(target_codes=None)
    return rows if positions is None else jax.tree.map(lambda column: np.asarray(column[positions]), rows)
