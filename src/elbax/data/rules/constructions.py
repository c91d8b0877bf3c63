"""Columns that hold a rule by construction: what is modeled in their place, and how they are computed from it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from elbax.data.cells import Cells, level_text
from elbax.data.rules.expressions import Expression, Linear
from elbax.data.rules.rule import Combination, Comparison
from elbax.data.rules.values import NUMBER, SPAN, TEXT, Table, Values, to_cells
from elbax.errors import InputError

_JOINED, _GAP = " | ", "–"  # levels of a combination
_SPREAD = (np.sqrt(5) - 1) / 2  # the golden ratio: its multiples are even in [0, 1]


@dataclass(frozen=True, eq=False)
class Sum:
    """A column that is a sum of others: equal to it, or above or below it by a difference that is modeled instead.

    Attributes:
        rule: the text of the rule.
        target: the column.
        others: factors of the other columns, and a constant: target = Σ factors · others + sign · difference.
        sign: 1 or -1; 0 for an equality.
        difference: name of the column modeled instead; empty for an equality.
        least: the smallest difference of the training rows.
        most: the largest.
        form: "number", "moment" or "span".
        whole: whether the target is whole.
    """

    rule: str
    target: str
    others: Linear
    sign: float
    difference: str
    least: float
    most: float
    form: str
    whole: bool

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(self.others.coefficients)

    @property
    def modeled(self) -> dict[str, str | None]:
        """The columns modeled instead, with their kind where it is no guess."""
        is_guess = self.form != NUMBER or self.least == self.most or (self.least <= 0 and not self.whole)
        kind = None if is_guess else "count" if self.whole else "positive"
        return {self.difference: kind} if self.difference else {}

    def encode(self, table: Table) -> dict[str, Cells]:
        """The difference of each row."""
        if not self.difference:
            return {}
        target, total = table.columns[self.target], _sum(self.others, table)
        values = self.sign * (target.values - total.values)
        form = NUMBER if self.form == NUMBER else SPAN
        found = Values(form, _as_whole(values, self.whole), target.missing | total.missing)
        return {self.difference: to_cells(found, table.unit, f"column {self.difference!r}", whole=self.whole)}

    def decode(self, table: Table) -> dict[str, Cells]:
        """The target of each row; a gap where one of its parts is."""
        total = _sum(self.others, table)
        values, missing = total.values, total.missing
        if self.difference:
            difference = table.columns[self.difference]
            above = np.where(difference.missing, self.least, np.maximum(difference.values, self.least))
            values = values + self.sign * _as_whole(above, self.whole)
            missing = missing | difference.missing
        found = Values(self.form, values, missing)
        return {self.target: to_cells(found, table.unit, f"column {self.target!r}", whole=self.whole)}

    def fill(self, table: Table) -> dict[str, Values]:
        """For an equality: the other columns that have gaps, with those filled that follow from the target."""
        target, filled = table.columns[self.target], {}
        for name, factor in {} if self.difference else self.others.coefficients.items():
            rest = Linear({k: v for k, v in self.others.coefficients.items() if k != name}, self.others.constant)
            total, column = _sum(rest, table), table.columns[name]
            known = column.missing & ~target.missing & ~total.missing
            if known.any():
                values = _as_whole((target.values - total.values) / factor, column.whole)
                values = np.where(known, values, column.values)
                filled[name] = column._replace(values=values, missing=column.missing & ~known)
        return filled

    def settle(self, table: Table, target: Values, free: Mapping[str, np.ndarray]) -> dict[str, Values]:
        """The inputs, changed where they are ``free`` (masks of rows) so that the target has the values that are known.

        The first inputs change in proportion to what they add to the target, the last by what is then left. Of whole
        numbers only those with a factor of one change.
        """
        computed = table.columns[self.target]
        left = np.where(target.missing | computed.missing, 0, target.values - computed.values)
        factors = self.others.coefficients
        masks = {name: free[name] & (left != 0) for name in factors if not self.whole or abs(factors[name]) == 1}
        added = {name: np.abs(factors[name] * table.columns[name].values) * masks[name] for name in masks}
        shares = _shares(np.stack(list(added.values())), np.stack(list(masks.values()))) if masks else []
        settled, whole = {}, left
        for name, share, later in zip(masks, shares, _later(masks.values()), strict=True):
            part = _as_whole(np.where(later, whole * share, left), self.whole) * masks[name]
            left = left - part
            column = table.columns[name]
            change = part * int(factors[name]) if abs(factors[name]) == 1 else part / factors[name]
            settled[name] = column._replace(values=column.values + change)
        return settled

    def to_config(self) -> dict[str, Any]:
        config = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**config, "others": [self.others.coefficients, self.others.constant]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Sum":
        return cls(**{**config, "others": Linear(dict(config["others"][0]), config["others"][1])})


@dataclass(frozen=True, eq=False)
class Joint:
    """Columns whose combinations of values are the levels of one category.

    Where some columns of a row have gaps, its level is the only one that has the other values; if several have them,
    the level is a gap. Combinations with gaps are levels where gaps are values of their own, and where no other row has
    the values beside them.

    Attributes:
        rule: the text of the rule.
        targets: the columns.
        name: the category.
        forms: of the columns.
        levels: names of the levels, in the order of the values.
        values: of each column, one for each level; None for a gap.
        counts: training rows of each level.
    """

    rule: str
    targets: tuple[str, ...]
    name: str
    forms: tuple[str, ...]
    levels: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    counts: tuple[int, ...]

    inputs = ()

    @property
    def modeled(self) -> dict[str, str | None]:
        return {self.name: "category"}

    def encode(self, table: Table) -> dict[str, Cells]:
        """The level of each row; a gap where its known values leave several."""
        rows = self._possible(table)
        gaps = np.array([len(own) > 1 for _, own in rows], bool)
        levels = np.array([self.levels[own[0]] if own else label for label, own in rows], object)
        return {self.name: Cells("text", np.where(gaps, "", levels), gaps, f"column {self.name!r}")}

    def settle(self, table: Table, filled: Values) -> Values:
        """Levels of rows whose gaps were filled, changed where known values of the row are others.

        The level is then one that has these values, as often as training rows with them have it.
        """
        levels, changed = filled.values.astype(object), 0
        for row, (_, own) in enumerate(self._possible(table)):
            if len(own) > 1 and levels[row] not in {self.levels[level] for level in own}:
                share = np.cumsum([self.counts[level] for level in own])
                place = np.searchsorted(share, (0.5 + changed * _SPREAD) % 1 * share[-1], side="right")
                levels[row], changed = self.levels[own[place]], changed + 1
        return filled._replace(values=levels)

    def _possible(self, table: Table) -> list[tuple[str, tuple[int, ...]]]:
        """The label of each row, and the levels that have all its known values."""
        labels = _labels([table.columns[name] for name in self.targets])
        places = {level: place for place, level in enumerate(self.levels)}
        possible = {label: _matching(label, places) for label in dict.fromkeys(labels)}
        return [(label, possible[label]) for label in labels]

    def decode(self, table: Table) -> dict[str, Cells]:
        place = {level: i for i, level in enumerate(self.levels)}
        joint = table.columns[self.name]
        codes = np.array([0 if gap else place[level] for level, gap in zip(joint.values, joint.missing, strict=True)])
        decoded = {}
        for name, form, values in zip(self.targets, self.forms, self.values, strict=True):
            absent = np.array([value is None for value in values], bool)
            filler = "" if form == TEXT else 0
            levels = np.array([*(filler if value is None else value for value in values), None], object)[:-1]
            missing = joint.missing | absent[codes]
            whole = form != TEXT and all(isinstance(value, int) for value in values if value is not None)
            chosen = levels[codes] if form == TEXT else levels[codes].astype(np.int64 if whole else float)
            found = Values(form, chosen, missing)
            decoded[name] = to_cells(found, table.unit, f"column {name!r}", whole=whole)
        return decoded

    def levels_where(self, given: Mapping[str, Any]) -> list[str]:
        """The levels that meet conditions on the columns: a value, a range as a pair, or a list of values.

        InputError if there is none.
        """
        kept = list(range(len(self.levels)))
        for name, condition in given.items():
            form, values = self.forms[self.targets.index(name)], self.values[self.targets.index(name)]
            if form not in (NUMBER, TEXT):
                raise InputError(f"given cannot name {name!r}, a date in rule {self.rule!r}; choose other columns")
            if not any(_meets(value, condition, form) for value in values):
                known = ", ".join(repr(value) for value in dict.fromkeys(values) if value is not None)
                raise InputError(f"given[{name!r}] must be among {known}; got {condition!r}")
            kept = [level for level in kept if _meets(values[level], condition, form)]
        if not kept:
            raise InputError(f"no training row has {dict(given)!r} together, as rule {self.rule!r} asks for")
        return [self.levels[level] for level in kept]

    def allows(self, table: Table) -> np.ndarray:
        """Which rows have known values that training rows have together, (n,)."""
        return np.array([len(own) > 0 for _, own in self._possible(table)], bool)

    def to_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Joint":
        plain = {name: config[name] for name in ("rule", "name")}
        lists = {name: tuple(config[name]) for name in ("targets", "forms", "levels")}
        counts = tuple(config.get("counts", [1] * len(config["levels"])))
        return cls(**plain, **lists, values=tuple(tuple(column) for column in config["values"]), counts=counts)


def _meets(value: Any, condition: Any, form: str) -> bool:
    """Whether a value is the one asked for, within a range, or one of a list."""
    if value is None:
        return False
    if isinstance(condition, list | set | frozenset | np.ndarray):
        return any(_meets(value, one, form) for one in condition)
    if form == TEXT:
        return value == str(condition)
    ends = condition if isinstance(condition, tuple) else (condition, condition)
    low, high = (missing if end is None else float(end) for end, missing in zip(ends, (-np.inf, np.inf), strict=True))
    return low <= value <= high


def _matching(label: str, places: Mapping[str, int]) -> tuple[int, ...]:
    """Places of the levels that have all known values of a label: its own, if it is a level."""
    if label in places:
        return (places[label],)
    parts = label.split(_JOINED)
    known = [i for i, part in enumerate(parts) if part != _GAP]
    if len(known) == len(parts):
        return ()
    others = ((place, level.split(_JOINED)) for level, place in places.items())
    return tuple(place for place, other in others if all(other[i] == parts[i] for i in known))


def joint(rule: Combination, table: Table, *, informative: bool = False) -> Joint:
    """The category of the combinations in the training rows; ``informative`` gaps are values like others."""
    columns = [table.columns[name] for name in rule.names]
    missing = np.array([column.missing for column in columns])
    counts = Counter(labels := _labels(columns))
    first = {label: row for row, label in reversed(list(enumerate(labels))) if not missing[:, row].all()}
    whole = {label: row for label, row in first.items() if not missing[:, row].any()}
    partial = [label for label in first if informative or not _matching(label, whole)]
    levels = tuple(sorted({*whole, *partial}))
    values = tuple(
        tuple(None if column.missing[first[level]] else _plain(column.values[first[level]]) for level in levels)
        for column in columns
    )
    name, forms = unused(" × ".join(rule.names), table.columns), tuple(column.form for column in columns)
    own_counts = tuple(counts[level] for level in levels)
    return Joint(rule.text, rule.names, name, forms, levels, values, own_counts)


def sums(rule: Comparison, table: Table) -> list[Sum]:
    """The ways to hold a comparison by computing one of its columns, the best first."""
    linear = rule.linear(table)
    if linear is None or rule.operator == "!=" or len(linear.coefficients) < 2:
        return []
    bare = [side.columns[0] for side in (rule.right, rule.left) if _is_bare(side)]
    names = [*bare, *reversed(rule.columns)] if len(bare) == 1 else list(reversed(rule.columns))
    names = [name for name in dict.fromkeys(names) if name in linear.coefficients]
    found = (_sum_for(rule, linear, name, table) for name in names)
    return [one for one in found if one is not None]


def in_order(constructions: list[Any]) -> list[Any] | None:
    """Constructions in an order in which each computes from columns that are known; None if there is none."""
    by_target = {target: one for one in constructions for target in one.targets}
    graph = {id(one): {id(by_target[name]) for name in one.inputs if name in by_target} for one in constructions}
    by_id = {id(one): one for one in constructions}
    try:
        return [by_id[key] for key in TopologicalSorter(graph).static_order()]
    except CycleError:
        return None


def unused(name: str, taken: Any) -> str:
    """A name that no column has."""
    while name in taken:
        name += "_"
    return name


def _sum_for(rule: Comparison, linear: Linear, name: str, table: Table) -> Sum | None:
    """The target ``name`` from right - left = factor · target + rest."""
    factor = linear.coefficients[name]
    target = table.columns[name]
    rest = Linear({k: v for k, v in linear.coefficients.items() if k != name}, linear.constant)
    whole = target.whole and all(table.columns[other].whole for other in rest.coefficients)
    if target.whole and not (whole and _is_whole(linear, factor)):
        return None
    others = rest.times(-1 / factor)
    total = _sum(others, table)
    if rule.operator != "==" and (total.missing & ~target.missing).any():
        return None  # the target of rows with such gaps would be lost
    sign = 0.0 if rule.operator == "==" else float(np.sign(factor))
    known = ~target.missing & ~total.missing
    differences = sign * (target.values - total.values)[known]
    label = f"{rule.right} - {rule.left}" if sign else ""
    return Sum(
        rule.text,
        name,
        others,
        sign,
        unused(label, table.columns) if sign else "",
        float(differences.min()) if sign and known.any() else 0.0,
        float(differences.max()) if sign and known.any() else 0.0,
        target.form,
        whole,
    )


def _is_whole(linear: Linear, factor: float) -> bool:
    return abs(factor) == 1 and all(float(value).is_integer() for value in (*linear.coefficients.values(), linear[1]))


def _is_bare(side: Expression) -> bool:
    return len(side.columns) == 1 and type(side.node).__name__ == "Name"


def _sum(linear: Linear, table: Table) -> Values:
    """A sum of columns; whole where columns and factors are."""
    columns = [table.columns[name] for name in linear.coefficients]
    whole = all(column.values.dtype.kind in "iu" for column in columns)
    whole = whole and all(float(value).is_integer() for value in (*linear.coefficients.values(), linear.constant))
    number = int if whole else float
    total: np.ndarray = np.full(table.rows, number(linear.constant))
    missing = np.zeros(table.rows, bool)
    for column, factor in zip(columns, linear.coefficients.values(), strict=True):
        total = total + number(factor) * column.values
        missing = missing | column.missing
    return Values(NUMBER, total, missing)


def _shares(added: np.ndarray, free: np.ndarray) -> np.ndarray:
    """The share of each free input in what they add together, in equal parts where that is nothing; both (k, n)."""
    total = added.sum(axis=0)
    return np.where(total > 0, added / np.where(total > 0, total, 1), free / np.maximum(free.sum(axis=0), 1))


def _later(masks: Iterable[np.ndarray]) -> list[np.ndarray]:
    """For each mask, where a later one is true."""
    masks = list(masks)
    return [np.any(masks[i + 1 :], axis=0) & np.ones(len(mask), bool) for i, mask in enumerate(masks)]


def _as_whole(values: np.ndarray, whole: bool) -> np.ndarray:
    return np.round(values).astype(np.int64) if whole and values.dtype.kind == "f" else values


def _labels(columns: list[Values]) -> list[str]:
    """One text for each combination; those with the sign of a joint are escaped."""
    texts = [
        [_GAP if gap else level_text(_plain(value)).replace("|", "¦") for value, gap in zip(*column[1:], strict=True)]
        for column in columns
    ]
    return [_JOINED.join(parts) for parts in zip(*texts, strict=True)]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
