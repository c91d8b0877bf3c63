"""Odd rows: conformal p-values of scores, and the share of false ones among those that are flagged."""

import numpy as np
from scipy.stats import false_discovery_control


def conformal_p_values(scores: np.ndarray, calibration: np.ndarray) -> np.ndarray:
    """The share of calibration rows, and the row itself, that score as low or lower (arXiv 2104.08279, eq. 2), (n,).

    Where rows are like those of the calibration, which no part of the model has seen, each p-value is at most p with
    a probability of at most p. None is below 1 / (m + 1) for m calibration rows.

    Example:
        >>> conformal_p_values(np.array([-9.0, -2.5]), np.array([-1.0, -2.0, -3.0])).tolist()
        [0.25, 0.5]
    """
    as_low = np.searchsorted(np.sort(calibration), scores, side="right")
    return (1 + as_low) / (1 + len(calibration))


def own_p_values(scores: np.ndarray) -> np.ndarray:
    """P-values of rows that were each scored by a model of the others: the share that score as low or lower, (n,)."""
    return np.searchsorted(np.sort(scores), scores, side="right") / len(scores)


def flag(p_values: np.ndarray, false_discovery_rate: float) -> np.ndarray:
    """Flag rows so that at most this share of the flagged are not odd, in the mean (Benjamini–Hochberg 1995), (n,)."""
    return false_discovery_control(p_values) <= false_discovery_rate


def fewest_flagged(n_calibration: int, n_rows: int, false_discovery_rate: float) -> int:
    """How many of n rows must be as odd as can be told before any is flagged at this rate."""
    return int(np.ceil(n_rows / (n_calibration + 1) / false_discovery_rate))
