"""Rows that stay on disk and are read on demand."""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from elbax.data.aligned_array import aligned_zeros

# Streaming holds two pieces of 16 MiB: rows that fill less than those are better read once and kept.
ON_DISK_BYTES = 2**25
_EXTENT_BYTES = 2**24  # how much of a file is mapped at a time


def is_large(x: Any) -> bool:
    """Whether x is a memory map that is to stay on disk."""
    return isinstance(x, np.memmap) and x.nbytes >= ON_DISK_BYTES and _mapping(x) is not None


@dataclass(frozen=True, eq=False)
class MemoryMappedRows:
    """Rows of a memory map, maybe without some of them, as an array that is read piece by piece.

    ``rows[slice]`` and ``rows[positions]`` return arrays. The map's pages are released after each read;
    otherwise the operating system counts them as this process's memory, and a pass ends with the whole file in it.

    Attributes:
        source: the memory map, one entry per row.
        dtype: what rows are turned into.
        event_shape: shape of one row.
        columns: names of a table's columns, or None.
        divisor: what every value is divided by, or None.
        absent: positions in ``source`` of the rows that are left out, ascending.

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

    def __len__(self) -> int:
        return len(self.source) - len(self.absent)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array that these rows would fill."""
        return (len(self), *self.event_shape)

    @property
    def ndim(self) -> int:
        """Number of its axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of its values."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that it would take in memory."""
        return self.size * self.dtype.itemsize

    def __getitem__(self, rows: slice | np.ndarray | list[int]) -> np.ndarray:
        """Read some rows, in the order asked for; ascending rows are read fastest."""
        places = self._in_source(self._positions(rows))
        order = None
        if (places[1:] < places[:-1]).any():
            # A file is read from its beginning to its end. One sort of numbers that hold a row and where it was
            # asked for takes a fifth of the time of an argsort.
            keys = np.sort(places << 32 | np.arange(len(places)))
            places, order = keys >> 32, keys & (2**32 - 1)
        rows_read = np.empty((len(places), *self.source.shape[1:]), self.dtype)
        for start, stop in self._extents(places):
            self._read(places[start:stop], rows_read[start:stop])
            self._release()
        rows_read = rows_read.reshape(len(places), *self.event_shape)
        if order is None:
            return rows_read
        ordered = np.empty_like(rows_read)
        ordered[order] = rows_read
        return ordered

    def _positions(self, rows: slice | np.ndarray | list[int]) -> np.ndarray:
        """Positions from 0, whichever way rows are asked for."""
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
        """All rows, in memory."""
        return self[:] if dtype is None else self[:].astype(dtype, copy=False)

    def reshape(self, n: int, *event_shape: int) -> "MemoryMappedRows":
        """The same n rows in another shape, of which one size may be left open as -1."""
        size, known = prod(self.event_shape), prod(length for length in event_shape if length != -1)
        event_shape = tuple(size // known if length == -1 else length for length in event_shape)
        if n != len(self) or prod(event_shape) != size:
            raise ValueError(f"cannot reshape rows of shape {self.shape} to {(n, *event_shape)}")
        return replace(self, event_shape=event_shape)

    def take(self, rows: np.ndarray) -> Any:
        """Read some rows, as a data frame where columns have names."""
        import pandas as pd

        return self[rows] if self.columns is None else pd.DataFrame(self[rows], columns=list(self.columns))

    def without(self, rows: np.ndarray) -> "MemoryMappedRows":
        """All but these rows; nothing is read."""
        return replace(self, absent=np.union1d(self.absent, self._in_source(np.asarray(rows, np.int64))))

    def _in_source(self, places: np.ndarray) -> np.ndarray:
        """Positions in the source of the rows at these places of what is left."""
        kept_before = self.absent - np.arange(len(self.absent))
        return places + np.searchsorted(kept_before, places, side="right")

    def _extents(self, places: np.ndarray) -> Iterator[tuple[int, int]]:
        """Cut ascending places so that each part stays within a stretch of the file."""
        row_bytes = max(1, self.source.nbytes // len(self.source))
        stretch = places // max(1, _EXTENT_BYTES // row_bytes)
        yield from pairwise([0, *(np.flatnonzero(np.diff(stretch)) + 1).tolist(), len(places)])

    def _read(self, places: np.ndarray, out: np.ndarray) -> None:
        plain = self.source.view(np.ndarray)
        if self.divisor is not None:
            out[:] = plain[places].astype(self.dtype) / self.dtype.type(self.divisor)
        elif len(places) and np.array_equal(places, np.arange(places[0], places[0] + len(places))):
            out[:] = plain[places[0] : places[-1] + 1]
        elif plain.dtype == self.dtype:
            np.take(plain, places, axis=0, out=out, mode="clip")  # other modes copy once more
        else:
            out[:] = plain[places]

    def _release(self) -> None:
        mapping = _mapping(self.source)
        # A private map may hold changes, which would be lost.
        if mapping is not None and hasattr(mapping, "madvise") and self.source.mode != "c":
            mapping.madvise(mmap.MADV_DONTNEED)


def without(x: Any, rows: np.ndarray) -> Any:
    """All but some rows of an array, or of `MemoryMappedRows`, which stay on disk."""
    if isinstance(x, MemoryMappedRows):
        return x.without(rows)
    kept = np.delete(np.arange(len(x)), rows)
    left = aligned_zeros((len(kept), *x.shape[1:]), x.dtype)
    return np.take(x, kept, axis=0, out=left, mode="clip")  # other modes copy once more


def _mapping(x: Any) -> mmap.mmap | None:
    """The mmap that all views of a memory map share; None for a copy, although it is still an np.memmap."""
    while x is not None and not isinstance(x, mmap.mmap):
        x = getattr(x, "base", None)
    return x
