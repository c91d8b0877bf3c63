"""What every likelihood p(x|z) promises to the rest of the library."""

from abc import abstractmethod
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
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

    Rows are flat here: d features, whatever the event's shape. A decoder returns ``n_outputs(d)`` numbers, and only the
    likelihood knows their layout: by default feature by feature. Features are independent given z; log-densities are
    in nats. Leading axes are allowed wherever a distribution is asked for.
    """

    name: ClassVar[str]
    # Whether log_prob is the logarithm of a density, up to a constant that no parameter enters.
    proper: ClassVar[bool] = True

    @property
    def outputs_per_feature(self) -> int:
        """How many decoder outputs a feature has, at most."""
        return 1

    @property
    @abstractmethod
    def support(self) -> Support:
        """The values that have a density."""

    @abstractmethod
    def distribution(self, outputs: Float[Array, "*n outputs"]) -> Distribution:
        """The distribution of each feature: batch shape (*n, d), no event dimensions."""

    def output_features(self, n_features: int) -> np.ndarray:
        """The feature that each decoder output belongs to, (n_outputs,)."""
        return np.repeat(np.arange(n_features), self.outputs_per_feature)

    def n_outputs(self, n_features: int) -> int:
        """How many numbers the decoder must return for so many features."""
        return len(self.output_features(n_features))

    def by_feature(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d P"]:
        """The outputs of each feature side by side, for the default layout."""
        return outputs.reshape(*outputs.shape[:-1], -1, self.outputs_per_feature)

    def for_event(self, shape: tuple[int, ...]) -> Self:
        """The likelihood of rows of this shape; most need not know it."""
        return self

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

    def mean(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """E[x|z], in the data's own units."""
        return self.distribution(outputs).mean

    def log_prob_per_feature(
        self, outputs: Float[Array, "*n outputs"], x: Float[Array, "*n d"]
    ) -> Float[Array, "*n d"]:
        """Log p(x_j|z) of each feature, nats."""
        return self.distribution(outputs).log_prob(x)

    def log_prob(
        self, outputs: Float[Array, "*n outputs"], x: Float[Array, "*n d"], observed: Array | None = None
    ) -> Float[Array, "*n"]:
        """Log p(x|z), nats: the sum over the features that were observed, (*n, d) of true or 1; all without that."""
        each = self.log_prob_per_feature(outputs, x)
        if observed is not None:
            each = jnp.where(observed.astype(bool), each, 0.0)
        return each.sum(axis=-1)

    def sample(self, key: PRNGKeyArray, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """Draw x given z, in the data's own units, as floats even where only whole numbers occur."""
        return self.distribution(outputs).sample(key).astype(outputs.dtype)

    def prepare(self, summary: Summary) -> Self:
        """Return a copy whose learned or fixed arrays suit a flat summary; parts without any return themselves."""
        return self

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """Decoder outputs, (n_outputs,), of a good constant model: where a network's bias starts."""
        return np.zeros(self.n_outputs(summary.mean.size), np.float32)
