"""Rows of a memory map, read from disk on demand."""

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from elbax.data.aligned_array import aligned_zeros

# Streaming holds two pieces of 16 MiB in memory, so smaller rows are read as a whole.
ON_DISK_BYTES = 2**25
_EXTENT_BYTES = 2**24  # mapped at a time


def is_large(x: Any) -> bool:
    """Whether x is a memory map of at least 32 MiB."""
    return isinstance(x, np.memmap) and x.nbytes >= ON_DISK_BYTES and _mapping(x) is not None


@dataclass(frozen=True, eq=False)
class MemoryMappedRows:
    """Some or all rows of a memory map, as an array that is read piece by piece.

    ``rows[slice]`` and ``rows[positions]`` return arrays. Pages of the map are released after each read, so that a pass
    does not fill the process's memory with the whole file.

    Attributes:
        source: the memory map, one entry per row.
        dtype: dtype of the arrays returned.
        event_shape: shape of one row.
        columns: names of a table's columns, or None.
        divisor: number that divides every value, or None.
        absent: positions in ``source`` of rows left out, ascending.
        functions: applied in turn to rows read, which then have ``event_shape`` and ``dtype``.

    Example:
        >>> from tempfile import TemporaryFile
        >>> with TemporaryFile() as file:
        ...     source = np.memmap(file, np.float32, "w+", shape=(5, 2))
        >>> source[:] = np.arange(5)[:, None]
        >>> rows = MemoryMappedRows(source, np.dtype(np.float32), (2,)).without(np.array([1, 2]))
        >>> rows[[2, 0, 1]][:, 0]
        array([4., 0., 3.], dtype=float32)
    """

    source: np.memmap
    dtype: np.dtype
    event_shape: tuple[int, ...]
    columns: tuple[str, ...] | None = None
    divisor: float | None = None
    absent: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    functions: tuple[Callable[[np.ndarray], np.ndarray], ...] = ()
    read_dtype: np.dtype | None = None  # of rows before the functions, if there are any

    def __len__(self) -> int:
        return len(self.source) - len(self.absent)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.event_shape)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def __getitem__(self, rows: slice | np.ndarray | list[int]) -> np.ndarray:
        """Read some rows in the order requested; ascending rows are read fastest."""
        places = self._in_source(self._positions(rows))
        order = None
        if (places[1:] < places[:-1]).any():
            # Read in the file's order. Sorting integers of place and position takes a fifth of an argsort's time.
            keys = np.sort(places << 32 | np.arange(len(places)))
            places, order = keys >> 32, keys & (2**32 - 1)
        rows_read = np.empty((len(places), *self.source.shape[1:]), self.read_dtype or self.dtype)
        for start, stop in self._extents(places):
            self._read(places[start:stop], rows_read[start:stop])
            self._release()
        for function in self.functions:
            rows_read = function(rows_read)
        rows_read = rows_read.reshape(len(places), *self.event_shape)
        if order is None:
            return rows_read
        ordered = np.empty_like(rows_read)
        ordered[order] = rows_read
        return ordered

    def _positions(self, rows: slice | np.ndarray | list[int]) -> np.ndarray:
        """Positions, from 0, of a slice, mask or list of rows."""
        if isinstance(rows, slice):
            return np.arange(*rows.indices(len(self)))
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        if rows.ndim != 1:
            raise IndexError(f"rows on disk are read by slices and lists of positions; got {rows!r}")
        rows = np.where(rows < 0, rows + len(self), rows).astype(np.int64)
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"positions must lie below {len(self)}; got {rows.max()}")
        return rows

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self[:] if dtype is None else self[:].astype(dtype, copy=False)

    def reshape(self, n: int, *event_shape: int) -> "MemoryMappedRows":
        """The same n rows in another event shape; one size may be -1."""
        size, known = prod(self.event_shape), prod(length for length in event_shape if length != -1)
        event_shape = tuple(size // known if length == -1 else length for length in event_shape)
        if n != len(self) or prod(event_shape) != size:
            raise ValueError(f"cannot reshape rows of shape {self.shape} to {(n, *event_shape)}")
        return replace(self, event_shape=event_shape)

    def then(
        self, function: Callable[[np.ndarray], np.ndarray], event_shape: tuple[int, ...], dtype: np.dtype
    ) -> "MemoryMappedRows":
        """These rows with a function applied on reading, whose results have this shape and dtype."""
        functions = (*self.functions, function)
        read_dtype = self.read_dtype or self.dtype
        return replace(self, functions=functions, event_shape=event_shape, dtype=dtype, read_dtype=read_dtype)

    def take(self, rows: np.ndarray) -> Any:
        """Read some rows, as a data frame if columns have names."""
        import pandas as pd

        return self[rows] if self.columns is None else pd.DataFrame(self[rows], columns=list(self.columns))

    def without(self, rows: np.ndarray) -> "MemoryMappedRows":
        """All but these rows; nothing is read."""
        return replace(self, absent=np.union1d(self.absent, self._in_source(np.asarray(rows, np.int64))))

    def _in_source(self, places: np.ndarray) -> np.ndarray:
        """Positions in ``source`` of rows of this object."""
        kept_before = self.absent - np.arange(len(self.absent))
        return places + np.searchsorted(kept_before, places, side="right")

    def _extents(self, places: np.ndarray) -> Iterator[tuple[int, int]]:
        """Split ascending places so that each part lies within one extent of the file."""
        row_bytes = max(1, self.source.nbytes // len(self.source))
        extent = places // max(1, _EXTENT_BYTES // row_bytes)
        yield from pairwise([0, *(np.flatnonzero(np.diff(extent)) + 1).tolist(), len(places)])

    def _read(self, places: np.ndarray, out: np.ndarray) -> None:
        plain = self.source.view(np.ndarray)
        if self.divisor is not None:
            out[:] = plain[places].astype(out.dtype) / out.dtype.type(self.divisor)
        elif len(places) and np.array_equal(places, np.arange(places[0], places[0] + len(places))):
            out[:] = plain[places[0] : places[-1] + 1]
        elif plain.dtype == out.dtype:
            np.take(plain, places, axis=0, out=out, mode="clip")  # other modes copy once more
        else:
            out[:] = plain[places]

    def _release(self) -> None:
        mapping = _mapping(self.source)
        # Changes of a private map would be lost.
        if mapping is not None and hasattr(mapping, "madvise") and self.source.mode != "c":
            mapping.madvise(mmap.MADV_DONTNEED)


def without(x: Any, rows: np.ndarray) -> Any:
    """All but some rows of an array or of `MemoryMappedRows`; the latter stay on disk."""
    if isinstance(x, MemoryMappedRows):
        return x.without(rows)
    kept = np.delete(np.arange(len(x)), rows)
    left = aligned_zeros((len(kept), *x.shape[1:]), x.dtype)
    return np.take(x, kept, axis=0, out=left, mode="clip")  # other modes copy once more


def _mapping(x: Any) -> mmap.mmap | None:
    """The mmap that all views of a memory map share; None for a copy, although its type is np.memmap."""
    while x is not None and not isinstance(x, mmap.mmap):
        x = getattr(x, "base", None)
    return x
