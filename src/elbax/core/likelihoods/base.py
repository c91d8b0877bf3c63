"""The interface of likelihoods p(x|z)."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray
from numpyro.distributions import Distribution

from elbax.core import intervals
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.parts import LinearMap
from elbax.core.xla.row_counts import padded_size, repeat_rows
from elbax.types import Summary

_BLOCK = 256  # rows scored at a time, or padded to where all are
_CONSTANT_SCALES = np.geomspace(1e-3, 3, 16)  # tried where the best has no formula; in units of each feature


@dataclass(frozen=True)
class Support:
    """The values that have a density or a probability.

    Attributes:
        lower, upper: smallest and largest value, inclusive.
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
        integer = not self.integer or x.dtype.kind in "biu"
        if integer and x.size and self.lower <= x.min() and x.max() <= self.upper:
            return np.zeros(x.shape, bool)  # the usual case, five times as fast
        outside = (x < self.lower) | (x > self.upper)
        return outside if integer else outside | (x != np.round(x))

    def __str__(self) -> str:
        """Such as '[0, 1]' or 'integers in [0, 255]'."""
        interval = f"[{self.lower:g}, {self.upper:g}]"
        return f"integers in {interval}" if self.integer else interval


class AbstractLikelihood(eqx.Module):
    """A family of densities p(x|z) whose parameters come from the decoder network.

    Rows are flat: d features, whatever the event's shape. A decoder returns ``n_outputs(d)`` numbers in a layout that
    belongs to the likelihood: by default feature by feature. Features are independent given z where the likelihood is
    ``separable``; another one overrides `log_prob` and `sample`. Log-densities are in nats. `distribution`, `mean` and
    log-densities allow leading axes.
    """

    name: ClassVar[str]
    proper: ClassVar[bool] = True  # log_prob is the log of a density, up to a constant
    separable: ClassVar[bool] = True  # log_prob is a sum over features, which are independent given z
    takes_levels: ClassVar[bool] = False  # whether 0, 1, … may stand for any few values of the data
    affine_in_x: ClassVar[bool] = False  # log p(x|z) - log p(x|z') is affine: exponential family with statistic x
    is_normal: ClassVar[bool] = False  # a normal around `mean`, up to a constant
    location_scale: ClassVar[LocationScale | None] = None  # if the noise has a scale; a field where it is learned
    loadings: ClassVar[Array | None] = None  # of noise factors, (d, K), in units of the scale; a field where learned
    n_factors: ClassVar[int | str] = 0  # of the noise; "auto" until a fit chooses it
    linear_noise: ClassVar[str | None] = None  # "feature" or "shared": the noise of its exact linear models, if any

    @property
    def outputs_per_feature(self) -> int:
        """The largest number of decoder outputs of a feature."""
        return 1

    @property
    @abstractmethod
    def support(self) -> Support:
        """The values that have a density."""

    @abstractmethod
    def distribution(self, outputs: Float[Array, "*n outputs"]) -> Distribution:
        """The distribution of each feature by itself: batch shape (*n, d), no event dimensions."""

    def output_features(self, n_features: int) -> np.ndarray:
        """The feature that each decoder output belongs to, (n_outputs,)."""
        return np.repeat(np.arange(n_features), self.outputs_per_feature)

    def n_outputs(self, n_features: int) -> int:
        """The number of decoder outputs."""
        return len(self.output_features(n_features))

    def by_feature(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d P"]:
        """The outputs of each feature along a new last axis, in the default layout."""
        return outputs.reshape(*outputs.shape[:-1], -1, self.outputs_per_feature)

    def for_event(self, shape: tuple[int, ...]) -> Self:
        """The likelihood for rows of this shape, if it depends on it."""
        return self

    def for_columns(self, n: int) -> Iterator[tuple["AbstractLikelihood", Sequence[int]]]:
        """The parts, each with its columns of a table with n columns; a likelihood without parts has all."""
        yield self, range(n)

    def map_parts(
        self, function: "Callable[[AbstractLikelihood, np.ndarray], AbstractLikelihood]", n: int
    ) -> "AbstractLikelihood":
        """The likelihood with each of its parts replaced by a function of the part and its columns, out of n."""
        return function(self, np.arange(n))

    def support_of(self, column: int) -> Support:
        """The values that have a density in one column of a table."""
        return self.support

    def has_masses(self, column: int) -> bool:
        """Whether values of a column of a table have probabilities, and not a density."""
        return self.support_of(column).integer

    def unnormalized(self, x: np.ndarray) -> np.ndarray:
        """Mark the values of rows (n, *event) at which log_prob lacks a normalizer that depends on z."""
        return np.zeros(x.shape, bool)

    def excludes(self, x: np.ndarray) -> np.ndarray:
        """Mark the values of rows (n, *event) that have no density."""
        return self.support.excludes(x)

    @property
    def output_range(self) -> tuple[float, float]:
        """The interval that the mean can reach."""
        return self.support.lower, self.support.upper

    def mean(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """E[x|z], in the data's own units."""
        return self.distribution(outputs).mean

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """The most probable value of each feature given z, or its mean where that is the usual guess."""
        return self.mean(outputs)

    def log_prob_per_feature(
        self, outputs: Float[Array, "*n outputs"], x: Float[Array, "*n d"]
    ) -> Float[Array, "*n d"]:
        """Log p(x_j|z) of each feature, nats; given the features before it too, unless the likelihood is separable."""
        return self.distribution(outputs).log_prob(x)

    def log_prob(
        self, outputs: Float[Array, "*n outputs"], x: Float[Array, "*n d"], observed: Array | None = None
    ) -> Float[Array, "*n"]:
        """Log p(x|z), nats: the sum over observed features, marked by true or 1 (*n, d), or over all."""
        log_prob = self.log_prob_per_feature(outputs, x)
        if observed is not None:
            log_prob = jnp.where(observed.astype(bool), log_prob, 0.0)
        return log_prob.sum(axis=-1)

    def highest_log_prob(self, n_features: int) -> np.ndarray:
        """An upper bound of log p(x_j|z) over all x and z for each feature, nats, (d,); infinite where none is known.

        Probabilities are at most one; a density is bounded by the floor of its scale.
        """
        return np.full(n_features, 0.0 if self.proper and self.support.integer else inf)

    def sample(self, key: PRNGKeyArray, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        """Draw x given z, in the data's own units, as floats."""
        return self.distribution(outputs).sample(key).astype(outputs.dtype)

    def tails(self, outputs: Float[Array, "*n outputs"], x: Float[Array, "*n d"]) -> tuple[Array, Array]:
        """P(X_j <= x_j | z) and P(X_j > x_j | z) of each feature, each exact where it is small."""
        below = self.distribution(outputs).cdf(x)
        return below, 1 - below

    def log_mass(
        self,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        """Log P(x_j in A_j | z) of each feature, nats: of x_j in a range, ends inclusive, and among levels.

        Ends are infinite where there is no condition. ``allowed`` matters for features with levels only.
        """
        return intervals.log_mass(partial(self.tails, outputs), low, high, integer=self.support.integer)

    def sample_within(
        self,
        key: PRNGKeyArray,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        """Draw each x_j given z and the event of `log_mass`."""
        distribution = self.distribution(outputs)
        where = intervals.Coordinates(distribution.mean, jnp.sqrt(distribution.variance))
        tails, integer = partial(self.tails, outputs), self.support.integer
        return intervals.draw_within(key, tails, low, high, where, integer=integer).astype(outputs.dtype)

    def prepare(self, summary: Summary) -> Self:
        """A copy with its arrays, made from a flat summary."""
        return self

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """Decoder outputs of a good constant model, (n_outputs,): the initial bias of a decoder."""
        return np.zeros(self.n_outputs(summary.mean.size), np.float32)

    def with_factors(self, number: int) -> Self:
        """A copy with this number of noise factors, for a likelihood that can have them."""
        return self

    def with_noise(self, scale: np.ndarray, loadings: np.ndarray) -> Self:
        """A copy whose learned noise starts at these standard deviations (d,) and loadings of its factors (d, K).

        Both are in the data's own units. Factors without loadings start with small ones. The same likelihood if it has
        no noise to start.
        """
        part = self.location_scale
        if part is None or part.raw is None:
            return self
        return self.with_location_scale(part.with_std(scale))

    def start_linear(
        self, mean: np.ndarray, loadings: np.ndarray, scale: np.ndarray, unit: np.ndarray
    ) -> tuple[Self, LinearMap]:
        """The prepared likelihood and the outputs of x = mean + loadings z + scale ε; needs ``linear_noise``.

        ``unit`` is that of departures from the map. All are in the data's own units.
        """
        raise NotImplementedError(f"{self.name} is not the likelihood of a linear Gaussian model")

    def with_location_scale(self, part: LocationScale) -> "AbstractLikelihood":
        """A copy with another location and scale."""
        return eqx.tree_at(lambda likelihood: likelihood.location_scale, self, part)

    def takes_exposure(self, n: int) -> np.ndarray:
        """Mark the columns, out of n, whose means are proportional to an exposure: counts."""
        return np.zeros(n, bool)

    def at_exposure(self, outputs: Float[Array, "*n outputs"], log_exposure: Float[Array, "*n"]) -> Array:
        """The outputs of rows that are exposed to what is counted by another amount, of this logarithm, than usual."""
        return outputs

    def per_exposure(self, x: Float[Array, "*n d"], log_exposure: Float[Array, "*n"]) -> Float[Array, "*n d"]:
        """Rows with counts divided by their exposure."""
        factor = jnp.exp(-log_exposure)[..., None]
        return x * jnp.where(self.takes_exposure(x.shape[-1]), factor, 1.0)

    def constant_candidates(self) -> Sequence["AbstractLikelihood"]:
        """Copies for a constant model, which takes the best for each feature: several where a scale is learned."""
        part = self.location_scale
        if part is None or not part.is_learned:
            return [self]
        return [self.with_location_scale(part.with_free_scale(scale)) for scale in _CONSTANT_SCALES]

    def constant_log_probs(
        self,
        summary: Summary,
        x: np.ndarray,
        observed: np.ndarray | None = None,
        train: np.ndarray | None = None,
        exposures: tuple[np.ndarray, np.ndarray | None] | None = None,
    ) -> np.ndarray:
        """Log-density of each row under a good constant model of independent features, nats, (n,).

        Args:
            summary: flat statistics of the training rows, which give the constant.
            x: flat rows, (n, d).
            observed: the mask of cells that count, (n, d), or None.
            train: complete rows that a learned scale is fitted to; by default the observed cells of ``x``.
            exposures: logs of the exposures of rows, (n,), and of training rows, or None; see `at_exposure`.
        """
        candidates, fitted = self.constant_candidates(), x if train is None else train
        best = np.zeros(x.shape[1], int)
        if len(candidates) > 1:
            mask = observed if train is None else None
            cells = np.ones(fitted.shape, bool) if mask is None else mask
            rows, cells = _padded(np.asarray(fitted, np.float32)), _padded(cells)
            cells = cells & (np.arange(len(cells)) < len(fitted))[:, None]
            own = None if exposures is None else _padded(exposures[0 if train is None else 1])
            means = np.stack([_feature_means(c, c.initial_outputs(summary), rows, cells, own) for c in candidates])
            n_scales = x.shape[1] if self.location_scale is None else self.location_scale.n_scales(x.shape[1])
            best = np.tile(means.reshape(len(means), -1, n_scales).sum(axis=1).argmax(axis=0), len(best) // n_scales)
        total = np.zeros(len(x))
        for index in np.unique(best):
            candidate, cells = candidates[index], np.broadcast_to(best == index, x.shape)
            mask = observed if cells.all() else cells if observed is None else cells & observed
            own = None if exposures is None else exposures[0]
            total += row_log_probs(candidate, candidate.initial_outputs(summary), x, mask, own)
        return total


def row_log_probs(
    likelihood: AbstractLikelihood,
    outputs: np.ndarray,
    x: np.ndarray,
    observed: np.ndarray | None = None,
    exposure: np.ndarray | None = None,
) -> np.ndarray:
    """Log-density of each row of x (n, d) at the same outputs, and its own log of exposure if any, nats, (n,)."""
    total = np.empty(len(x))
    for start in range(0, len(x), _BLOCK):
        rows = slice(start, start + _BLOCK)
        columns = (None if column is None else _padded(column[rows]) for column in (observed, exposure))
        block = _padded(np.asarray(x[rows], np.float32)), *columns
        total[rows] = np.asarray(_row_sums(likelihood, outputs, *block))[: len(x) - start]
    return total


def _padded(x: np.ndarray) -> np.ndarray:
    """Rows, repeated to one of few numbers of them, so that few programs are compiled."""
    return repeat_rows(x, max(padded_size(len(x)), _BLOCK))


@eqx.filter_jit
def _row_sums(likelihood, outputs, x, observed, exposure):
    if exposure is None:
        return jax.vmap(likelihood.log_prob, (None, 0, 0))(outputs, x, observed)
    return jax.vmap(likelihood.log_prob)(_at_exposures(likelihood, outputs, exposure), x, observed)


@eqx.filter_jit
def _feature_means(likelihood, outputs, x, observed, exposure):
    if exposure is not None:
        outputs = _at_exposures(likelihood, outputs, exposure)
    log_prob = jnp.where(observed, likelihood.log_prob_per_feature(outputs, x), 0.0)
    return log_prob.sum(axis=0) / observed.any(axis=1).sum()


def _at_exposures(likelihood, outputs, exposure):
    """The outputs of each row, (n, outputs), at its exposure (n,)."""
    return likelihood.at_exposure(jnp.broadcast_to(outputs, (len(exposure), len(outputs))), exposure)
