"""Simple models of continuous columns, fitted for rows not seen: independent, pPCA, factor analysis, full normal.

All work on standardized columns and return a `LinearGaussian` in the data's own units. With fewer rows than columns the
products of rows (n, n) replace the covariance (d, d). ``weights`` are one number per row; only their ratios matter.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

from elbax.errors import InputError
from elbax.evaluate.linear_gaussian import LinearGaussian

_MOST_COLUMNS = 100  # up to which factor analysis maximizes the likelihood to convergence
_STEPS = 200  # of expectation and maximization beyond, at most
_RISE = 1e-5  # rise of the log-likelihood per row and column that ends them
_LEAST_UNIQUE = 1e-4  # unique variance of a column, as a share of its variance
_PATIENCE = 3  # numbers of factors that are no better than the best so far, and end the search
_LEAST_EIGENVALUE = 1e-6  # of the correlation matrix of the full normal


class _Rows(NamedTuple):
    """Standardized rows times the root of their weights, and what is needed to undo that."""

    x: np.ndarray  # (n, d)
    mean: np.ndarray  # (d,)
    unit: np.ndarray  # (d,)
    n: float  # the number of rows, less if weights differ: (Σ w)² / Σ w²
    floor: np.ndarray  # least variance of the noise in these units, (d,)

    @property
    def variance(self) -> np.ndarray:
        """Of each column, (d,)."""
        return np.square(self.x).mean(axis=0)

    def factor(self, rank: int) -> float:
        """From the maximum-likelihood variance of a fit with this many latents to the one for new rows.

        A new row meets a mean and loadings that were estimated: ``n / (n - r - 1) · (1 + (r + 1) / n)``.
        """
        return (self.n + rank + 1) / max(self.n - rank - 1, 1.0)

    def model(self, name: str, loadings: np.ndarray, variance: np.ndarray) -> LinearGaussian:
        scale = np.sqrt(np.maximum(variance, self.floor))
        return LinearGaussian.of(name, self.mean, loadings * self.unit[:, None], scale * self.unit)


def independent(x, *, weights=None, unit=None, floor=None, new_rows: bool = True) -> LinearGaussian:
    """A normal for each column.

    Args:
        x: rows, (n, d).
        weights: one per row, or None.
        unit: the divisors of the columns, (d,); by default their standard deviations.
        floor: least standard deviations of the noise, (d,), in the data's units.
        new_rows: whether variances are those for rows that were not fitted; else maximum likelihood.

    Example:
        >>> independent([[0.0], [2.0]], new_rows=False).scale
        array([1.])
    """
    rows = _standardize(x, weights, unit, floor)
    factor = rows.factor(0) if new_rows else 1.0
    return rows.model("independent columns", np.zeros((len(rows.mean), 0)), factor * rows.variance)


def ppca(x, rank: int, *, weights=None, unit=None, floor=None, new_rows: bool = True) -> LinearGaussian:
    """Probabilistic PCA: factor analysis with one noise level, in units of ``unit``.

    ``rank`` is the number of latents. Where rows or columns are too few for it, the remaining loadings are zero. Other
    arguments are those of `independent`.
    """
    rows = _standardize(x, weights, unit, floor)
    rank, columns = _usable(rows, rank), rank
    values, vectors = _principal(rows, rank)
    noise = (rows.variance.sum() - values.sum()) / (len(rows.mean) - rank)
    loadings = vectors * np.sqrt(np.maximum(values - noise, 0.0))
    variance = np.full(len(rows.mean), noise * (rows.factor(rank) if new_rows else 1.0))
    return rows.model("probabilistic PCA", _pad(loadings, columns), variance)


def factor_analysis(x, rank: int, *, weights=None, unit=None, floor=None, new_rows: bool = True) -> LinearGaussian:
    """Factor analysis by maximum likelihood; arguments as in `ppca`.

    A column's unique variance is at least max(1e-4, 1 / 10n) of its variance, since the likelihood may rise without end
    as it shrinks.
    """
    rows = _standardize(x, weights, unit, floor)
    rank, columns = _usable(rows, rank), rank
    least = np.maximum(max(_LEAST_UNIQUE, 0.1 / rows.n) * rows.variance, rows.floor)
    values, vectors = _principal(rows, rank)
    unique = np.maximum(rows.variance - np.square(vectors) @ values, least)
    if rank == 0:
        loadings = vectors
    elif len(rows.mean) <= _MOST_COLUMNS:
        # Threads for matrices this small would wait for each other, on a busy machine for long.
        with _blas().limit(limits=1, user_api="blas"):
            loadings, unique = _maximize(rows.x.T @ rows.x / len(rows.x), rank, unique, least)
    else:
        loadings, unique = _expect_and_maximize(rows, vectors * np.sqrt(values), unique, least)
    factor = rows.factor(rank) if new_rows else 1.0
    return rows.model("factor analysis", _pad(loadings, columns), unique * factor)


def full_normal(x, *, weights=None, unit=None, floor=None) -> LinearGaussian:
    """A normal with the covariance of Ledoit and Wolf (2004), which is shrunk where rows are few.

    Its loadings are as many as rows or columns, whichever are fewer, less one.
    """
    rows = _standardize(x, weights, unit, floor)
    n, d = rows.x.shape
    wide = d > n
    gram = rows.x @ rows.x.T if wide else rows.x.T @ rows.x
    values, vectors = np.linalg.eigh(gram / n)
    order = slice(None, -n if wide else None, -1)  # of wide rows one is zero, since they are centered
    values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
    if wide:
        vectors = rows.x.T @ (vectors / np.sqrt(n * np.maximum(values, 1e-300)))
    average = rows.variance.mean()
    shrinkage = _shrinkage(rows, np.square(values).sum(), average)
    values, rest = (1 - shrinkage) * values + shrinkage * average, shrinkage * average
    noise = max(rest if wide else values[-1], _LEAST_EIGENVALUE * average, float(rows.floor.max()))
    loadings = vectors[:, values > noise] * np.sqrt(values[values > noise] - noise)
    return rows.model("full normal", loadings, np.full(d, noise))


def choose_rank(train, x, least: int = 0, *, weights=None, floor=None) -> int:
    """The number of factors, at least ``least``, that rows x ask for.

    It is the smallest whose mean log-density is within one standard error of the best, by factor analysis of ``train``
    with more and more factors, until three in a row are no better.
    """
    scores, worse, rank = {}, 0, least
    most = max(least, min(np.shape(train)[1] - 1, len(train) - 3))
    while rank <= most and worse < _PATIENCE:
        scores[rank] = factor_analysis(train, rank, weights=weights, floor=floor).log_prob(x)
        best = max(scores, key=lambda tried: scores[tried].mean())
        worse = 0 if rank == best else worse + 1
        rank += max(1, rank // 4)

    def is_close(rank: int) -> bool:
        lost = scores[best] - scores[rank]
        return lost.mean() <= lost.std() / np.sqrt(len(lost))

    return next(rank for rank in scores if is_close(rank))


def _shrinkage(rows: _Rows, squares: float, average: float) -> float:
    """The share of the scaled identity; ``squares`` are those of the covariance, summed."""
    n, d = rows.x.shape
    distance = squares / d - average**2
    spread = (np.square(np.square(rows.x).sum(axis=1)).mean() - squares) / (d * rows.n)
    return float(min(spread / distance, 1.0)) if distance > 0 else 1.0


def _standardize(x, weights, unit, floor) -> _Rows:
    x = np.asarray(x, np.float64).reshape(len(x), -1)
    if len(x) < 2:
        raise InputError(f"a simple model needs at least two rows; got {len(x)}")
    weights = np.ones(len(x)) if weights is None else np.asarray(weights, np.float64)
    weights = weights / weights.mean()
    mean = weights @ x / len(x)
    centered = x - mean
    if unit is None:
        unit = np.sqrt(weights @ np.square(centered) / len(x))
    unit = np.where(unit > 0, unit, 1.0)
    floor = np.zeros(len(mean)) if floor is None else np.square(floor / unit)
    centered *= np.sqrt(weights)[:, None]
    centered /= unit
    return _Rows(centered, mean, unit, len(x) ** 2 / np.square(weights).sum(), np.maximum(floor, 1e-12))


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def _usable(rows: _Rows, rank: int) -> int:
    """The number of latents that rows and columns can determine."""
    return max(0, min(rank, len(rows.mean) - 1, int(rows.n) - 3))


def _pad(loadings: np.ndarray, columns: int) -> np.ndarray:
    return np.pad(loadings, ((0, 0), (0, columns - loadings.shape[1])))


def _principal(rows: _Rows, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalues of the covariance, (rank,), decreasing, and its eigenvectors, (d, rank)."""
    n, d = rows.x.shape
    if rank == 0:
        return np.zeros(0), np.zeros((d, 0))
    gram = (rows.x @ rows.x.T if d > n else rows.x.T @ rows.x) / n
    values, vectors = eigh(gram, subset_by_index=(len(gram) - rank, len(gram) - 1))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    if d > n:
        vectors = rows.x.T @ (vectors / np.sqrt(n * np.maximum(values, 1e-300)))
    return values, vectors


def _maximize(
    covariance: np.ndarray, rank: int, unique: np.ndarray, least: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and unique variances of the greatest likelihood: L-BFGS on the latter, the former in closed form."""
    variance = np.diag(covariance)

    def best_loadings(unique: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scale = np.sqrt(unique)
        values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
        largest = vectors[:, : -rank - 1 : -1] * np.sqrt(np.maximum(values[: -rank - 1 : -1] - 1, 0.0))
        return values[::-1], scale[:, None] * largest

    def loss(log_unique: np.ndarray) -> tuple[float, np.ndarray]:
        unique = np.exp(log_unique)
        values, loadings = best_loadings(unique)
        explained = np.maximum(values[:rank], 1.0)
        value = log_unique.sum() + np.log(explained).sum() + values.sum() - (explained - 1).sum()
        return value, 1 + (np.square(loadings).sum(axis=1) - variance) / unique

    bounds = np.log(np.stack([least, np.maximum(variance, least)], axis=1))
    result = minimize(loss, np.log(unique), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    unique = np.exp(result.x)
    return best_loadings(unique)[1], unique


def _expect_and_maximize(
    rows: _Rows, loadings: np.ndarray, unique: np.ndarray, least: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and unique variances after steps of expectation and maximization (Rubin and Thayer 1982)."""
    n, d = rows.x.shape
    variance, before = rows.variance, -np.inf
    covariance = rows.x.T @ rows.x / n if d <= n else None
    for _ in range(_STEPS):
        scaled = loadings / unique[:, None]
        precision = np.eye(loadings.shape[1]) + loadings.T @ scaled
        gain = np.linalg.solve(precision, scaled.T)  # (r, d)
        cross = rows.x.T @ (rows.x @ gain.T) / n if covariance is None else covariance @ gain.T  # (d, r)
        # The log-likelihood before this step, up to a constant.
        rise = -0.5 * (
            np.log(unique).sum() + np.linalg.slogdet(precision)[1] + (variance / unique).sum() - (scaled * cross).sum()
        )
        if rise - before < _RISE * d:
            break
        before = rise
        loadings = np.linalg.solve(np.linalg.inv(precision) + gain @ cross, cross.T).T
        unique = np.maximum(variance - (loadings * cross).sum(axis=1), least)
    return loadings, unique
