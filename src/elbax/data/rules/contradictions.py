"""Rules that no row can satisfy, found by linear programming."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.optimize import linprog

from elbax.data.rules.rule import Comparison
from elbax.data.rules.values import NUMBER, Table
from elbax.errors import InputError

_DAY = {"us": 86_400e6, "ns": 86_400e9}  # the unit of dates here; in their own they are too large for the solver


def check_contradictions(rules: Sequence[Comparison], table: Table) -> None:
    """InputError if comparisons of sums contradict each other, with two of them if two suffice."""
    known = [rule for rule in rules if rule.operator != "!=" and rule.linear(table) is not None]
    if _possible(known, table):
        return
    pairs = [[rule] for rule in known] + [list(pair) for pair in combinations(known, 2)]
    guilty = next((pair for pair in pairs if not _possible(pair, table)), known)
    texts = list(dict.fromkeys(repr(rule.text) for rule in guilty))
    if len(texts) == 1:
        raise InputError(f"no row can satisfy rule {texts[0]}; correct it")
    named = f"{', '.join(texts[:-1])} and {texts[-1]}"
    raise InputError(f"rules {named} contradict each other: no row can satisfy {'both' if len(texts) == 2 else 'all'}")


def _possible(rules: Sequence[Comparison], table: Table) -> bool:
    """Whether a row exists with right - left = 0, ≥ 0, or > 0 by a margin that is as large as possible."""
    linears = [rule.linear(table) for rule in rules]
    names = sorted({name for linear in linears if linear for name in linear.coefficients})
    if not linears:
        return True
    scale = np.array([1.0 if table.columns[name].form == NUMBER else _DAY[table.unit] for name in names])
    equal, at_least = [], []
    for rule, linear in zip(rules, linears, strict=True):
        assert linear is not None
        row = np.array([linear.coefficients.get(name, 0.0) for name in names]) * scale
        size = np.abs(row).max(initial=0) or 1.0
        constant = linear.constant / size
        margin = float(rule.operator == "<")
        (equal if rule.operator == "==" else at_least).append((np.append(row / size, -margin), -constant))
    bounds = [(None, None)] * len(names) + [(0, 1)]
    found = linprog(
        np.append(np.zeros(len(names)), -1.0),
        A_ub=[-row for row, _ in at_least] or None,
        b_ub=[-bound for _, bound in at_least] or None,
        A_eq=[np.append(row[:-1], 0) for row, _ in equal] or None,
        b_eq=[bound for _, bound in equal] or None,
        bounds=bounds,
    )
    strict = any(rule.operator == "<" for rule in rules)
    return found.status != 2 and not (strict and found.status == 0 and found.x[-1] < 1e-9)
