"""Poisson and negative binomial distributions that are exact in float32 for counts of any size."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy.special import gammaln
from jaxtyping import Array, ArrayLike, PRNGKeyArray
from numpyro.distributions.util import promote_shapes, validate_sample

# From here on a Poisson draw is a rounded normal draw: the difference is below the rounding of float32, and JAX's own
# draws end at the largest int32.
_NORMAL_FROM = 1e6
_LARGE = 16.0  # from here on Stirling's series is exact to the last digit; below it log Γ is


class PoissonCounts(dist.Poisson):
    """NumPyro's Poisson with log-probabilities that are exact in float32 for counts of any size.

    The terms of x log λ - λ - log Γ(x + 1) cancel, with an error of a nat at a million. Here the log-probability is
    that at the rate x plus the deviance (Loader 2000, Fast and accurate computation of binomial probabilities).

    Args:
        log_rate: log λ, any real number.

    Example:
        >>> round(float(PoissonCounts(jnp.log(1e6)).log_prob(1e6)), 3)  # -log(2π 1e6) / 2
        -7.827
    """

    pytree_data_fields = ("log_rate",)

    def __init__(self, log_rate: ArrayLike, *, validate_args: bool | None = None):
        self.log_rate = jnp.asarray(log_rate, float)
        super().__init__(jnp.exp(self.log_rate), validate_args=validate_args)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Draw counts of any size, as floats."""
        return _draw_poisson(key, jnp.broadcast_to(self.rate, sample_shape + self.batch_shape))

    @validate_sample
    def log_prob(self, value: ArrayLike) -> Array:
        excess = value - self.rate
        log_ratio = _log_ratio(excess, self.rate, lambda: jnp.log(_positive(value)) - self.log_rate)
        return _poisson_like(value, self.log_rate, log_ratio) + excess


class NegativeBinomialCounts(dist.NegativeBinomialLogits):
    """NumPyro's negative binomial with mean μ and variance μ + αμ²; see `PoissonCounts`.

    Args:
        log_mean: log μ, any real number.
        dispersion: α, positive.

    Example:
        >>> round(float(NegativeBinomialCounts(jnp.log(1e6), 0.01).log_prob(1e6)), 3)
        -12.433
    """

    pytree_data_fields = ("log_mean",)

    def __init__(self, log_mean: ArrayLike, dispersion: ArrayLike, *, validate_args: bool | None = None):
        self.log_mean, dispersion = promote_shapes(jnp.asarray(log_mean, float), jnp.asarray(dispersion, float))
        logits = self.log_mean + jnp.log(dispersion)
        super().__init__(jnp.broadcast_to(1 / dispersion, logits.shape), logits, validate_args=validate_args)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Draw counts of any size, as floats."""
        rate_key, count_key = jax.random.split(key)
        # Not by the rate of the gamma, which underflows where the mean is large.
        rate = jax.random.gamma(rate_key, self.total_count, sample_shape + self.batch_shape) * jnp.exp(self.logits)
        return _draw_poisson(count_key, rate)

    @validate_sample
    def log_prob(self, value: ArrayLike) -> Array:
        r, mean = self.total_count, jnp.exp(self.log_mean)
        n, excess = value + r, value - mean
        wider = _log_ratio(-excess, n, lambda: jnp.log(r + mean) - jnp.log(n))  # of r + μ and r + x
        log_ratio = _log_ratio(excess, mean, lambda: jnp.log(_positive(value)) - self.log_mean + wider, r / n)
        rest = _stirling(n) - _stirling(r) + 0.5 * jnp.log(r / n) - r * wider
        return _poisson_like(value, self.log_mean - wider, log_ratio) + rest


def _draw_poisson(key: PRNGKeyArray, rate: Array) -> Array:
    small = jax.random.poisson(key, jnp.minimum(rate, _NORMAL_FROM)).astype(rate.dtype)
    large = jnp.round(rate + jnp.sqrt(rate) * jax.random.normal(key, rate.shape, rate.dtype))
    return jnp.where(rate < _NORMAL_FROM, small, large)


def _poisson_like(x: ArrayLike, log_rate: Array, log_ratio: Array) -> Array:
    """The sum x (log_rate - 1) - log Γ(x + 1); for large x by the log ratio of x to the rate."""
    is_large = x > _LARGE
    large, small = jnp.where(is_large, x, _LARGE), jnp.where(is_large, 0.0, x)
    by_ratio = -large * log_ratio - 0.5 * jnp.log(2 * jnp.pi * large) - _stirling(large)
    return jnp.where(is_large, by_ratio, small * (log_rate - 1) - gammaln(small + 1))


def _positive(x: ArrayLike) -> Array:
    """Replace zeros by ones where a logarithm is not used."""
    return jnp.where(jnp.asarray(x) > 0, x, 1.0)


def _log_ratio(excess: Array, base: Array, direct: Callable[[], Array], factor: ArrayLike = 1.0) -> Array:
    """The log of 1 + factor * excess / base: by log1p near 0, else by ``direct``.

    The factor is apart, since the square of a product of two counts, as in a derivative, would leave float32.
    """
    near = factor * jnp.abs(excess) < 0.5 * base
    small = factor * (jnp.where(near, excess, 0.0) / jnp.where(near, base, 1.0))
    return jnp.where(near, jnp.log1p(small), direct())


def _stirling(x: ArrayLike) -> Array:
    """The error of Stirling's formula for log Γ(x + 1), x > 0."""
    large = x > _LARGE
    inverse = 1 / jnp.where(large, x, _LARGE)
    series = inverse * (1 / 12 - inverse**2 * (1 / 360 - inverse**2 / 1260))
    small = jnp.where(large, 1.0, x)
    exact = gammaln(small + 1) - (small + 0.5) * jnp.log(small) + small - 0.5 * jnp.log(2 * jnp.pi)
    return jnp.where(large, series, exact)
