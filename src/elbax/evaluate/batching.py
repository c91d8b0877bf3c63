"""Applying a compiled function to many rows, block by block, within a memory budget."""

from collections import Counter
from math import prod

import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.xla import prng

# What the arrays of one block may take, as far as ``width`` tells: a block is in work while another is copied out.
_BLOCK_BYTES = 2**25
MAX_BATCH = 1024
# Rows scored at a time: with as many samples of each as are decoded together, products have a thousand rows.
SCORING_BATCH = 64
_DIGIT = 2**12


def map_batches(function, rows, width: int | None = None, max_rows: int = MAX_BATCH):
    """Apply ``function`` to blocks of rows and join what it returns, a pytree of arrays with one entry per row.

    Every block has the same number of rows (the last is filled up with zeros), so a function compiles once however
    many rows there are, and a row's result does not depend on its neighbors. ``rows`` is an array, or a pytree of
    arrays with one entry per row each. ``width`` is the number of floats a row needs at its widest, and ``max_rows``
    a power of two. While the device works on a block, the results of the one before are copied to where they belong.
    """
    columns = jax.tree.leaves(rows)
    width = max(width or 0, sum(prod(column.shape[1:]) for column in columns), 1)
    size = int(2 ** np.clip(np.floor(np.log2(_BLOCK_BYTES / (4 * width))), 0, np.log2(max_rows)))
    n, results, waiting = len(columns[0]), None, []
    for start in range(0, n, size):
        block = jax.tree.map(lambda column, start=start: _block(column, start, size), rows)
        waiting.append((start, function(block)))
        if results is None:
            results = jax.tree.map(lambda leaf: np.empty((n, *leaf.shape[1:]), leaf.dtype), waiting[0][1])
        if len(waiting) > 1:
            _copy_out(results, *waiting.pop(0))
    _copy_out(results, *waiting.pop())
    return results


def largest_array(function, *row) -> int:
    """Count the floats of the largest array that a function of one row makes, without running it.

    Example:
        >>> largest_array(lambda x: jnp.outer(x, x).sum(), np.zeros(3))
        9
    """

    def sizes(jaxpr):
        for equation in jaxpr.eqns:
            yield from (prod(each.aval.shape) for each in equation.outvars)
            for inner in equation.params.values():
                if hasattr(inner, "jaxpr"):
                    yield from sizes(inner.jaxpr)

    return max(sizes(jax.make_jaxpr(function)(*row).jaxpr), default=1)


def _block(column: np.ndarray, start: int, size: int) -> np.ndarray:
    """Rows from ``start`` on as float32: a view where the column allows it, else filled up with zeros."""
    some = np.asarray(column[start : start + size], np.float32)
    if len(some) == size:
        return some
    block = np.zeros((size, *some.shape[1:]), np.float32)
    block[: len(some)] = some
    return block


def _copy_out(results, start: int, block) -> None:
    """Put a block's results where they belong; those of the filling are left out."""
    for whole, part in zip(jax.tree.leaves(results), jax.tree.leaves(block), strict=True):
        whole[start : start + len(part)] = np.asarray(part)[: len(whole) - start]


def row_numbers(n: int) -> np.ndarray:
    """The numbers of n rows in two digits, (n, 2): blocks are single precision, which cannot count beyond 2²⁴.

    Example:
        >>> row_numbers(4098)[-1].tolist()
        [1.0, 1.0]
    """
    return np.stack(np.divmod(np.arange(n), _DIGIT), axis=1).astype(np.float32)


def number(digits):
    """The integer that `row_numbers` wrote as these two digits."""
    return (digits[0] * _DIGIT + digits[1]).astype(jnp.int32)


def duplicate_index(rows) -> np.ndarray:
    """How many equal rows come before each, (n,): with these in their keys, rows that repeat have noise of their own.

    Example:
        >>> duplicate_index(np.array([[1.0], [2.0], [1.0]])).tolist()
        [0.0, 0.0, 1.0]
    """
    columns = [np.asarray(column, np.float32) for column in jax.tree.leaves(rows)]
    seen, found = Counter(), np.empty(len(columns[0]), np.float32)
    for i, values in enumerate(zip(*columns, strict=True)):
        row = b"".join(value.tobytes() for value in values)
        found[i] = seen[row]
        seen[row] += 1
    return found


def hashed_row_keys(seed, rows, before=0):
    """Random keys that depend on a row's values only, so that order and neighbors cannot change its noise.

    Equal rows share their noise, unless ``before`` tells them apart (`duplicate_index`): errors of a mean over rows are
    those of independent noise.
    """
    columns = jax.tree.leaves(rows)
    words = jnp.concatenate(
        [
            jax.lax.bitcast_convert_type(column.astype(jnp.float32), jnp.uint32).reshape(len(column), -1)
            for column in columns
        ],
        axis=1,
    )  # (rows, features)
    words = words ^ (words >> 16)  # those of 0 and 1, and of integers, differ in high bits only
    key = prng.key(seed)
    multipliers = jax.random.bits(key, words.shape[1:]) | 1
    hashed = (words * multipliers).sum(axis=1, dtype=jnp.uint32)
    hashed = hashed + jnp.asarray(before).astype(jnp.uint32) * np.uint32(0x9E3779B9)
    return jax.vmap(jax.random.fold_in, (None, 0))(key, hashed)
