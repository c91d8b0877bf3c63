"""Numbers that were made of counts, such as logarithms of normalized counts."""

from collections.abc import Callable

import numpy as np

_NEAR, _LARGEST = 1e-3, 500.0  # distance from an integer, and values beyond which rounding hides it
_ALL, _MOST = 0.99, 0.8  # share of values, or of rows, that suffices for a pattern
_LEVELS = 3  # distinct integers above 0 that make a pattern
_LEAST_CELLS = 20

# Inverses of what is done to counts before a model sees them.
_INVERSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "np.expm1(X)": np.expm1,
    "2**X - 1": lambda x: np.exp2(x) - 1,
    "10**X - 1": lambda x: np.power(10.0, x) - 1,
    "X**2": np.square,
}


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
