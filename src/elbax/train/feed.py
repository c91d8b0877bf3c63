"""Rows for the compiled loop: the order they are visited in, from memory or streamed from disk."""

from math import ceil

import jax
import numpy as np

from elbax.train.devices import Devices
from elbax.types import Batch

__all__ = ["Feed", "as_trainable"]

_RESIDENT_BYTES = 2**31
_INDEX_CELLS = 2**20
_STREAM_BYTES = 2**26
_ALONE = Devices()


class Feed:
    """Hands the compiled loop, for any run of steps, an array of rows and an index into it.

    Data up to 2 GiB live on the device and the index points anywhere; larger data are read in super-batches of
    about 64 MiB and the index counts along them. Both visit the same rows in the same order: epoch e's order is drawn
    from (seed, e) alone, so chunking and resuming cannot change it. The last batch of an epoch is filled up with rows
    from the start of that epoch's order, whose losses the loop does not count. Steps before zero, the head start,
    visit only rows whose latent point is given.
    """

    def __init__(
        self,
        rows: Batch,
        batch_size: int,
        seed: int,
        *,
        shuffle: bool = True,
        resident: bool | None = None,
        devices: Devices = _ALONE,
    ):
        """Take rows, arrays with n entries each; they are not copied when they are streamed."""
        self.rows = rows
        self.n_rows = len(rows.x)
        self.batch_size = min(batch_size, self.n_rows)
        self.n_batches = ceil(self.n_rows / self.batch_size)
        self.seed = seed
        self.shuffle = shuffle
        self.devices = devices
        n_bytes = sum(leaf.nbytes for leaf in jax.tree.leaves(rows))
        self.resident = n_bytes <= _RESIDENT_BYTES if resident is None else resident
        row_bytes = max(1, n_bytes // self.n_rows)
        per_step = self.batch_size if self.resident else self.batch_size * row_bytes
        self.capacity = max(1, (_INDEX_CELLS if self.resident else _STREAM_BYTES) // per_step)
        self._on_device = self._put(rows) if self.resident else None
        self._taught = np.arange(0) if rows.latent is None else np.flatnonzero(~np.isnan(rows.latent[:, 0]))
        self._epoch, self._order = None, np.empty(0, np.int32)

    def steps(self, start: int, count: int) -> tuple[Batch, np.ndarray]:
        """Rows and index for steps ``start`` to ``start + count``.

        The index, (capacity, batch), says which rows of resident data make up each step. Streamed rows come as
        batches already, (capacity, batch, ...), and the index, (capacity,), counts them.
        """
        index = np.zeros((self.capacity, self.batch_size), np.int32)
        for i in range(count):
            epoch, batch = divmod(start + i, self.n_batches)
            if epoch != self._epoch:
                self._epoch, self._order = epoch, self._shuffled(epoch)
            index[i] = self._order[batch]
        if self._on_device is not None:
            return self._on_device, index

        def batches(column: np.ndarray):
            def read(part: tuple[slice, ...]) -> np.ndarray:
                wanted = index[:count, part[1]]
                rows = as_trainable(column[wanted.ravel()])
                filled = np.zeros((self.capacity, wanted.shape[1], *rows.shape[1:]), rows.dtype)
                filled[:count] = rows.reshape(count, *filled.shape[1:])
                return filled

            return self.devices.parts((*index.shape, *column.shape[1:]), read)

        return jax.tree.map(batches, self.rows), np.arange(self.capacity, dtype=np.int32)

    def _put(self, rows: Batch) -> Batch:
        return jax.tree.map(lambda column: self.devices.copy(as_trainable(np.asarray(column))), rows)

    def _shuffled(self, epoch: int) -> np.ndarray:
        order = np.arange(self.n_rows, dtype=np.int32) if epoch >= 0 else self._taught.astype(np.int32)
        if self.shuffle:
            np.random.Generator(
                np.random.Philox(key=np.asarray([self.seed, epoch]).astype(np.uint64))
            ).shuffle(order)
        return np.resize(order, (self.n_batches, self.batch_size))


def as_trainable(x: np.ndarray) -> np.ndarray:
    """Bytes stay bytes until a batch is read; everything else is float32."""
    return x if x.dtype == np.uint8 else x.astype(np.float32, copy=False)
