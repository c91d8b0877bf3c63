"""Ties among the columns of a table with kinds: sums, repeated columns, and columns that are functions of others."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from elbax.data.column_statistics import Statistics
from elbax.data.tie_search import find_ties
from elbax.data.ties import Tie

_ROUNDING = 1e-6  # of sums, relative
_ENOUGH = 100  # rows in which ties are searched, where more have gaps


def find_table_ties(
    codes: np.ndarray, statistics: Statistics, levels: Sequence[int], *, has_copies: bool = False
) -> tuple[Tie, ...]:
    """The ties among the columns of codes (n, d) in rows without gaps in them; ``levels`` is 0 for numbers.

    Columns are left out, those with most gaps first, until enough rows have all others: half of the rows, or 100 and
    two for each column. Of labels only functions are ties: their codes have no sums.

    Example:
        >>> from elbax.data.column_statistics import measure
        >>> city = np.tile(np.arange(4.0), 25)
        >>> codes = np.column_stack([city, city // 2, np.random.default_rng(0).normal(size=100)])
        >>> find_table_ties(codes, measure(codes)[0], (4, 2, 0))
        (Tie(columns=(0, 1), weights=(), constant=0.0, error=0.0, one_hot=False),)
    """
    columns, rows = _known_together(np.isnan(codes))
    if len(columns) < 2:
        return ()
    found = find_ties(codes[np.ix_(rows, columns)], statistics.of(columns), has_copies=has_copies)
    found = [replace(tie, columns=tuple(columns[list(tie.columns)].tolist())) for tie in found]
    ties = []
    for tie in found:
        if tie.is_linear and any(levels[column] for column in tie.columns):
            if len(tie.columns) > 2:
                continue
            tie = Tie(tie.columns)
        if _holds(tie, codes[:, list(tie.columns)]):
            ties.append(replace(tie, one_hot=False))
    return tuple(ties)


def _known_together(gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns (k,) without gaps in enough rows, and these rows (m,)."""
    order = np.argsort(gaps.sum(axis=0), kind="stable")
    known = np.logical_and.accumulate(~gaps[:, order], axis=1)
    enough = np.minimum(len(gaps) / 2, _ENOUGH + 2 * np.arange(1, gaps.shape[1] + 1))
    n_columns = int((known.sum(axis=0) >= enough).sum())
    if n_columns == 0:
        return order[:0], np.zeros(0, int)
    return np.sort(order[:n_columns]), np.flatnonzero(known[:, n_columns - 1])


def _holds(tie: Tie, codes: np.ndarray) -> bool:
    """Whether a tie holds in all rows that have its columns (n, k), also those with gaps in others."""
    codes = codes[~np.isnan(codes).any(axis=1)]
    if tie.is_linear:
        off, size = np.abs(codes @ np.array(tie.weights) - tie.constant), np.abs(codes) @ np.abs(tie.weights)
        return bool((off <= 1.5 * tie.error + _ROUNDING * size).all())
    pairs = np.unique(codes, axis=0)
    return len(pairs) == len(np.unique(pairs[:, 0]))


def rule_of(tie: Tie, names: Sequence[str]) -> str:
    """The rule by which samples hold a tie.

    Example:
        >>> rule_of(Tie((0, 1, 2), (1.0, 1.0, -1.0)), ["a", "b", "the total"])
        'a + b == `the total`'
        >>> rule_of(Tie((0, 1)), ["city", "state"])
        'combination(city, state)'
    """
    own = [name if name.isidentifier() else f"`{name}`" for name in (names[column] for column in tie.columns)]
    if not tie.is_linear:
        return f"combination({', '.join(own)})"
    terms = {
        sign: [_term(w, name) for w, name in zip(tie.weights, own, strict=True) if w * sign > 0] for sign in (1, -1)
    }
    constant = [f"{tie.constant:.6g}"] if tie.constant or not terms[-1] else []
    return f"{' + '.join(terms[1])} == {' + '.join(terms[-1] + constant)}"


def _term(weight: float, name: str) -> str:
    return name if abs(weight) == 1 else f"{abs(weight):.6g} * {name}"
