"""Applying a compiled function to many rows, block by block, within a memory budget."""

from collections import Counter
from collections.abc import Callable, Hashable
from math import prod
from typing import Any
from weakref import ref

import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.xla import prng
from elbax.processes import check_process
from elbax.types import Batch

_BLOCK_BYTES = 2**25  # of a block's widest array; two blocks are in memory, one computing and one being copied
MAX_BATCH = 1024
SCORING_BATCH = 64  # rows scored at a time; with the samples decoded together, a matmul has about a thousand rows
_DIGIT = 2**12


def map_batches(function, rows, width: int | None = None, max_rows: int = MAX_BATCH):
    """Apply ``function`` to blocks of ``rows``, an array or a pytree of arrays, and concatenate its results.

    All blocks have the same number of rows, a power of two up to ``max_rows`` (the last is padded with zeros), so a
    function compiles once. ``width`` is the number of floats in a row's widest intermediate array. Results of one block
    are copied while the device computes the next. Unless ``max_rows`` is `SCORING_BATCH`, a single row gets a block of
    one, which is quick, but rounds sums in another order.
    """
    check_process()
    columns = jax.tree.leaves(rows)
    n, results, waiting = len(columns[0]), None, []
    size = 1 if n == 1 and max_rows > SCORING_BATCH else block_size(columns, width or 0, max_rows)
    for start in range(0, n, size):
        block = jax.tree.map(lambda column, start=start: _block(column, start, size), rows)
        waiting.append((start, function(block)))
        if results is None:
            results = jax.tree.map(lambda leaf: np.empty((n, *leaf.shape[1:]), leaf.dtype), waiting[0][1])
        if len(waiting) > 1:
            _copy_out(results, *waiting.pop(0))
    _copy_out(results, *waiting.pop())
    return results


def block_size(columns: list, width: int, max_rows: int = MAX_BATCH) -> int:
    """The rows of a block of these columns, a power of two; see `map_batches`."""
    width = max(width, sum(prod(column.shape[1:]) for column in columns), 1)
    return int(2 ** np.clip(np.floor(np.log2(_BLOCK_BYTES / (4 * width))), 0, np.log2(max_rows)))


def largest_array(function, *row) -> int:
    """Count the floats of the largest array in a function of one row, without running it.

    Example:
        >>> largest_array(lambda x: jnp.outer(x, x).sum(), np.zeros(3))
        9
    """

    def sizes(jaxpr):
        for equation in jaxpr.eqns:
            yield from (prod(output.aval.shape) for output in equation.outvars)
            for inner in equation.params.values():
                if hasattr(inner, "jaxpr"):
                    yield from sizes(inner.jaxpr)

    return max(sizes(jax.make_jaxpr(function)(*row).jaxpr), default=1)


class ModuleCache:
    """Values that are computed once for a module, which has no hash, and forgotten with it."""

    def __init__(self):
        self._values: dict[int, tuple[ref, dict[Hashable, Any]]] = {}

    def get(self, module: Any, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The value of a module for a key."""
        number = id(module)
        entry = self._values.get(number)
        if entry is None or entry[0]() is not module:
            entry = self._values[number] = (ref(module, lambda _: self._values.pop(number, None)), {})
        if key not in entry[1]:
            entry[1][key] = compute()
        return entry[1][key]


def _block(column: np.ndarray, start: int, size: int) -> np.ndarray:
    """Rows from ``start`` on as float32, padded with zeros; a view where possible."""
    rows = np.asarray(column[start : start + size], np.float32)
    return rows if len(rows) == size else np.pad(rows, [(0, size - len(rows)), *[(0, 0)] * (rows.ndim - 1)])


def _copy_out(results, start: int, block) -> None:
    """Copy a block's results to their rows, without those of the padding."""
    for array, part in zip(jax.tree.leaves(results), jax.tree.leaves(block), strict=True):
        array[start : start + len(part)] = np.asarray(part)[: len(array) - start]


def row_numbers(n: int) -> np.ndarray:
    """Row numbers 0 to n - 1 in two digits of base 4096, (n, 2), since float32 counts exactly only to 2²⁴.

    Example:
        >>> row_numbers(4098)[-1].tolist()
        [1.0, 1.0]
    """
    return np.stack(np.divmod(np.arange(n), _DIGIT), axis=1).astype(np.float32)


def join_digits(digits):
    """The row number of two digits; see `row_numbers`."""
    return (digits[0] * _DIGIT + digits[1]).astype(jnp.int32)


def duplicate_index(rows) -> np.ndarray:
    """Number of equal rows before each row, (n,); added to a row's key, it makes the noise of equal rows independent.

    Example:
        >>> duplicate_index(np.array([[1.0], [2.0], [1.0]])).tolist()
        [0.0, 0.0, 1.0]
    """
    columns = [np.asarray(column, np.float32) for column in jax.tree.leaves(_without_gaps(rows))]
    counts, index = Counter(), np.empty(len(columns[0]), np.float32)
    for i, values in enumerate(zip(*columns, strict=True)):
        row = b"".join(value.tobytes() for value in values)
        index[i] = counts[row]
        counts[row] += 1
    return index


def hashed_row_keys(seed, rows, duplicates=0):
    """Random keys that depend only on the seed and a row's values, not on order or neighbors.

    ``duplicates`` (`duplicate_index`) makes the noise of equal rows independent, as standard errors of means require.
    Complete rows have the keys of rows with all cells observed.
    """
    columns = jax.tree.leaves(_without_gaps(rows))
    words = jnp.concatenate(
        [
            jax.lax.bitcast_convert_type(column.astype(jnp.float32), jnp.uint32).reshape(len(column), -1)
            for column in columns
        ],
        axis=1,
    )  # (rows, features)
    words = words ^ (words >> 16)  # floats of small integers differ in their high bits only
    key = prng.key(seed)
    multipliers = jax.random.bits(key, words.shape[1:]) | 1
    hashed = (words * multipliers).sum(axis=1, dtype=jnp.uint32)
    hashed = hashed + jnp.asarray(duplicates).astype(jnp.uint32) * np.uint32(0x9E3779B9)
    return jax.vmap(jax.random.fold_in, (None, 0))(key, hashed)


def _without_gaps(rows):
    """Rows with zeros for cells that were not observed, whatever stands there, and without the mask."""
    if not isinstance(rows, Batch) or rows.observed is None:
        return rows
    where = jnp.where if isinstance(rows.x, jax.Array) else np.where
    return rows._replace(x=where(rows.observed != 0, rows.x, 0), observed=None)
