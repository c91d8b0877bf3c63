"""The log-normal likelihood, for positive features such as amounts."""

import math
from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from elbax.core import intervals
from elbax.core.likelihoods.base import Support
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.likelihoods.location_scale_family import AbstractLocationScaleFamily
from elbax.types import Summary

_SMALLEST = float(np.finfo(np.float32).tiny)
_LARGEST_LOG = 80.0  # of a mean, which stays within float32


class LogNormal(AbstractLocationScaleFamily):
    """The log of each feature is normal around the decoded mean; densities are those of the data's own units.

    Args:
        scale: the standard deviation of the log, "fixed" at ``value`` or learned. See `Normal`.
        value: the fixed standard deviation of the log.
        initial_scale: initial value of a learned one, in units of each feature's log. See `Normal`.
        floor: its smallest value, in units of each feature's log. See `Normal`.

    Example:
        >>> likelihood = LogNormal("fixed", value=1.0)
        >>> round(float(likelihood.log_prob(jnp.zeros(1), jnp.ones(1))), 4)  # -log(2π)/2
        -0.9189
    """

    name: ClassVar[str] = "log_normal"

    def __init__(
        self,
        scale: str = "feature",
        value: float = 1.0,
        initial_scale: float | None = None,
        floor: float | None = None,
    ):
        self.location_scale = LocationScale(scale, value, "identity", initial_scale, floor)

    @property
    def support(self) -> Support:
        return Support(lower=_SMALLEST)

    def highest_log_prob(self, n_features: int) -> np.ndarray:
        """That at the smallest positive number: near zero the density grows with its inverse."""
        return super().highest_log_prob(n_features) - math.log(_SMALLEST)

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> dist.LogNormal:
        return dist.LogNormal(*self.location_scale(self.by_feature(outputs)))

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        log_x = _log(x)
        residual, scale, log_unit = self.location_scale.in_units(self.by_feature(outputs), log_x)
        return dist.Normal(0.0, scale).log_prob(residual) - log_unit - log_x

    def mean(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        location, scale = self.location_scale(self.by_feature(outputs))
        return jnp.exp(jnp.clip(location + 0.5 * jnp.square(scale), -_LARGEST_LOG, _LARGEST_LOG))

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        location, scale = self.location_scale(self.by_feature(outputs))
        return jnp.exp(jnp.clip(location - jnp.square(scale), -_LARGEST_LOG, _LARGEST_LOG))

    def sample(self, key: PRNGKeyArray, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        draws = dist.Normal(*self.location_scale(self.by_feature(outputs))).sample(key)
        return jnp.exp(jnp.clip(draws, -_LARGEST_LOG, _LARGEST_LOG)).astype(outputs.dtype)

    def tails(self, outputs: Array, x: Array) -> tuple[Array, Array]:
        location, scale = self.location_scale(self.by_feature(outputs))
        return intervals.normal_tails((_log(x) - location) / scale)

    def log_mass(
        self,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        ends = self._standardized(outputs, low, high)
        return jnp.where(high > 0, intervals.log_normal_mass(*ends), -jnp.inf)

    def sample_within(
        self,
        key: PRNGKeyArray,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        ends, (location, scale) = self._standardized(outputs, low, high), self.location_scale(self.by_feature(outputs))
        where = intervals.Coordinates(jnp.zeros_like(location), jnp.ones_like(location))
        z = intervals.draw_within(key, intervals.normal_tails, *ends, where)
        draws = jnp.exp(jnp.clip(location + scale * z, -_LARGEST_LOG, _LARGEST_LOG))
        return jnp.clip(draws, low, high).astype(outputs.dtype)

    def _standardized(self, outputs: Array, low: Array, high: Array) -> tuple[Array, Array]:
        """Ends of ranges, in standard deviations of the log from its mean."""
        location, scale = self.location_scale(self.by_feature(outputs))
        first = jnp.where(low > 0, (_log(low) - location) / scale, -jnp.inf)
        last = jnp.where(
            jnp.isposinf(high), jnp.inf, (_log(jnp.where(jnp.isfinite(high), high, 1.0)) - location) / scale
        )
        return first, last

    def prepare(self, summary: Summary) -> Self:
        prepared = self.location_scale.prepare(_of_logs(summary))
        return eqx.tree_at(lambda part: part.location_scale, self, prepared)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        return self.location_scale.initial_outputs(_of_logs(summary)).ravel()

    def with_noise(self, scale: np.ndarray, loadings: np.ndarray) -> Self:
        """The same likelihood: standard deviations in the data's own units are not those of its noise."""
        return self


def _log(x: Array) -> Array:
    return jnp.log(jnp.maximum(x, _SMALLEST))


def _of_logs(summary: Summary) -> Summary:
    """A summary of the logs of features: by the mean and variance of log-normals that are not too wide."""
    mean = np.maximum(summary.mean, _SMALLEST)
    variance = np.log1p(np.square(summary.std / mean))
    low, high = (np.log(np.maximum(end, _SMALLEST)) for end in (summary.minimum, summary.maximum))
    center = np.clip(np.log(mean) - variance / 2, low, high)
    std = np.sqrt(variance)
    unit = np.where(std > 0, std, 1.0)
    return Summary(center, std, low, high, center, unit, 0 * unit, summary.channels)
