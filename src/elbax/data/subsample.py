"""Subsamples of rows, by position."""

from math import prod
from typing import Any

import jax
import narwhals as nw
import numpy as np

from elbax.data.streamed_rows import StreamedRows
from elbax.types import Batch

_SHUFFLED = 2**20  # more rows are not shuffled as a whole
_READ_VALUES = 2**24  # of streamed rows, at most, that are in memory at once


def random_subsample(rng: np.random.Generator, n: int, most: int) -> np.ndarray:
    """Random positions of at most ``most`` of n rows, ascending."""
    if n <= _SHUFFLED:
        return np.sort(rng.permutation(n)[:most])
    return np.sort(rng.choice(n, most, replace=False))


def evenly_spaced(n: int, most: int) -> np.ndarray:
    """Evenly spaced positions of at most ``most`` of n rows, which cover sorted data too.

    Example:
        >>> evenly_spaced(10, 4)
        array([0, 3, 6, 9])
    """
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))


def most_in_memory(x: Any, most: int) -> int:
    """The rows of ``x`` to read at once: at most ``most``, and 64 MiB in single precision where they are streamed."""
    return min(most, max(2, _READ_VALUES // prod(x.shape[1:]))) if isinstance(x, StreamedRows) else most


def take_evenly(rows: Batch, most: int) -> Batch:
    """At most ``most`` rows, evenly spread, in memory; see `most_in_memory`."""
    positions = evenly_spaced(len(rows.x), most_in_memory(rows.x, most))
    return jax.tree.map(lambda column: np.asarray(column[positions]), rows)


def take_rows(x: Any, rows: np.ndarray) -> Any:
    """Some rows of an array, list, data frame or `StreamedRows`, with column names; None stays None."""
    if isinstance(x, StreamedRows):
        return x.take(rows)
    if hasattr(x, "iloc"):
        return x.iloc[rows]
    if x is None:
        return None
    if isinstance(frame := nw.from_native(x, pass_through=True), nw.DataFrame):
        return frame[rows.tolist()].to_native()
    return np.asarray(x)[rows] if isinstance(x, list) else x[rows]
