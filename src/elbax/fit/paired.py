"""Paired comparisons of modules on the same rows."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.objectives import AbstractObjective
from elbax.core.vae import VAEModule
from elbax.core.xla import prng
from elbax.core.xla.row_counts import padded_size, repeat_rows
from elbax.data import evenly_spaced, take_evenly
from elbax.evaluate.estimate import Estimate
from elbax.train.data_loader import as_trainable
from elbax.types import Batch

_MOST_ROWS, _DRAWS = 4000, 4000  # rows scored at most; of fewer rows, draws in total, up to 16 of each
_FEWEST = 32
_BLOCK_NUMBERS = 2**20


class PairedGain(NamedTuple):
    """A mean difference of bounds of the same rows, nats per row, and its standard error."""

    mean: float
    error: float

    @classmethod
    def of(cls, after: np.ndarray, before: np.ndarray, weights: np.ndarray | None = None) -> "PairedGain":
        """The gain between bounds of the same rows, with weights or without."""
        difference = np.asarray(after, np.float64) - before
        if len(difference) < 2:
            return cls(float(difference.mean()), np.inf)
        mean, error, _ = Estimate.of(difference, weights)
        return cls(float(mean), float(error))

    def exceeds(self, errors: float) -> bool:
        """Whether the gain is finite and larger than this many of its errors."""
        return bool(np.isfinite(self.mean) and self.mean > errors * self.error and self.mean > 0)


def row_bounds(module: VAEModule, objective: AbstractObjective, rows: Batch, seed: int, size: int = 0) -> np.ndarray:
    """The bound by which an objective chooses weights, of each of up to 4,000 rows, evenly spaced; nats, (n,).

    Rows are padded to ``size``, so that sets of different sizes share a compiled program.
    """
    rows = take_evenly(rows._replace(target_codes=None, weight=None), _MOST_ROWS)
    n = len(rows.x)
    size = padded_size(max(n, size, _FEWEST))
    draws = int(np.clip(_DRAWS // size, 1, 16))
    block = int(np.clip(_BLOCK_NUMBERS // (rows.x[0].size * draws), 8, min(size, 512)))
    n_blocks = -(-size // block)

    def cut(column: np.ndarray) -> np.ndarray:
        padded = as_trainable(repeat_rows(column, n_blocks * block))
        return padded.reshape(n_blocks, block, *column.shape[1:])

    blocks = jax.tree.map(cut, rows)
    bounds = _block_bounds(module, objective, blocks, np.asarray(seed, np.uint32), draws)
    return np.asarray(bounds, np.float64).ravel()[:n]


def row_weights(rows: Batch) -> np.ndarray | None:
    """The weights of the rows that `row_bounds` scores, or None."""
    return None if rows.weight is None else np.asarray(rows.weight)[evenly_spaced(len(rows.weight), _MOST_ROWS)]


@eqx.filter_jit
def _block_bounds(module, objective, blocks: Batch, seed, draws: int):
    key = prng.key(seed)

    def one_block(args):
        i, block = args
        block = jax.tree.map(lambda column: jnp.repeat(column.astype(jnp.float32), draws, axis=0), block)
        keys = prng.row_keys(jax.random.fold_in(key, i), len(block.x))
        bound, _ = objective.held_out(module, block, keys)
        return bound.reshape(-1, draws).mean(axis=1)

    return jax.lax.map(one_block, (jnp.arange(len(blocks.x)), blocks))
