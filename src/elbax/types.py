"""Records that every layer shares."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Float


class Batch(NamedTuple):
    """Rows to train on or to score; a field that is None leaves no trace in a compiled program.

    Attributes:
        x: the rows, (batch, *event), always finite. Unobserved cells hold any value that has a density.
        observed: the mask of cells that are data, (batch, *event), boolean or 0 and 1; None if all are. Log-densities
            are those of observed cells.
        context: encoded context, (batch, *shape); None for a model without context.
        target_codes: latent points for pretraining, (batch, latent). NaN means a draw from the posterior, as does
            None for all rows.
        weight: weights of the rows in means, (batch,), of mean one over all rows of a fit; None if they are equal.
    """

    x: Array
    observed: Array | None = None
    context: Float[Array, "batch ..."] | None = None
    target_codes: Float[Array, "batch latent"] | None = None
    weight: Float[Array, " batch"] | None = None


def float32(x: ArrayLike) -> Array:
    """Put numbers on the device; unlike ``jnp.asarray`` and ``jnp.full``, this compiles no program."""
    return jax.device_put(np.asarray(x, np.float32))


class Grid(NamedTuple):
    """Where the values of one column lie and how many rows lie there: the coded marginal of a column.

    A code is a point, which has a probability of its own, or a bin, within which values are uniform: on the lattice of
    the column if it has one, else on an interval.

    Attributes:
        points: values with a probability of their own, ascending, (A,).
        low, high: smallest and largest training value of each bin between the points, ascending, (B,).
        shares: smoothed shares of the training rows, those of points first, (A + B,); they add up to one.
        step: distance of two neighbors on the lattice that passes through all values; 0 for continuous values.
        n: number of training rows.
        is_levels: whether the points are levels 0, 1, … of a category, which have no others between or beyond.
    """

    points: np.ndarray
    low: np.ndarray
    high: np.ndarray
    shares: np.ndarray
    step: float
    n: int
    is_levels: bool = False

    @property
    def size(self) -> int:
        """The number of codes."""
        return len(self.shares)

    @property
    def minimum(self) -> float:
        """The smallest training value."""
        return float(min([*self.points[:1], *self.low[:1]]))

    @property
    def maximum(self) -> float:
        """The largest training value."""
        return float(max([*self.points[-1:], *self.high[-1:]]))


class Summary(NamedTuple):
    """Statistics of the training data; every array has the event's shape."""

    mean: np.ndarray
    std: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    center: np.ndarray  # subtracted from a feature before a network sees it
    unit: np.ndarray  # a feature's divisor, always positive; pixels of a channel share one, columns have their own
    spacing: np.ndarray  # the smallest step between two values of a feature, such as the unit of rounding
    channels: int = 1  # features k, k + channels, … of the flat row are one channel of an image or series of a window
    grids: tuple[Grid | None, ...] | None = None  # the coded marginal of each flat feature, where it has one

    @property
    def flat(self) -> "Summary":
        """The summary with one axis, for likelihoods."""
        return self._map(np.ravel, self.channels, self.grids)

    def of(self, columns) -> "Summary":
        """The summary of some columns of a table."""
        columns = np.arange(self.mean.size)[np.asarray(columns)]
        grids = None if self.grids is None else tuple(self.grids[column] for column in columns)
        return self._map(lambda array: array[columns], 1, grids)

    def _map(self, function: Callable[[np.ndarray], np.ndarray], channels: int, grids) -> "Summary":
        return Summary(*(function(array) for array in self[:-2]), channels=channels, grids=grids)


class Terms(NamedTuple):
    """Terms of the ELBO per example, nats."""

    reconstruction: Float[Array, " batch"]  # -log p(x|z)
    kl: Float[Array, " batch"]  # KL(q(z|x) || p(z))

    @property
    def elbo(self) -> Float[Array, " batch"]:
        """The evidence lower bound: -(reconstruction + kl)."""
        return -(self.reconstruction + self.kl)
