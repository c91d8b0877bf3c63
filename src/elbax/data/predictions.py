"""Cheap predictions of each numeric column of a table from its other columns."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from elbax.data.marginal import GridMarginal
from elbax.types import Grid

_MOST_LEVELS = 50  # of a column that have an input of their own
_NEIGHBORS = 5
_MOST_NEIGHBOR_ROWS = 1500  # among which neighbors are looked for
_MOST_DISTANCES = 2**30  # over all columns
TARGETS = "value", "score", "log"


class Predictions(NamedTuple):
    """Predictions by ridge regression and by the mean of near rows, from rows that the predicted one is not among.

    Attributes:
        by_column: for each numeric column what is predicted, (n, 2) each: the standardized value, its normal score,
            and the log of values that are not negative.
        fold: the part of the rows that each row was left out with, (n,).
    """

    by_column: dict[int, dict[str, np.ndarray]]
    fold: np.ndarray

    def of(self, column: int) -> dict[str, np.ndarray]:
        """What is predicted of one column."""
        return self.by_column[column]


def predict(
    x: np.ndarray, observed: np.ndarray, grids: Sequence[Grid], n_folds: int, weight: np.ndarray
) -> Predictions:
    """Predict every numeric column of rows (n, d); cells that are not observed count as their column's mean.

    Means, regressions and neighbors are weighted by ``weight``, one number above 0 for each row.
    """
    weight = weight * (len(weight) / weight.sum())
    columns = [_inputs(x[:, j], observed[:, j] * weight, grid) for j, grid in enumerate(grids)]
    inputs = np.concatenate(columns, axis=1)
    ends = np.cumsum([column.shape[1] for column in columns])
    blocks = [np.arange(end - column.shape[1], end) for end, column in zip(ends, columns, strict=True)]
    numbers = [j for j, grid in enumerate(grids) if not grid.is_levels]
    fold = np.random.default_rng(0).permutation(np.arange(len(x)) % n_folds)
    linear = _ridge(inputs, [blocks[j] for j in numbers], fold, weight)
    near = _neighbors(inputs, observed[:, numbers], [blocks[j] for j in numbers], weight)
    found = {}
    for j, one, other in zip(numbers, linear, near, strict=True):
        both = np.stack([one, other], axis=-1)  # (n, targets, 2)
        named = {name: both[:, position] for position, name in enumerate(TARGETS[: both.shape[1]])}
        found[j] = {name: named.get(name, np.zeros((len(x), 0))) for name in TARGETS}
    return Predictions(found, fold)


def _inputs(x: np.ndarray, weight: np.ndarray, grid: Grid) -> np.ndarray:
    """The inputs of a column, centered: levels one-hot, or value, normal score and log; zero where the weight is 0."""
    if grid.is_levels:
        levels = np.argsort(-grid.shares)[:_MOST_LEVELS]
        inputs = (x[:, None] == levels).astype(np.float64)
    else:
        score = ndtri(np.clip(GridMarginal(grid).middle(x), 1e-6, 1 - 1e-6))
        inputs = [x, score]
        if grid.minimum >= 0:
            inputs.append(np.log(np.maximum(x, grid.minimum)) if grid.minimum > 0 else np.log1p(np.maximum(x, 0)))
        inputs = np.column_stack(inputs)
    total = weight.sum()
    share = weight[:, None] / (total if total > 0 else 1.0)
    inputs = inputs - (inputs * share).sum(axis=0)
    if not grid.is_levels:
        std = np.sqrt((np.square(inputs) * share).sum(axis=0))
        inputs = inputs / np.where(std > 0, std, 1.0)
    return np.where(weight[:, None] > 0, inputs, 0.0)


def _ridge(inputs: np.ndarray, blocks: Sequence[np.ndarray], fold: np.ndarray, weight: np.ndarray) -> list[np.ndarray]:
    """Ridge regressions of each block of inputs on all others.

    One inverse serves them all: with the precision matrix P, residuals of block b are (X P)_b P_bb⁻¹.
    """
    predicted = [np.empty((len(inputs), len(block))) for block in blocks]
    for part in range(fold.max() + 1):
        test, train = inputs[fold == part], inputs[fold != part]
        precision = np.linalg.inv(
            train.T @ (weight[fold != part, None] * train) + inputs.shape[1] * np.eye(inputs.shape[1])
        )
        product = test @ precision
        for own, block in zip(predicted, blocks, strict=True):
            residual = np.linalg.solve(precision[np.ix_(block, block)], product[:, block].T).T
            own[fold == part] = test[:, block] - residual
    return predicted


def _neighbors(
    inputs: np.ndarray, observed: np.ndarray, blocks: Sequence[np.ndarray], weight: np.ndarray
) -> list[np.ndarray]:
    """Means of each block over the rows that are nearest in the other inputs."""
    n = len(inputs)
    most = int(np.clip(_MOST_DISTANCES // max(n * len(blocks), 1), 100, _MOST_NEIGHBOR_ROWS))
    rows = np.sort(np.random.default_rng(1).permutation(n)[:most])
    single = inputs.astype(np.float32)
    squares = np.square(single).sum(axis=1)
    distances = squares[:, None] + squares[rows] - 2 * single @ single[rows].T
    distances[rows, np.arange(len(rows))] = np.inf  # a row is no neighbor of itself
    predicted = []
    for block, seen in zip(blocks, observed.T, strict=True):
        own = distances.copy()
        for column in block:
            own -= np.square(single[:, column, None] - single[rows, column])
        own[:, ~seen[rows]] = np.inf
        k = min(_NEIGHBORS, len(rows) - 1)
        nearest = np.argpartition(own, k - 1, axis=1)[:, :k] if k else np.zeros((n, 1), int)
        share = weight[rows][nearest]  # (n, k)
        share = share / share.sum(axis=1, keepdims=True)
        predicted.append((inputs[np.ix_(rows, block)][nearest] * share[..., None]).sum(axis=1))
    return predicted
