"""Held-out test: whether outputs that beat the constant on some rows beat it on others."""

from math import inf

import numpy as np
from scipy.special import softmax

from elbax.collapse.density_ratios import AbstractDensityRatios, log_d
from elbax.collapse.supremum import curvature, starts_from

# An output that rests on fewer rows than these stores them.
STORED = 5.0
_FEWEST = 20


def effective_rows(log_ratio: np.ndarray) -> np.ndarray:
    """How many rows D rests on: 1 / Σ w² of the rows' shares w, for log-ratios (…, n).

    Example:
        >>> round(float(effective_rows(np.array([0.0, 0.0, -50.0]))), 6)
        2.0
    """
    return 1 / np.square(softmax(log_ratio, axis=-1)).sum(axis=-1)


def held_out_log_d(ratios: AbstractDensityRatios, weight: float, seed: int = 0) -> float | None:
    """Log D, less two standard errors, on rows that did not choose the output; nats, None below 20 rows.

    Each half of the rows chooses the output that pays most for it among those that rest on a tenth of it (on 20 rows,
    or on half of it), and the other half evaluates it. This estimates D for new rows of the same kind:
    storing rows cannot raise it.
    """
    n = len(ratios.scores)
    if n < _FEWEST:
        return None
    rng = np.random.default_rng(seed)
    first, second = np.split(rng.permutation(n), [n // 2])
    found = []
    for half, other in ((first, second), (second, first)):
        bends = curvature(ratios, seed, half)
        # So short that the rows' log-ratios vary by about a nat: many rows have a share in D.
        roots = np.sqrt(np.maximum(bends.values, 1e-12))[:, None]
        short = np.array([0.5, 1.0, 1.5, -0.5, -1.0, -1.5])[:, None, None] * weight * bends.directions / roots
        short = np.clip(short.reshape(-1, ratios.scores.shape[1]), ratios.lower, ratios.upper)
        steps = np.vstack([starts_from(ratios, bends, rng, half), short])
        log_ratio = ratios.log_ratio(steps) / weight
        broad = effective_rows(log_ratio[:, half]) >= min(max(0.1 * len(half), 20), len(half) / 2)
        worth = np.where(broad, log_d(log_ratio[:, half]), -inf)
        found.append(log_ratio[worth.argmax(), other])
    return float(_sure_log_d(np.concatenate(found)))


def _sure_log_d(log_ratio: np.ndarray) -> np.ndarray:
    """Log D less two standard errors of D, for log-ratios (…, n); -inf where those reach down to zero."""
    # The squared standard error over the square of the mean, from the rows' shares.
    relative = np.maximum(1 / effective_rows(log_ratio) - 1 / log_ratio.shape[-1], 0.0)
    with np.errstate(divide="ignore"):
        return log_d(log_ratio) + np.log(np.maximum(1 - 2 * np.sqrt(relative), 0.0))
