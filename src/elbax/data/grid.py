"""The coded marginal of a column: points, quantile bins and their shares, learned from training values."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from elbax.types import Grid

_MOST_POINTS = 128  # distinct values that are all points
_MOST_LOOSE_POINTS = 1024  # without a lattice, if most repeat: values within bins would never be those
_ROWS_PER_POINT = 5  # on average, where all values are points
_POINT_SHARE = 0.01  # of the rows, above which a single value is a point
_FEWEST_OF_POINT = 5  # rows
_MOST_BINS = 64
_MOST_DECIMALS = 6
_MOST_STEPS = 2**22  # between values, and from zero, that single precision tells apart
_FEWEST_SHIFTED = 6  # distinct values, for a lattice with any origin
_MOST_SHIFTED_STEPS = 2**16
_MOST_PARTS = 4  # of the smallest distance of two values that may be a step
_OFF_LATTICE = 1e-4, 0.02  # of a step, by which values may miss it, those of single precision more
_PSEUDO_ROWS = 0.5  # of each code: the estimator of Krichevsky and Trofimov (1981)


def make_grid(values: np.ndarray, weights: np.ndarray | None = None) -> Grid:
    """Learn the grid of a numeric column from its observed training values (n,).

    Up to 128 distinct values are a point each, if rows suffice; also up to 1024 that are on no lattice, if most repeat.
    Otherwise values of more than 1% of the rows are points, and the others fall into bins of equal numbers of rows:
    2 n^(2/5) of them (Mann and Wald 1942), at most 64.

    Args:
        values: finite, at least one.
        weights: of the rows, above 0, (n,); only ratios count. Shares, and where bins start, depend on them.

    Example:
        >>> make_grid(np.repeat([0.0, 2.5, 5.0], 10)).points
        array([0. , 2.5, 5. ])
    """
    original = np.asarray(values, np.float64)
    step = find_step(original)
    # Without a lattice, values are one where single precision cannot tell them apart.
    values = snap(original, step, float(original.min())) if step else as_single(original)
    distinct, first_row, position, rows = np.unique(values, return_index=True, return_inverse=True, return_counts=True)
    counts = rows.astype(float) if weights is None else np.bincount(position, weights * len(values) / np.sum(weights))
    suffice = len(distinct) <= _MOST_POINTS and len(values) >= _ROWS_PER_POINT * len(distinct)
    repeat = step == 0 and len(distinct) <= _MOST_LOOSE_POINTS and np.median(rows) >= _ROWS_PER_POINT
    if suffice or repeat:
        is_point = np.ones(len(distinct), bool)
    else:
        is_point = (counts > _POINT_SHARE * len(values)) & (rows >= _FEWEST_OF_POINT)
        if step == 0:
            is_point = is_point | _is_alone(is_point)
    others = np.flatnonzero(~is_point)
    first = _bin_starts(counts[others], int(rows[others].sum()), others - np.arange(len(others)), wide=step == 0)
    last = np.append(first[1:], len(others))[: len(first)] - 1
    in_bins = np.add.reduceat(counts[others], first) if len(first) else np.empty(0)
    shares = _smoothed(np.concatenate([counts[is_point], in_bins]))
    points = original[first_row[is_point]]
    return Grid(points, distinct[others[first]], distinct[others[last]], shares, step, len(values))


def make_level_grid(codes: np.ndarray, n_levels: int, weights: np.ndarray | None = None) -> Grid:
    """The grid of a category from its observed training codes 0, 1, …, n_levels - 1, (n,).

    Example:
        >>> make_level_grid(np.array([0, 0, 1]), 3).shares.round(2)
        array([0.56, 0.33, 0.11])
    """
    codes = np.asarray(codes).astype(int)
    weights = None if weights is None else weights * len(codes) / np.sum(weights)
    counts, none = np.bincount(codes, weights, n_levels).astype(float), np.empty(0)
    return Grid(np.arange(n_levels, dtype=float), none, none, _smoothed(counts), 1.0, len(codes), is_levels=True)


def with_shares_of(grid: Grid, values: np.ndarray, weights: np.ndarray | None = None) -> Grid:
    """A grid with the shares that its points and bins have among other values (n,), such as some of the rows.

    Example:
        >>> grid = make_grid(np.repeat([0.0, 1.0], [30, 10]))
        >>> with_shares_of(grid, np.repeat([0.0, 1.0], 20)).shares
        array([0.5, 0.5])
    """
    low = as_single(np.append(grid.points, grid.low))
    order = np.argsort(low)
    values = as_single(values)
    code = np.searchsorted(low[order] - 0.5 * grid.step, values, side="right") - 1
    weights = None if weights is None else weights * len(values) / np.sum(weights)
    counts = np.bincount(order[code.clip(0)], weights, grid.size).astype(float)
    return grid._replace(shares=_smoothed(counts), n=len(values))


def possible_values(grid: Grid, codes: np.ndarray) -> np.ndarray:
    """Values of the column, exactly, for codes (n,) of single precision: those of its lattice, or its points.

    Example:
        >>> possible_values(make_grid(np.repeat([0.1, 0.7], 10)), np.float32([0.1, 0.7])).tolist()
        [0.1, 0.7]
    """
    codes = snap(codes, grid.step, grid.minimum) if grid.step > 0 else np.asarray(codes, np.float64)
    if not len(grid.points):
        return codes
    points, single = as_single(grid.points), as_single(codes)
    nearest = np.searchsorted(points, single).clip(0, len(points) - 1)
    return np.where(points[nearest] == single, grid.points[nearest], codes)


def as_single(values: np.ndarray) -> np.ndarray:
    """Values rounded to single precision, float64."""
    return np.asarray(values).astype(np.float32).astype(np.float64)


def find_step(values: np.ndarray) -> float:
    """The step of the coarsest lattice of at most six decimals through all values; 0 if there is none.

    Without one, that of a lattice with any origin and step, such as whole numbers have once they are standardized.
    Lattices so fine that single precision cannot tell neighbors apart count as continuous.

    Example:
        >>> find_step(np.array([0.5, 2.0, 3.5])), find_step(np.array([0.5, 2**0.5]))
        (1.5, 0.0)
        >>> round(find_step((np.array([1, 2, 4, 7, 9, 12]) - np.pi) / np.e) * np.e, 6)
        1.0
    """
    distinct = np.unique(values)
    size, span = np.abs(distinct).max(), distinct[-1] - distinct[0]
    for decimals in range(_MOST_DECIMALS + 1):
        scale = 10.0**decimals
        if len(distinct) < 2 or size * scale > 1e15:
            return 0.0
        scaled = distinct * scale
        whole = np.round(scaled)
        # Values may come from single precision.
        if np.abs(scaled - whole).max() <= np.clip(size * scale * 2.0**-23, 1e-6, 0.05):
            step = float(np.gcd.reduce(np.diff(whole).astype(np.int64))) / scale
            return step if step > 0 and max(size, span) <= _MOST_STEPS * step else 0.0
    return _find_shifted_step(distinct, size, span)


def _find_shifted_step(distinct: np.ndarray, size: float, span: float) -> float:
    """The step of a lattice with any origin; 0 if there is none, or so few values that one says nothing."""
    if len(distinct) < _FEWEST_SHIFTED:
        return 0.0
    smallest = float(np.diff(distinct).min())
    blur = size * 2.0**-22 if (as_single(distinct) == distinct).all() else 0.0
    for parts in range(1, _MOST_PARTS + 1):
        step = smallest / parts
        if span > _MOST_SHIFTED_STEPS * step:
            return 0.0
        step = span / np.round(span / step)
        steps = (distinct - distinct[0]) / step
        whole = np.round(steps)
        if np.abs(steps - whole).max() <= np.clip(blur / step, *_OFF_LATTICE):
            return float(step * np.gcd.reduce(np.diff(whole).astype(np.int64)))
    return 0.0


def snap(values: np.ndarray, step: float, origin: float) -> np.ndarray:
    """The nearest values on a lattice, with no more decimals than its own, float64.

    Example:
        >>> snap(np.array([0.30000001, 0.64]), 0.1, 0.0)
        array([0.3, 0.6])
    """
    snapped = origin + step * np.round((np.asarray(values, np.float64) - origin) / step)
    return np.round(snapped, _MOST_DECIMALS + 3) if np.round(step, _MOST_DECIMALS) == step else snapped


def grid_to_json(grid: Grid) -> dict[str, Any]:
    """All fields of a grid as JSON values."""
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in grid._asdict().items()}


def grid_from_json(config: Mapping[str, Any]) -> Grid:
    """Rebuild a grid; KeyError or ValueError if an entry is missing or of another length."""
    arrays = {name: np.asarray(config[name], np.float64) for name in ("points", "low", "high", "shares")}
    points, low, high, shares = arrays.values()
    if not len(low) == len(high) == len(shares) - len(points):
        raise ValueError("the entries of a grid have different lengths")
    return Grid(*arrays.values(), float(config["step"]), int(config["n"]), bool(config["is_levels"]))


def _is_alone(is_point: np.ndarray) -> np.ndarray:
    """Mark single values between two points: a bin of one continuous value would have no width."""
    before, after = np.append(True, is_point[:-1]), np.append(is_point[1:], True)
    return before & after & ~is_point


def _bin_starts(counts: np.ndarray, n: int, run: np.ndarray, *, wide: bool) -> np.ndarray:
    """Positions at which bins start among distinct values with these counts, of n rows.

    A bin lies within one run of values, those between two points. ``wide`` bins have at least two values.
    """
    if not len(counts):
        return np.empty(0, int)
    n_bins = min(_MOST_BINS, max(1, int(2 * n**0.4)))
    quantile = np.floor((np.cumsum(counts) - counts / 2) / counts.sum() * n_bins)
    opens = np.diff(run, prepend=-1) > 0
    starts = np.flatnonzero((np.diff(quantile, prepend=-1.0) > 0) | opens)
    while wide and (short := np.diff(starts, append=len(counts)) < 2).any():
        # The first short bin joins the one before it, or the next one where it opens a run.
        at = int(np.argmax(short))
        starts = np.delete(starts, at + 1 if opens[starts[at]] else at)
    return starts


def _smoothed(counts: np.ndarray) -> np.ndarray:
    return (counts + _PSEUDO_ROWS) / (counts.sum() + _PSEUDO_ROWS * len(counts))
