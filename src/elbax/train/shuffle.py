"""Shuffling: the order in which an epoch visits rows, a function of seed and epoch."""

from math import ceil, prod

import numpy as np

# Up to these sizes all rows are shuffled at once: the order takes 16 MiB, and a file of that size fits into memory.
_SHUFFLED_ROWS, _SHUFFLED_BYTES = 2**22, 2**28
# Beyond, neighboring rows stay together: a disk reads hundreds of rows to return one.
_BLOCK_BYTES, _BLOCK_ROWS = 2**18, 2**12
_WINDOW_BLOCKS = 256


def row_bytes(column: np.ndarray) -> int:
    """Bytes per row of a column in training: bytes and booleans take one, everything else is float32."""
    return prod(column.shape[1:]) * (1 if column.dtype in (np.uint8, np.bool_) else 4)


class EpochShuffle:
    """The row at each place of an epoch: a function of seed, epoch and the data's size.

    Up to 4 million rows and 256 MiB it is a permutation. Larger data are cut into blocks of 256 KiB: blocks are
    shuffled, then rows within each window of 256 blocks. Disks then read long stretches, and memory holds the order of
    one window.
    """

    def __init__(self, n_rows: int, row_bytes: int, seed: int, *, shuffle: bool = True):
        self.n_rows, self.seed, self.shuffle = n_rows, seed, shuffle
        whole = n_rows <= _SHUFFLED_ROWS and n_rows * row_bytes <= _SHUFFLED_BYTES
        self.block = None if whole else int(np.clip(_BLOCK_BYTES // row_bytes, 1, _BLOCK_ROWS))
        self._epoch, self._drawn = None, np.empty(0, np.int32)
        self._window, self._rows = None, np.empty(0, np.int32)

    def rows(self, epoch: int, places: np.ndarray) -> np.ndarray:
        """The rows at ascending places; places past the end start over."""
        places = places % self.n_rows
        if not self.shuffle:
            return places.astype(np.int32)
        if self.block is None:
            return self._draw(epoch, self.n_rows)[places]
        starts = self._window_starts(epoch)
        windows = np.searchsorted(starts, places, side="right") - 1
        rows = np.empty(len(places), np.int32)
        for window in np.unique(windows):
            here = windows == window
            rows[here] = self._rows_of(epoch, window)[places[here] - starts[window]]
        return rows

    def _draw(self, epoch: int, n: int) -> np.ndarray:
        """The epoch's permutation of n rows or blocks."""
        if epoch != self._epoch:
            self._epoch, self._drawn = epoch, _shuffled(np.arange(n, dtype=np.int32), self.seed, epoch)
            self._window = None
        return self._drawn

    def _blocks(self, epoch: int) -> np.ndarray:
        return self._draw(epoch, ceil(self.n_rows / self.block))

    def _window_starts(self, epoch: int) -> np.ndarray:
        """The first place of each window of blocks."""
        blocks = self._blocks(epoch)
        sizes = np.minimum(self.n_rows - blocks.astype(np.int64) * self.block, self.block)
        return np.concatenate([[0], np.cumsum(sizes)])[:-1:_WINDOW_BLOCKS]

    def _rows_of(self, epoch: int, window: int) -> np.ndarray:
        """The rows of a window in the order of the epoch."""
        if window != self._window:
            blocks = self._blocks(epoch)[window * _WINDOW_BLOCKS :][:_WINDOW_BLOCKS]
            rows = (blocks[:, None] * self.block + np.arange(self.block, dtype=np.int32)).ravel()
            self._window = window
            self._rows = _shuffled(rows[rows < self.n_rows], self.seed, epoch, window + 1)
        return self._rows


def _shuffled(rows: np.ndarray, seed: int, epoch: int, stream: int = 0) -> np.ndarray:
    """Shuffle rows in place by seed, epoch (negative in pretraining) and the number of a stream."""
    key = np.asarray([seed, epoch]).astype(np.uint64)
    np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, stream])).shuffle(rows)
    return rows
