"""Poisson and negative binomial distributions, also with additional zeros, exact in float32 for counts of any size."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy.special import betainc, gammainc, gammaincc, gammaln, ndtr
from jaxtyping import Array, ArrayLike, PRNGKeyArray
from numpyro.distributions import constraints
from numpyro.distributions.util import promote_shapes, validate_sample

from elbax.core.numerics import softplus

# From here on a Poisson draw is a rounded normal draw: the difference is below the rounding of float32, and JAX's own
# draws end at the largest int32.
_NORMAL_FROM = 1e6
# From this mean on tails are those of a continuous distribution: incomplete gamma and beta functions lose digits.
_TAILS_FROM = 1e4
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

    def tails(self, value: Array) -> tuple[Array, Array]:
        """P(X <= value) and P(X > value) for integers; those of large rates by Wilson and Hilferty (1931)."""
        shape = jnp.maximum(value, 0.0) + 1
        small = shape, jnp.minimum(self.rate, _TAILS_FROM)
        z = 3 * jnp.sqrt(shape) * (1 - 1 / (9 * shape) - jnp.exp((self.log_rate - jnp.log(shape)) / 3))
        is_small = self.rate < _TAILS_FROM
        below = jnp.where(is_small, gammaincc(*small), ndtr(z))
        return _from_zero(value, below, jnp.where(is_small, gammainc(*small), ndtr(-z)))


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

    def tails(self, value: Array) -> tuple[Array, Array]:
        """P(X <= value) and P(X > value) for integers; those of large means by a gamma with the same two moments."""
        r, mean, value_ = self.total_count, jnp.exp(self.log_mean), jnp.maximum(value, 0.0)
        success = 1 / (1 + jnp.exp(jnp.minimum(self.logits, 30.0)))
        is_small = mean < _TAILS_FROM
        count = jnp.where(is_small, value_, 0.0)
        shape = 1 / (1 / r + jnp.exp(-self.log_mean))
        scaled = shape * jnp.exp(jnp.log(value_ + 0.5) - self.log_mean)
        below = jnp.where(is_small, betainc(r, count + 1, success), gammainc(shape, scaled))
        above = jnp.where(is_small, betainc(count + 1, r, 1 - success), gammaincc(shape, scaled))
        return _from_zero(value, below, above)


class ZeroInflated(dist.Distribution):
    """Counts that are zero with some probability, and else from another distribution of counts.

    Args:
        counts: the other distribution, which has `tails`.
        logits: log-odds of the additional zeros.
    """

    support = constraints.nonnegative_integer
    pytree_data_fields = ("counts", "logits")

    def __init__(self, counts: NegativeBinomialCounts, logits: ArrayLike):
        self.counts, self.logits = counts, jnp.broadcast_to(logits, counts.batch_shape)
        super().__init__(counts.batch_shape)

    @property
    def _log_counted(self) -> Array:
        """The log-probability of the other distribution."""
        return -softplus(self.logits)

    def log_prob(self, value: ArrayLike) -> Array:
        log_prob = self._log_counted + self.counts.log_prob(value)
        return jnp.where(jnp.equal(value, 0), jnp.logaddexp(-softplus(-self.logits), log_prob), log_prob)

    @property
    def mean(self) -> Array:
        return jnp.exp(self._log_counted) * self.counts.mean

    @property
    def variance(self) -> Array:
        zero = jax.nn.sigmoid(self.logits)
        return (1 - zero) * (self.counts.variance + zero * jnp.square(self.counts.mean))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        zero_key, count_key = jax.random.split(key)
        counts = self.counts.sample(count_key, sample_shape)
        return jnp.where(jax.random.bernoulli(zero_key, jax.nn.sigmoid(self.logits), counts.shape), 0.0, counts)

    def tails(self, value: Array) -> tuple[Array, Array]:
        """P(X <= value) and P(X > value) for integers."""
        below, above = self.counts.tails(value)
        counted = jnp.exp(self._log_counted)
        return jnp.where(value >= 0, 1 - counted + counted * below, 0.0), counted * above


def _from_zero(value: Array, below: Array, above: Array) -> tuple[Array, Array]:
    """Tails of a distribution that begins at zero."""
    return jnp.where(value >= 0, below, 0.0), jnp.where(value >= 0, above, 1.0)


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
