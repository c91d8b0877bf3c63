"""A mixture of normal distributions of the columns of a table, which fills gaps of rows by exact conditionals."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.special import softmax
from sklearn.cluster import KMeans

_PRIOR_ROWS = 3.0  # rows of independent columns that each covariance is estimated with
_LEAST_VARIANCE = 1e-6
_MOST_ROWS, _STEPS, _CHANGE = 2000, 30, 1e-3


@dataclass(frozen=True)
class NormalMixture:
    """Numbers, standardized, and an indicator of each level, as a mixture of a few normal distributions, or of one.

    Attributes:
        levels: the number of levels of each feature, 0 for a number, (d,).
        shares: of the normals, (m,).
        mean: of numbers and indicators under each, (m, k).
        covariance: likewise, (m, k, k).
        center: of each number, (d,).
        scale: its deviation, (d,).
        low: its least value; fills are at least that, (d,).
        high: its greatest value, (d,).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(500, 1)) + np.zeros(2)
        >>> seen = np.tile([True, False], (500, 1)) | (rng.random((500, 2)) < 0.5)
        >>> normal = NormalMixture.fit(x, seen, (0, 0))
        >>> bool(np.abs(normal.typical(x, seen, ("mean", "mean")) - x).max() < 0.1)
        True
    """

    levels: tuple[int, ...]
    shares: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def fit(
        cls,
        x: np.ndarray,
        observed: np.ndarray,
        levels: tuple[int, ...],
        weight: np.ndarray | None = None,
        n_normals: int = 1,
    ) -> Self:
        """Expectation maximization over rows (n, d) of which some cells are observed (Ghahramani and Jordan 1994).

        At most 2,000 rows, evenly spaced, are taken. Each covariance is shrunk towards independence by three rows.
        """
        taken = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_ROWS)).astype(int))
        x, observed = np.asarray(x, np.float64)[taken], np.asarray(observed, bool)[taken]
        weight = np.ones(len(x)) if weight is None else np.asarray(weight, np.float64)[taken]
        cells = pd.DataFrame(np.where(observed, x, np.nan))
        center, scale, low, high = (
            part.fillna(0.0).to_numpy() for part in (cells.mean(), cells.std(ddof=0), cells.min(), cells.max())
        )
        scale = np.where(scale > 0, scale, 1.0)
        encoded = replace(cls.independent(levels, n_normals), center=center, scale=scale)._encode(x, observed)
        columns = pd.DataFrame(encoded)
        mean, variance = (part.fillna(0.0).to_numpy() for part in (columns.mean(), columns.var(ddof=0)))
        start = np.where(np.isnan(encoded), mean, encoded)
        cluster = KMeans(n_normals, n_init=3, random_state=0).fit_predict(start, sample_weight=weight)
        spread = np.diag(variance + _LEAST_VARIANCE)
        parts = (
            np.bincount(cluster, weight, n_normals) / weight.sum(),
            np.stack([start[cluster == m].mean(axis=0) for m in range(n_normals)]),
            np.repeat(spread[None], n_normals, axis=0),
        )
        for _ in range(_STEPS):
            before = parts
            parts = _step(encoded, weight, *parts, spread)
            if max(np.abs(new - old).max() for new, old in zip(parts, before, strict=True)) < _CHANGE:
                break
        return cls(levels, *parts, center, scale, low, high)

    @classmethod
    def independent(cls, levels: tuple[int, ...], n_normals: int = 1) -> Self:
        """Standard normals."""
        width, zeros, ones = normal_width(levels), np.zeros(len(levels)), np.ones(len(levels))
        shares, mean = np.full(n_normals, 1 / n_normals), np.zeros((n_normals, width))
        covariance = np.repeat(np.eye(width)[None], n_normals, axis=0)
        return cls(levels, shares, mean, covariance, zeros, ones, -np.inf * ones, np.inf * ones)

    def typical(self, x: np.ndarray, observed: np.ndarray, typical: tuple[str, ...]) -> np.ndarray:
        """Rows (n, d) with each cell that was not observed at its mean given the others, or its typical level.

        That is the most likely one, or the "median" where ``typical`` of its feature says so.
        """
        encoded = self._encode(x, observed)
        for part in _conditionals(encoded, self.shares, self.mean, self.covariance):
            encoded[np.ix_(part.rows, part.gaps)] = np.einsum("nm,nmu->nu", part.shares, part.mean)
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
        for part in _conditionals(encoded, self.shares, self.mean, self.covariance):
            values, vectors = np.linalg.eigh(part.covariance)
            roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None]
            for row, shares, mean in zip(part.rows, part.shares, part.mean, strict=True):
                rng = np.random.default_rng([seed, *map(int, numbers[row])])
                noise, which = rng.normal(size=(n, mean.shape[1])), rng.choice(len(shares), n, p=shares)
                drawn[row][:, part.gaps] = mean[which] + np.einsum("nu,nvu->nv", noise, roots[which])
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
    """The gaps of rows that have the same ones, given the rest, under each of m normals.

    Attributes:
        rows: their positions, (n,).
        gaps: the columns that are missing, (u,).
        shares: of the normals, given what is there, (n, m).
        mean: (n, m, u).
        covariance: of all rows, (m, u, u).
    """

    rows: np.ndarray
    gaps: np.ndarray
    shares: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray


def normal_width(levels: tuple[int, ...]) -> int:
    """The number of columns of the normals: numbers and indicators of levels."""
    return int(_starts(levels)[-1])


def _starts(levels: tuple[int, ...]) -> np.ndarray:
    """Where the block of each feature starts, and the end, (d + 1,)."""
    return np.concatenate([[0], np.cumsum(np.maximum(levels, 1))]).astype(int)


def _conditionals(
    encoded: np.ndarray, shares: np.ndarray, mean: np.ndarray, covariance: np.ndarray
) -> Iterator[_Conditional]:
    """The gaps of rows given the rest, by blocks of the precisions, which are as small as the gaps are few."""
    precision = np.linalg.inv(covariance)
    log_shares = np.log(np.maximum(shares, 1e-300)) - np.linalg.slogdet(covariance)[1] / 2
    patterns, which = np.unique(np.isnan(encoded), axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(which.ravel(), minlength=len(patterns)))
    for pattern, rows in zip(patterns, np.split(order, ends[:-1]), strict=True):
        gaps, there = np.flatnonzero(pattern), np.flatnonzero(~pattern)
        own = np.linalg.inv(precision[:, gaps[:, None], gaps])
        off = encoded[np.ix_(rows, there)][:, None] - mean[:, there]  # (n, m, o)
        known = np.einsum("nmo,mou->nmu", off, precision[:, there[:, None], gaps])
        shift = np.einsum("nmu,muv->nmv", known, own)
        square = np.einsum("nmo,mop,nmp->nm", off, precision[:, there[:, None], there], off)
        square -= np.einsum("nmu,nmu->nm", known, shift)
        log_weights = log_shares + np.linalg.slogdet(own)[1] / 2 - square / 2
        yield _Conditional(rows, gaps, softmax(log_weights, axis=1), mean[:, gaps] - shift, own)


def _step(
    encoded: np.ndarray,
    weight: np.ndarray,
    shares: np.ndarray,
    mean: np.ndarray,
    covariance: np.ndarray,
    spread: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares, means and covariances after one step; ``spread`` is the covariance of independent columns."""
    n_normals = len(shares)
    filled, missing = np.repeat(encoded[:, None], n_normals, axis=1), np.zeros_like(covariance)
    belongs = np.empty((len(encoded), n_normals))
    for part in _conditionals(encoded, shares, mean, covariance):
        belongs[part.rows] = part.shares * weight[part.rows, None]
        filled[np.ix_(part.rows, np.arange(n_normals), part.gaps)] = part.mean
        missing[:, part.gaps[:, None], part.gaps] += belongs[part.rows].sum(axis=0)[:, None, None] * part.covariance
    total = belongs.sum(axis=0) + 1e-9
    mean = np.einsum("nm,nmk->mk", belongs, filled) / total[:, None]
    off = filled - mean
    found = np.einsum("nm,nmk,nml->mkl", belongs, off, off, optimize=True) + missing + _PRIOR_ROWS * spread
    covariance = found / (total + _PRIOR_ROWS)[:, None, None] + _LEAST_VARIANCE * np.eye(mean.shape[1])
    return total / total.sum(), mean, covariance
