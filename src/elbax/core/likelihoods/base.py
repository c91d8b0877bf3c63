"""What every likelihood p(x|z) promises to the rest of the library."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Self

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import Distribution

from elbax.types import Summary

__all__ = ["AbstractLikelihood", "Support"]


@dataclass(frozen=True)
class Support:
    """The values a likelihood gives probability to.

    Attributes:
        lower: smallest value, inclusive.
        upper: largest value, inclusive.
        integer: whether only whole numbers are allowed.

    Example:
        >>> Support(0, 1).excludes(np.array([-0.5, 0.5, 2.0]))
        array([ True, False,  True])
    """

    lower: float = -inf
    upper: float = inf
    integer: bool = False

    def excludes(self, x: np.ndarray) -> np.ndarray:
        """Mark the values outside the support."""
        whole = not self.integer or x.dtype.kind in "biu"
        if whole and x.size and self.lower <= x.min() and x.max() <= self.upper:
            return np.zeros(x.shape, bool)  # the usual case, in a fifth of the time that comparisons take
        outside = (x < self.lower) | (x > self.upper)
        return outside if whole else outside | (x != np.round(x))

    def __str__(self) -> str:
        """Write the support as people do: '[0, 1]', 'whole numbers in [0, 255]'."""
        interval = f"[{self.lower:g}, {self.upper:g}]"
        return f"whole numbers in {interval}" if self.integer else interval


class AbstractLikelihood(eqx.Module):
    """A family of densities p(x|z) whose parameters come from the decoder network.

    A decoder returns, for one example, an array of shape ``(*event, outputs_per_feature)``. Features are
    independent given z; log-densities are in nats, summed over features.
    """

    name: ClassVar[str]
    # Whether log_prob is the logarithm of a density, up to a constant that no parameter enters.
    proper: ClassVar[bool] = True

    @property
    @abstractmethod
    def outputs_per_feature(self) -> int:
        """How many numbers the decoder must return for each feature."""

    @property
    @abstractmethod
    def support(self) -> Support:
        """The values that have a density."""

    @abstractmethod
    def distribution(self, outputs: Float[Array, "*event P"]) -> Distribution:
        """The distribution of each feature: batch shape ``event``, no event dimensions."""

    @property
    def needs_varying_features(self) -> bool:
        """Whether the density of a constant feature has no maximum, because a scale of its own shrinks to nothing."""
        return False

    def for_columns(self, n: int) -> Iterator[tuple["AbstractLikelihood", Sequence[int]]]:
        """Each part, with the columns it is for, of a table of n columns; a likelihood without parts is for all."""
        yield self, range(n)

    def support_of(self, column: int) -> Support:
        """The values that have a density in one column of a table."""
        return self.support

    def excludes(self, x: np.ndarray) -> np.ndarray:
        """Mark the values of a data set, shape ``(n, *event)``, that have no density."""
        return self.support.excludes(x)

    @property
    def output_range(self) -> tuple[float, float]:
        """The interval that the mean can reach."""
        return self.support.lower, self.support.upper

    def mean(self, outputs: Float[Array, "*event P"]) -> Float[Array, " *event"]:
        """E[x|z], in the data's own units."""
        return self.distribution(outputs).mean

    def log_prob(self, outputs: Float[Array, "*event P"], x: Float[Array, " *event"]) -> Float[Array, ""]:
        """Log p(x|z) of one example, in nats, summed over its features."""
        return self.distribution(outputs).log_prob(x).sum()

    def sample(self, key: PRNGKeyArray, outputs: Float[Array, "*event P"]) -> Float[Array, " *event"]:
        """Draw one x given z, in the data's own units, as floats even where only whole numbers occur."""
        return self.distribution(outputs).sample(key).astype(outputs.dtype)

    def prepare(self, summary: Summary) -> Self:
        """Return a copy whose learned or fixed arrays suit the data; parts without any return themselves."""
        return self

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """Decoder outputs, shape ``(*event, P)``, of a good constant model: where a network's bias starts."""
        return np.zeros((*summary.mean.shape, self.outputs_per_feature), np.float32)
