"""Odd rows: conformal p-values of scores, and the share of false ones among those that are flagged."""

from collections.abc import Sequence

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


def own_p_values(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """P-values of rows that were scored by models of the others, beside rows that these models drew.

    Ranks among the rows themselves would be uniform however odd some are, so scores of drawn rows say what is usual: an
    empirical null (Efron 2004). A part whose rows score lower in the middle than its drawn rows, or are more spread,
    has the benefit of the doubt: it is shifted and shrunk to them. The share of false discoveries is as exact as the
    tail of the drawn rows' scores.

    Args:
        parts: for each model the scores of rows and those of drawn rows, nats.

    Example:
        >>> drawn = np.random.default_rng(0).normal(size=999)
        >>> float(own_p_values([(np.append(3 * drawn[:99], -30.0), drawn)])[0][-1])
        0.001
    """
    pairs = [_beside(*part) for part in parts]
    drawn = np.concatenate([drawn for _, drawn in pairs])
    return [conformal_p_values(scores, drawn) for scores, _ in pairs]


def _beside(scores: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores of rows and of drawn rows in units of the latter's spread around their median."""
    (low, middle, high), (own_low, own_middle, own_high) = (np.quantile(x, (0.2, 0.5, 0.8)) for x in (drawn, scores))
    spread = max(high - low, np.finfo(float).tiny)
    shrink = min(1.0, spread / max(own_high - own_low, np.finfo(float).tiny))
    center = max(own_middle - middle, 0.0)
    return (center + shrink * (scores - own_middle)) / spread, (drawn - middle) / spread


def flag(p_values: np.ndarray, false_discovery_rate: float) -> np.ndarray:
    """Flag rows so that at most this share of the flagged are not odd, in the mean (Benjamini–Hochberg 1995), (n,)."""
    return false_discovery_control(p_values) <= false_discovery_rate


def fewest_flagged(n_calibration: int, n_rows: int, false_discovery_rate: float) -> int:
    """How many of n rows must be as odd as can be told before any is flagged at this rate."""
    return int(np.ceil(n_rows / (n_calibration + 1) / false_discovery_rate))
