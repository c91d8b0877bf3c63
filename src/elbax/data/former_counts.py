"""Numbers that were made of counts, such as logarithms of normalized counts."""

from collections.abc import Callable, Mapping

import numpy as np

from elbax.data.subsample import evenly_spaced

_VALUES, _FEWEST_ROWS, _MOST_ROWS = 2**21, 100, 1000  # that are looked at
_NEAR, _LARGEST = 1e-3, 500.0  # distance from an integer, and values beyond which rounding hides it
_ALL, _MOST = 0.99, 0.8  # share of values, or of rows, that suffices for a pattern
_LARGEST_LOGARITHM = 40.0
_LEVELS = 3  # distinct integers above 0 that make a pattern
_LEAST_CELLS = 20
_SAME_RATIO = 2e-3  # difference of two logarithms of ratios, for values of three decimals
_PAIRS, _FEWEST_PAIRS = 40, 5  # of columns
_REPEATED = 0.2  # share of a pair's rows with one ratio
_ZEROS = 0.5  # share of zeros at which single counts are common, and rows with two counts too
_LEAST_SCALE = 1e4  # total that rows were brought to; smaller ones are of shares

_SQUARE = "X**2"
# Inverses of what is done to counts before a model sees them.
_INVERSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "np.expm1(X)": np.expm1,
    "2**X - 1": lambda x: np.exp2(x) - 1,
    "10**X - 1": lambda x: np.power(10.0, x) - 1,
    _SQUARE: np.square,
}


def trace_of_counts(x: np.ndarray) -> str | None:
    """What shows that numbers (n, d) were made of counts; None if nothing does, or if they are counts.

    Logarithms, roots, division by the totals of rows, and scaling by column are known, where small counts are common or
    rows have all their columns; counts in the hundreds that were scaled by column are like other real numbers.

    Example:
        >>> counts = np.random.default_rng(0).poisson(2, size=(100, 5))
        >>> trace_of_counts(np.log1p(counts)), trace_of_counts(counts)
        ('they are integers again as np.expm1(X), rounded', None)
    """
    n = max(_FEWEST_ROWS, min(_MOST_ROWS, _VALUES // x.shape[1]))
    x = x[evenly_spaced(len(x), n)].astype(np.float64)
    if _integers(x):
        return None
    if x.min() < 0:
        return _of_ratios({"X less the minimum of each column": x - x.min(axis=0)})
    if _integers_by_row(x):
        return "they are integers again as X times each row's depth"
    former = {name: f(x) for name, f in _INVERSES.items() if x.max() <= _LARGEST_LOGARITHM or name == _SQUARE}
    for expression, values in former.items():
        if _integers(values):
            return f"they are integers again as {expression}, rounded"
        if expression == "np.expm1(X)" and _integers_by_row(values):
            return f"they are integers again as {expression}, times each row's depth over the scale that was used"
    former = {"X": x} | {name: values for name, values in former.items() if name != _SQUARE}
    return _of_totals(former) or _of_ratios(former)


def _integers(values: np.ndarray) -> bool:
    """Whether nearly all values are integers, several of them above 0."""
    rounded = np.round(values)
    near, small = np.abs(values - rounded) < _NEAR, values <= _LARGEST
    above = small & (values > 0)
    distinct = np.unique(rounded[above & near])
    return above.any() and small.mean() > 0.5 and near[above].mean() >= _ALL and len(distinct) >= _LEVELS


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


def _of_totals(former: Mapping[str, np.ndarray]) -> str | None:
    """Whether all rows, with zeros among them, add up to one power of ten, as counts per 10,000 or per million do."""
    for expression, values in former.items():
        totals = values.sum(axis=1)
        scale = 10.0 ** np.round(np.log10(max(np.median(totals), 1.0)))
        same = np.abs(totals - scale) < _NEAR * scale
        if len(values) >= _LEAST_CELLS and scale >= _LEAST_SCALE and same.mean() >= _ALL:
            return f"each row of {expression} adds up to {scale:,.0f}" if (values == 0).mean() >= _REPEATED else None
    return None


def _of_ratios(former: Mapping[str, np.ndarray]) -> str | None:
    """Whether ratios of two columns repeat from row to row, where two values of different rows have other ratios.

    Rows are c s g: counts, a scale of each row, and one of each column. Where two columns have equal counts, their
    ratio is that of their scales.
    """
    shares = {expression: _repeated_ratios(values) for expression, values in former.items()}
    best = max(shares, key=lambda expression: shares[expression])
    if shares[best] < _REPEATED:
        return None
    return f"ratios of two columns of {best} repeat from row to row, as those of equal counts divided by a depth do"


def _repeated_ratios(values: np.ndarray) -> float:
    """The share of rows in which the ratio of two columns is that of most rows; 0 if chance explains a third of it."""
    zeros = (values == 0).mean(axis=0)
    columns = np.argsort(np.abs(zeros - _ZEROS), kind="stable")[: _PAIRS + 1]
    shares = []
    for first, second in zip(values[:, columns].T[:-1], values[:, columns].T[1:], strict=True):
        both = np.flatnonzero((first > 0) & (second > 0))
        if len(both) < _LEAST_CELLS:
            continue
        first, second = np.log(first[both]), np.log(second[both])
        share = _most_frequent(first - second)
        if share < 1:  # else one column is a multiple of the other
            shares.append((share, _most_frequent(first - np.roll(second, 1))))
    if len(shares) < _FEWEST_PAIRS:
        return 0.0
    share, by_chance = np.mean(shares, axis=0)
    return float(share) if share >= 3 * by_chance else 0.0


def _most_frequent(values: np.ndarray) -> float:
    """The largest share of values that are equal but for rounding."""
    ordered = np.sort(values)
    counts = np.searchsorted(ordered, ordered + _SAME_RATIO, side="right") - np.arange(len(ordered))
    return float(counts.max() / len(ordered))
