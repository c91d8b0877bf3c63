"""Data frames, arrays and lists as one NumPy array."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from shlex import quote
from typing import Any

import narwhals as nw
import numpy as np
from scipy.sparse import issparse

from elbax.data.memory_mapped import MemoryMappedRows, is_large
from elbax.data.sparse_rows import is_small, keep_sparse
from elbax.data.streamed_rows import StreamedRows
from elbax.errors import InputError

_INT32 = np.iinfo(np.int32)
_PIECE_VALUES = 2**20
_MOST_AXES = 6  # rows, and the five of `elbax.data.axes.Axes`


def as_array(X: Any, *, name: str = "x") -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Turn ``X`` into an array of numbers, and the names of its columns if it has any.

    Integer dtypes are kept, so byte images stay bytes. Memory maps stay on disk; `keep_on_disk` converts large ones as
    they are read. Values are not checked; ``Schema.of`` does that.

    Args:
        X: a pandas or polars data frame, a pyarrow table, a NumPy or JAX array, a SciPy sparse matrix, or nested lists.
        name: the argument's name, for messages.

    Returns:
        An array (or `StreamedRows`) of shape ``(n, d)`` or ``(n, …)``, and column names or None.

    Raises:
        InputError: X is complex, text or empty, or has the wrong number of axes.
        TypeError: X holds Python objects that are not numbers.

    Example:
        >>> as_array([[1, 2], [3, 4]])
        (array([[1, 2],
               [3, 4]]), None)
    """
    if isinstance(X, StreamedRows):
        return (np.asarray(X) if is_small(X) else X), X.columns
    if X is None:
        raise InputError(f"{name} is None; pass rows, such as an array (n, d)")
    if issparse(X):
        return _from_sparse(X, name), None
    frame = as_frame(X, name)
    if isinstance(frame, nw.DataFrame):
        array, columns = _from_frame(frame, name)
    else:
        array, columns = _from_arraylike(X, name), None
        array = array if is_large(array) else _numeric(array, name)
    return _with_axes(array, name), columns


def as_frame(X: Any, name: str) -> Any:
    """A data frame or series as one of narwhals, anything else as it is; InputError if two columns have one name."""
    try:
        frame = nw.from_native(X, pass_through=True, allow_series=True)
    except nw.exceptions.DuplicateError as error:
        names = [str(column) for column in getattr(X, "column_names", getattr(X, "columns", ()))]
        twice = next((f", {column!r}" for column in names if names.count(column) > 1), "")
        raise InputError(f"two columns of {name} have the same name{twice}; give each its own") from error
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


def keep_on_disk(x: Any, columns: tuple[str, ...] | None = None, *, divisor: float | None = None) -> Any:
    """Return a large memory map as `MemoryMappedRows`, anything else as it is.

    Args:
        x: an array as `as_array` returns it.
        columns: names of its columns.
        divisor: divide the values by this number, in single precision.

    Raises:
        InputError: x does not hold numbers.
    """
    if isinstance(x, StreamedRows):
        return x if columns is None else replace(x, columns=tuple(columns))
    if not is_large(x):
        return x
    dtype = _numeric_dtype(x, "x") if divisor is None else np.dtype(np.float32)
    return MemoryMappedRows(x, dtype, x.shape[1:], columns, divisor)


def quoted(names: Sequence, limit: int = 5) -> str:
    """List names for a message: ``'a', 'b' and 3 more``."""
    listed = ", ".join(repr(str(name)) for name in names[:limit])
    return listed if len(names) <= limit else f"{listed} and {len(names) - limit} more"


def check_names(names: Sequence[str], expected: Sequence[str]) -> None:
    """Check the names of columns; InputError names those that are missing or unknown, or says that the order differs.

    Example:
        >>> check_names(["a", "c"], ["a", "b"])
        Traceback (most recent call last):
        ...
        elbax.errors.InputError: X lacks 'b', and has 'c', which fit had not; pass the columns 'a', 'b', in this order
    """
    if list(names) == list(expected):
        return
    missing = [name for name in expected if name not in set(names)]
    unknown = [name for name in names if name not in set(expected)]
    wrong = [f"lacks {quoted(missing)}"] if missing else []
    wrong += [f"has {quoted(unknown)}, which fit had not"] if unknown else []
    what = ", and ".join(wrong) or "has its columns in another order"
    raise InputError(f"X {what}; pass the columns {quoted(expected)}, in this order")


def leaving_out(names: Sequence[str]) -> str:
    """How to leave columns out in Python and in the shell, for a message."""
    few = [str(name) for name in names[:5]]
    return f"as in X.drop(columns={few}) or {' '.join(f'--drop {quote(name)}' for name in few)}"


def _from_frame(frame: nw.DataFrame, name: str) -> tuple[np.ndarray, tuple[str, ...] | None]:
    names = list(frame.columns)
    if not len(frame):  # columns without rows have no reliable dtype
        return np.empty((0, len(names))), None
    values = [_column(series) for series in frame.iter_columns()]
    text = [column for column, value in zip(names, values, strict=True) if value is None]
    if text:
        noun, verb, them = ("column", "holds", "it") if len(text) == 1 else ("columns", "hold", "them")
        raise InputError(
            f"{noun} {quoted(text)} of {name} {verb} text or something else that is not a number; "
            f"leave {them} out, {leaving_out(text)}, or encode {them} as numbers"
        )
    array = np.stack(values, axis=1) if values else np.empty((len(frame), 0))
    return _numeric(array, name), tuple(names) if all(isinstance(column, str) for column in names) else None


def _column(series: nw.Series) -> np.ndarray | None:
    """The numbers of a column, or None if it holds something else."""
    dtype = series.dtype
    if dtype == nw.Object:
        try:
            return np.asarray(series.to_numpy(), dtype=float)
        except (TypeError, ValueError):
            return None
    if not (dtype.is_numeric() or dtype == nw.Boolean):
        return None
    if dtype.is_decimal() or (not dtype.is_float() and series.null_count()):
        series = series.cast(nw.Float64)  # NumPy's integers have no missing value
    array = series.to_numpy()
    return array.astype(np.uint8) if array.dtype == bool else array


def _from_arraylike(X: Any, name: str) -> np.ndarray:
    if isinstance(X, np.memmap):
        return X
    if isinstance(X, Mapping):
        raise InputError(f"{name} is a dict; pass a data frame, as in pandas.DataFrame({name}), or an array (n, d)")
    if np.ma.isMaskedArray(X):
        return X.astype(float).filled(np.nan)  # masked values count as missing
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise InputError(f"{name} cannot be read as an array of numbers; give every row the same length") from error
    if array.ndim == 0 and array.dtype.kind not in "biufc":
        raise InputError(f"{name} is of type {type(X).__name__}; pass a data frame, or an array (n, d)")
    return array


def _from_sparse(matrix: Any, name: str) -> np.ndarray | StreamedRows:
    if matrix.ndim != 2 or 0 in matrix.shape:
        return _with_axes(np.empty(matrix.shape), name)  # which says why
    values = matrix.data if matrix.format in ("csr", "csc", "coo", "bsr") else matrix.tocoo().data
    return keep_sparse(matrix, _numeric_dtype(values, name))


def _numeric(array: np.ndarray, name: str) -> np.ndarray:
    """Convert to a dtype that NumPy and JAX support; copy only if needed."""
    if array.dtype.kind == "O":
        return _from_objects(array, name)
    return array.astype(_numeric_dtype(array, name), copy=False)


def _numeric_dtype(array: np.ndarray, name: str) -> np.dtype:
    """The dtype that NumPy and JAX both support for these numbers."""
    kind, dtype = array.dtype.kind, array.dtype
    if kind == "c":
        raise InputError(f"Complex data not supported: {name} is {dtype}; pass real and imaginary parts")
    if kind == "b":
        return np.dtype(np.uint8)
    if kind == "V" and dtype.names is None and np.can_cast(dtype, np.float32):
        return np.dtype(np.float32)  # such as bfloat16
    if kind == "f" and dtype.itemsize not in (4, 8):
        return np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
    if kind not in "iuf":
        raise InputError(f"expected numbers in {name}; got {dtype}, so drop or encode what is not a number")
    # JAX's integers have 32 bits; wider values would wrap around silently.
    wide = kind in "iu" and not np.can_cast(dtype, np.int32)
    return np.dtype(np.float64) if wide and _exceeds_int32(array) else dtype.newbyteorder("=")


def _exceeds_int32(array: np.ndarray) -> bool:
    """Whether a value does not fit 32 bits; large memory maps are read piece by piece."""
    array = np.atleast_1d(array)
    rows = MemoryMappedRows(array, array.dtype, array.shape[1:]) if is_large(array) else array
    step = max(1, _PIECE_VALUES // max(1, prod(array.shape[1:])))
    pieces = (rows[start : start + step] for start in range(0, len(array), step))
    return any(p.min() < _INT32.min or p.max() > _INT32.max for p in pieces if p.size)


def _from_objects(array: np.ndarray, name: str) -> np.ndarray:
    if any(isinstance(value, complex | np.complexfloating) for value in array.flat):
        raise InputError(f"Complex data not supported: {name} holds complex numbers; pass real and imaginary parts")
    try:
        return array.astype(np.float64)
    except TypeError as error:
        raise TypeError(f"{name} holds objects that are not numbers: {error}") from error
    except ValueError as error:
        raise InputError(f"{name} holds text ({error}); leave it out or encode it as numbers") from error


def _with_axes(array: np.ndarray, name: str) -> np.ndarray:
    shape = array.shape
    if array.ndim < 2:
        raise InputError(
            f"Expected 2D array, got {array.ndim}D array instead: {name} has shape {shape}. Reshape your "
            f"data with .reshape(-1, 1) if it is one feature, or .reshape(1, -1) if it is one row"
        )
    if array.ndim > _MOST_AXES:
        raise InputError(
            f"expected {name} of shape (rows, features) or (rows, height, width, channels); got {shape}, "
            f"so flatten the other axes with .reshape({shape[0]}, -1)"
        )
    if 0 in shape:
        noun = "feature" if shape[0] else "sample"
        raise InputError(f"{name}: found 0 {noun}(s) (shape={shape}) while a minimum of 1 is required.")
    return array
