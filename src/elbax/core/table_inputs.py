"""What networks see of a row of a table: numbers, levels one-hot, and which cells are there."""

from dataclasses import replace
from typing import NamedTuple, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from paramax import NonTrainable
from scipy.special import ndtri

from elbax.core.config import learned
from elbax.types import Grid, Summary, float32

_FEW, _FREQUENT = 32, 0.01  # values of a column without others, or the share of a value, that are inputs of their own


class TableInputs(eqx.Module):
    """Maps a row of codes to inputs: standardized numbers, levels one-hot, and, with ``gaps``, the mask.

    Numbers and levels that were not observed are zeros. Numbers whose marginals are known, see `prepare`, are normal
    scores instead, and their few or frequent values are one-hot too.

    Attributes:
        levels: the number of levels of each feature; 0 for a number.
        gaps: whether the mask of observed cells is an input.
        one_hot: the number of one-hot inputs of each feature; by default those of levels.
        values: the value of each one-hot input.
        scores: the normal scores of numbers, or None.

    Example:
        >>> inputs = TableInputs((0, 3), gaps=True)
        >>> x = jnp.array([5.0, 1.0])
        >>> inputs(x, (x - 4.0) / 2.0, jnp.array([True, True])).tolist()
        [0.5, 0.0, 1.0, 0.0, 1.0, 1.0]
        >>> inputs.columns.tolist()
        [0, 1, 1, 1, 0, 1]
    """

    levels: tuple[int, ...] = eqx.field(static=True)
    gaps: bool = eqx.field(static=True, default=False)
    one_hot: tuple[int, ...] | None = eqx.field(static=True, default=None, metadata={"learned": True})
    values: NonTrainable | None = learned()
    scores: NonTrainable | None = learned()

    def prepare(self, summary: Summary) -> Self:
        """A copy that knows the marginals of numbers with grids: few outliers then do not fill the range of inputs."""
        grids = (None,) * len(self.levels) if summary.grids is None else summary.grids
        numbers = [grids[number] for number in self._numbers]
        if all(grid is None for grid in numbers):
            return self
        values = [
            np.arange(n) if n or grid is None else _frequent(grid) for n, grid in zip(self.levels, grids, strict=True)
        ]
        return replace(
            self,
            one_hot=tuple(map(len, values)),
            values=NonTrainable(float32(np.concatenate(values))),
            scores=NonTrainable(NormalScores.of(numbers)),
        )

    def __call__(
        self, x: Float[Array, " d"], standardized: Float[Array, " d"], observed: Array | None = None
    ) -> Float[Array, " size"]:
        """The inputs of one row of codes; without ``observed`` all cells are."""
        numbers = standardized if len(self._numbers) == len(self.levels) else standardized[self._numbers]
        if self.scores is not None:
            numbers = self.scores.tree(x[self._numbers], numbers)
        pieces = [numbers]
        if len(self._owners):
            values = self._places if self.values is None else self.values.tree
            pieces.append((x[self._owners] == values).astype(numbers.dtype))
        inputs = jnp.concatenate(pieces) if len(pieces) > 1 else numbers
        if observed is not None:
            inputs = jnp.where(observed.astype(bool)[self.columns[: self.n_values]], inputs, 0.0)
        if not self.gaps:
            return inputs
        mask = jnp.ones(len(self.levels)) if observed is None else observed
        return jnp.concatenate([inputs, mask.astype(inputs.dtype)])

    @property
    def size(self) -> int:
        """The number of inputs."""
        return self.n_values + self.gaps * len(self.levels)

    @property
    def n_values(self) -> int:
        """The number of inputs that are values, not the mask; they come first."""
        return len(self._numbers) + len(self._owners)

    @property
    def columns(self) -> np.ndarray:
        """The feature that each input belongs to, (size,)."""
        mask = np.arange(len(self.levels) if self.gaps else 0)
        return np.concatenate([self._numbers, self._owners, mask]).astype(int)

    @property
    def _numbers(self) -> np.ndarray:
        return np.flatnonzero(np.array(self.levels) == 0)

    @property
    def _owners(self) -> np.ndarray:
        """The feature of each one-hot input."""
        return np.repeat(np.arange(len(self.levels)), self.one_hot or self.levels)

    @property
    def _places(self) -> np.ndarray:
        """The level of each one-hot input."""
        return np.concatenate([np.arange(n) for n in self.levels]).astype(np.float32)

    def describe(self) -> str:
        """Such as "3 numbers, 12 levels of 2 columns, mask of gaps"."""
        numbers, columns = len(self._numbers), len(self.levels) - len(self._numbers)
        parts = [f"{numbers} number{'s' * (numbers != 1)}"] if numbers else []
        if columns:
            parts.append(f"{sum(self.levels)} levels of {columns} column{'s' * (columns != 1)}")
        return ", ".join(parts + ["mask of gaps"] * self.gaps)


class NormalScores(NamedTuple):
    """Quantiles of a standard normal at the ranks of numbers, linear between the points and bins of their grids.

    A score is the first one plus the rises of all pieces below the number, (numbers, pieces).
    """

    has_grid: Array
    first: Array
    start: Array
    width: Array
    rise: Array

    @classmethod
    def of(cls, grids: list[Grid | None]) -> Self:
        """Scores by these grids; numbers without a grid stay as they are."""
        curves = [_curve(grid) if grid is not None else (np.zeros(1), np.zeros(1)) for grid in grids]
        n = max(len(values) for values, _ in curves) - 1
        start, width, rise = np.zeros((len(grids), n)), np.ones((len(grids), n)), np.zeros((len(grids), n))
        for row, (values, scores) in enumerate(curves):
            pieces = slice(0, len(values) - 1)
            start[row, pieces], width[row, pieces], rise[row, pieces] = values[:-1], np.diff(values), np.diff(scores)
        has_grid = np.array([grid is not None for grid in grids], np.float32)
        return cls(*map(float32, (has_grid, [scores[0] for _, scores in curves], start, width, rise)))

    def __call__(self, x: Float[Array, " numbers"], standardized: Float[Array, " numbers"]) -> Array:
        along = jnp.clip((x[:, None] - self.start) / self.width, 0.0, 1.0)
        return jnp.where(self.has_grid > 0, self.first + (self.rise * along).sum(axis=1), standardized)


def _frequent(grid: Grid) -> np.ndarray:
    """The points of a grid that have inputs of their own: all of a few, else the frequent ones."""
    n = len(grid.points)
    return grid.points if grid.size == n <= _FEW else grid.points[grid.shares[:n] > _FREQUENT]


def _curve(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Ascending values and their normal scores: at the middle of a point's ranks, and at both ends of a bin's."""
    low, high = (np.concatenate([grid.points, ends]).astype(np.float32) for ends in (grid.low, grid.high))
    order = np.argsort(low, kind="stable")
    shares = grid.shares[order]
    after = np.cumsum(shares)
    middle, before = after - shares / 2, after - shares
    is_bin = low[order] < high[order]
    values = np.column_stack([low[order], high[order]]).ravel()
    ranks = np.column_stack([np.where(is_bin, before, middle), np.where(is_bin, after, middle)]).ravel()
    values, kept = np.unique(values, return_index=True)
    least = 0.5 / max(grid.n, 1)
    return values.astype(np.float64), np.maximum.accumulate(ndtri(np.clip(ranks[kept], least, 1 - least)))
