"""Where training starts: networks as linear maps, from a linear model or from a map along the data."""

from dataclasses import dataclass, field, replace

import equinox as eqx
import jax
import numpy as np
from scipy.stats import trim_mean

from elbax.core.likelihoods import AbstractLikelihood
from elbax.core.objectives import ELBO
from elbax.core.parts import LinearMap
from elbax.core.vae import VAEModule
from elbax.data import take_evenly
from elbax.evaluate.inference import table_inputs
from elbax.fit.folds import MOST_FOLDED, fold_size, split_folds
from elbax.fit.generalized_start import generalized_start
from elbax.fit.linear_start import (
    MOST_ROWS,
    LinearFit,
    choose_linear_fit,
    linear_start,
    noise_floor,
    place_maps,
    standardized_map,
    start_at_codes,
)
from elbax.fit.noise_factors import start_noise
from elbax.fit.paired import row_bounds
from elbax.fit.plan import FitPlan
from elbax.train.config import TrainConfig
from elbax.train.pretraining import TargetCodes, make_target_codes
from elbax.types import Batch, Summary

_FEWEST_FOLDED = 10  # rows; fewer give no folds to speak of
_TRIMMED = 0.1  # share of the rows, at each end


@dataclass(frozen=True)
class Starts:
    """The starts of a plan, each made once for the training rows, or for those at some positions.

    Attributes:
        plan: the plan.
        summary: of the data.
        codes: target codes of the training rows, for a "geodesic" start; None without one.
        linear_fit: the kind of linear Gaussian model, for complete rows of numbers and likelihoods that have
            one; else None.
        latents: whether a linear model of another likelihood has latents; else it is the best constant.
    """

    plan: FitPlan
    summary: Summary
    codes: TargetCodes | None
    linear_fit: LinearFit | None
    latents: bool = True
    _made: dict[tuple, tuple[LinearMap, LinearMap, AbstractLikelihood]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, plan: FitPlan, summary: Summary, rows: Batch) -> "Starts":
        """Make the target codes, if the plan asks for them and rows are distinct enough."""
        codes, fit, latents = None, None, True
        if plan.init in ("auto", "geodesic"):
            rng = np.random.default_rng(plan.train.seed)
            codes = make_target_codes(rows.x, summary, plan.model.latent_dim, rng, rows.context)
        if plan.init != "random":
            module = plan.build_module(summary, plan.train.seed)
            has_exact = module.likelihood.linear_noise is not None and rows.observed is None and not any(plan.levels)
            fit = choose_linear_fit(module, rows) if has_exact else None
            latents = fit is not None or _latents_help(module, rows, plan.train.seed)
        return cls(plan, summary, codes, fit, latents)

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
        """The module as it starts for the training rows, or for those at some positions, with networks of a seed."""
        module = self.plan.build_module(self.summary, seed)
        if name == "random":
            return start_noise(module, rows)
        key = name, None if positions is None else positions.tobytes()
        if key not in self._made:
            started = self._linear(module, _take(rows, positions)) if name == "linear" else None
            self._made[key] = _maps(started or self._geodesic(module, rows, positions))
        encoder, decoder, likelihood = self._made[key]
        return eqx.tree_at(lambda m: m.likelihood, place_maps(module, encoder, decoder), likelihood)

    def linear_module(self, rows: Batch, seed: int) -> VAEModule:
        """The linear model of other rows than the training rows."""
        return replace(self, _made={}).module("linear", rows, seed)

    def _linear(self, module: VAEModule, rows: Batch) -> VAEModule:
        if self.linear_fit is not None:
            return linear_start(self.linear_fit, rows, module.latent_dim, noise_floor(module)).place(module)
        return _generalized(module, rows, self.plan.train.seed, latents=self.latents)

    def _geodesic(self, module: VAEModule, rows: Batch, positions: np.ndarray | None) -> VAEModule:
        assert self.codes is not None  # of a map along the data
        coded = self.codes.rows if positions is None else np.intersect1d(self.codes.rows, positions)
        rows = _take(rows, coded)
        usual = _at_usual_exposure(module, rows)
        start = start_at_codes(usual, self.codes[coded], module.likelihood.n_factors)
        if self.linear_fit is not None:
            return start.place(module)
        encoder = start.encoder_map(module)
        if module.inputs is not None:  # the encoder sees normal scores, and frequent values one-hot
            seen = table_inputs(module, usual)
            standard = np.zeros(seen.shape[1]), np.ones(seen.shape[1])
            start = start_at_codes(usual._replace(x=seen), self.codes[coded])
            encoder = start.input_map(*standard, module.inputs.size, module.encoder.out_shape)
        return generalized_start(start_noise(module, rows), rows, encoder, self.plan.train.seed, joint=False)


def _generalized(module: VAEModule, rows: Batch, seed: int, *, latents: bool, room: int = 0) -> VAEModule:
    """The linear start of a likelihood without exact densities."""
    encoder = standardized_map(module, _at_usual_exposure(module, rows))
    return generalized_start(start_noise(module, rows), rows, encoder, seed, joint=True, latents=latents, room=room)


def _latents_help(module: VAEModule, rows: Batch, seed: int) -> bool:
    """Whether a linear model has a greater ELBO than the best constant on rows held out, by five folds of few rows.

    The tenth of the rows with the greatest losses, and that with the greatest gains, do not count: a linear model may
    be far off at a few rows at the edge, where training mends it.
    """
    n = len(rows.x)
    if not _FEWEST_FOLDED <= n < MOST_FOLDED:
        return True
    gains = []
    for train, test in split_folds(n, seed):
        own, held_out = _take(rows, train), _take(rows, test)
        models = (_generalized(module, own, seed, latents=latents, room=n) for latents in (True, False))
        after, before = (row_bounds(model, ELBO(), held_out, seed, fold_size(n)) for model in models)
        gains.append(after - before)
    return bool(trim_mean(np.concatenate(gains), _TRIMMED) > 0)


def _maps(module: VAEModule) -> tuple[LinearMap, LinearMap, AbstractLikelihood]:
    encoder, decoder = (
        LinearMap(*(array.tree for array in (skip.weight, skip.bias, skip.unit)))
        for skip in (module.encoder, module.decoder)
    )
    return encoder, decoder, module.likelihood


def _at_usual_exposure(module: VAEModule, rows: Batch) -> Batch:
    """Rows as the encoder's network takes them: counts per exposure, which is no longer part of the context."""
    if not module.exposure:
        return rows
    rows = take_evenly(rows._replace(target_codes=None), MOST_ROWS)
    x = module.likelihood.per_exposure(rows.x.reshape(len(rows.x), -1), module.log_exposures(rows))
    return rows._replace(x=np.asarray(x).reshape(rows.x.shape), context=module.covariates(rows.context))


def _take(rows: Batch, positions: np.ndarray | None) -> Batch:
    rows = rows._replace(target_codes=None)
    return rows if positions is None else jax.tree.map(lambda column: np.asarray(column[positions]), rows)
