"""Conditions on rows, as users give them: values, ranges and choices of columns."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from elbax.core.events import Event
from elbax.data.cells import read_cells, shown
from elbax.data.columns.carried import ConstantCell
from elbax.data.columns.table_column import AbstractTableColumn
from elbax.data.frames import quoted
from elbax.data.schema import Schema
from elbax.data.table_layout import name_text
from elbax.errors import InputError, unknown_name

_UNORDERED = ("category", "boolean", "onehot")
_TRUTH = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
_CLOSE = 1e-6  # relative: values in single and in double precision are one


class _Known(NamedTuple):
    """What is known of rows: cells (d,), which of them, ends of ranges (d,), and levels (d, K) if columns have some."""

    x: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    allowed: np.ndarray | None

    @classmethod
    def nothing(cls, schema: Schema) -> "_Known":
        d = schema.n_features
        allowed = np.ones((d, max(schema.levels)), bool) if any(schema.levels) else None
        ends = np.full(d, -np.inf), np.full(d, np.inf)
        return cls(schema.statistics.minimum.copy(), np.zeros(d, bool), *ends, allowed)

    def fix(self, feature: int, code: float) -> None:
        self.x[feature], self.observed[feature] = code, True

    def allow(self, feature: int, codes: np.ndarray) -> None:
        assert self.allowed is not None  # the column has levels
        self.allowed[feature] = np.isin(np.arange(self.allowed.shape[1]), codes)

    def choose(self, feature: int, codes: set[int]) -> None:
        """One code is known; several are allowed."""
        if len(codes) == 1:
            self.fix(feature, float(min(codes)))
        else:
            self.allow(feature, np.array(sorted(codes)))


def read_conditions(schema: Schema, given: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, Event | None]:
    """Codes of known cells (d,), which cells are known (d,), and what is known of others, if anything.

    A value is a known cell, a pair (low, high) a range with both ends, where None is no end, and a list a choice of
    levels. A column of a one-hot group is true or false.

    Raises:
        InputError: a column or level is unknown, a rule computes the column, or no row can meet a condition.
    """
    if schema.table is None:
        raise InputError("given= is for models of tables with names; this one was fitted to an array")
    if not isinstance(given, Mapping):
        raise InputError(f"given must name columns, as in given={{'age': (50, 60)}}; got {given!r}")
    given = given if schema.rules is None else schema.rules.conditions(given)
    known = _Known.nothing(schema)
    columns = {column.name: column for column in schema.table.modeled}
    groups = {
        column.level_name(level): (column, level)
        for column in columns.values()
        if len(column.positions) > 1
        for level in range(column.levels)
    }
    left: dict[str, set[int]] = {}  # levels of one-hot groups
    for name, value in given.items():
        text = name_text(name)
        if text not in columns and text not in groups:
            _check_unmodeled(schema, text, value, [*columns, *groups])
            continue
        column, level = groups[text] if text in groups else (columns[text], None)
        if len(column.positions) == 1:
            _add(known, column, value)
            continue
        chosen = _chosen_levels(column, value) if level is None else _levels_of_member(column, level, value)
        left[column.name] = left.get(column.name, set(range(column.levels))) & chosen
        if not left[column.name]:
            members = quoted([column.level_name(one) for one in range(column.levels)])
            raise InputError(f"no row can meet all of {dict(given)!r}: exactly one of {members} is set in every row")
    for name, levels in left.items():
        known.choose(int(columns[name].features[0]), levels)
    if np.isinf(known.low).all() and np.isinf(known.high).all() and (known.allowed is None or known.allowed.all()):
        return known.x, known.observed, None
    return known.x, known.observed, Event(known.low.astype(np.float32), known.high.astype(np.float32), known.allowed)


def _add(known: _Known, column: AbstractTableColumn, value: Any) -> None:
    """A condition on a column."""
    feature = int(column.features[0])
    if isinstance(value, list | set | frozenset) or (isinstance(value, np.ndarray) and value.ndim):
        if not column.levels:
            raise InputError(
                f"given[{column.name!r}] must be a value or a range (low, high), as it is no label; got {value}"
            )
        if not len(value):
            raise InputError(f"given[{column.name!r}] allows no value; name at least one")
        known.allow(feature, np.array([_code(column, one) for one in value]))
    elif isinstance(value, tuple):
        known.low[feature], known.high[feature] = _range(column, value)
    else:
        code = _code(column, value)
        _check_possible(column, code, value)
        known.fix(feature, code)


def _chosen_levels(column: AbstractTableColumn, value: Any) -> set[int]:
    """The levels of a one-hot group that a condition on the group allows."""
    if isinstance(value, tuple):
        _range(column, value)  # refuses it
    values = value if isinstance(value, list | set | frozenset | np.ndarray) else [value]
    if not len(values):
        raise InputError(f"given[{column.name!r}] allows no value; name at least one")
    return {int(_code(column, one)) for one in values}


def _levels_of_member(column: AbstractTableColumn, level: int, value: Any) -> set[int]:
    """The levels of a one-hot group that a condition on one of its columns allows."""
    truth = (
        _TRUTH.get(str(value).lower()) if isinstance(value, str | bool | np.bool_ | int | float | np.number) else None
    )
    if truth is None:
        raise InputError(f"given[{column.level_name(level)!r}] must be true or false; got {value!r}")
    return {level} if truth else set(range(column.levels)) - {level}


def _check_unmodeled(schema: Schema, text: str, value: Any, known: list[str]) -> None:
    """Accept the value of a constant; InputError for columns that the model does not have."""
    assert schema.table is not None  # who asks has looked
    column = next((one for one in schema.table.columns if one.name == text), None)
    if isinstance(column, ConstantCell):
        if value != (own := column.decode_cells(np.zeros(1)).values[0]):
            raise InputError(f"no row can have {text!r} {shown(value)}; it is {shown(own)} in all training rows")
    elif column is not None:
        raise InputError(
            f"column {text!r} is of kind {column.kind!r}, no part of the model; leave it out of given, or fit with "
            f"columns={{{text!r}: …}} of another kind"
        )
    else:
        raise unknown_name("column in given", text, known)


def _code(column: AbstractTableColumn, value: Any) -> float:
    """The code of a value; InputError if it is a gap or no value of the column."""
    cells = read_cells(np.array([value, None], object)[:1], f"given[{column.name!r}]")
    if cells.gaps.any():
        raise InputError(f"given[{column.name!r}] holds a gap; name a value")
    try:
        if len(column.positions) == 1:
            return float(column.encode_cells(cells)[0])
        return float([column.level_name(level) for level in range(column.levels)].index(value))
    except ValueError as error:
        raise InputError(f"given[{column.name!r}] must be {column.describe()}; got {shown(value)}") from error


def _check_possible(column: AbstractTableColumn, code: float, value: Any) -> None:
    """InputError if a number is outside the range of the training rows, or between possible values."""
    if column.levels:
        return
    least, most = column.statistics.minimum[0], column.statistics.maximum[0]
    slack = _CLOSE * max(abs(least), abs(most))
    if not least - slack <= code <= most + slack:
        raise InputError(f"no row can have {column.name!r} {shown(value)}; {_training_range(column)}")
    nearest = column.decode_cells(np.array([code]))
    if not np.isclose(column.encode_cells(nearest)[0], code, rtol=_CLOSE, atol=_CLOSE):
        raise InputError(f"no row can have {column.name!r} {shown(value)}; the nearest value is {_shown(column, code)}")


def _range(column: AbstractTableColumn, ends: tuple) -> tuple[float, float]:
    if column.kind in _UNORDERED:
        levels = quoted([column.level_name(level) for level in range(column.levels)])
        raise InputError(f"given[{column.name!r}] must be one of {levels}, or a list of them; got {ends!r}")
    if len(ends) != 2:
        raise InputError(f"given[{column.name!r}] must be a value or a range (low, high); got {ends!r}")
    low, high = (
        missing if end is None else _code(column, end) for end, missing in zip(ends, (-np.inf, np.inf), strict=True)
    )
    if low > high or low > column.statistics.maximum[0] or high < column.statistics.minimum[0]:
        texts = [None if end is None else str(end) for end in ends]
        what = f"up to {texts[1]}" if texts[0] is None else f"from {texts[0]} {f'to {texts[1]}' if texts[1] else 'up'}"
        raise InputError(f"no row can have {column.name!r} {what}; {_training_range(column)}")
    return low, high


def _training_range(column: AbstractTableColumn) -> str:
    least, most = column.statistics.minimum[0], column.statistics.maximum[0]
    return f"the training rows have {_shown(column, least)} to {_shown(column, most)}"


def _shown(column: AbstractTableColumn, code: float) -> str:
    return str(column.decode_cells(np.array([code])).values[0])
