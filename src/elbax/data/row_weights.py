"""How unevenly rows are weighted."""

import numpy as np

_FEW, _SHARE = 10, 0.2  # effective rows below which weights are uneven: a number, and a share of the rows


def effective_rows(weights: np.ndarray | None) -> float | None:
    """Kish's effective sample size (Σw)² / Σw², from 1 to the number of rows; None without weights.

    Example:
        >>> effective_rows(np.array([1.0, 1.0, 0.0]))
        2.0
    """
    if weights is None:
        return None
    shares = np.asarray(weights, np.float64) / np.max(weights)
    return float(shares.sum() ** 2 / (shares**2).sum())


def uneven_weights(effective: float | None, n_rows: int) -> str:
    """How few rows weights come down to, in words; empty where they do not, or there are none."""
    if effective is None or effective >= min(_FEW, _SHARE * n_rows):
        return ""
    return f"sample_weight makes {n_rows:,} rows count like {effective:.1f}"
