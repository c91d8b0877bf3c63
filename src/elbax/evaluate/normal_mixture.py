"""A mixture of normal distributions of the columns of a table, which fills gaps of rows by exact conditionals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import softmax
from sklearn.cluster import KMeans

from elbax.evaluate.normal_columns import NormalColumns, probabilities

_PRIOR_ROWS = 3.0  # rows of independent columns that each covariance is estimated with
_LEAST_VARIANCE = 1e-6
_MOST_ROWS, _STEPS, _CHANGE = 2000, 30, 1e-3
_FEWEST_CELLS = 50  # that are known of each column among the rows taken, where there are so many
_MOST_COMPONENTS = 100  # of a file
_CHUNK = 1024  # rows that are filled at a time


@dataclass(frozen=True)
class NormalMixture:
    """The columns of a table, numbers and indicators of levels, as a mixture of a few normal laws, or as one.

    Attributes:
        columns: how features are columns.
        weights: of the components, (m,).
        means: (m, k).
        covariances: (m, k, k).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(500, 1)) + np.zeros(2)
        >>> seen = np.tile([True, False], (500, 1)) | (rng.random((500, 2)) < 0.5)
        >>> normal = NormalMixture.fit(x, seen, (0, 0))
        >>> bool(np.abs(normal.impute(x, seen, ("mean", "mean")) - x).max() < 0.1)
        True
    """

    columns: NormalColumns
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    @classmethod
    def fit(
        cls,
        x: np.ndarray,
        observed: np.ndarray,
        levels: tuple[int, ...],
        spiked: Sequence[bool] | None = None,
        sample_weight: np.ndarray | None = None,
        n_components: int = 1,
    ) -> Self:
        """Expectation maximization over rows (n, d) of which some cells are observed (Ghahramani and Jordan 1994).

        Some 2,000 rows are taken, evenly spaced, with 50 of each column that few of them know; centers, scales and
        ranges are of all rows. Each covariance is shrunk towards independence by three rows, and there are no more
        components than different rows.

        Args:
            x: rows, (n, d).
            observed: which cells are known, (n, d).
            levels: the number of levels of each feature, 0 for a number, (d,).
            spiked: numbers of which many are one value, (d,).
            sample_weight: (n,), not negative.
            n_components: the number of normals.
        """
        x, observed = np.asarray(x, np.float64), np.asarray(observed, bool)
        weight = np.ones(len(x)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        spikes = np.zeros(len(levels), bool) if spiked is None else np.asarray(spiked, bool)
        columns = NormalColumns.of(x, observed, levels, spikes, weight)
        taken = _taken(observed & (weight > 0)[:, None])
        encoded, weight = columns.encode(x[taken], observed[taken]), weight[taken]
        known = weight[:, None] * ~np.isnan(encoded)
        total = np.maximum(known.sum(axis=0), 1e-300)
        mean = (known * np.nan_to_num(encoded)).sum(axis=0) / total
        spread = np.diag((known * np.nan_to_num(encoded - mean) ** 2).sum(axis=0) / total + _LEAST_VARIANCE)
        start = np.where(np.isnan(encoded), mean, encoded)
        n_components = min(n_components, len(np.unique(start, axis=0)))
        cluster = KMeans(n_components, n_init=3, random_state=0).fit_predict(start, sample_weight=weight)
        parts = (
            np.bincount(cluster, weight, n_components) / weight.sum(),
            np.stack([start[cluster == m].mean(axis=0) for m in range(n_components)]),
            np.repeat(spread[None], n_components, axis=0),
        )
        for _ in range(_STEPS):
            before = parts
            parts = _step(encoded, weight, *parts, spread)
            if max(np.abs(new - old).max() for new, old in zip(parts, before, strict=True)) < _CHANGE:
                break
        return cls(columns, *parts)

    def impute(self, x: np.ndarray, observed: np.ndarray, statistics: Sequence[str]) -> np.ndarray:
        """Rows (n, d) with each unknown cell at a statistic, given the others: its "mean", "median" or "mode"."""
        x, observed = np.asarray(x, np.float64), np.asarray(observed, bool)
        filled, blocks = x.copy(), self.columns.blocks
        for rows in _incomplete(observed):
            encoded = self.columns.encode(x[rows], observed[rows])
            mean, variance = encoded.copy(), np.zeros_like(encoded)
            for part in _conditionals(encoded, self.weights, self.means, self.covariances):
                own = np.einsum("nm,nmu->nu", part.weights, part.means)
                square = part.means**2 + np.diagonal(part.covariances, axis1=1, axis2=2)
                cells = np.ix_(part.rows, part.gaps)
                mean[cells] = own
                variance[cells] = np.maximum(np.einsum("nm,nmu->nu", part.weights, square) - own**2, 0.0)
            for j in np.flatnonzero(~observed[rows].all(axis=0)):
                gaps = ~observed[rows, j]
                law = (array[gaps, blocks[j]] for array in (mean, variance))
                filled[rows[gaps], j] = self.columns.typical(j, statistics[j], *law)
        return filled

    def draw(self, x: np.ndarray, observed: np.ndarray, n: int, seed: int, numbers: np.ndarray) -> np.ndarray:
        """Each row (n_rows, d) n times, with unknown cells drawn given the others: (n_rows, n, d).

        A level, or whether a cell is at its spike, is drawn with the clipped mean of its indicator, feature by feature,
        each given those before; then numbers are, given all. Draws of a row depend on the seed and its number, one of
        ``numbers`` (n_rows, 2).
        """
        x, observed = np.asarray(x, np.float64), np.asarray(observed, bool)
        filled = np.repeat(x[:, None], n, axis=1)
        for rows in _incomplete(observed):
            encoded = self.columns.encode(x[rows], observed[rows])
            drawn = np.repeat(encoded[:, None], n, axis=1)
            for part in _conditionals(encoded, self.weights, self.means, self.covariances):
                drawn[np.ix_(part.rows, np.arange(n), part.gaps)] = self._draw(encoded, part, n, seed, numbers[rows])
            for j, block in enumerate(self.columns.blocks):
                gaps = ~observed[rows, j]
                values = self.columns.decode(j, drawn[gaps, :, block].reshape(-1, block.stop - block.start))
                filled[rows[gaps], :, j] = values.reshape(-1, n)
        return filled

    def arrays(self) -> dict[str, Any]:
        """All but the levels, for saving."""
        own = {"weights": self.weights, "means": self.means, "covariances": self.covariances}
        return {**self.columns.arrays(), **own}

    def sizes(self) -> dict[str, Any]:
        """What `like` takes."""
        spiked = np.flatnonzero(~np.isnan(self.columns.spikes)).tolist()
        return {"n_components": len(self.weights), "spiked": spiked}

    @classmethod
    def like(cls, levels: tuple[int, ...], n_components: int, spiked: Sequence[int]) -> Self:
        """Standard normals of such sizes; ValueError where there are no such."""
        if not (isinstance(n_components, int) and 1 <= n_components <= _MOST_COMPONENTS):
            raise ValueError(f"{n_components} components")
        columns = NormalColumns.standard(levels, spiked)
        k = columns.blocks[-1].stop
        weights = np.full(n_components, 1 / n_components)
        return cls(columns, weights, np.zeros((n_components, k)), np.repeat(np.eye(k)[None], n_components, axis=0))

    @classmethod
    def from_arrays(cls, levels: tuple[int, ...], arrays: dict[str, np.ndarray]) -> Self:
        """What `arrays` gave."""
        own = {name: arrays[name] for name in ("weights", "means", "covariances")}
        return cls(NormalColumns(levels, **{name: arrays[name] for name in arrays if name not in own}), **own)

    def _draw(self, encoded: np.ndarray, part: "_Conditional", n: int, seed: int, numbers: np.ndarray) -> np.ndarray:
        """Draws of the gaps of rows that have the same ones, (n_rows, n, u)."""
        there = np.setdiff1d(np.arange(encoded.shape[1]), part.gaps)
        chosen = [block for block in self.columns.choices if block.start in part.gaps]
        uniform = np.empty((len(part.rows), n, 1 + len(chosen)))
        noise = np.empty((len(part.rows), n, len(part.gaps)))
        for place, row in enumerate(part.rows):
            rng = np.random.default_rng([seed, *map(int, numbers[row])])
            uniform[place], noise[place] = rng.random(uniform.shape[1:]), rng.normal(size=noise.shape[1:])
        below = np.cumsum(part.weights, axis=1)[:, None, :-1] < uniform[..., :1]
        component, drawn = below.sum(axis=2), np.empty(noise.shape)
        for m in range(len(self.weights)):
            rows, turns = np.nonzero(component == m)
            if len(rows):
                law = _Ordered.of(self.means[m], self.covariances[m], there, chosen, part.gaps)
                known = encoded[np.ix_(part.rows, there)][rows]
                drawn[rows, turns] = law.draw(known, uniform[rows, turns, 1:], noise[rows, turns])
        return drawn


class _Ordered(NamedTuple):
    """A normal law with its columns in the order in which they are drawn: known ones, indicators, numbers.

    Attributes:
        mean: (k,).
        root: of the covariance, lower triangular, (k, k).
        known: the number of known columns.
        widths: of the blocks of indicators.
        places: where drawn columns belong among the gaps.
    """

    mean: np.ndarray
    root: np.ndarray
    known: int
    widths: tuple[int, ...]
    places: np.ndarray

    @classmethod
    def of(
        cls, mean: np.ndarray, covariance: np.ndarray, there: np.ndarray, chosen: list[slice], gaps: np.ndarray
    ) -> Self:
        first = [column for block in chosen for column in range(block.start, block.stop)]
        drawn = [*first, *np.setdiff1d(gaps, first)]
        order = np.array([*there, *drawn], int)
        root = np.linalg.cholesky(covariance[np.ix_(order, order)])
        widths = tuple(block.stop - block.start for block in chosen)
        return cls(mean[order], root, len(there), widths, np.searchsorted(gaps, drawn))

    def draw(self, known: np.ndarray, uniform: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Gaps (n, u) of rows with known columns (n, o), from uniform (n, blocks) and normal numbers (n, u)."""
        error, values = np.empty((len(known), len(self.mean))), np.empty((len(known), len(self.mean)))
        own, at = slice(0, self.known), self.known
        error[:, own] = self._error(own, known - self.mean[own])
        for width, chance in zip(self.widths, uniform.T, strict=True):
            own = slice(at, at + width)
            mean = self.mean[own] + error[:, :at] @ self.root[own, :at].T
            values[:, own] = _choose(mean, chance)
            error[:, own] = self._error(own, values[:, own] - mean)
            at += width
        error[:, at:] = noise[:, : len(self.mean) - at]
        values[:, at:] = self.mean[at:] + error @ self.root[at:].T
        drawn = np.empty(noise.shape)
        drawn[:, self.places] = values[:, self.known :]
        return drawn

    def _error(self, own: slice, off: np.ndarray) -> np.ndarray:
        return solve_triangular(self.root[own, own], off.T, lower=True).T if off.size else off


def _choose(mean: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Indicators (n, count) of levels that are drawn, or of a spike (n, 1)."""
    if mean.shape[1] == 1:
        return (chance[:, None] < mean).astype(np.float64)
    level = (np.cumsum(probabilities(mean), axis=1)[:, :-1] < chance[:, None]).sum(axis=1)
    return np.eye(mean.shape[1])[level]


def _taken(known: np.ndarray) -> np.ndarray:
    """Rows to learn from, of those of which some cells are known (n, d)."""
    rows = np.flatnonzero(known.any(axis=1))
    if not len(rows):
        return np.arange(1)
    taken = _spaced(rows, _MOST_ROWS)
    rare = (_spaced(np.flatnonzero(column), _FEWEST_CELLS) for column in known.T if column[taken].sum() < _FEWEST_CELLS)
    return np.unique(np.concatenate([taken, *rare]))


def _spaced(rows: np.ndarray, most: int) -> np.ndarray:
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(int))]


def _incomplete(observed: np.ndarray) -> Iterator[np.ndarray]:
    """Rows with gaps, a chunk at a time."""
    rows = np.flatnonzero(~observed.all(axis=1))
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


class _Conditional(NamedTuple):
    """The gaps of rows that have the same ones, given the rest, under each of m normals.

    Attributes:
        rows: their positions, (n,).
        gaps: the columns that are missing, (u,).
        weights: of the normals, given what is there, (n, m).
        means: (n, m, u).
        covariances: of all rows, (m, u, u).
    """

    rows: np.ndarray
    gaps: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def _conditionals(
    encoded: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> Iterator[_Conditional]:
    """The gaps of rows given the rest, by blocks of the precisions, which are as small as the gaps are few."""
    precision = np.linalg.inv(covariances)
    log_weights = np.log(np.maximum(weights, 1e-300)) - np.linalg.slogdet(covariances)[1] / 2
    patterns, which = np.unique(np.isnan(encoded), axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(which.ravel(), minlength=len(patterns)))
    for pattern, rows in zip(patterns, np.split(order, ends[:-1]), strict=True):
        gaps, there = np.flatnonzero(pattern), np.flatnonzero(~pattern)
        own = np.linalg.inv(precision[:, gaps[:, None], gaps])
        off = encoded[np.ix_(rows, there)][:, None] - means[:, there]  # (n, m, o)
        known = np.einsum("nmo,mou->nmu", off, precision[:, there[:, None], gaps])
        shift = np.einsum("nmu,muv->nmv", known, own)
        scaled = np.einsum("nmo,mop->nmp", off, precision[:, there[:, None], there])
        square = (scaled * off).sum(axis=2) - (known * shift).sum(axis=2)
        likely = log_weights + np.linalg.slogdet(own)[1] / 2 - square / 2
        yield _Conditional(rows, gaps, softmax(likely, axis=1), means[:, gaps] - shift, own)


def _step(
    encoded: np.ndarray,
    sample_weight: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    spread: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, means and covariances after one step; ``spread`` is the covariance of independent columns."""
    n_components = len(weights)
    filled, missing = np.repeat(encoded[:, None], n_components, axis=1), np.zeros_like(covariances)
    belongs = np.empty((len(encoded), n_components))
    for part in _conditionals(encoded, weights, means, covariances):
        belongs[part.rows] = part.weights * sample_weight[part.rows, None]
        filled[np.ix_(part.rows, np.arange(n_components), part.gaps)] = part.means
        missing[:, part.gaps[:, None], part.gaps] += belongs[part.rows].sum(axis=0)[:, None, None] * part.covariances
    total = belongs.sum(axis=0) + 1e-9
    means = np.einsum("nm,nmk->mk", belongs, filled) / total[:, None]
    off = filled - means
    found = np.einsum("nm,nmk,nml->mkl", belongs, off, off, optimize=True) + missing + _PRIOR_ROWS * spread
    covariances = found / (total + _PRIOR_ROWS)[:, None, None] + _LEAST_VARIANCE * np.eye(means.shape[1])
    return total / total.sum(), means, covariances
