"""Ties among the columns of a table with kinds: sums, repeated columns, and columns that are functions of others."""

from collections.abc import Sequence

import numpy as np

from elbax.data.column_statistics import Statistics
from elbax.data.tie_search import find_ties
from elbax.data.ties import Tie


def find_table_ties(
    codes: np.ndarray, statistics: Statistics, levels: Sequence[int], *, has_copies: bool = False
) -> tuple[Tie, ...]:
    """The ties among the columns of codes (n, d) that have no gaps; ``levels`` is 0 for numbers.

    Of labels only functions are ties: their codes have no sums.

    Example:
        >>> from elbax.data.column_statistics import measure
        >>> city = np.tile(np.arange(4.0), 25)
        >>> codes = np.column_stack([city, city // 2, np.random.default_rng(0).normal(size=100)])
        >>> find_table_ties(codes, measure(codes)[0], (4, 2, 0))
        (Tie(columns=(0, 1), weights=(), constant=0.0, error=0.0, one_hot=False),)
    """
    complete = np.flatnonzero(np.isfinite(codes).all(axis=0))
    if len(complete) < 2:
        return ()
    found = find_ties(codes[:, complete], statistics.of(complete), has_copies=has_copies)
    ties = []
    for tie in found:
        columns = tuple(complete[list(tie.columns)].tolist())
        if not tie.is_linear or not any(levels[column] for column in columns):
            ties.append(Tie(columns, tie.weights, tie.constant, tie.error))
        elif len(columns) == 2:
            ties.append(Tie(columns))
    return tuple(ties)


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
