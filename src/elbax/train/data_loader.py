"""The data loader: batches from memory, or streamed from disk."""

from math import ceil

import jax
import numpy as np

from elbax.core.xla.row_counts import padded_size, roomy_size
from elbax.data import StreamedRows, aligned_zeros
from elbax.train.devices import Devices
from elbax.train.pretraining import TargetCodes
from elbax.train.shuffle import EpochShuffle, row_bytes
from elbax.types import Batch

_RESIDENT_BYTES = 2**31
_BYTES = (np.uint8, np.bool_)
_INDEX_CELLS = 2**20
# About half a second of most networks' steps on a CPU; the next piece is read while the device works on the last.
_STREAM_BYTES = 2**24
# A step with fewer rows takes as long; up to the second size, twice the rows take hardly longer.
_SMALLEST_BATCH, _SMALL_BATCH = 8, 64
_ONE_DEVICE = Devices()


class DataLoader:
    """Batches for the compiled loop: for any range of steps, an array of rows and an index into it.

    Arrays of up to 2 GiB are resident: they live on the device, and the index selects rows. Larger arrays and
    `StreamedRows` are streamed in pieces of about 16 MiB that are already batched. Both follow the same
    `EpochShuffle`, so chunks, streaming and resuming change nothing. The last batch of an epoch is padded with rows
    from the start of its order, as is the batch of a fit with fewer rows; the loop does not count their losses.
    Negative steps are pretraining and visit only rows with target codes. With
    ``positions``, only these rows are visited.
    """

    def __init__(
        self,
        rows: Batch,
        batch_size: int,
        seed: int,
        *,
        shuffle: bool = True,
        resident: bool | None = None,
        devices: Devices = _ONE_DEVICE,
        positions: np.ndarray | None = None,
    ):
        self.rows = rows
        self.positions = positions
        self.n_rows = len(rows.x) if positions is None else len(positions)
        self.batch_size = batch_size if batch_size < len(rows.x) else _whole_batch(len(rows.x))
        self.n_batches = ceil(self.n_rows / self.batch_size)
        self.devices = devices
        columns = jax.tree.leaves(rows)
        bytes_per_row = sum(map(row_bytes, columns))
        small = not isinstance(rows.x, StreamedRows) and len(rows.x) * bytes_per_row <= _RESIDENT_BYTES
        self.resident = small if resident is None else resident
        per_step = self.batch_size if self.resident else self.batch_size * bytes_per_row
        self.capacity = max(1, (_INDEX_CELLS if self.resident else _STREAM_BYTES) // per_step)
        # More rows than there are, which no index selects: data of similar sizes share a compiled program.
        self._n_stored = roomy_size(len(rows.x), bytes_per_row)
        self._on_device = jax.tree.map(self._put, rows) if self.resident else None
        self._shuffle = EpochShuffle(self.n_rows, row_bytes(rows.x), seed, shuffle=shuffle)
        codes = rows.target_codes
        self._target_rows = codes.rows if isinstance(codes, TargetCodes) else np.arange(0)
        if positions is not None:
            self._target_rows = np.intersect1d(self._target_rows, positions)
        self._pretraining_shuffle = EpochShuffle(max(1, len(self._target_rows)), 1, seed, shuffle=shuffle)

    def steps(self, start: int, count: int) -> tuple[Batch, np.ndarray]:
        """Rows and index for steps ``start`` to ``start + count``.

        The index of resident rows, (capacity, batch), selects the rows of each step. Streamed rows are batches,
        (capacity, batch, ...), and their index, (capacity,), numbers them.
        """
        index = np.zeros((self.capacity, self.batch_size), np.int32)
        done = 0
        while done < count:
            epoch, batch = divmod(start + done, self.n_batches)
            several = min(count - done, self.n_batches - batch)
            places = np.arange(batch * self.batch_size, (batch + several) * self.batch_size)
            index[done : done + several] = self._at(epoch, places).reshape(several, self.batch_size)
            done += several
        if self._on_device is not None:
            return self._on_device, index

        def batches(column: np.ndarray) -> jax.Array:
            dtype = np.dtype(np.uint8 if column.dtype in _BYTES else np.float32)

            def read(part: tuple[slice, ...]) -> np.ndarray:
                rows = index[:count, part[1]]
                piece = aligned_zeros((self.capacity, rows.shape[1], *column.shape[1:]), dtype)
                piece[:count] = column[rows.ravel()].reshape(count, *piece.shape[1:])
                return piece

            return self.devices.parts((*index.shape, *column.shape[1:]), read)

        return jax.tree.map(batches, self.rows), np.arange(self.capacity, dtype=np.int32)

    def _at(self, epoch: int, places: np.ndarray) -> np.ndarray:
        if epoch >= 0:
            rows = self._shuffle.rows(epoch, places)
            return rows if self.positions is None else self.positions[rows]
        return self._target_rows[self._pretraining_shuffle.rows(epoch, places)]

    def _put(self, column: np.ndarray) -> jax.Array:
        return self.devices.copy(as_trainable(np.asarray(column), self._n_stored))


def as_trainable(x: np.ndarray, n_rows: int | None = None) -> np.ndarray:
    """The array as the loader keeps it: bytes and booleans as bytes, everything else as float32.

    With ``n_rows``, zeros follow its rows up to that number.
    """
    dtype = np.dtype(np.uint8 if x.dtype in _BYTES else np.float32)
    n_rows = len(x) if n_rows is None else n_rows
    if len(x) == n_rows and x.dtype in (*_BYTES, np.float32):
        return x.view(dtype)
    array = aligned_zeros((n_rows, *x.shape[1:]), dtype)
    array[: len(x)] = x
    return array


def _whole_batch(n_rows: int) -> int:
    """The size of a batch that holds all rows: with more places for similar numbers of rows to share a program."""
    return padded_size(max(n_rows, _SMALLEST_BATCH), per_doubling=1 if n_rows <= _SMALL_BATCH else 4)
