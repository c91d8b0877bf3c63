"""The supremum of D over decoder outputs, and the critical KL weight at which it becomes one."""

from math import inf
from typing import NamedTuple

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from elbax.collapse.density_ratios import AbstractDensityRatios, log_d
from elbax.collapse.maximize import maximize

_GRID = 513
_START_BUDGET, _CLIMB_BUDGET = 1e7, 1e7  # elementary functions per search: to evaluate starts, and to climb
_ANCHORS, _CLIMBS = 16, 5
_DENSE = 512  # up to this side, a full eigendecomposition is faster than a partial one
_DIRECTIONS, _FAR = 3, 8
_RAISES = 30
_FINE, _NOTHING = 1e-6, 1e-11  # relative accuracy of the critical weight; smallest log D beyond rounding, nats
ROUNDING = 1e-8  # smaller gains, in nats per row, are rounding


class Supremum(NamedTuple):
    """The largest log D of a method."""

    log_d: float  # nats; at least 0, the value at the constant
    v: np.ndarray  # its step, (k,)
    slack: float = inf  # upper bound of the true supremum less log_d, nats; inf if unknown


class Curvature(NamedTuple):
    """Curvature of D at the constant, where D has a maximum only if none of the ``values`` exceeds the weight."""

    # Variances of the score over its information along the directions, descending; a single zero without information,
    # as for piecewise linear losses.
    values: np.ndarray
    directions: np.ndarray  # steps of unit information, (count, k)

    @property
    def largest(self) -> float:
        """The largest value; for normals, the top eigenvalue of the covariance of x / scale."""
        return float(self.values[0])


def curvature(ratios: AbstractDensityRatios, seed: int = 0, rows: np.ndarray | slice = slice(None)) -> Curvature:
    """The directions of largest curvature of D over some of the rows."""
    scores = ratios.scores[rows]
    mean, std = scores.mean(axis=0), scores.std(axis=0)
    # An output at the end of its range cannot move further, and loses to first order when it moves back.
    at_end = ((mean > 0) & (ratios.upper <= _FINE)) | ((mean < 0) & (ratios.lower >= -_FINE))
    free = ~(at_end & (np.abs(mean) > 1e-9 * std))
    root = _inverse_roots(ratios.information)
    blocks = (scores * free).reshape(len(scores), *root.shape[:2])
    z = np.einsum("nfp,fpq->nfq", blocks, root).reshape(len(blocks), -1)
    values, vectors = _top_eigenvectors(z, seed)
    directions = np.einsum("cfp,fpq->cfq", vectors.reshape(-1, *root.shape[:2]), root)
    return Curvature(values, directions.reshape(len(values), -1))


def _inverse_roots(blocks: np.ndarray) -> np.ndarray:
    """Inverse square roots of positive semidefinite blocks; zero along directions without information."""
    values, vectors = np.linalg.eigh(blocks)
    roots = np.where(values > 1e-9, 1 / np.sqrt(np.maximum(values, 1e-9)), 0.0)
    return (vectors * roots[:, None, :]) @ np.swapaxes(vectors, 1, 2)


def _top_eigenvectors(z: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalues of zᵀz / n, descending, with their eigenvectors as rows; a single zero for z = 0."""
    n, k = z.shape
    if not z.any():
        return np.zeros(1), np.zeros((1, k))
    if k <= _DENSE:
        values, vectors = np.linalg.eigh(z.T @ z / n)
    elif n <= _DENSE:
        values, left = np.linalg.eigh(z @ z.T / n)
        vectors = z.T @ left / np.sqrt(np.maximum(n * values, np.finfo(float).tiny))
    else:
        product = LinearOperator((k, k), matvec=lambda v: z.T @ (z @ v) / n, dtype=float)
        values, vectors = eigsh(product, _DIRECTIONS, v0=np.random.default_rng(seed).normal(size=k))
    order = np.argsort(values)[::-1][:_DIRECTIONS]
    order = order[values[order] > 1e-12 * values[order[0]]]
    return values[order], vectors[:, order].T


class Grid:
    """Log D on a grid over one or two coordinates, then a climb from the best node.

    The curvature of log D is at most that of the most curved log-ratio, and its slope vanishes at a maximum (or the
    maximum is at an end, which is a node). Between nodes h apart, log D exceeds the nearer node's value by at most h²/8
    times that curvature, per coordinate. Nodes are denser where log-ratios curve. The bound is exact for normals, whose
    curvature is constant; for others it is as accurate as finite differences.
    """

    method = "grid"

    def __init__(self, ratios: AbstractDensityRatios):
        self._ratios = ratios
        self.axes, self._tables, self._slack = [], [], 0.0
        for low, high, unit in zip(ratios.lower, ratios.upper, np.eye(len(ratios.lower)), strict=True):
            axis = np.sinh(np.linspace(np.arcsinh(low), np.arcsinh(high), _GRID))
            axis[0], axis[-1] = low, high
            axis = _refine(axis, _concavity(axis, ratios.log_ratio(axis[:, None] * unit)))
            table = ratios.log_ratio(axis[:, None] * unit)
            concavity = _concavity(axis, table)
            largest = np.maximum(concavity[1:], concavity[:-1])
            self._slack += float((largest * np.square(np.diff(axis))).max()) / 8
            self.axes.append(axis)
            self._tables.append(table)

    @staticmethod
    def suits(ratios: AbstractDensityRatios) -> bool:
        """Whether there are at most two separable coordinates with known ends."""
        ends = np.concatenate([ratios.lower, ratios.upper])
        return ratios.separable and len(ends) <= 4 and bool(np.isfinite(ends).all())

    def log_d(self, weight: float = 1.0) -> np.ndarray:
        """Log D at every node, nats, (513,) or (513, 513)."""
        tables = [table / weight for table in self._tables]
        if len(tables) == 1:
            return log_d(tables[0])
        # A matmul of exponentials; only values 700 nats below the largest underflow.
        tops = [table.max(axis=0) for table in tables]
        first, second = (np.exp(table - top) for table, top in zip(tables, tops, strict=True))
        shift = tops[0] + tops[1]
        with np.errstate(divide="ignore"):
            total = np.log((first * np.exp(shift - shift.max())) @ second.T)
        return total + shift.max() - np.log(len(shift))

    def __call__(self, weight: float, also: np.ndarray, *, quick: bool = False) -> Supremum:
        """The largest log D at a weight, also from the starts ``also``, (s, k); ``quick`` changes nothing."""
        values = self.log_d(weight)
        best = np.unravel_index(values.argmax(), values.shape)
        node = np.array([axis[i] for axis, i in zip(self.axes, best, strict=True)])
        supremum = _maximize_from(self._ratios, weight, np.vstack([node, also]), 300)
        bound = self._slack / weight + max(float(values.max()), 0.0)
        return supremum._replace(slack=bound - supremum.log_d)


def _concavity(axis: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Minus the smallest second derivative of any log-ratio at each node, not below 0, (g,)."""
    slopes = np.diff(table, axis=0) / np.diff(axis)[:, None]
    inner = -2 * np.diff(slopes, axis=0) / (axis[2:] - axis[:-2])[:, None]
    return np.pad(np.maximum(inner.max(axis=1), 0.0), 1, mode="edge")


def _refine(axis: np.ndarray, concavity: np.ndarray) -> np.ndarray:
    """Respace nodes by the root of the concavity, for the least largest error; a tenth of them stay evenly spaced."""
    width = axis[-1] - axis[0]
    gaps = np.diff(axis) * (np.sqrt(concavity[1:]) + np.sqrt(concavity[:-1]))
    share = np.concatenate([[0.0], np.cumsum(gaps)])
    if share[-1] == 0:
        return np.linspace(axis[0], axis[-1], len(axis))
    share = 0.9 * share / share[-1] + 0.1 * (axis - axis[0]) / width
    nodes = np.interp(np.linspace(0, 1, len(axis)), share, axis)
    nodes[0], nodes[-1] = axis[0], axis[-1]
    return nodes


class Search:
    """Local maximization from far rows, random rows, averages of neighbors, and the most curved directions."""

    method = "search"

    def __init__(self, ratios: AbstractDensityRatios, bend: Curvature, seed: int = 0):
        self._ratios, self._bend = ratios, bend
        self._starts = starts_from(ratios, bend, np.random.default_rng(seed), slice(None))
        self._log_ratio = ratios.log_ratio(self._starts)
        self._evaluations = int(np.clip(_CLIMB_BUDGET / ratios.cost, 60, 400))

    def __call__(self, weight: float, also: np.ndarray, *, quick: bool = False) -> Supremum:
        order = np.argsort(log_d(self._log_ratio, weight))[::-1]
        best: list[np.ndarray] = []
        for v in self._starts[order]:
            if all(np.square(v - other).sum() > 0.25 for other in best):
                best.append(v)
            if len(best) == (1 if quick else _CLIMBS):
                break
        # If the constant is not a local maximum, a climb from nearby leaves it.
        nearby = 1e-2 * self._bend.directions[:1] * np.array([[1.0], [-1.0]])
        starts = np.vstack([*best, nearby, also])
        return _maximize_from(self._ratios, weight, starts, self._evaluations // (3 if quick else 1))


class Line:
    """Log D along the line of largest curvature through the constant."""

    method = "covariance"

    def __init__(self, ratios: AbstractDensityRatios, bend: Curvature):
        self._ratios = ratios
        sizes = np.geomspace(1e-3, 10, 32) * np.sqrt(max(bend.largest, 1.0))
        steps = np.concatenate([sizes, -sizes])[:, None] * bend.directions[:1]
        self._steps = np.clip(steps, ratios.lower, ratios.upper)
        self._log_ratio = ratios.log_ratio(self._steps)

    def __call__(self, weight: float, also: np.ndarray, *, quick: bool = False) -> Supremum:
        """The largest log D at a weight, on the line and at the steps ``also``, (s, k)."""
        steps = np.vstack([np.zeros_like(also[:1]), self._steps, also])
        log_ratio = np.pad(np.vstack([self._log_ratio, self._ratios.log_ratio(also)]), [(1, 0), (0, 0)])
        values = log_d(log_ratio, weight)
        return Supremum(float(values.max()), steps[values.argmax()])


def critical_weight(ratios: AbstractDensityRatios, bend: Curvature, method) -> tuple[float, np.ndarray]:
    """The smallest weight at which no D exceeds one, and a step (1, k) where D is one there.

    D of one step is convex in 1 / weight and decreases from one at first, so it exceeds one only below some weight. The
    critical weight is the largest of these over all steps: raise the weight to that of the best step, search for a step
    that still exceeds one, and repeat.
    """
    far = np.argsort(np.square(ratios.scores).sum(axis=1))[-_FAR:]
    starts = np.clip(ratios.scores[far], ratios.lower, ratios.upper)
    weights = break_even_weight(ratios.log_ratio(starts))
    weight, v = max(bend.largest, float(weights.max())), starts[weights.argmax()][None]
    for _ in range(_RAISES if 0 < weight < inf else 0):
        supremum = method(weight * (1 + _FINE), v, quick=True)
        if supremum.log_d <= _NOTHING:
            break
        v = supremum.v[None]
        weight = max(float(break_even_weight(ratios.log_ratio(v)[0])), weight * (1 + _FINE))
        if weight == inf:
            break
    return weight, v


def break_even_weight(log_ratio: np.ndarray) -> np.ndarray:
    """The weight below which D of a step exceeds one, from its log-ratios, (..., n) → (...).

    It is 0 if no row gains, and inf at a better constant, where the mean log-ratio is positive.
    """
    largest, mean = log_ratio.max(axis=-1), log_ratio.mean(axis=-1)
    finite = (largest > 0) & (mean < 0)
    # Bisection of the inverse weight. At its upper end, the largest ratio alone makes D one.
    high = np.log(log_ratio.shape[-1]) / np.where(finite, largest, 1.0)
    low = np.where(finite, 0.0, high)
    for _ in range(200):
        middle = (low + high) / 2
        if not ((low < middle) & (middle < high)).any():  # neighboring floats
            break
        below = log_d(log_ratio * middle[..., None]) <= 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(finite, 1 / high, np.where(mean > ROUNDING, inf, 0.0))[()]


def _maximize_from(ratios: AbstractDensityRatios, weight: float, starts: np.ndarray, evaluations: int) -> Supremum:
    """The highest local maximum from starts (s, k): a short climb from each, then a long one from the best."""

    def highest(starts: np.ndarray, evaluations: int) -> Supremum:
        function, bounds = lambda v: ratios.value_and_gradient(v, weight), (ratios.lower, ratios.upper)
        maxima = [Supremum(*maximize(function, v, *bounds, evaluations)) for v in starts]
        return max(maxima, key=lambda maximum: maximum.log_d)

    best = highest(starts, evaluations // (2 * len(starts)))
    best = highest(best.v[None], evaluations // 2)
    return best if best.log_d > 0 else Supremum(0.0, np.zeros_like(best.v))


def starts_from(ratios: AbstractDensityRatios, bend: Curvature, rng: np.random.Generator, rows) -> np.ndarray:
    """Starts made from some of the rows, (s, k), within bounds, subsampled to the budget."""
    z = ratios.scores[rows]  # to first order, the step to a row's best output
    anchors = rng.choice(len(z), min(_ANCHORS, len(z)), replace=False)
    far = np.argsort(np.square(z).sum(axis=1))[::-1][:_ANCHORS]
    nearest = np.argsort(np.square(z).sum(axis=1) - 2 * z[anchors] @ z.T, axis=1)
    counts = [max(len(z) // share, 1) for share in (4, 16)]
    averages = [z[nearest[:, :count]].mean(axis=1) for count in counts]
    sizes = np.array([0.3, 1.0, 3.0, -0.3, -1.0, -3.0])[:, None, None]
    lines = sizes * bend.directions * np.sqrt(bend.values)[:, None]
    points = np.vstack([z[far], z[anchors], *averages])
    starts = np.vstack([lines.reshape(-1, z.shape[1]), points, 0.5 * points, 0.2 * points])
    most = int(np.clip(_START_BUDGET / ratios.cost, 32, len(starts)))
    kept = rng.permutation(len(starts))[:most] if most < len(starts) else np.arange(len(starts))
    return np.clip(starts[kept], ratios.lower, ratios.upper)
