"""Conditions on rows, as users give them: values, ranges and choices of columns."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from elbax.core.events import Event
from elbax.data.cells import read_cells
from elbax.data.columns.table_column import AbstractTableColumn
from elbax.data.frames import quoted
from elbax.data.schema import Schema
from elbax.errors import InputError, unknown_name


def read_conditions(schema: Schema, given: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, Event | None]:
    """Codes of known cells (d,), which cells are known (d,), and what is known of others, if anything.

    A value is a known cell, a pair (low, high) a range with both ends, where None is no end, and a list a choice of
    levels.

    Raises:
        InputError: a column or level is unknown, a rule computes the column, or no row can meet a condition.
    """
    if not isinstance(given, Mapping):
        raise InputError(f"given must name columns, as in given={{'age': (50, 60)}}; got {given!r}")
    columns = _columns(schema)
    given = given if schema.rules is None else schema.rules.conditions(given)
    x, observed = schema.statistics.minimum.copy(), np.zeros(schema.n_features, bool)
    low, high = np.full(schema.n_features, -np.inf), np.full(schema.n_features, np.inf)
    allowed = np.ones((schema.n_features, max(1, *schema.levels)), bool) if any(schema.levels) else None
    for name, value in given.items():
        if str(name) not in columns:
            raise unknown_name("column in given", str(name), columns)
        column = columns[str(name)]
        feature = int(column.features[0])
        if isinstance(value, list | set | frozenset) or (isinstance(value, np.ndarray) and value.ndim):
            chosen = _codes(column, list(value))
            if allowed is None or not column.levels:
                raise InputError(
                    f"given[{name!r}] must be a value or a range (low, high), as it is no label; got {value}"
                )
            allowed[feature] = np.isin(np.arange(allowed.shape[1]), chosen)
        elif isinstance(value, tuple):
            low[feature], high[feature] = _range(column, value)
        else:
            x[feature], observed[feature] = _codes(column, [value])[0], True
    if np.isinf(low).all() and np.isinf(high).all() and (allowed is None or allowed.all()):
        return x, observed, None
    return x, observed, Event(low.astype(np.float32), high.astype(np.float32), allowed)


def _columns(schema: Schema) -> dict[str, AbstractTableColumn]:
    if schema.table is None:
        raise InputError("given= is for models of tables with names; this one was fitted to an array")
    return {column.name: column for column in schema.table.modeled}


def _codes(column: AbstractTableColumn, values: list) -> np.ndarray:
    codes = column.encode_cells(read_cells(np.array([*values, None], object)[:-1], f"given[{column.name!r}]"))
    if not len(codes):
        raise InputError(f"given[{column.name!r}] allows no value; name at least one")
    if np.isnan(codes).any():
        raise InputError(f"given[{column.name!r}] holds a gap; name a value")
    return codes


def _range(column: AbstractTableColumn, ends: tuple) -> tuple[float, float]:
    if len(ends) != 2 or column.kind in ("category", "boolean", "onehot"):
        known = f", one of {quoted(column.values)}" if column.levels else ""
        raise InputError(f"given[{column.name!r}] must be a value{known}, a list of them, or a range; got {ends!r}")
    low, high = (
        missing if end is None else _codes(column, [end])[0]
        for end, missing in zip(ends, (-np.inf, np.inf), strict=True)
    )
    least, most = column.statistics.minimum[0], column.statistics.maximum[0]
    if low > high or low > most or high < least:
        raise InputError(
            f"no row can have {column.name!r} from {ends[0]} to {ends[1]}; the training rows have "
            f"{_shown(column, least)} to {_shown(column, most)}"
        )
    return low, high


def _shown(column: AbstractTableColumn, code: float) -> str:
    return str(column.decode_cells(np.array([code])).values[0])
