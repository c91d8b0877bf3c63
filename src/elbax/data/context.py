"""Context as users pass it (labels, numbers, data frames or images), split into columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple, Self

import narwhals as nw
import numpy as np

from elbax.data.frames import as_array, as_frame
from elbax.errors import InputError


class ColumnValues(NamedTuple):
    """Values of one context column, its name or None, and its description for messages."""

    values: np.ndarray
    name: str | None
    where: str
    is_exposure: bool = False


@dataclass(frozen=True)
class ContextColumns:
    """Context that has been split already."""

    columns: tuple[ColumnValues, ...]

    def __len__(self) -> int:
        return len(self.columns[0].values)

    def __getitem__(self, rows: Any) -> Self:
        return type(self)(tuple(column._replace(values=column.values[rows]) for column in self.columns))


def split_context(context: Any) -> tuple[list[ColumnValues], tuple[int, ...]]:
    """Columns of context, and its shape; images are one column. InputError if it is empty or unreadable."""
    if isinstance(context, ContextColumns):
        return list(context.columns), (len(context), len(context.columns))
    frame = as_frame(_as_table(context) if isinstance(context, Mapping) else context, "context")
    if isinstance(frame, nw.Series):
        frame = frame.to_numpy()
    table = frame if isinstance(frame, nw.DataFrame) else _as_labels_or_numbers(frame)
    if 0 in table.shape:
        raise InputError(f"context is empty: it has shape {tuple(table.shape)}")
    columns = _frame_columns(table) if isinstance(table, nw.DataFrame) else _array_columns(table)
    return list(columns), tuple(table.shape)


def _frame_columns(frame: nw.DataFrame) -> Iterator[ColumnValues]:
    for series in frame.iter_columns():
        where = f"column {str(series.name)!r} of context"
        yield ColumnValues(_series_values(series, where), str(series.name), where)


def _array_columns(array: np.ndarray) -> Iterator[ColumnValues]:
    if array.ndim in (1, 4):
        yield ColumnValues(array, None, "context")
        return
    for i, column in enumerate(array.T):
        # Integers of a two-dimensional array are numbers, not labels.
        whole = column.dtype.kind in "iu" or (column.dtype.kind == "O" and _all_numbers(column))
        where = "context" if array.shape[1] == 1 else f"column {i} of context"
        yield ColumnValues(column.astype(np.float64) if whole else column, None, where)


def _as_table(context: Mapping) -> Any:
    """A dictionary of columns, or of single values for one row, as a data frame."""
    import pandas as pd

    single = all(np.ndim(value) == 0 for value in context.values())
    try:
        return pd.DataFrame([context] if single else dict(context))
    except ValueError as error:
        raise InputError(f"context cannot be read as columns ({error}); give all the same length") from error


def _as_labels_or_numbers(context: Any) -> np.ndarray:
    try:
        array = np.asarray(context)
        # A list that mixes text and numbers: keep the numbers.
        mixed = array.dtype.kind in "US" and not isinstance(context, np.ndarray | str | bytes)
        array = np.asarray(context, dtype=object) if mixed else array
    except ValueError as error:
        raise InputError("context cannot be read as an array; give every row the same length") from error
    array = np.atleast_1d(array)
    if array.ndim == 1 and array.dtype.kind in "biuUSO":
        return array
    if array.ndim == 1:
        return as_array(array[:, None], name="context")[0][:, 0]
    if array.ndim == 2 and array.dtype.kind in "USO":
        return array
    numbers, _ = as_array(array, name="context")
    if numbers.ndim > 4:
        raise InputError(
            f"expected context of shape (rows, columns) or (rows, height, width, channels); got {numbers.shape}, so "
            "flatten the other axes"
        )
    return numbers[..., None] if numbers.ndim == 3 else numbers


def _series_values(series: nw.Series, where: str) -> np.ndarray:
    """Values of a data frame's column; numbers as floats."""
    dtype = series.dtype
    if dtype.is_numeric():
        return series.cast(nw.Float64).to_numpy()
    if dtype.is_nested():
        raise InputError(f"{where} holds {dtype}, which is no number and no label; turn it into one")
    values = series.to_numpy()
    return values.astype(np.float64) if dtype == nw.Object and _all_numbers(values) else values


def _all_numbers(values: np.ndarray) -> bool:
    return all(isinstance(value, Real) and not isinstance(value, bool | np.bool_) for value in values)
