"""Applying a compiled function to many rows, block by block, within a memory budget."""

import operator
from math import prod

import jax
import jax.numpy as jnp
import numpy as np

from elbax.core import randomness

__all__ = ["map_blocks", "row_keys"]

_BLOCK_FLOATS = 2**23
_MAX_ROWS = 512


def map_blocks(function, rows, width: int | None = None):
    """Apply ``function`` to blocks of rows and join what it returns, a pytree of arrays with one entry per row.

    Every block has the same number of rows (the last is filled up with zeros), so a function compiles once however
    many rows there are, and a row's result does not depend on its neighbours. ``rows`` is an array, or a pytree of
    arrays with one entry per row each. ``width`` is the number of floats a row needs at its widest.
    """
    columns = jax.tree.leaves(rows)
    width = max(width or 0, sum(prod(column.shape[1:]) for column in columns), 1)
    size = int(2 ** np.clip(np.floor(np.log2(_BLOCK_FLOATS / width)), 0, np.log2(_MAX_ROWS)))

    def filled(column: np.ndarray, start: int) -> np.ndarray:
        some = column[start : start + size]
        block = np.zeros((size, *column.shape[1:]), np.float32)
        block[: len(some)] = some
        return block

    results, n = [], len(columns[0])
    for start in range(0, n, size):
        block = jax.tree.map(lambda column, start=start: filled(column, start), rows)
        full = jax.tree.map(np.asarray, function(block))
        results.append(jax.tree.map(operator.itemgetter(slice(min(size, n - start))), full))
    return jax.tree.map(lambda *parts: np.concatenate(parts), *results)


def row_keys(seed, rows):
    """Random keys that depend on a row's values only, so that order and neighbours cannot change its noise."""
    columns = jax.tree.leaves(rows)
    words = jnp.concatenate(
        [jax.lax.bitcast_convert_type(column, jnp.uint32).reshape(len(column), -1) for column in columns],
        axis=1,
    )  # (rows, features)
    key = randomness.key(seed)
    multipliers = jax.random.bits(key, words.shape[1:]) | 1
    return jax.vmap(jax.random.fold_in, (None, 0))(key, (words * multipliers).sum(axis=1, dtype=jnp.uint32))
