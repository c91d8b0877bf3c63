"""Held-out test: outputs that beat the constant on one half of the rows, evaluated on the other half."""

from math import inf

import numpy as np
from scipy.special import softmax

from elbax.collapse.density_ratios import AbstractDensityRatios, log_d
from elbax.collapse.supremum import curvature, starts_from

STORED = 5.0  # an output with fewer effective rows only stores them
_FEWEST = 20


def effective_rows(log_ratio: np.ndarray) -> np.ndarray:
    """Number of rows that dominate D: 1 / Σ w² of the rows' shares w, for log-ratios (…, n)."""
    return 1 / np.square(softmax(log_ratio, axis=-1)).sum(axis=-1)


def held_out_log_d(ratios: AbstractDensityRatios, weight: float, seed: int = 0) -> float | None:
    """Log of D less two standard errors on held-out rows, nats; -inf if not positive, None below 20 rows.

    Each half of the rows selects the output with the largest D among those with enough effective rows (a tenth of the
    half, but no more than 20 or half of it), and the other half evaluates it. Storing rows cannot raise the result.
    """
    n = len(ratios.scores)
    if n < _FEWEST:
        return None
    rng = np.random.default_rng(seed)
    first, second = np.split(rng.permutation(n), [n // 2])
    log_ratios = []
    for half, other in ((first, second), (second, first)):
        bend = curvature(ratios, seed, half)
        # Steps short enough that log-ratios vary by about a nat, so that many rows contribute to D.
        roots = np.sqrt(np.maximum(bend.values, 1e-12))[:, None]
        short = np.array([0.5, 1.0, 1.5, -0.5, -1.0, -1.5])[:, None, None] * weight * bend.directions / roots
        short = np.clip(short.reshape(-1, ratios.scores.shape[1]), ratios.lower, ratios.upper)
        steps = np.vstack([starts_from(ratios, bend, rng, half), short])
        log_ratio = ratios.log_ratio(steps) / weight
        broad = effective_rows(log_ratio[:, half]) >= min(max(0.1 * len(half), 20), len(half) / 2)
        value = np.where(broad, log_d(log_ratio[:, half]), -inf)
        log_ratios.append(log_ratio[value.argmax(), other])
    log_ratio = np.concatenate(log_ratios)
    relative_error = np.sqrt(max(1 / effective_rows(log_ratio) - 1 / n, 0.0))
    with np.errstate(divide="ignore"):
        return float(log_d(log_ratio) + np.log(np.maximum(1 - 2 * relative_error, 0.0)))
