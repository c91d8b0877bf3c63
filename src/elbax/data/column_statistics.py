"""One pass over rows that may be larger than memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Measures", "NonFinite", "chunks", "find_non_finite", "measure", "spacing"]

_CHUNK_VALUES = 1 << 20  # 8 MiB of float64
_SPACED_VALUES = 1 << 20
_LIMIT = float(np.finfo(np.float32).max)


@dataclass
class NonFinite:
    """Values that are NaN, infinite, or infinite once in single precision.

    Attributes:
        total: how many.
        features: which flattened features hold any, ascending.
        rows: the first few rows that hold any, counted from 0.
    """

    total: int = 0
    features: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def add(self, start: int, chunk: np.ndarray) -> None:
        """Count those of a chunk whose first row is ``start``."""
        # Extremes take a fraction of a mask's time; NaN compares false.
        if chunk.dtype.kind != "f" or (float(chunk.min()) >= -_LIMIT and float(chunk.max()) <= _LIMIT):
            return
        bad = ~(np.abs(chunk.astype(np.float64)) <= _LIMIT)
        self.total += int(bad.sum())
        self.features = sorted({*self.features, *np.flatnonzero(bad.any(axis=0)).tolist()})
        self.rows = [*self.rows, *(start + np.flatnonzero(bad.any(axis=1))[:4]).tolist()][:4]


@dataclass
class Measures:
    """What one pass learns; every array has one entry per flattened feature.

    Attributes:
        rows: number of rows seen.
        minimum: smallest value.
        maximum: largest value.
        mean: average.
        squares: sum of squared deviations from the mean.
        whole: whether every value is a whole number.
        edges: how many values are exactly 0 or 1.
    """

    rows: int
    minimum: np.ndarray
    maximum: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    whole: np.ndarray
    edges: np.ndarray

    @property
    def std(self) -> np.ndarray:
        """Standard deviation, exactly 0 for a constant feature."""
        return np.where(self.minimum == self.maximum, 0.0, np.sqrt(self.squares / self.rows))


def measure(x: np.ndarray) -> tuple[Measures | None, NonFinite]:
    """Measure the features of ``x``, shape ``(n, ...)``; None once a value is not finite."""
    total, bad = None, NonFinite()
    for start, chunk in chunks(x):
        bad.add(start, chunk)
        if not bad.total:
            part = _measure_chunk(chunk)
            total = part if total is None else _merge(total, part)
    return None if bad.total else total, bad


def find_non_finite(x: np.ndarray) -> NonFinite:
    """Look only for values that are not finite."""
    bad = NonFinite()
    for start, chunk in chunks(x):
        bad.add(start, chunk)
    return bad


def spacing(x: np.ndarray) -> np.ndarray:
    """Smallest step between two values of each flattened feature, 0 for a constant one, among the first rows.

    Of rounded values that is what they were rounded to; of others it is tiny. Steps are those of single precision, in
    which values are trained on.
    """
    width = int(np.prod(x.shape[1:]))
    first = np.asarray(x[: max(50, _SPACED_VALUES // width)], np.float32).reshape(-1, width)
    steps = np.diff(np.sort(first, axis=0).astype(np.float64), axis=0)
    smallest = np.where(steps > 0, steps, np.inf).min(axis=0, initial=np.inf)
    return np.where(np.isfinite(smallest), smallest, 0.0)


def chunks(x: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Pieces of about a million values, flattened to (rows, features), each with the number of its first row."""
    width = int(np.prod(x.shape[1:]))
    step = max(1, _CHUNK_VALUES // width)
    for start in range(0, len(x), step):
        chunk = np.asarray(x[start : start + step])
        yield start, chunk.reshape(len(chunk), width)


def _measure_chunk(chunk: np.ndarray) -> Measures:
    minimum, maximum = chunk.min(axis=0), chunk.max(axis=0)
    mean = chunk.mean(axis=0, dtype=np.float64)
    squares = np.square(chunk - mean).sum(axis=0)
    integral = chunk.dtype.kind in "iu"
    whole = np.ones(len(mean), bool) if integral else (chunk == np.round(chunk)).all(axis=0)
    edges = ((chunk == 0) | (chunk == 1)).sum(axis=0)
    return Measures(
        len(chunk), minimum.astype(np.float64), maximum.astype(np.float64), mean, squares, whole, edges
    )


def _merge(a: Measures, b: Measures) -> Measures:
    """Combine two disjoint sets of rows (Chan, Golub and LeVeque 1979)."""
    rows = a.rows + b.rows
    gap = b.mean - a.mean
    return Measures(
        rows,
        np.minimum(a.minimum, b.minimum),
        np.maximum(a.maximum, b.maximum),
        a.mean + gap * (b.rows / rows),
        a.squares + b.squares + gap**2 * (a.rows * b.rows / rows),
        a.whole & b.whole,
        a.edges + b.edges,
    )
