"""Counts: their depth, and numbers that were made of counts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

_NEAR, _LARGEST = 1e-3, 500.0  # distance from an integer, and values beyond which rounding hides it
_ALL, _MOST = 0.99, 0.8  # share of values, or of rows, that suffices for a pattern
_LEVELS = 3  # distinct integers above 0 that make a pattern
_LEAST_CELLS = 20
_LEVEL = 1e-6

# Inverses of what is done to counts before a model sees them.
_INVERSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "np.expm1(X)": np.expm1,
    "2**X - 1": lambda x: np.exp2(x) - 1,
    "10**X - 1": lambda x: np.power(10.0, x) - 1,
    "X**2": np.square,
}


@dataclass(frozen=True)
class Depth:
    """How much of the rows' depth, the total of their counts, the latents hold."""

    correlation: float  # of the log of the total with its best prediction by latent means and their products
    latent: int  # the latent dimension that correlates most with it
    common: float  # share of the columns whose decoded log-mean rises with that prediction as the total does


def depth_of(x: np.ndarray, z: np.ndarray, decoded: np.ndarray) -> Depth | None:
    """Compare counts x (n, d) and their decoded means (n, d) with latent means z (n, latent); None if all is level."""
    total = x.sum(axis=1)
    kept = total > 0
    log_total, z = np.log(total[kept]), z[kept]
    # Counting alone spreads the log of a total by about one over its root.
    if kept.sum() < _LEAST_CELLS or log_total.var() <= 2 * np.mean(1 / total[kept]):
        return None
    log_total, z = log_total - log_total.mean(), z - z.mean(axis=0)
    curved = np.concatenate([z, _products(z)], axis=1)
    predicted = curved @ np.linalg.lstsq(curved, log_total, rcond=None)[0]
    if predicted.var() == 0:
        return None
    correlation = np.abs(z.T @ log_total) / np.maximum(z.std(axis=0), 1e-12)
    log_mean = np.log(np.maximum(decoded[kept], 1e-6))
    slopes = predicted @ (log_mean - log_mean.mean(axis=0)) / (predicted @ predicted)
    common = float(((slopes > 0.5) & (slopes < 1.5)).mean())
    return Depth(float(np.sqrt(predicted.var() / log_total.var())), int(correlation.argmax()), common)


def _products(z: np.ndarray) -> np.ndarray:
    """Products of all pairs of columns, centered: depth may rise along a curve in the latent space."""
    i, j = np.triu_indices(z.shape[1])
    products = z[:, i] * z[:, j]
    return products - products.mean(axis=0)


def common_factor(values: np.ndarray) -> int:
    """The largest integer that divides all counts of a column; 1 if few of them are above 0."""
    above = values[values > 0]
    if len(above) < _LEAST_CELLS or above.max() > 2**53:
        return 1
    return int(np.gcd.reduce(np.unique(above).astype(np.int64)))


def underdispersion(x: np.ndarray) -> tuple[int, float] | None:
    """The column of x (n, d) that is most surely less dispersed than a Poisson, and its variance over its mean.

    No mixture of Poissons has a variance below its mean.
    """
    mean = x.mean(axis=0)
    ratio = x.var(axis=0) / np.maximum(mean, 1e-300)
    surprise = chi2.logcdf(len(x) * ratio, len(x) - 1)
    surprise = np.where((ratio > 0) & (ratio < 0.5), surprise, np.inf)  # constant columns have a finding of their own
    worst = int(surprise.argmin())
    return (worst, float(ratio[worst])) if surprise[worst] < np.log(_LEVEL) else None


def inverse_to_counts(x: np.ndarray) -> str | None:
    """An expression that turns numbers (n, d) into counts, if they were made of counts; else None."""
    if x.min() < 0 or _integers(x):
        return None
    for expression, inverse in _INVERSES.items():
        values = inverse(np.minimum(x.astype(np.float64), 20.0))  # far beyond what `_integers` looks at
        if _integers(values):
            return f"{expression}, rounded"
        if expression == "np.expm1(X)" and _integers_by_row(values):
            return "np.expm1(X), times each row's depth over the scale that was used"
    return "X times each row's depth" if _integers_by_row(x.astype(np.float64)) else None


def _integers(values: np.ndarray) -> bool:
    """Whether nearly all values are integers, several of them above 0."""
    rounded = np.round(values)
    small = values <= _LARGEST
    near = np.abs(values - rounded) < _NEAR
    distinct = np.unique(rounded[small & near & (rounded > 0)])
    return small.mean() > 0.5 and near[small].mean() >= _ALL and len(distinct) >= _LEVELS


def _integers_by_row(values: np.ndarray) -> bool:
    """Whether most rows are integers once divided by their smallest value above 0, and not all by the same number."""
    above = values > 0
    smallest = np.where(above, values, np.inf).min(axis=1)
    kept = np.isfinite(smallest)
    if kept.sum() < _LEAST_CELLS or np.ptp(smallest[kept]) < 1e-3 * smallest[kept].max():
        return False
    scaled = np.minimum(values[kept] / np.maximum(smallest[kept, None], 1e-30), 1e12)
    rounded = np.round(scaled)
    near = np.abs(scaled - rounded) < _NEAR * np.maximum(scaled, 1)
    several = np.array([len(np.unique(row[row > 0])) for row in rounded]) >= _LEVELS
    whole = (near | (scaled > _LARGEST)).all(axis=1)
    grid = values[above].min()
    steps = np.minimum(values / max(grid, 1e-30), 1e12)
    on_grid = np.abs(steps - np.round(steps)) < _NEAR * np.maximum(steps, 1)
    return several.mean() >= _MOST and whole[several].mean() >= _MOST and on_grid.mean() < _ALL
