"""Context as users pass it (labels, numbers, data frames or images), split into columns."""

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np

from elbax.data.frames import as_array
from elbax.errors import InputError


class ColumnValues(NamedTuple):
    """Values of one context column, its name, and what messages call it."""

    values: np.ndarray
    name: str | None
    where: str


class ContextTable:
    """Context as a data frame or an array."""

    def __init__(self, context: Any):
        if isinstance(context, Mapping):
            context = _frame(context)
        native = nw.from_native(context, pass_through=True, allow_series=True)
        self.frame = native.collect() if isinstance(native, nw.LazyFrame) else native
        if isinstance(native, nw.Series):
            context = native.to_numpy()
        if not isinstance(self.frame, nw.DataFrame):
            self.frame, self.array = None, _array(context)
        self.shape = tuple(self.frame.shape if self.frame is not None else self.array.shape)
        if 0 in self.shape:
            raise InputError(f"context is empty: it has shape {self.shape}")

    def columns(self) -> Iterator[ColumnValues]:
        """The columns in their order; an image counts as one."""
        if self.frame is not None:
            for series in self.frame.iter_columns():
                where = f"column {str(series.name)!r} of context"
                yield ColumnValues(_series(series, where), str(series.name), where)
        elif self.array.ndim in (1, 4):
            yield ColumnValues(self.array, None, "context")
        else:
            only = self.array.shape[1] == 1
            for i, column in enumerate(self.array.T):
                # In an array with several columns integers are numbers; of its objects, numbers are too.
                whole = column.dtype.kind in "iu" or (column.dtype.kind == "O" and _all_numbers(column))
                where = "context" if only else f"column {i} of context"
                yield ColumnValues(column.astype(np.float64) if whole else column, None, where)


def _frame(context: Mapping):
    """A dictionary of columns; one of single values is one row."""
    import pandas as pd

    single = all(np.ndim(value) == 0 for value in context.values())
    try:
        return pd.DataFrame([context] if single else dict(context))
    except ValueError as error:
        raise InputError(f"context cannot be read as columns ({error}); give all the same length") from error


def _array(context: Any) -> np.ndarray:
    try:
        array = np.asarray(context)
        # A list that mixes text and numbers: keep the numbers.
        mixed = array.dtype.kind in "US" and not isinstance(context, np.ndarray | str | bytes)
        array = np.asarray(context, dtype=object) if mixed else array
    except ValueError as error:
        raise InputError("context cannot be read as an array; give every row the same length") from error
    array = array[None] if array.ndim == 0 else array
    if array.ndim == 1 and array.dtype.kind in "biuUSO":
        return array
    if array.ndim == 1:
        return as_array(array[:, None], name="context")[0][:, 0]
    return array if array.ndim == 2 and array.dtype.kind in "USO" else as_array(array, name="context")[0]


def _series(series: nw.Series, where: str) -> np.ndarray:
    """A frame's column: floats where it holds numbers, else labels or what a kind of column can learn."""
    dtype = series.dtype
    if dtype.is_numeric():
        return series.cast(nw.Float64).to_numpy()
    if dtype.is_nested():
        raise InputError(f"{where} holds {dtype}, which is no number and no label; turn it into one")
    values = series.to_numpy()
    if dtype == nw.Object and _all_numbers(values):
        return values.astype(np.float64)
    return values


def _all_numbers(values: np.ndarray) -> bool:
    return all(isinstance(value, Real) and not isinstance(value, bool | np.bool_) for value in values)
