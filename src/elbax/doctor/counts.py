"""Counts: their depth, common factors and dispersion."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

_LEAST_CELLS = 20
_LEVEL = 1e-6


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
