"""The kinds of a table's columns: found, or chosen by the user."""

from collections.abc import Mapping, Sequence
from typing import Any

from elbax.core.config import parse_call
from elbax.data.cells import Cells, check_usable, shown
from elbax.data.columns.facts import Facts
from elbax.data.columns.one_hot import OneHot, find_groups
from elbax.data.columns.table_column import AbstractTableColumn, Place
from elbax.data.columns.table_kinds import TABLE_KINDS, recognize
from elbax.data.frames import leaving_out
from elbax.errors import InputError, unknown_name

Choice = tuple[str, dict[str, Any]]  # a kind and its settings

_ALIASES = {"date": "datetime", "time": "datetime", "number": "real", "bool": "boolean"}
_SETTINGS = {"category": ("other", "levels"), "ordered": ("other", "levels"), "bounded": ("low", "high")}
_SETTINGS["datetime"] = ("format",)
_UNREAD = ("ignore", "id", "text")  # kinds whose values may be anything


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
    cells: Sequence[Cells], names: Sequence[str], chosen: Mapping[int, Choice]
) -> tuple[AbstractTableColumn, ...]:
    """The columns of a table; InputError if one is of no use, or of another kind than chosen."""
    groups = _groups(cells, names, chosen)
    inner = {position for group in groups for position in group[1:]}
    first = {group[0]: group for group in groups}
    columns: list[AbstractTableColumn] = []
    feature = 0
    for position, own in enumerate(cells):
        if position in inner:
            continue
        if group := first.get(position):
            columns.append(_learn_group(group, cells, names, feature))
        else:
            columns.append(_learn(own, names[position], position, feature, chosen.get(position)))
        feature += len(columns[-1].features)
    return tuple(columns)


def _parse(kind: Any, name: str) -> Choice:
    if isinstance(kind, list | tuple):
        return "ordered", {"levels": tuple(kind)}
    if isinstance(kind, str) and "<" in kind and "(" not in kind:
        return "ordered", {"levels": tuple(level.strip() for level in kind.split("<"))}
    try:
        call, settings = parse_call(str(kind))
    except ValueError as error:
        raise InputError(
            f"columns[{name!r}] is {kind!r}, which is no kind of column; known: {', '.join(TABLE_KINDS)}"
        ) from error
    call = _ALIASES.get(call, call)
    if call not in TABLE_KINDS:
        raise unknown_name("kind of column", call, TABLE_KINDS)
    known = _SETTINGS.get(call, ())
    if wrong := [setting for setting in settings if setting not in known]:
        raise unknown_name(f"setting of the kind {call!r}:", wrong[0], known)
    return call, settings


def _groups(cells: Sequence[Cells], names: Sequence[str], chosen: Mapping[int, Choice]) -> list[list[int]]:
    """One-hot groups: those that are found among columns without a chosen kind, and the one that is chosen."""
    free = [i for i in range(len(cells)) if i not in chosen]
    found = [[free[i] for i in group] for group in find_groups([cells[i] for i in free], [names[i] for i in free])]
    own = [i for i, (kind, _) in sorted(chosen.items()) if kind == OneHot.kind]
    return [*found, own] if len(own) > 1 else found


def _learn_group(group: list[int], cells: Sequence[Cells], names: Sequence[str], feature: int) -> AbstractTableColumn:
    members = [names[i] for i in group]
    place = Place(" | ".join(members), tuple(group), "exactly one of them is set in every row")
    return OneHot.learn_group([cells[i] for i in group], members, feature, place)


def _learn(cells: Cells, name: str, position: int, feature: int, choice: Choice | None) -> AbstractTableColumn:
    kind, options = choice or (None, {})
    facts = Facts(cells, name, options)
    if cells.gaps.all() and kind != "ignore":
        raise InputError(
            f"{cells.where} holds nothing but gaps; leave it out, {leaving_out([name])}, or with "
            f"columns={{{name!r}: 'ignore'}}"
        )
    if kind not in _UNREAD:
        check_usable(cells)
    if kind is None:
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
