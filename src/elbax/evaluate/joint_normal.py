"""A normal distribution of the columns of a table, which fills gaps of rows by exact conditionals."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd

_PRIOR_ROWS = 3.0  # rows of independent columns that the covariance is estimated with
_LEAST_VARIANCE = 1e-6
_MOST_ROWS, _STEPS, _CHANGE = 2000, 30, 1e-3


@dataclass(frozen=True)
class JointNormal:
    """Numbers, standardized, and an indicator of each level, as one normal distribution.

    Attributes:
        levels: the number of levels of each feature, 0 for a number, (d,).
        mean: of numbers and indicators, (k,).
        covariance: likewise, (k, k).
        center: of each number, (d,).
        scale: its deviation, (d,).
        low: its least value; fills are at least that, (d,).
        high: its greatest value, (d,).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(500, 1)) + np.zeros(2)
        >>> seen = np.tile([True, False], (500, 1)) | (rng.random((500, 2)) < 0.5)
        >>> normal = JointNormal.fit(x, seen, (0, 0))
        >>> bool(np.abs(normal.typical(x, seen, ("mean", "mean")) - x).max() < 0.1)
        True
    """

    levels: tuple[int, ...]
    mean: np.ndarray
    covariance: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def fit(
        cls, x: np.ndarray, observed: np.ndarray, levels: tuple[int, ...], weight: np.ndarray | None = None
    ) -> Self:
        """Expectation maximization over rows (n, d) of which some cells are observed (Dempster, Laird and Rubin 1977).

        At most 2,000 rows, evenly spaced, are taken. The covariance is shrunk towards independence by three rows.
        """
        taken = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_ROWS)).astype(int))
        x, observed = np.asarray(x, np.float64)[taken], np.asarray(observed, bool)[taken]
        weight = np.ones(len(x)) if weight is None else np.asarray(weight, np.float64)[taken]
        cells = pd.DataFrame(np.where(observed, x, np.nan))
        center, scale, low, high = (
            part.fillna(0.0).to_numpy() for part in (cells.mean(), cells.std(ddof=0), cells.min(), cells.max())
        )
        scale = np.where(scale > 0, scale, 1.0)
        encoded = replace(cls.independent(levels), center=center, scale=scale)._encode(x, observed)
        columns = pd.DataFrame(encoded)
        mean, variance = (part.fillna(0.0).to_numpy() for part in (columns.mean(), columns.var(ddof=0)))
        covariance = np.diag(variance + _LEAST_VARIANCE)
        for _ in range(_STEPS):
            before = mean, covariance
            mean, covariance = _step(encoded, weight, mean, covariance)
            if max(np.abs(mean - before[0]).max(), np.abs(covariance - before[1]).max()) < _CHANGE:
                break
        return cls(levels, mean, covariance, center, scale, low, high)

    @classmethod
    def independent(cls, levels: tuple[int, ...]) -> Self:
        """Standard normals."""
        width, zeros, ones = normal_width(levels), np.zeros(len(levels)), np.ones(len(levels))
        return cls(levels, np.zeros(width), np.eye(width), zeros, ones, -np.inf * ones, np.inf * ones)

    def typical(self, x: np.ndarray, observed: np.ndarray, typical: tuple[str, ...]) -> np.ndarray:
        """Rows (n, d) with each cell that was not observed at its mean given the others, or its typical level.

        That is the most likely one, or the "median" where ``typical`` of its feature says so.
        """
        encoded = self._encode(x, observed)
        for part in _conditionals(encoded, self.mean, self.covariance):
            encoded[np.ix_(part.rows, part.gaps)] = part.mean
        starts = _starts(self.levels)
        for j, count in enumerate(self.levels):
            if count and typical[j] == "median":
                block = slice(starts[j], starts[j + 1])
                below = np.cumsum(np.clip(encoded[:, block], 0.0, None), axis=1)
                encoded[:, block] = np.arange(count) == (below < below[:, -1:] / 2).sum(axis=1)[:, None]
        return self._decode(encoded, x, observed)

    def draw(self, x: np.ndarray, observed: np.ndarray, n: int, seed: int, numbers: np.ndarray) -> np.ndarray:
        """Each row (n_rows, d) n times, with cells that were not observed drawn given the others: (n_rows, n, d).

        Draws of a row depend on the seed and its number, one of ``numbers`` (n_rows, 2).
        """
        encoded = self._encode(x, observed)
        drawn = np.repeat(encoded[:, None], n, axis=1)
        for part in _conditionals(encoded, self.mean, self.covariance):
            values, vectors = np.linalg.eigh(part.covariance)
            root = vectors * np.sqrt(np.maximum(values, 0.0))
            for row, mean in zip(part.rows, part.mean, strict=True):
                noise = np.random.default_rng([seed, *map(int, numbers[row])]).normal(size=(n, len(mean)))
                drawn[row][:, part.gaps] = mean + noise @ root.T
        again = (np.repeat(array, n, axis=0) for array in (np.asarray(x), np.asarray(observed)))
        return self._decode(drawn.reshape(-1, drawn.shape[-1]), *again).reshape(len(drawn), n, -1)

    def arrays(self) -> dict[str, Any]:
        """All but the levels, for saving."""
        return {name: value for name, value in vars(self).items() if name != "levels"}

    def _encode(self, x: np.ndarray, observed: np.ndarray) -> np.ndarray:
        """Numbers and indicators, (n, k), NaN where they were not observed."""
        x, columns = np.asarray(x, np.float64), []
        for j, count in enumerate(self.levels):
            if count:
                block = (x[:, [j]] == np.arange(count)).astype(np.float64)
            else:
                block = (x[:, [j]] - self.center[j]) / self.scale[j]
            columns.append(np.where(np.asarray(observed, bool)[:, [j]], block, np.nan))
        return np.concatenate(columns, axis=1)

    def _decode(self, encoded: np.ndarray, x: np.ndarray, observed: np.ndarray) -> np.ndarray:
        """Codes of rows (n, d): those that were observed as they are."""
        filled, starts = np.array(x, np.float64), _starts(self.levels)
        for j, count in enumerate(self.levels):
            gaps, block = ~np.asarray(observed, bool)[:, j], encoded[:, starts[j] : starts[j + 1]]
            if count:
                filled[gaps, j] = block[gaps].argmax(axis=1)
            else:
                filled[gaps, j] = np.clip(self.center[j] + self.scale[j] * block[gaps, 0], self.low[j], self.high[j])
        return filled


class _Conditional(NamedTuple):
    """Normals of the gaps of rows with the same gaps: means (n, u), and the covariance (u, u) of all."""

    rows: np.ndarray
    gaps: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray


def normal_width(levels: tuple[int, ...]) -> int:
    """The number of columns of the normal: numbers and indicators of levels."""
    return int(_starts(levels)[-1])


def _starts(levels: tuple[int, ...]) -> np.ndarray:
    """Where the block of each feature starts, and the end, (d + 1,)."""
    return np.concatenate([[0], np.cumsum(np.maximum(levels, 1))]).astype(int)


def _conditionals(encoded: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> Iterator[_Conditional]:
    """The gaps of rows given the rest, by the blocks of the precision, which are as small as the gaps are few."""
    precision = np.linalg.inv(covariance)
    patterns, which = np.unique(np.isnan(encoded), axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(which.ravel(), minlength=len(patterns)))
    for pattern, rows in zip(patterns, np.split(order, ends[:-1]), strict=True):
        gaps, there = np.flatnonzero(pattern), np.flatnonzero(~pattern)
        if len(gaps):
            own = np.linalg.inv(precision[np.ix_(gaps, gaps)])
            known = (encoded[np.ix_(rows, there)] - mean[there]) @ precision[np.ix_(there, gaps)]
            yield _Conditional(rows, gaps, mean[gaps] - known @ own, own)


def _step(encoded: np.ndarray, weight: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> tuple:
    """Mean and covariance after one step."""
    filled, missing, total = encoded.copy(), np.zeros_like(covariance), weight.sum()
    for part in _conditionals(encoded, mean, covariance):
        filled[np.ix_(part.rows, part.gaps)] = part.mean
        missing[np.ix_(part.gaps, part.gaps)] += weight[part.rows].sum() * part.covariance
    mean = weight @ filled / total
    found = (filled - mean).T @ ((filled - mean) * weight[:, None]) + missing
    shrunk = (found + _PRIOR_ROWS * np.diag(np.diag(found)) / total) / (total + _PRIOR_ROWS)
    return mean, shrunk + _LEAST_VARIANCE * np.eye(len(mean))
