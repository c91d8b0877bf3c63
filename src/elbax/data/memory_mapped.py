"""Rows of a memory map, read from disk on demand."""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from elbax.data.streamed_rows import StreamedRows

# Streaming holds two pieces of 16 MiB in memory, so smaller rows are read as a whole.
ON_DISK_BYTES = 2**25
_EXTENT_BYTES = 2**24  # mapped at a time


def is_large(x: Any) -> bool:
    """Whether x is a memory map of at least 32 MiB."""
    return isinstance(x, np.memmap) and x.nbytes >= ON_DISK_BYTES and _mapping(x) is not None


@dataclass(frozen=True, eq=False)
class MemoryMappedRows(StreamedRows):
    """Rows of a memory map.

    Pages of the map are released after each read, so that a pass does not fill the process's memory with the whole
    file.

    Example:
        >>> from tempfile import TemporaryFile
        >>> with TemporaryFile() as file:
        ...     source = np.memmap(file, np.float32, "w+", shape=(5, 2))
        >>> source[:] = np.arange(5)[:, None]
        >>> rows = MemoryMappedRows(source, np.dtype(np.float32), (2,)).without(np.array([1, 2]))
        >>> rows[[2, 0, 1]][:, 0]
        array([4., 0., 3.], dtype=float32)
    """

    def _fill(self, places: np.ndarray, out: np.ndarray) -> None:
        for start, stop in self._extents(places):
            self._read(places[start:stop], out[start:stop])
            self._release()

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


def _mapping(x: Any) -> mmap.mmap | None:
    """The mmap that all views of a memory map share; None for a copy, although its type is np.memmap."""
    while x is not None and not isinstance(x, mmap.mmap):
        x = getattr(x, "base", None)
    return x
