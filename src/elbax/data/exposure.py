"""The exposure of rows of counts: taken from their total, a column of x, or the context."""

from typing import Any

import narwhals as nw
import numpy as np
from scipy.sparse import issparse

from elbax.data.column_statistics import chunks
from elbax.data.context import ColumnValues, ContextColumns, split_context
from elbax.data.frames import as_array, as_frame, quoted
from elbax.data.schema import Schema
from elbax.errors import InputError

TOTAL = "total"
_WITH_ZEROS = 0.8  # share of the columns of a matrix of counts that hold a 0, as ages and years do not


def is_count_matrix(x: Any) -> bool:
    """Whether all columns of a data frame are likely to be counts: whole numbers from 0 up, and 0 in most columns.

    Example:
        >>> import pandas as pd
        >>> visits = pd.DataFrame({"clinic": [0, 3, 1], "ward": [2, 0, 0]})
        >>> is_count_matrix(visits), is_count_matrix(visits.assign(age=[40, 31, 56]))
        (True, False)
    """
    frame = as_frame(x, "x") if not issparse(x) else x
    if not isinstance(frame, nw.DataFrame) or not all(dtype.is_numeric() for dtype in frame.schema.values()):
        return False
    rows, _ = as_array(frame.to_native())
    whole = all(bool((chunk >= 0).all() and (chunk == np.floor(chunk)).all()) for _, chunk in chunks(rows))
    return whole and bool((rows == 0).any(axis=0).mean() >= _WITH_ZEROS)


def take_exposure(name: str, x: Any, context: Any) -> tuple[Any, Any]:
    """Rows without the column of this name, and the context with it as its last column.

    The exposure is a column of the context or of x, or for "total" the sum of each row's counts. A row without counts
    has that of a single one.

    Raises:
        InputError: there is no such column, or the context is images.
    """
    columns = [] if context is None else _split(context)
    own = next((column for column in columns if column.is_exposure or column.name == name), None)
    if own is None and name == TOTAL:
        own = ColumnValues(np.maximum(_totals(x), 1.0), TOTAL, "the total of a row")
    elif own is None:
        x, values = _without(x, name, columns)
        own = ColumnValues(values, name, f"column {name!r}")
    return x, _joined([column for column in columns if not column.is_exposure and column.name != name], own)


def fill_exposure(schema: Schema, context: Any, values: np.ndarray) -> Any:
    """The context for a schema with an exposure, with these values as its last column unless it has its own."""
    name = None if schema.columns is None else schema.columns[-1]
    columns = [] if context is None else _split(context)
    n_others = schema.n_features - 1
    if len(columns) > n_others or any(own.name == name is not None for own in columns):
        return context
    if len(columns) < n_others:
        return context  # which is an error that the schema names
    return _joined(columns, ColumnValues(values, name, "exposure"))


def _joined(others: list[ColumnValues], own: ColumnValues) -> ContextColumns:
    """Columns of one length, either all with names or none."""
    n = max(len(column.values) for column in (*others, own))
    if others and others[0].name is None:
        own = own._replace(name=None)
    columns = (*others, own._replace(is_exposure=True))
    single = [len(column.values) == 1 for column in columns]
    return ContextColumns(
        tuple(c._replace(values=np.resize(c.values, n)) if s else c for c, s in zip(columns, single, strict=True))
    )


def _split(context: Any) -> list[ColumnValues]:
    columns, _ = split_context(context)
    if columns[0].values.ndim > 1:
        raise InputError("exposure goes with a context of columns, not of images; leave one of the two out")
    return columns


def _totals(x: Any) -> np.ndarray:
    """The sum of each row, (n,)."""
    if issparse(x):
        return np.asarray(x.sum(axis=1), np.float64).ravel()
    rows, _ = as_array(x)
    return np.concatenate([chunk.sum(axis=1, dtype=np.float64) for _, chunk in chunks(rows)])


def _without(x: Any, name: str, context: list[ColumnValues]) -> tuple[Any, np.ndarray]:
    """A data frame without a column, and the column's values."""
    frame = as_frame(x, "x") if not issparse(x) else x
    names = list(frame.columns) if isinstance(frame, nw.DataFrame) else []
    if name not in names:
        known = [*(column.name for column in context if column.name is not None), *names]
        has = f"they have {quoted(known)}" if known else "they have no names"
        raise InputError(
            f"exposure={name!r} is no column of x or of the context: {has}; name one, pass "
            f"context={{{name!r}: values}}, or use 'total' for the sum of each row"
        )
    return frame.drop(name).to_native(), frame[name].to_numpy()
