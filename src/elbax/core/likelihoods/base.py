"""What every likelihood p(x|z) promises to the rest of the library."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import Distribution

from elbax.core.likelihoods.location_scale import LocationScale
from elbax.types import Summary

# Scales that a constant model may choose from, in units of each feature, where the best has no formula.
_CONSTANT_SCALES = np.geomspace(1e-3, 3, 16)


@dataclass(frozen=True)
class Support:
    """The values a likelihood gives probability to.

    Attributes:
        lower: smallest value, inclusive.
        upper: largest value, inclusive.
        integer: whether only integers are allowed.

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
        """Write the support as people do: '[0, 1]', 'integers in [0, 255]'."""
        interval = f"[{self.lower:g}, {self.upper:g}]"
        return f"integers in {interval}" if self.integer else interval


class AbstractLikelihood(eqx.Module):
    """A family of densities p(x|z) whose parameters come from the decoder network.

    Rows are flat here: d features, whatever the event's shape. A decoder returns ``n_outputs(d)`` numbers, and only the
    likelihood knows their layout: by default feature by feature. Features are independent given z; log-densities are
    in nats. Leading axes are allowed wherever a distribution is asked for.
    """

    name: ClassVar[str]
    # Whether log_prob is the logarithm of a density, up to a constant that no parameter enters.
    proper: ClassVar[bool] = True
    # Whether log_prob is a sum of terms that depend on one feature each.
    separable: ClassVar[bool] = True
    # Whether log p(x|z) - log p(x|z') is affine in x: exponential families whose statistic is x itself.
    affine_in_x: ClassVar[bool] = False
    # Whether the density is that of a normal around `mean`, up to a constant.
    is_normal: ClassVar[bool] = False
    # Location and scale of the features, where the noise has a scale of its own; a field of those that learn it.
    location_scale: ClassVar[LocationScale | None] = None
    # How many columns it names; None where any number will do.
    n_columns: ClassVar[int | None] = None

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

    def part_of(self, column: int) -> "AbstractLikelihood":
        """The likelihood of one column, of those that have several."""
        return self

    @property
    def needs_varying_features(self) -> bool:
        """Whether the density of a constant feature has no maximum, because a scale of its own shrinks to nothing."""
        return False

    def for_columns(self, n: int) -> Iterator[tuple["AbstractLikelihood", Sequence[int]]]:
        """Each part, with the columns it is for, of a table of n columns; a likelihood without parts is for all."""
        yield self, range(n)

    def support_of(self, column: int) -> Support:
        """The values that have a density in one column of a table."""
        return self.part_of(column).support

    def unnormalized(self, x: np.ndarray) -> np.ndarray:
        """Mark the values, shape ``(n, *event)``, at which log_prob lacks a normalizer that depends on z."""
        return np.zeros(x.shape, bool)

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
        """Draw x given z, in the data's own units, as floats even where only integers occur."""
        return self.distribution(outputs).sample(key).astype(outputs.dtype)

    def prepare(self, summary: Summary) -> Self:
        """Return a copy whose learned or fixed arrays suit a flat summary; parts without any return themselves."""
        return self

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """Decoder outputs, (n_outputs,), of a good constant model: where a network's bias starts."""
        return np.zeros(self.n_outputs(summary.mean.size), np.float32)

    def with_location_scale(self, part: LocationScale) -> "AbstractLikelihood":
        """Return a copy with another location and scale."""
        return eqx.tree_at(lambda likelihood: likelihood.location_scale, self, part)

    def constant_log_prob(self, summary: Summary, x: np.ndarray, observed: np.ndarray | None = None) -> float:
        """Mean log-density of the observed cells of flat rows x (n, d) under a good constant decoder, nats per row.

        A learned scale takes the best of several values.
        """
        part, x = self.location_scale, np.asarray(x, np.float32)
        if part is None or not part.is_learned:
            return float(_mean_log_prob(self, self.initial_outputs(summary), x, observed))
        copies = [self.with_location_scale(part.freed(scale)) for scale in _CONSTANT_SCALES]
        return best_constant_log_prob(copies, summary, x, observed, shared=part.scale == "shared")


def best_constant_log_prob(
    copies: Sequence[AbstractLikelihood],
    summary: Summary,
    x: np.ndarray,
    observed: np.ndarray | None,
    shared: bool = False,
) -> float:
    """Mean log-density of rows x under constant outputs, with the best copy for each feature or for all of them."""
    found = [_feature_log_probs(copy, copy.initial_outputs(summary), x, observed) for copy in copies]
    found = np.stack(found)  # (copies, d)
    return float(found.sum(axis=1).max() if shared else found.max(axis=0).sum())


@eqx.filter_jit
def _mean_log_prob(likelihood, outputs, x, observed):
    return jax.vmap(likelihood.log_prob, (None, 0, 0))(outputs, x, observed).mean()


@eqx.filter_jit
def _feature_log_probs(likelihood, outputs, x, observed):
    log_prob = likelihood.log_prob_per_feature(outputs, x)
    return (log_prob if observed is None else jnp.where(observed, log_prob, 0.0)).mean(axis=0)
