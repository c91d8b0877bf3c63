"""The largest D over decoder outputs, and the KL weight above which it is one.

D(v) is the average over rows of exp(log-ratio / weight); see `elbax.collapse.density_ratios` for the steps v.
"""

from math import inf
from typing import NamedTuple

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from elbax.collapse.density_ratios import AbstractDensityRatios, log_d
from elbax.collapse.maximize import maximize

_GRID = 513
# Elementary functions that one search may spend on trying starts, and on climbing from the best of them.
_START_BUDGET, _CLIMB_BUDGET = 1e7, 1e7
_ANCHORS, _CLIMBS = 16, 5
_DENSE = 512  # a matrix with a side up to this is cheaper to decompose whole than one vector at a time
_DIRECTIONS, _FAR = 3, 8
_RAISES = 30
# Relative accuracy of the critical weight, and the least log D above it that counts, in nats.
_FINE, _NOTHING = 1e-6, 1e-11
# Gains below this, in nats per row, are rounding.
ROUNDING = 1e-8


class Supremum(NamedTuple):
    """The largest log D that was found.

    Attributes:
        log_d: nats; at least 0, which it is at the constant.
        v: where, as a step from the constant, (k,).
        slack: how much larger the true supremum can be, nats; inf where nothing bounds it.
    """

    log_d: float
    v: np.ndarray
    slack: float = inf


class Curvature(NamedTuple):
    """How D bends at the constant.

    Attributes:
        values: variances of the score over its information along `directions`, largest first; D has a maximum at the
            constant only if none exceeds the weight. A single zero where the information is zero throughout, as with
            a loss made of straight lines.
        directions: steps of unit information, (count, k).
    """

    values: np.ndarray
    directions: np.ndarray

    @property
    def largest(self) -> float:
        """The largest value: for normals, the top eigenvalue of the covariance of x / scale."""
        return float(self.values[0])


def curvature(
    ratios: AbstractDensityRatios, seed: int = 0, rows: np.ndarray | slice = slice(None)
) -> Curvature:
    """The directions from the constant in which D over some of the rows bends upwards most."""
    scores = ratios.scores[rows]
    mean, spread = scores.mean(axis=0), scores.std(axis=0)
    # An output pressed against the end of its range cannot move that way, and loses to first order the other way.
    pressed = ((mean > 0) & (ratios.upper <= _FINE)) | ((mean < 0) & (ratios.lower >= -_FINE))
    free = ~(pressed & (np.abs(mean) > 1e-9 * spread))
    root = _inverse_roots(ratios.information)
    blocks = (scores * free).reshape(len(scores), *root.shape[:2])
    z = np.einsum("nfp,fpq->nfq", blocks, root).reshape(len(blocks), -1)
    values, vectors = _top_eigenvectors(z, seed)
    directions = np.einsum("cfp,fpq->cfq", vectors.reshape(-1, *root.shape[:2]), root)
    return Curvature(values, directions.reshape(len(values), -1))


def _inverse_roots(blocks: np.ndarray) -> np.ndarray:
    """The inverse square roots of positive semidefinite blocks, zero along directions without information."""
    values, vectors = np.linalg.eigh(blocks)
    roots = np.where(values > 1e-9, 1 / np.sqrt(np.maximum(values, 1e-9)), 0.0)
    return (vectors * roots[:, None, :]) @ np.swapaxes(vectors, 1, 2)


def _top_eigenvectors(z: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalues of zᵀz / n, descending, with their eigenvectors as rows; a zero where there are none."""
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
        first = np.random.default_rng(seed).normal(size=k)
        values, vectors = eigsh(product, _DIRECTIONS, v0=first)
    order = np.argsort(values)[::-1][:_DIRECTIONS]
    order = order[values[order] > 1e-12 * values[order[0]]]
    return values[order], vectors[:, order].T


class Grid:
    """Every node of a grid over one or two coordinates, then a climb from the best.

    Log D bends downwards nowhere more than the log-ratio that bends most, and it is flat at its maximum (or at an end
    of the grid, which is a node). So between two nodes h apart it is higher than at the nearer one by h²/8 times that
    bend at most, for each coordinate. Nodes are close where log-ratios bend. For normals the bend is the same
    everywhere and the bound exact; for others it is as exact as differences between nodes are.
    """

    method = "grid"

    def __init__(self, ratios: AbstractDensityRatios):
        self._ratios = ratios
        self.axes, self._tables, self._slack = [], [], 0.0
        for low, high, unit in zip(ratios.lower, ratios.upper, np.eye(len(ratios.lower)), strict=True):
            axis = np.sinh(np.linspace(np.arcsinh(low), np.arcsinh(high), _GRID))
            axis[0], axis[-1] = low, high
            axis = _even_out(axis, _bend(axis, ratios.log_ratio(axis[:, None] * unit)))
            table = ratios.log_ratio(axis[:, None] * unit)
            bend = _bend(axis, table)
            self._slack += float((np.maximum(bend[1:], bend[:-1]) * np.square(np.diff(axis))).max()) / 8
            self.axes.append(axis)
            self._tables.append(table)

    @staticmethod
    def suits(ratios: AbstractDensityRatios) -> bool:
        """Whether there are at most two coordinates, with known ends, and log-ratios are their sums."""
        ends = np.concatenate([ratios.lower, ratios.upper])
        return ratios.separable and len(ends) <= 4 and bool(np.isfinite(ends).all())

    def log_d(self, weight: float = 1.0) -> np.ndarray:
        """Log D at every node, nats, (513,) or (513, 513)."""
        tables = [table / weight for table in self._tables]
        if len(tables) == 1:
            return log_d(tables[0])
        # A matrix product of exponentials. What underflows is below the largest value by more than 700 nats.
        tops = [table.max(axis=0) for table in tables]
        first, second = (np.exp(table - top) for table, top in zip(tables, tops, strict=True))
        shift = tops[0] + tops[1]
        with np.errstate(divide="ignore"):
            total = np.log((first * np.exp(shift - shift.max())) @ second.T)
        return total + shift.max() - np.log(len(shift))

    def __call__(self, weight: float, also: np.ndarray, *, quick: bool = False) -> Supremum:
        """The largest log D at a weight; ``also``, steps (s, k), are tried too. It is quick anyway."""
        values = self.log_d(weight)
        best = np.unravel_index(values.argmax(), values.shape)
        node = np.array([axis[i] for axis, i in zip(self.axes, best, strict=True)])
        found = _maximize_from(self._ratios, weight, np.vstack([node, also]), 300)
        return found._replace(slack=self._slack / weight + max(float(values.max()), 0.0) - found.log_d)


def _bend(axis: np.ndarray, table: np.ndarray) -> np.ndarray:
    """How much the log-ratio that bends downwards most does so at each node: minus its second derivative, (g,)."""
    slopes = np.diff(table, axis=0) / np.diff(axis)[:, None]
    inner = -2 * np.diff(slopes, axis=0) / (axis[2:] - axis[:-2])[:, None]
    return np.pad(np.maximum(inner.max(axis=1), 0.0), 1, mode="edge")


def _even_out(axis: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """As many nodes over the same interval, spaced so that each gap holds an equal share of the root of the bend.

    That makes the largest gap between log D and its nodes least; a tenth of the nodes is always spread evenly.
    """
    width = axis[-1] - axis[0]
    gaps = np.diff(axis) * (np.sqrt(bend[1:]) + np.sqrt(bend[:-1]))
    share = np.concatenate([[0.0], np.cumsum(gaps)])
    if share[-1] == 0:
        return np.linspace(axis[0], axis[-1], len(axis))
    share = 0.9 * share / share[-1] + 0.1 * (axis - axis[0]) / width
    nodes = np.interp(np.linspace(0, 1, len(axis)), share, axis)
    nodes[0], nodes[-1] = axis[0], axis[-1]
    return nodes


class Search:
    """Climbs from many starts: far rows, random rows, averages of neighbors, and the steepest directions."""

    method = "search"

    def __init__(self, ratios: AbstractDensityRatios, bends: Curvature, seed: int = 0):
        self._ratios, self._bends = ratios, bends
        self._starts = starts_from(ratios, bends, np.random.default_rng(seed), slice(None))
        self._log_ratio = ratios.log_ratio(self._starts)
        self._evaluations = int(np.clip(_CLIMB_BUDGET / ratios.cost, 60, 400))

    def __call__(self, weight: float, also: np.ndarray, *, quick: bool = False) -> Supremum:
        """The largest log D found at a weight; ``also``, steps (s, k), are climbed from too."""
        order = np.argsort(log_d(self._log_ratio, weight))[::-1]
        chosen: list[np.ndarray] = []
        for v in self._starts[order]:
            if all(np.square(v - other).sum() > 0.25 for other in chosen):
                chosen.append(v)
            if len(chosen) == (1 if quick else _CLIMBS):
                break
        # Wherever the constant is no maximum, climbing from beside it leaves it.
        beside = 1e-2 * self._bends.directions[:1] * np.array([[1.0], [-1.0]])
        starts = np.vstack([*chosen, beside, also])
        return _maximize_from(self._ratios, weight, starts, self._evaluations // (3 if quick else 1))


class Line:
    """The line through the constant along which D bends upwards most."""

    method = "covariance"

    def __init__(self, ratios: AbstractDensityRatios, bends: Curvature):
        self._ratios = ratios
        sizes = np.geomspace(1e-3, 10, 32) * np.sqrt(max(bends.largest, 1.0))
        steps = np.concatenate([sizes, -sizes])[:, None] * bends.directions[:1]
        self._steps = np.clip(steps, ratios.lower, ratios.upper)
        self._log_ratio = ratios.log_ratio(self._steps)

    def __call__(self, weight: float, also: np.ndarray, *, quick: bool = False) -> Supremum:
        """The largest log D on the line and at ``also``, steps (s, k), at a weight."""
        steps = np.vstack([np.zeros_like(also[:1]), self._steps, also])
        log_ratio = np.vstack(
            [np.zeros_like(self._log_ratio[:1]), self._log_ratio, self._ratios.log_ratio(also)]
        )
        values = log_d(log_ratio, weight)
        return Supremum(float(values.max()), steps[values.argmax()])


def critical_weight(ratios: AbstractDensityRatios, bends: Curvature, method) -> tuple[float, np.ndarray]:
    """The least weight at which no D above one is found, and a step (1, k) where D is one there.

    At a step, D as a function of 1 / weight is convex and starts at one downhill, so it exceeds one below a certain
    weight and nowhere else. The critical weight is the largest of those: raise the weight to where the best step found
    so far stops paying, look for one that still pays, and repeat until there is none.
    """
    far = np.argsort(np.square(ratios.scores).sum(axis=1))[-_FAR:]
    starts = np.clip(ratios.scores[far], ratios.lower, ratios.upper)
    pays = np.array([paying_weight(log_ratio) for log_ratio in ratios.log_ratio(starts)])
    weight, v = max(bends.largest, float(pays.max())), starts[pays.argmax()][None]
    for _ in range(_RAISES if 0 < weight < inf else 0):
        found = method(weight * (1 + _FINE), v, quick=True)
        if found.log_d <= _NOTHING:
            break
        v = found.v[None]
        weight = max(paying_weight(ratios.log_ratio(v)[0]), weight * (1 + _FINE))
        if weight == inf:
            break
    return weight, v


def paying_weight(log_ratio: np.ndarray) -> float:
    """The weight below which D at one step exceeds one; (n,) log-ratios, not all equal.

    It is 0 where no row gains, and inf at a better constant, where the rows gain on average.

    Example:
        >>> round(paying_weight(np.array([1.0, -2.0])), 4)  # exp(1 / w) + exp(-2 / w) = 2
        2.0781
    """
    if log_ratio.max() <= 0:
        return 0.0
    if log_ratio.mean() >= 0:
        return inf if log_ratio.mean() > ROUNDING else 0.0
    # At this inverse weight the largest ratio alone makes D one.
    low, high = 0.0, np.log(len(log_ratio)) / log_ratio.max()
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:  # no number lies between them
            break
        low, high = (middle, high) if log_d(log_ratio * middle) <= 0 else (low, middle)
    return float(1 / high)


def _maximize_from(
    ratios: AbstractDensityRatios, weight: float, starts: np.ndarray, evaluations: int
) -> Supremum:
    """The highest maximum above the constant from starts (s, k): a short climb from each, then a long one."""

    def highest(starts: np.ndarray, evaluations: int) -> Supremum:
        climbs = [
            maximize(
                lambda v: ratios.value_and_gradient(v, weight), v, ratios.lower, ratios.upper, evaluations
            )
            for v in starts
        ]
        return max((Supremum(*found) for found in climbs), key=lambda found: found.log_d)

    best = highest(starts, evaluations // (2 * len(starts)))
    best = highest(best.v[None], evaluations // 2)
    return best if best.log_d > 0 else Supremum(0.0, np.zeros_like(best.v))


def starts_from(
    ratios: AbstractDensityRatios, bends: Curvature, rng: np.random.Generator, rows
) -> np.ndarray:
    """Steps to start from, (s, k), within bounds, made of some of the rows: as many as the budget allows, mixed."""
    z = ratios.scores[rows]  # to first order, the step to the output that fits a row best
    anchors = rng.choice(len(z), min(_ANCHORS, len(z)), replace=False)
    far = np.argsort(np.square(z).sum(axis=1))[::-1][:_ANCHORS]
    nearest = np.argsort(np.square(z).sum(axis=1) - 2 * z[anchors] @ z.T, axis=1)
    counts = [max(len(z) // share, 1) for share in (4, 16)]
    averages = [z[nearest[:, :count]].mean(axis=1) for count in counts]
    sizes = np.array([0.3, 1.0, 3.0, -0.3, -1.0, -3.0])[:, None, None]
    lines = sizes * bends.directions * np.sqrt(bends.values)[:, None]
    points = np.vstack([z[far], z[anchors], *averages])
    starts = np.vstack([lines.reshape(-1, z.shape[1]), points, 0.5 * points, 0.2 * points])
    most = int(np.clip(_START_BUDGET / ratios.cost, 32, len(starts)))
    kept = rng.permutation(len(starts))[:most] if most < len(starts) else np.arange(len(starts))
    return np.clip(starts[kept], ratios.lower, ratios.upper)
