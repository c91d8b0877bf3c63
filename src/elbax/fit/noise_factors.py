"""Factors of a likelihood's noise: their number, and their start where networks do not start as a linear model."""

import equinox as eqx
import numpy as np

from elbax.core.likelihoods import AbstractLikelihood
from elbax.core.likelihoods.normal import MOST_FACTORS
from elbax.core.vae import VAEModule
from elbax.data import take_evenly
from elbax.evaluate.estimate import clipped_mean
from elbax.evaluate.simple_models import fit_factors
from elbax.fit.folds import split_folds
from elbax.types import Batch, Summary

_CANDIDATES = (0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 56, MOST_FACTORS)
_MOST_ROWS = 20_000
_PATIENCE = 2  # candidates in a row below the best one, after which no larger ones are tried


def choose_factors(
    likelihood: AbstractLikelihood, rows: Batch, summary: Summary, latent_dim: int, seed: int
) -> tuple[AbstractLikelihood, str]:
    """The likelihood with a number of noise factors in place of "auto", and the reason; "" where there was no "auto".

    It is the number with the largest gain in the log-density of held-out rows under factor analysis with as many
    factors more than latents: five folds below 1000 rows, else one.
    """
    units, reasons = summary.flat.unit, []
    if all(part.n_factors != "auto" for part, _ in likelihood.for_columns(len(units))):
        return likelihood, ""
    x, weights = _subsample(rows)

    def choose(part: AbstractLikelihood, columns: np.ndarray) -> AbstractLikelihood:
        if part.n_factors != "auto":
            return part
        gains = _held_out_gains(part, x[:, columns], weights, units[columns], latent_dim, seed)
        number = max(gains, key=lambda candidate: gains[candidate])
        reasons.append(_reason(gains[number], number, latent_dim))
        return part.with_factors(number)

    return likelihood.map_parts(choose, x.shape[1]), "; ".join(reasons)


def start_noise(module: VAEModule, rows: Batch) -> VAEModule:
    """The module with the noise of its likelihood, where that has factors, as around the best constant of rows."""
    units = np.ravel(module.unit.tree)
    if not any(part.n_factors for part, _ in module.likelihood.for_columns(len(units))):
        return module
    x, weights = _subsample(rows)

    def start(part: AbstractLikelihood, columns: np.ndarray) -> AbstractLikelihood:
        if not part.n_factors:
            return part
        model = fit_factors(part, x[:, columns], units[columns], part.n_factors, weights=weights)
        return part.with_noise(model.scale, model.loadings)

    likelihood = module.likelihood.map_parts(start, x.shape[1])
    return eqx.tree_at(lambda module: module.likelihood, module, likelihood)


def _subsample(rows: Batch) -> tuple[np.ndarray, np.ndarray | None]:
    """At most 20,000 flat rows, evenly spread, with means for cells that were not observed, and weights or None."""
    rows = take_evenly(rows._replace(target_codes=None), _MOST_ROWS)
    x = np.asarray(rows.x, np.float64).reshape(len(rows.x), -1)
    if rows.observed is not None:
        observed = np.asarray(rows.observed, bool).reshape(x.shape)
        means = np.where(observed, x, 0.0).sum(axis=0) / np.maximum(observed.sum(axis=0), 1)
        x = np.where(observed, x, means)
    return x, rows.weight


def _held_out_gains(
    part: AbstractLikelihood,
    x: np.ndarray,
    weights: np.ndarray | None,
    unit: np.ndarray,
    latent_dim: int,
    seed: int,
) -> dict[int, float]:
    """Gains in the log-density of held-out rows by number of noise factors, nats per row."""
    n, d = x.shape
    splits = split_folds(n, seed)
    held_out = np.concatenate([tested for _, tested in splits])
    without, gains = np.zeros(0), {}

    def log_probs(kept: np.ndarray, tested: np.ndarray, rank: int) -> np.ndarray:
        own = None if weights is None else weights[kept]
        return fit_factors(part, x[kept], unit, rank, weights=own).log_prob(x[tested])

    for number in _CANDIDATES:
        if number and latent_dim + number > min(d - 1, len(splits[0][0]) - 3):
            break  # more than the columns or the rows determine
        log_prob = np.concatenate([log_probs(*split, latent_dim + number) for split in splits])
        without = without if number else log_prob
        gains[number] = clipped_mean(log_prob - without, None if weights is None else weights[held_out])
        if all(gain < max(gains.values()) for gain in list(gains.values())[-_PATIENCE:]):
            break
    return gains


def _reason(gain: float, number: int, latent_dim: int) -> str:
    latents = f"{latent_dim} latent{'s' * (latent_dim > 1)}"
    if number == 0:
        return f"no noise factors, since none beside {latents} raise the density of held-out rows in factor analysis"
    factors = f"{number} noise factor{'s' * (number > 1)}"
    return f"{factors} beside {latents}, since in factor analysis held-out rows gain {gain:.2f} nats by them"
