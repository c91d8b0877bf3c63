"""Factors of a likelihood's noise: their number, and their start where networks do not start as a linear model."""

import equinox as eqx
import numpy as np

from elbax.core.likelihoods import AbstractLikelihood
from elbax.core.likelihoods.normal import MOST_FACTORS
from elbax.core.vae import VAEModule
from elbax.data import evenly_spaced
from elbax.evaluate.estimate import clipped_mean
from elbax.evaluate.simple_models import fit_factors
from elbax.types import Batch, Summary

_CANDIDATES = (0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 56, MOST_FACTORS)
_FOLDS, _FEWEST_FOR_ONE_FOLD = 5, 1000
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
    """At most 20,000 flat rows, evenly spread, and their weights or None."""
    positions = evenly_spaced(len(rows.x), _MOST_ROWS)
    x = np.asarray(rows.x[positions], np.float64)
    return x.reshape(len(x), -1), None if rows.weight is None else np.asarray(rows.weight)[positions]


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
    fold = np.random.default_rng(seed).permutation(n) % _FOLDS
    tests = range(_FOLDS if n < _FEWEST_FOR_ONE_FOLD else 1)
    held_out = np.concatenate([np.flatnonzero(fold == test) for test in tests])
    without, gains = np.zeros(0), {}

    def log_probs(test: int, rank: int) -> np.ndarray:
        own = None if weights is None else weights[fold != test]
        return fit_factors(part, x[fold != test], unit, rank, weights=own).log_prob(x[fold == test])

    for number in _CANDIDATES:
        if number and latent_dim + number > min(d - 1, (fold != 0).sum() - 3):
            break  # more than the columns or the rows determine
        log_prob = np.concatenate([log_probs(test, latent_dim + number) for test in tests])
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
