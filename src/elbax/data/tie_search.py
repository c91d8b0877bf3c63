"""The search for ties: sums that are constant, repeated and linearly dependent columns, functions of a column."""

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack, solve_triangular
from scipy.special import gammaln

from elbax.data.column_statistics import Statistics, chunks
from elbax.data.subsample import evenly_spaced
from elbax.data.ties import Tie

_VALUES = 2**20  # of the rows that are searched; what is found is verified on all rows
_MOST_COLUMNS = 1000  # of a search for linear dependence, which takes the cube of their number
_ROUNDING = 4 * float(np.finfo(np.float32).eps)  # of a value, in units of itself
_EXACT, _ROUNDED = 3e-5, 0.05  # residual below which a column may depend on others, in its standard deviations
_FEWEST = 10  # rows that must speak for a tie
_WINDOW = 6
_LONGEST = 50  # columns of a tie that is compared with others to find shorter ones
_COMPARED_ROWS, _COMPARED_COLUMNS = 2048, 200  # of searches for pairs and functions
_FUNCTION_COLUMNS, _LEVELS = 40, 20


class _Table(NamedTuple):
    """Rows searched, flat, and what is known of their columns."""

    rows: np.ndarray  # (m, d), float64
    std: np.ndarray
    error: np.ndarray  # largest rounding error of a value, (d,)
    lattice: np.ndarray  # whether a column is rounded to multiples of its spacing, (d,)

    @property
    def varying(self) -> np.ndarray:
        return np.flatnonzero(self.std > 0)


def find_ties(x: np.ndarray, statistics: Statistics) -> tuple[Tie, ...]:
    """Find the ties among the columns of ``x``, (n, d), smallest first; those of a subsample hold on all rows.

    Linear ties are found whatever the number of rows where they are sums of neighbors, of all columns, or of two
    columns; others need twice as many rows as columns, since fewer rows make all columns dependent.
    """
    table = _read(x, statistics)
    if len(table.varying) < 2 or len(table.rows) < _FEWEST:
        return ()
    pairs = _pairs(table)
    first = np.setdiff1d(table.varying, [tie.columns[1] for tie in pairs])
    linear = [tie for tie in (*_sums(table, first), *_dependent(table, first)) if _is_evident(table, tie)]
    tied = _verified(x, _shortest(pairs + linear), table)
    ties = [_with_kind(tie, statistics) for tie in tied]
    return tuple(sorted((*ties, *_functions(table, first, ties)), key=lambda tie: (len(tie.columns), tie.columns)))


def _read(x: np.ndarray, statistics: Statistics) -> _Table:
    n, d = x.shape
    most = max(_VALUES // d, 200, 2 * d + 100 if d <= _MOST_COLUMNS else 0)
    rows = np.asarray(x if n <= most else x[evenly_spaced(n, most)], np.float64)
    largest = np.maximum(np.abs(statistics.minimum), np.abs(statistics.maximum))
    spacing = np.where(statistics.spacing > 0, statistics.spacing, 1.0)
    digit = 10.0 ** (np.floor(np.log10(spacing)) - 3)
    spacing = np.round(spacing / digit) * digit  # found in single precision
    steps = (rows - statistics.minimum) / spacing
    blur = _ROUNDING * largest / spacing  # of a step, in single precision
    lattice = (np.abs(steps - np.round(steps)) <= 0.01 + blur).all(axis=0) & (blur < 0.2)
    lattice &= spacing < 0.2 * np.maximum(statistics.std, 1e-300)
    return _Table(rows, rows.std(axis=0), _ROUNDING * largest, lattice)


def _pairs(table: _Table) -> list[Tie]:
    """Columns that are another one times a number plus a number: neighbors in a random projection."""
    columns = table.varying
    rng = np.random.default_rng(0)
    rows = table.rows[evenly_spaced(len(table.rows), _COMPARED_ROWS)][:, columns]
    scaled = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-300)
    along, key = rng.normal(size=(2, len(scaled))) @ scaled / np.sqrt(len(scaled))
    order, ties, taken = np.argsort(np.where(along < 0, -key, key), kind="stable"), [], set()
    for step in range(1, min(_WINDOW, len(order))):
        one, other = order[:-step], order[step:]
        alike = 1 - np.abs((scaled[:, one] * scaled[:, other]).mean(axis=0)) < 1e-6
        for place in np.flatnonzero(alike).tolist():
            a, b = sorted((int(columns[one[place]]), int(columns[other[place]])))
            if b not in taken and _is_surprising(table, a) and (tie := _fitted(table, (a, b))) is not None:
                ties.append(tie)
                taken.add(b)
    return ties


def _is_surprising(table: _Table, column: int) -> bool:
    """Whether two columns with this one's values would hardly agree by chance, among all pairs of columns."""
    _, counts = np.unique(table.rows[:, column], return_counts=True)
    arrangements = gammaln(len(table.rows) + 1) - gammaln(counts + 1).sum()  # log of their number
    return arrangements > 2 * np.log(table.rows.shape[1]) + 12


def _sums(table: _Table, columns: np.ndarray) -> list[Tie]:
    """Neighboring columns, and all columns, whose sum is constant."""
    rows = table.rows[:, columns] - table.rows[:, columns].mean(axis=0)
    before = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(rows, axis=1)], axis=1)  # (m, d + 1)
    key = np.random.default_rng(1).normal(size=len(rows)) @ before / np.sqrt(len(rows))
    order, spans = np.argsort(key, kind="stable"), {(0, len(columns))}
    error = np.sqrt(np.square(table.error[columns]).sum())
    for i, j in pairwise(order.tolist()):
        if abs(key[j] - key[i]) <= 4 * error + 1e-12 and abs(j - i) > 2:
            spans.add((min(i, j), max(i, j)))
    ties = []
    for start, stop in sorted(spans):
        inside = columns[start:stop]
        if len(inside) > 2 and _residual(table, inside, np.ones(len(inside))) <= 1:
            ties.append(_tie(table, inside, np.ones(len(inside))))
    return ties


def _dependent(table: _Table, columns: np.ndarray) -> list[Tie]:
    """Linearly dependent columns, exactly or up to the rounding of sums and differences."""
    if len(columns) > _MOST_COLUMNS or len(table.rows) < 2 * len(columns) + _FEWEST:
        return []
    ties = [
        tie
        for column, others in _circuits(table, columns, _EXACT, 1e-4)
        if (tie := _fitted(table, (*others, column))) is not None
    ]
    rounded = columns[table.lattice[columns]]
    for column, others in _circuits(table, rounded, _ROUNDED, 0.02):
        if (tie := _rounded(table, (*others, column))) is not None:
            ties.append(tie)
    return ties


def _circuits(table: _Table, columns: np.ndarray, residual: float, least: float):
    """Each column that depends on others, and these: the smallest set of a basis, by a pivoted Cholesky."""
    if len(columns) < 2:
        return
    scaled = (table.rows[:, columns] - table.rows[:, columns].mean(axis=0)) / table.std[columns]
    gram = scaled.T @ scaled / len(scaled)
    factor, pivots, rank, _ = lapack.dpstrf(gram, tol=residual**2, lower=0)
    order = pivots - 1
    if rank == len(columns):
        return
    upper = factor[:rank]
    weights = solve_triangular(upper[:, :rank], upper[:, rank:])  # of the basis, for each other column
    for column, own in zip(columns[order[rank:]].tolist(), weights.T, strict=True):
        others = columns[order[:rank][np.abs(own) > least]]
        if len(others):
            yield column, sorted(others.tolist())


def _fitted(table: _Table, columns: tuple[int, ...]) -> Tie | None:
    """The exact tie in which the last of these columns is a weighted sum of the others; None if there is none."""
    rows = table.rows[:, columns]
    rows = (rows - rows.mean(axis=0)) / table.std[list(columns)]
    slopes = np.linalg.lstsq(rows[:, :-1], rows[:, -1], rcond=None)[0]
    weights = np.append(-slopes, 1.0) / table.std[list(columns)]
    weights = _snapped(weights)
    return _tie(table, columns, weights) if _residual(table, columns, weights) <= 1 else None


def _rounded(table: _Table, columns: tuple[int, ...]) -> Tie | None:
    """The sum or difference of rounded columns that is constant up to their rounding."""
    rows = table.rows[:, columns] - table.rows[:, columns].mean(axis=0)
    slopes = np.round(np.linalg.lstsq(rows[:, :-1], rows[:, -1], rcond=None)[0])
    if (np.abs(slopes) > 1).any() or not slopes.any():
        return None
    kept = np.append(slopes != 0, True)
    columns, weights = tuple(np.array(columns)[kept].tolist()), np.append(-slopes, 1.0)[kept]
    half = 0.5 * sum(_spacing(table, column) for column in columns)
    values = table.rows[:, columns] @ weights
    off = np.abs(values - np.median(values)).max()
    return _tie(table, columns, weights) if off <= 1.01 * half else None


def _spacing(table: _Table, column: int) -> float:
    steps = np.diff(np.unique(table.rows[:, column]))
    return float(steps[steps > 10 * table.error[column]].min(initial=np.inf))


def _snapped(weights: np.ndarray) -> np.ndarray:
    """Weights relative to the smallest, as integers where they are, with a positive first."""
    relative = weights / np.abs(weights).min() * np.sign(weights[0])
    whole = np.round(relative)
    return whole if (np.abs(relative - whole) < 1e-4).all() and np.abs(whole).max() < 1000 else relative


def _residual(table: _Table, columns, weights: np.ndarray) -> float:
    """The largest deviation of a weighted sum from its mean, in units of what rounding explains."""
    values = table.rows[:, list(columns)] @ weights
    return float(np.abs(values - values.mean()).max() / _tolerance(table, columns, weights))


def _tolerance(table: _Table, columns, weights: np.ndarray) -> float:
    own, size = list(columns), np.abs(weights)
    # The fit of weights has errors of its own.
    return float(size @ table.error[own] + 1e-6 * (size * table.std[own]).min() + 1e-300)


def _tie(table: _Table, columns, weights: np.ndarray) -> Tie:
    own = np.asarray(columns)
    order = np.argsort(own)
    own, weights = own[order], weights[order] * (1 if weights[order[0]] > 0 else -1)
    values = table.rows[:, own] @ weights
    constant = float(np.median(values))
    tolerance = max(_tolerance(table, own, weights), float(np.abs(values - constant).max()))
    digits = max(0, int(-np.floor(np.log10(tolerance))) - 1)
    short = round(constant, digits)
    constant = short if abs(short - constant) <= tolerance else constant
    return Tie(tuple(own.tolist()), tuple(weights.tolist()), float(constant) + 0.0)


def _is_evident(table: _Table, tie: Tie) -> bool:
    """Whether enough rows speak for a tie: those in which a column is not at its most frequent value."""
    own = list(tie.columns)
    away = (table.rows[:, own] != np.median(table.rows[:, own], axis=0)).any(axis=1).sum()
    free = 0 if set(np.abs(tie.weights)) == {1.0} else 3 * len(own)
    return away >= max(_FEWEST, free)


def _shortest(ties: list[Tie]) -> list[Tie]:
    """Linear ties without repetition, each as short as sums and differences with the others make it."""
    ties = list({tie.columns: tie for tie in ties}.values())
    short = [dict(zip(tie.columns, tie.weights, strict=True)) | {-1: -tie.constant} for tie in ties]
    for _ in range(3):
        for i in range(len(short)):
            for j, other in enumerate(short):
                if i != j and (less := _combined(short[i], other)) is not None:
                    short[i] = less
    unique: dict[tuple[int, ...], Tie] = {}
    for tie in sorted(short, key=len):
        columns = tuple(sorted(column for column in tie if column >= 0))
        if len(columns) > 1 and not _is_implied(columns, tie, unique):
            sign = 1.0 if tie[columns[0]] > 0 else -1.0
            weights = tuple(sign * tie[column] for column in columns)
            unique[columns] = Tie(columns, weights, -sign * tie.get(-1, 0.0) + 0.0)
    return list(unique.values())


def _combined(tie: dict[int, float], other: dict[int, float]) -> dict[int, float] | None:
    """The tie less a multiple of another, if it then has fewer columns; None if not."""
    if max(len(tie), len(other)) > _LONGEST:
        return None
    for column in (set(tie) & set(other)) - {-1}:
        ratio = tie[column] / other[column]
        both = {c: tie.get(c, 0.0) - ratio * other.get(c, 0.0) for c in {*tie, *other}}
        scale = max(abs(weight) for c, weight in both.items() if c != -1)
        kept = {c: w for c, w in both.items() if c == -1 or abs(w) > 1e-6 * max(scale, 1e-300)}
        if 2 < len(kept) < len(tie):
            return kept
    return None


def _is_implied(columns: tuple[int, ...], tie: dict[int, float], known: dict[tuple[int, ...], Tie]) -> bool:
    """Whether a tie follows from shorter ones."""
    if columns in known:
        return True
    shorter = [t for t in known.values() if set(t.columns) & set(columns)]
    if not shorter:
        return False
    places = sorted({c for t in shorter for c in t.columns} | set(columns))
    matrix = np.zeros((len(places), len(shorter)))
    for k, other in enumerate(shorter):
        matrix[[places.index(c) for c in other.columns], k] = other.weights
    target = np.zeros(len(places))
    target[[places.index(c) for c in columns]] = [tie[c] for c in columns]
    rest = target - matrix @ np.linalg.lstsq(matrix, target, rcond=None)[0]
    return bool(np.abs(rest).max() < 1e-6 * np.abs(target).max())


def _verified(x: np.ndarray, ties: list[Tie], table: _Table) -> list[Tie]:
    """The ties that hold on all rows about as closely as on those searched, with their largest error."""
    if not ties:
        return []
    weights = np.zeros((x.shape[1], len(ties)))
    for k, tie in enumerate(ties):
        weights[list(tie.columns), k] = tie.weights
    constants = np.array([tie.constant for tie in ties])
    errors = searched = np.abs(table.rows @ weights - constants).max(axis=0)
    if len(table.rows) < len(x):
        for _, chunk in chunks(x):
            errors = np.maximum(errors, np.abs(chunk.astype(np.float64) @ weights - constants).max(axis=0))
    rounding = np.array([_tolerance(table, tie.columns, np.array(tie.weights)) for tie in ties])
    holds = errors <= rounding + 1.5 * searched
    return [replace(tie, error=float(e)) for tie, e, ok in zip(ties, errors, holds, strict=True) if ok]


def _with_kind(tie: Tie, statistics: Statistics) -> Tie:
    own = list(tie.columns)
    binary = statistics.whole[own].all() and statistics.within_unit[own].all()
    one_hot = bool(binary and tie.is_sum and tie.constant == tie.weights[0])
    return replace(tie, one_hot=one_hot)


def _functions(table: _Table, columns: np.ndarray, linear: list[Tie]) -> list[Tie]:
    """Columns that are a function of another one, where that is certain.

    It is where they have the same order of at least 20 values, or where values of one repeat so often that the other's
    would not agree by chance.
    """
    if len(columns) > _COMPARED_COLUMNS:
        return []
    rows = table.rows[evenly_spaced(len(table.rows), _COMPARED_ROWS)]
    tied = {frozenset(tie.columns) for tie in linear}
    codes = {column: np.unique(rows[:, column], return_inverse=True)[1] for column in columns.tolist()}
    levels = {column: int(code.max()) + 1 for column, code in codes.items()}
    found = _same_order(rows, codes, levels)
    few = [c for c in codes if 2 < levels[c] <= len(rows) // 2][:_FUNCTION_COLUMNS]
    for a in few:
        for b in [c for c in codes if c != a and levels[c] <= levels[a]][:_FUNCTION_COLUMNS]:
            if _maps(codes[a], codes[b], levels[b], 2 * np.log(len(codes)) + 12):
                found.append((a, b))
    kept: dict[frozenset, Tie] = {}
    for a, b in found:
        if frozenset((a, b)) not in tied and _is_function(table.rows[:, a], table.rows[:, b]):
            kept.setdefault(frozenset((a, b)), Tie((a, b)))
    return list(kept.values())


def _same_order(rows: np.ndarray, codes: dict[int, np.ndarray], levels: dict[int, int]) -> list[tuple[int, int]]:
    """Pairs in which the second column rises or falls with the first, or with its absolute value."""
    seen: dict[bytes, int] = {}
    found = []
    many = [column for column in codes if levels[column] >= _LEVELS]
    for column in many:
        code = codes[column]
        for text in (code.tobytes(), (levels[column] - 1 - code).tobytes()):
            if text in seen and seen[text] != column:
                found.append((seen[text], column))
                break
            seen[text] = column
    for column in many:
        values = rows[:, column]
        if values.min() < 0 < values.max():
            other = seen.get(np.unique(np.abs(values), return_inverse=True)[1].tobytes(), column)
            if other != column:
                found.append((column, other))
    return found


def _is_function(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether rows with one value of a have one value of b."""
    order = np.argsort(a)
    same = np.diff(a[order]) == 0
    return not (np.diff(b[order])[same] != 0).any()


def _maps(a: np.ndarray, b: np.ndarray, n_b: int, least: float) -> bool:
    """Whether equal codes a have equal codes b, in more rows than chance explains."""
    for rows in (slice(0, 200), slice(None)):
        n_pairs, n_values = len(np.unique(a[rows].astype(np.int64) * n_b + b[rows])), len(np.unique(a[rows]))
        if n_pairs > n_values:
            return False
    agreeing = np.square(np.bincount(b) / len(b)).sum()
    return bool((len(a) - n_values) * -np.log(agreeing) > least)
