"""Statistics of each feature, from one pass over rows that may be larger than memory."""

import base64
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np

_CHUNK_VALUES = 1 << 20  # 8 MiB of float64
_SPACED_VALUES = 1 << 20
_LIMIT = float(np.finfo(np.float32).max)
_LISTED = 64  # longer arrays are saved in base64, a fifth of the size of a list of numbers


@dataclass
class NonFinite:
    """Values that are NaN, infinite, or infinite in single precision."""

    total: int = 0  # their number
    too_large: int = 0  # how many of them are numbers
    features: list[int] = field(default_factory=list)  # flattened features that hold any, ascending
    rows: list[int] = field(default_factory=list)  # the first four rows that hold any, counted from 0

    def add(self, start: int, chunk: np.ndarray) -> None:
        """Add a chunk of rows whose first is row ``start``."""
        # Extremes are faster than a mask; NaN compares false.
        if chunk.dtype.kind != "f" or (float(chunk.min()) >= -_LIMIT and float(chunk.max()) <= _LIMIT):
            return
        size = np.abs(chunk.astype(np.float64))
        bad = ~(size <= _LIMIT)
        self.total += int(bad.sum())
        self.too_large += int((bad & np.isfinite(size)).sum())
        self.features = sorted({*self.features, *np.flatnonzero(bad.any(axis=0)).tolist()})
        self.rows = [*self.rows, *(start + np.flatnonzero(bad.any(axis=1))[:4]).tolist()][:4]


class Statistics(NamedTuple):
    """Statistics of features; every array has one entry per feature."""

    minimum: np.ndarray
    maximum: np.ndarray
    mean: np.ndarray
    std: np.ndarray  # dividing by n; exactly 0 for a constant feature
    whole: np.ndarray  # whether every value is an integer
    edge_share: np.ndarray  # share of the values that are exactly 0 or 1
    spacing: np.ndarray  # smallest step between two values, among the first rows

    @property
    def within_unit(self) -> np.ndarray:
        """Whether every value lies in [0, 1]."""
        return (self.minimum >= 0) & (self.maximum <= 1)

    def of(self, features: np.ndarray) -> Self:
        """Statistics of some features, chosen by positions or a mask."""
        return type(self)(*(array[features] for array in self))

    def to_config(self) -> dict[str, Any]:
        """All fields as JSON values; long arrays as compressed float64 in base64."""
        return {name: _to_json(array) for name, array in self._asdict().items()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], n: int) -> Self:
        """Rebuild the statistics of n features; KeyError or ValueError if an entry is missing or of another length."""
        arrays = {name: _from_json(config[name]).reshape(n) for name in cls._fields}
        return cls(**arrays | {"whole": arrays["whole"].astype(bool)})


def _to_json(array: np.ndarray) -> list[float] | str:
    if array.size <= _LISTED:
        return array.tolist()
    return base64.b64encode(zlib.compress(array.astype("<f8").tobytes())).decode()


def _from_json(value: list[float] | str) -> np.ndarray:
    if not isinstance(value, str):
        return np.asarray(value, np.float64)
    try:
        return np.frombuffer(zlib.decompress(base64.b64decode(value)), "<f8").astype(np.float64)
    except zlib.error as error:
        raise ValueError(f"an array cannot be read: {error}") from error


def measure(x: np.ndarray, weights: np.ndarray | None = None) -> tuple[Statistics | None, NonFinite]:
    """Statistics of the features of ``x``, shape ``(n, ...)``, or None if a value is not finite.

    With ``weights`` (n,), mean, std and edge share are those of weighted rows.
    """
    total, bad = None, NonFinite()
    for start, chunk in chunks(x):
        bad.add(start, chunk)
        if not bad.total:
            part = _measure_chunk(chunk, None if weights is None else weights[start : start + len(chunk)])
            total = part if total is None else _merge(total, part)
    if bad.total or total is None:
        return None, bad
    std = np.where(total.minimum == total.maximum, 0.0, np.sqrt(total.squares / total.rows))
    edge_share = total.edges / total.rows
    return Statistics(total.minimum, total.maximum, total.mean, std, total.whole, edge_share, _spacing(x)), bad


def find_non_finite(x: np.ndarray) -> NonFinite:
    """Find the values that are not finite."""
    bad = NonFinite()
    for start, chunk in chunks(x):
        bad.add(start, chunk)
    return bad


def _spacing(x: np.ndarray) -> np.ndarray:
    """Smallest step between each feature's first values, in single precision; 0 for a constant, tiny if not rounded."""
    width = int(np.prod(x.shape[1:]))
    first = np.asarray(x[: max(50, _SPACED_VALUES // width)], np.float32).reshape(-1, width)
    steps = np.diff(np.sort(first, axis=0).astype(np.float64), axis=0)
    smallest = np.where(steps > 0, steps, np.inf).min(axis=0, initial=np.inf)
    return np.where(np.isfinite(smallest), smallest, 0.0)


def chunks(x: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield pieces of about a million values, flattened to (rows, features), with the number of their first row."""
    width = int(np.prod(x.shape[1:]))
    step = max(1, _CHUNK_VALUES // width)
    for start in range(0, len(x), step):
        chunk = np.asarray(x[start : start + step])
        yield start, chunk.reshape(len(chunk), width)


class _Sums(NamedTuple):
    """Totals over rows, or over their weights: ``squares`` of deviations from the mean, ``edges`` counts of 0 and 1."""

    rows: float
    minimum: np.ndarray
    maximum: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    whole: np.ndarray
    edges: np.ndarray


def _measure_chunk(chunk: np.ndarray, weights: np.ndarray | None) -> _Sums:
    minimum, maximum = chunk.min(axis=0), chunk.max(axis=0)
    if weights is None:
        rows, mean = len(chunk), chunk.mean(axis=0, dtype=np.float64)
    else:
        rows = weights.sum()
        mean = weights @ chunk / rows
    squares = np.square(chunk - mean)
    squares = squares.sum(axis=0) if weights is None else weights @ squares
    integral = chunk.dtype.kind in "iu"
    whole = np.ones(len(mean), bool) if integral else (chunk == np.round(chunk)).all(axis=0)
    edges = (chunk == 0) | (chunk == 1)
    edges = edges.sum(axis=0) if weights is None else weights @ edges
    return _Sums(rows, minimum.astype(np.float64), maximum.astype(np.float64), mean, squares, whole, edges)


def _merge(a: _Sums, b: _Sums) -> _Sums:
    """Merge the totals of two disjoint sets of rows (Chan, Golub and LeVeque 1979)."""
    rows = a.rows + b.rows
    gap = b.mean - a.mean
    return _Sums(
        rows,
        np.minimum(a.minimum, b.minimum),
        np.maximum(a.maximum, b.maximum),
        a.mean + gap * (b.rows / rows),
        a.squares + b.squares + gap**2 * (a.rows * b.rows / rows),
        a.whole & b.whole,
        a.edges + b.edges,
    )
