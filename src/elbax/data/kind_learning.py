"""The kinds of a table's columns: found, or chosen by the user."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from elbax.core.config import parse_call
from elbax.data.cells import Cells, as_number, check_usable, shown
from elbax.data.columns.date_writing import NUMBER_WRITINGS
from elbax.data.columns.facts import Facts
from elbax.data.columns.labels import GapFlag, Ordered
from elbax.data.columns.one_hot import OneHot, find_groups
from elbax.data.columns.table_column import AbstractTableColumn, Place
from elbax.data.columns.table_kinds import TABLE_KINDS, recognize
from elbax.data.frames import leaving_out
from elbax.errors import InputError, one_of, unknown_name

Choice = tuple[str, dict[str, Any]]  # a kind and its settings

_ALIASES = {"date": "datetime", "time": "datetime", "number": "real", "bool": "boolean"}
_KNOWN = [kind for kind in TABLE_KINDS if kind != GapFlag.kind]
_MISTAKES, _MANY_NUMBERS = 0.05, 20  # share of cells that are no numbers among so many that are
_UNREAD = ("ignore", "id", "text")  # kinds whose values may be anything


def _flag(value: Any) -> bool:
    return {True: True, "true": True, "True": True, False: False, "false": False, "False": False}[value]


def _levels(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise ValueError("levels are a list")
    return tuple(value)


def _format(value: Any) -> str:
    if not isinstance(value, str) or "%" not in value and value not in NUMBER_WRITINGS:
        raise ValueError("no format")
    return value


_LABELS = {
    "other": (_flag, "true or false"),
    "levels": (_levels, "at least two levels, as in ['low', 'high'] or 'low < high'"),
}
_NUMBER = (float, "a number")
# The settings of each kind: a function that checks a value, and what the value must be.
_SETTINGS = {
    "category": _LABELS,
    "ordered": _LABELS,
    "bounded": {"low": _NUMBER, "high": _NUMBER},
    "datetime": {"format": (_format, f"one of strptime such as '%d/%m/%Y', or of numbers {one_of(NUMBER_WRITINGS)}")},
}


def by_position(kinds: Mapping[Any, Any], names: Sequence[str]) -> dict[int, Choice]:
    """The kinds that the user chose, by position; InputError if a column or a kind is unknown.

    A kind is a name with settings, such as "category(other=true)", or levels in their order: a list, or text such as
    "low < middle < high".

    Example:
        >>> by_position({"size": "S < M < L"}, ["size", "age"])
        {0: ('ordered', {'levels': ('S', 'M', 'L')})}
    """
    position = {text: i for i, text in enumerate(names)}
    chosen = {}
    for name, kind in kinds.items():
        name = ".".join(map(str, name)) if isinstance(name, tuple) else str(name)
        if name not in position:
            raise unknown_name("column in columns=", name, position)
        chosen[position[name]] = _parse(kind, name)
    return chosen


def learn_kinds(
    cells: Sequence[Cells], names: Sequence[str], chosen: Mapping[int, Choice], weights: np.ndarray | None = None
) -> tuple[AbstractTableColumn, ...]:
    """The columns of a table, from rows with weights; InputError if one is of no use, or of another kind than chosen.

    Kinds do not depend on weights.
    """
    groups = _groups(cells, names, chosen)
    inner = {position for group in groups for position in group[1:]}
    first = {group[0]: group for group in groups}
    columns: list[AbstractTableColumn] = []
    feature = 0
    for position, own in enumerate(cells):
        if position in inner:
            continue
        if group := first.get(position):
            columns.append(_learn_group(group, cells, names, feature, weights))
        else:
            kind, options = chosen.get(position) or (None, {})
            facts = Facts(own, names[position], options, weights)
            columns.append(_learn(facts, kind, position, feature))
        feature += len(columns[-1].features)
    return tuple(columns)


def _parse(kind: Any, name: str) -> Choice:
    if isinstance(kind, list | tuple):
        return Ordered.kind, _checked(Ordered.kind, {"levels": kind}, name)
    if isinstance(kind, str) and "<" in kind and "(" not in kind:
        levels = [level.strip() for level in kind.split("<")]
        return Ordered.kind, _checked(Ordered.kind, {"levels": levels}, name)
    try:
        call, settings = parse_call(str(kind))
    except ValueError as error:
        raise InputError(
            f"columns[{name!r}] is {kind!r}, which is no kind of column, nor one with named settings as in "
            f"bounded(low=0); known: {', '.join(_KNOWN)}"
        ) from error
    call = _ALIASES.get(call, call)
    if call not in _KNOWN:
        raise unknown_name(f"kind of column {name!r}:", call, _KNOWN)
    return call, _checked(call, settings, name)


def _checked(kind: str, settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Settings of a kind in plain types; InputError if one is unknown or of no use."""
    known, checked = _SETTINGS.get(kind, {}), {}
    for setting, value in settings.items():
        if setting not in known:
            raise unknown_name(f"setting of the kind {kind!r}:", setting, known)
        check, wanted = known[setting]
        try:
            checked[setting] = check(value)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{setting} of columns[{name!r}] must be {wanted}; got {value!r}") from error
    if (low := checked.get("low", -np.inf)) >= (high := checked.get("high", np.inf)):
        raise InputError(f"low of columns[{name!r}] must be below high; got {low:g} and {high:g}")
    return checked


def _groups(cells: Sequence[Cells], names: Sequence[str], chosen: Mapping[int, Choice]) -> list[list[int]]:
    """One-hot groups: those that are found among columns without a chosen kind, and the one that is chosen."""
    free = [i for i in range(len(cells)) if i not in chosen]
    found = [[free[i] for i in group] for group in find_groups([cells[i] for i in free], [names[i] for i in free])]
    own = [i for i, (kind, _) in sorted(chosen.items()) if kind == OneHot.kind]
    return [*found, own] if len(own) > 1 else found


def _learn_group(
    group: list[int], cells: Sequence[Cells], names: Sequence[str], feature: int, weights: np.ndarray | None
) -> AbstractTableColumn:
    members = [names[i] for i in group]
    place = Place(" | ".join(members), tuple(group), "exactly one of them is set in every row")
    return OneHot.learn_group([cells[i] for i in group], members, feature, place, weights)


def _learn(facts: Facts, kind: str | None, position: int, feature: int) -> AbstractTableColumn:
    cells, name = facts.cells, facts.name
    if cells.gaps.all() and kind != "ignore":
        raise InputError(
            f"{cells.where} holds nothing but gaps; leave it out, {leaving_out([name])}, or with "
            f"columns={{{name!r}: 'ignore'}}"
        )
    if kind not in _UNREAD:
        check_usable(cells)
    if kind is None:
        _check_one_form(facts)
        kind, why = recognize(facts)
        return TABLE_KINDS[kind].learn_cells(facts, feature, Place(name, (position,), why))
    if TABLE_KINDS[kind].modeled and cells.form != "other" and len(facts.distinct) == 1:
        raise InputError(
            f"{cells.where} is {shown(facts.distinct[0])} in every row, so it cannot be {kind!r}; leave its kind to "
            "elbax, which carries it along"
        )
    if cells.form == "other" and kind not in _UNREAD:
        raise InputError(
            f"{cells.where} holds neither numbers nor text nor dates, so it cannot be {kind!r}; turn it into one of "
            "them, or ignore it"
        )
    return TABLE_KINDS[kind].learn_cells(facts, feature, Place(name, (position,), "chosen"))


def _check_one_form(facts: Facts) -> None:
    """InputError if text writes numbers in nearly all rows, and something else in the others."""
    if facts.form != "text" or facts.cells.levels is not None or facts.number_writing is not None:
        return
    numbers = np.array([as_number(text) is not None for text in facts.distinct.tolist()])
    words = facts.distinct[~numbers].tolist()
    rare = facts.counts[~numbers].sum() < _MISTAKES * facts.n
    if words and rare and numbers.sum() > _MANY_NUMBERS:
        row = int(np.flatnonzero((facts.cells.values == words[0]) & ~facts.cells.gaps)[0])
        raise InputError(
            f"{facts.where} mixes numbers with text ({shown(words[0])} in row {row}); call such cells gaps with "
            f"missing={words[:3]}, correct them, or name the column's kind, as in "
            f"columns={{{facts.name!r}: 'category'}}"
        )
