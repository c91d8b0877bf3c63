"""The search for ties: sums that are constant, repeated and linearly dependent columns, functions of a column."""

from dataclasses import replace
from itertools import pairwise, permutations
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import gammaln

from elbax.data.column_statistics import Statistics, chunks
from elbax.data.repeats import row_groups
from elbax.data.subsample import evenly_spaced
from elbax.data.ties import Tie

_VALUES = 2**20  # of the rows that are searched; what is found is verified on all rows
_MOST_COLUMNS = 1000  # of a search for linear dependence, which takes the cube of their number
_ROUNDING = 4 * float(np.finfo(np.float32).eps)  # of a value, in units of itself
_EXACT, _ROUNDED = 3e-5, 0.05  # residual below which a column may depend on others, in its standard deviations
_FEWEST = 10  # rows that must speak for a tie
_WINDOW = 6
_LONGEST = 50  # columns of a rounded tie, if there are many
_MOST_STEPS = 2**20  # in the search for shorter ties
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


def find_ties(x: np.ndarray, statistics: Statistics, *, has_copies: bool = False) -> tuple[Tie, ...]:
    """Find the ties among the columns of ``x``, (n, d), smallest first; those of a subsample hold on all rows.

    Linear ties are found whatever the number of rows where they are sums of neighbors, of all columns, or of two
    columns; others need twice as many rows as columns, since fewer rows make all columns dependent. Rows that are
    copies (``has_copies``) count once.
    """
    table = _read(x, statistics, has_copies)
    if len(table.varying) < 2 or len(table.rows) < _FEWEST:
        return ()
    pairs = _pairs(table)
    first = np.setdiff1d(table.varying, [tie.columns[1] for tie in pairs])
    off_center = table.rows != np.median(table.rows, axis=0)
    linear = [tie for tie in (*_sums(table, first), *_dependent(table, first)) if _is_evident(off_center, tie)]
    tied = _verified(x, _shortest(pairs + linear), table)
    ties = [_with_kind(tie, statistics) for tie in tied]
    return tuple(sorted((*ties, *_functions(table, first, ties)), key=lambda tie: (len(tie.columns), tie.columns)))


def _read(x: np.ndarray, statistics: Statistics, has_copies: bool) -> _Table:
    n, d = x.shape
    most = max(_VALUES // d, 200, 2 * d + 100 if d <= _MOST_COLUMNS else 0)
    rows = np.asarray(x if n <= most else x[evenly_spaced(n, most)], np.float64)
    if has_copies:
        rows = rows[np.sort(np.unique(row_groups(rows), return_index=True)[1])]
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
            if b not in taken and _is_surprising(table, a) and (tie := _fitted(table, a, b)) is not None:
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
    ties = [_exact(table, *circuit) for circuit in _circuits(table, columns, _EXACT, 1e-5)]
    rounded = columns[table.lattice[columns]]
    circuits = _circuits(table, rounded, _ROUNDED, 0.02)
    most = max(_LONGEST, _MOST_COLUMNS // max(1, len(circuits)))
    ties += [_rounded(table, (*others, column)) for column, others, _ in circuits if len(others) <= most]
    return [tie for tie in ties if tie is not None]


def _circuits(
    table: _Table, columns: np.ndarray, residual: float, least: float
) -> list[tuple[int, list[int], np.ndarray]]:
    """Each column that depends on others, those of a basis by a pivoted Cholesky, and their slopes if standardized."""
    if len(columns) < 2:
        return []
    scaled = (table.rows[:, columns] - table.rows[:, columns].mean(axis=0)) / table.std[columns]
    _, pivots, rank, _ = lapack.dpstrf(scaled.T @ scaled / len(scaled), tol=residual**2, lower=0)
    basis, dependent = np.sort(pivots[:rank] - 1), pivots[rank:] - 1
    if not len(dependent):
        return []
    slopes = np.linalg.lstsq(scaled[:, basis], scaled[:, dependent], rcond=None)[0]  # precise, unlike the Cholesky's
    large = np.abs(slopes) > least
    pairs = zip(columns[dependent].tolist(), large.T, slopes.T, strict=True)
    return [(column, columns[basis[own]].tolist(), slope[own]) for column, own, slope in pairs if own.any()]


def _exact(table: _Table, column: int, others: list[int], slopes: np.ndarray) -> Tie | None:
    """The exact tie in which a column is a weighted sum of others; None if there is none."""
    columns = (*others, column)
    weights = _snapped(np.append(-slopes, 1.0) / table.std[list(columns)])
    return _tie(table, columns, weights) if _residual(table, columns, weights) <= 1 else None


def _fitted(table: _Table, a: int, b: int) -> Tie | None:
    """The exact tie of two columns; None if there is none."""
    rows = table.rows[:, [a, b]]
    x, y = ((rows - rows.mean(axis=0)) / table.std[[a, b]]).T
    return _exact(table, b, [a], np.array([x @ y / (x @ x)]))


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


def _is_evident(off_center: np.ndarray, tie: Tie) -> bool:
    """Whether enough rows speak for a tie: those in which one of its columns is not at its median, (m, d)."""
    free = 0 if set(np.abs(tie.weights)) == {1.0} else 3 * len(tie.columns)
    return off_center[:, list(tie.columns)].any(axis=1).sum() >= max(_FEWEST, free)


def _shortest(ties: list[Tie]) -> list[Tie]:
    """Linear ties without repetition, each as short as sums and differences with the others make it."""
    ties = list({tie.columns: tie for tie in ties}.values())
    short = [dict(zip(tie.columns, tie.weights, strict=True)) | {-1: -tie.constant} for tie in ties]
    _shorten(short)
    unique: dict[tuple[int, ...], Tie] = {}
    for tie in sorted(short, key=len):
        columns = tuple(sorted(column for column in tie if column >= 0))
        if len(columns) > 1 and columns not in unique:
            sign = 1.0 if tie[columns[0]] > 0 else -1.0
            weights = tuple(sign * tie[column] for column in columns)
            unique[columns] = Tie(columns, weights, -sign * tie.get(-1, 0.0) + 0.0)
    return _independent(list(unique.values()))


def _shorten(ties: list[dict[int, float]]) -> None:
    """Replace ties by shorter sums with others, up to a number of steps."""
    steps = 0
    for _ in range(3):
        for i, j in permutations(range(len(ties)), 2):
            shared = (ties[i].keys() & ties[j].keys()) - {-1}
            steps += 1 + len(shared) * (len(ties[i]) + len(ties[j]))
            if steps > _MOST_STEPS:
                return
            if (less := _combined(ties[i], ties[j], shared)) is not None:
                ties[i] = less


def _combined(tie: dict[int, float], other: dict[int, float], shared: set[int]) -> dict[int, float] | None:
    """The tie less a multiple of another, if it then has fewer columns; None if not."""
    for column in shared:
        ratio = tie[column] / other[column]
        less = {c: ratio * other.get(c, 0.0) for c in {*tie, *other}}
        both = {c: (tie.get(c, 0.0), weight) for c, weight in less.items()}
        kept = {c: a - b for c, (a, b) in both.items() if c == -1 or abs(a - b) > 1e-6 * max(abs(a), abs(b))}
        if 2 < len(kept) < len(tie):
            return kept
    return None


def _independent(ties: list[Tie]) -> list[Tie]:
    """The ties that do not follow from shorter ones, which come first."""
    if not ties:
        return []
    places = np.concatenate([tie.columns for tie in ties])
    used, places = np.unique(places, return_inverse=True)
    owners = np.repeat(np.arange(len(ties)), [len(tie.columns) for tie in ties])
    matrix = csr_array((np.concatenate([tie.weights for tie in ties]), (owners, places)), (len(ties), len(used)))
    _, groups = connected_components(matrix @ matrix.T != 0)  # of ties that share columns
    kept = []
    for group in range(groups.max() + 1):
        members = np.flatnonzero(groups == group)
        own = matrix[members][:, np.unique(matrix[members].indices)].toarray()
        basis = np.zeros((0, own.shape[1]))
        for member, weights in zip(members.tolist(), own, strict=True):
            rest = weights - basis.T @ (basis @ weights)
            if np.abs(rest).max() >= 1e-6 * np.abs(weights).max():
                basis = np.vstack([basis, rest / np.linalg.norm(rest)])
                kept.append(member)
    return [ties[member] for member in sorted(kept)]


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
    """Whether equal codes a have equal codes b, in more rows than chance explains.

    The commonest code does not count: that orders are 0 wherever spending is says nothing of other values.
    """
    for rows in (slice(0, 200), slice(None)):
        n_pairs, n_values = len(np.unique(a[rows].astype(np.int64) * n_b + b[rows])), len(np.unique(a[rows]))
        if n_pairs > n_values:
            return False
    rest = a != np.bincount(a).argmax()
    repeats = rest.sum() - (n_values - 1)
    agreeing = np.square(np.bincount(b[rest]) / max(rest.sum(), 1)).sum()
    return bool(repeats > 0 and repeats * -np.log(max(agreeing, 1e-300)) > least)
