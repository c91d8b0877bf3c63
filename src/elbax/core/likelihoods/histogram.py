"""The histogram likelihood: the coded marginals of columns, whose shares the decoder changes."""

from dataclasses import replace
from typing import ClassVar, Self

import equinox as eqx
import numpy as np
import paramax
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from elbax.core import distributions
from elbax.core.config import learned
from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.errors import InputError
from elbax.types import Grid, Summary


class Histogram(AbstractLikelihood):
    """Each feature has a code, one of its points and bins, and the training marginal within the code.

    p(x|z) = softmax(outputs)[code of x] p(x | code), where the latter is one for a point and uniform within a bin: over
    its interval, or over the values of the feature's lattice. It has any number of modes, exact zeros and exact steps;
    samples never leave the range of the training values. Categories are points without an order. The codes of each
    feature come from the `Grid` that was learned from the training rows; its shares are the initial outputs.

    A value that lies in no code, between or beyond those of the training rows, has the small density that rank
    statistics give it, whatever z is: each of the n + 1 intervals between n values holds a new one with probability
    1 / (n + 1). Moments and samples leave it out.

    Args:
        sizes: the number of codes of each feature; None for those of the grids.

    Raises:
        InputError: in `prepare`, the summary has no grids, or grids of other sizes.

    Example:
        >>> Histogram(sizes=(3, 64)).n_outputs(2)
        67
    """

    name: ClassVar[str] = "histogram"
    takes_levels: ClassVar[bool] = True
    sizes: tuple[int, ...] | None = eqx.field(static=True, default=None)
    codes: paramax.NonTrainable | None = learned()
    supports: tuple[Support, ...] | None = eqx.field(static=True, default=None, metadata={"learned": True})
    masses: tuple[bool, ...] | None = eqx.field(static=True, default=None, metadata={"learned": True})

    @property
    def _sizes(self) -> tuple[int, ...]:
        if self.sizes is None:
            raise InputError("a histogram gets the sizes of its grids from `prepare`, which takes a summary of a table")
        return self.sizes

    @property
    def outputs_per_feature(self) -> int:
        return max(self._sizes)

    def output_features(self, n_features: int) -> np.ndarray:
        return np.repeat(np.arange(n_features), self._sizes)

    @property
    def support(self) -> Support:
        return Support()

    def support_of(self, column: int) -> Support:
        return Support() if self.supports is None else self.supports[column]

    def has_masses(self, column: int) -> bool:
        """Whether some values have probabilities: all on a lattice, and points beside bins."""
        return super().has_masses(column) if self.masses is None else self.masses[column]

    def excludes(self, x: np.ndarray) -> np.ndarray:
        """Mark the values that have no density: those that are no level of a category, and fractions of integers."""
        rows = x.reshape(len(x), -1)
        outside = [self.support_of(j).excludes(rows[:, j]) for j in range(rows.shape[1])]
        return np.stack(outside, axis=1).reshape(x.shape)

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> distributions.Histogram:
        if self.codes is None:
            raise InputError("a histogram gets its codes from `prepare`, which takes a summary of a table")
        return distributions.Histogram(outputs, paramax.unwrap(self.codes), self._sizes)

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        return self.distribution(outputs).mode

    def log_mass(
        self,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        return self.distribution(outputs).log_mass(low, high, allowed)

    def sample_within(
        self,
        key: PRNGKeyArray,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        return self.distribution(outputs).sample_within(key, low, high, allowed)

    def highest_log_prob(self, n_features: int) -> np.ndarray:
        """The largest density within a code, or without one."""
        if self.codes is None:
            return super().highest_log_prob(n_features)
        codes = paramax.unwrap(self.codes)
        highest = np.full(n_features, -np.inf)
        np.maximum.at(highest, self.output_features(n_features), np.asarray(codes.log_within, np.float64))
        return np.maximum(highest, np.asarray(codes.highest_rest, np.float64))

    def prepare(self, summary: Summary) -> Self:
        grids = _grids(summary)
        sizes = tuple(grid.size for grid in grids)
        if self.sizes is not None and tuple(self.sizes) != sizes:
            raise InputError(f"histogram has sizes={self.sizes}, but the grids of the columns have sizes {sizes}")
        codes = paramax.NonTrainable(distributions.Codes.of(grids))
        masses = tuple(grid.step > 0 or len(grid.points) > 0 for grid in grids)
        return replace(self, sizes=sizes, codes=codes, supports=tuple(map(_support, grids)), masses=masses)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """The logs of the training shares."""
        return np.log(np.concatenate([grid.shares for grid in _grids(summary)])).astype(np.float32)


def _grids(summary: Summary) -> tuple[Grid, ...]:
    grids = [None] * summary.mean.size if summary.grids is None else summary.grids
    if missing := [column for column, grid in enumerate(grids) if grid is None]:
        raise InputError(
            f"likelihood 'histogram' needs columns of a table, whose values it counts; column {missing[0]} has no "
            "grid; pass a data frame, or choose another likelihood"
        )
    return tuple(grid for grid in grids if grid is not None)


def _support(grid: Grid) -> Support:
    if grid.is_levels:
        return Support(0, grid.size - 1, integer=True)
    whole = grid.step > 0 and float(grid.step).is_integer() and float(grid.minimum).is_integer()
    return Support(integer=whole)
