"""From whatever holds numbers — data frames, arrays, lists — to one NumPy array."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from shlex import quote
from typing import Any

import narwhals as nw
import numpy as np
from scipy.sparse import issparse

from elbax.data.memory_mapped import MemoryMappedRows, is_large
from elbax.errors import InputError

_INT32 = np.iinfo(np.int32)
_LOOKED_AT = 2**20  # values at a time


def as_array(X: Any, *, name: str = "x") -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Turn ``X`` into an array of numbers, and the names of its columns when it has any.

    Integer dtypes are kept, so byte images stay bytes. Memory maps stay on disk, large ones whatever their dtype:
    `keep_on_disk` converts them as they are read. Images without a channel axis, ``(n, height, width)``, get one.
    Values are not looked at: ``Schema.of`` does that, once.

    Args:
        X: a pandas or polars data frame, a pyarrow table, a NumPy or JAX array, or nested lists.
        name: what error messages call it.

    Returns:
        An array (or `MemoryMappedRows` if X is that) of shape ``(n, d)`` or ``(n, height, width, channels)``,
        and column names or None.

    Raises:
        InputError: it is sparse, complex, text, empty, or has the wrong number of dimensions.
        TypeError: it holds Python objects that are not numbers.

    Example:
        >>> as_array([[1, 2], [3, 4]])
        (array([[1, 2],
               [3, 4]]), None)
    """
    if isinstance(X, MemoryMappedRows):
        return X, X.columns
    if issparse(X):
        raise InputError(f"{name} is a sparse matrix, which elbax does not take; pass {name}.toarray()")
    try:
        frame = nw.from_native(X, pass_through=True)
    except nw.exceptions.DuplicateError as error:
        raise InputError(f"two columns of {name} have the same name; give each its own") from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.DataFrame):
        array, columns = _from_frame(frame, name)
    else:
        array, columns = _from_arraylike(X, name), None
        array = array if is_large(array) else _numeric(array, name)
    return _shaped(array, name), columns


def keep_on_disk(
    x: Any, columns: tuple[str, ...] | None = None, *, divisor: float | None = None, name: str = "x"
) -> Any:
    """A large memory map as `MemoryMappedRows`; anything else as it is.

    Args:
        x: an array as `as_array` returns it.
        columns: names of its columns.
        divisor: what its values are to be divided by; they are single precision then.
        name: what error messages call it.

    Raises:
        InputError: it does not hold numbers.
    """
    if isinstance(x, MemoryMappedRows):
        return x if columns is None else replace(x, columns=tuple(columns))
    if not is_large(x):
        return x
    dtype = _numeric_dtype(x, name) if divisor is None else np.dtype(np.float32)
    return MemoryMappedRows(x, dtype, x.shape[1:], columns, divisor)


def quoted(names: Sequence[str], limit: int = 5) -> str:
    """Write names for a message: ``'a', 'b' and 3 more``."""
    listed = ", ".join(repr(str(name)) for name in names[:limit])
    return listed if len(names) <= limit else f"{listed} and {len(names) - limit} more"


def leaving_out(names: Sequence[str]) -> str:
    """How to leave columns out, for a message: in Python where one is named, and in the shell."""
    few = [str(name) for name in names[:5]]
    return f"as in X.drop(columns={few}) or {' '.join(f'--drop {quote(name)}' for name in few)}"


def _from_frame(frame: nw.DataFrame, name: str) -> tuple[np.ndarray, tuple[str, ...] | None]:
    labels = list(frame.columns)
    if not len(frame):  # columns without rows have no dtype to speak of
        return np.empty((0, len(labels))), None
    values = [_column(series) for series in frame.iter_columns()]
    text = [label for label, value in zip(labels, values, strict=True) if value is None]
    if text:
        noun, verb, them = ("column", "holds", "it") if len(text) == 1 else ("columns", "hold", "them")
        raise InputError(
            f"{noun} {quoted(text)} of {name} {verb} text or something else that is not a number; "
            f"leave {them} out, {leaving_out(text)}, or encode {them} as numbers"
        )
    named = tuple(labels) if all(isinstance(label, str) for label in labels) else None
    array = np.stack(values, axis=1) if values else np.empty((len(frame), 0))
    return _numeric(array, name), named


def _column(series: nw.Series) -> np.ndarray | None:
    """The column's numbers, or None when it does not hold numbers."""
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
    if np.ma.isMaskedArray(X):
        return X.astype(float).filled(np.nan)  # reported as missing later on, instead of read as data
    try:
        return np.asarray(X)
    except ValueError as error:
        raise InputError(
            f"{name} cannot be read as an array of numbers; give every row the same length"
        ) from error


def _numeric(array: np.ndarray, name: str) -> np.ndarray:
    """Convert to a dtype that NumPy and JAX both compute with, copying only where needed."""
    if array.dtype.kind == "O":
        return _from_objects(array, name)
    return array.astype(_numeric_dtype(array, name), copy=False)


def _numeric_dtype(array: np.ndarray, name: str) -> np.dtype:
    """The dtype that NumPy and JAX both compute with for these numbers."""
    kind, dtype = array.dtype.kind, array.dtype
    if kind == "c":
        raise InputError(f"Complex data not supported: {name} is {dtype}; pass real and imaginary parts")
    if kind == "b":
        return np.dtype(np.uint8)
    if kind == "V" and dtype.names is None and np.can_cast(dtype, np.float32):
        return np.dtype(np.float32)  # bfloat16 and its like
    if kind == "f" and dtype.itemsize not in (4, 8):
        return np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
    if kind not in "iuf":
        raise InputError(f"expected numbers in {name}; got {dtype}, so drop or encode what is not a number")
    # JAX's integers have 32 bits: wider values would wrap around silently.
    wide = kind in "iu" and not np.can_cast(dtype, np.int32)
    return np.dtype(np.float64) if wide and _beyond_int32(array) else dtype.newbyteorder("=")


def _beyond_int32(array: np.ndarray) -> bool:
    """Whether a value does not fit; of a large memory map a piece is looked at at a time."""
    array = np.atleast_1d(array)
    rows = MemoryMappedRows(array, array.dtype, array.shape[1:]) if is_large(array) else array
    step = max(1, _LOOKED_AT // max(1, prod(array.shape[1:])))
    pieces = (rows[start : start + step] for start in range(0, len(array), step))
    return any(p.min() < _INT32.min or p.max() > _INT32.max for p in pieces if p.size)


def _from_objects(array: np.ndarray, name: str) -> np.ndarray:
    if any(isinstance(value, complex | np.complexfloating) for value in array.flat):
        raise InputError(
            f"Complex data not supported: {name} holds complex numbers; pass real and imaginary parts"
        )
    try:
        return array.astype(np.float64)
    except TypeError as error:
        raise TypeError(f"{name} holds objects that are not numbers: {error}") from error
    except ValueError as error:
        raise InputError(f"{name} holds text ({error}); leave it out or encode it as numbers") from error


def _shaped(array: np.ndarray, name: str) -> np.ndarray:
    shape = array.shape
    if array.ndim < 2:
        raise InputError(
            f"Expected 2D array, got {array.ndim}D array instead: {name} has shape {shape}. Reshape your "
            f"data with .reshape(-1, 1) if it is one feature, or .reshape(1, -1) if it is one row"
        )
    if array.ndim > 4:
        raise InputError(
            f"expected {name} of shape (rows, features) or (rows, height, width, channels); got {shape}, "
            f"so flatten the other axes with .reshape({shape[0]}, -1)"
        )
    if shape[0] == 0:
        raise InputError(f"{name}: found 0 sample(s) (shape={shape}) while a minimum of 1 is required.")
    if 0 in shape:
        raise InputError(f"{name}: found 0 feature(s) (shape={shape}) while a minimum of 1 is required.")
    return array[..., None] if array.ndim == 3 else array
