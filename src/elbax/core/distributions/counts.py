"""Poisson and negative binomial distributions that are exact in single precision however large the counts."""

from collections.abc import Callable

import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy.special import gammaln
from jaxtyping import Array, ArrayLike
from numpyro.distributions.util import promote_shapes, validate_sample

# From here on Stirling's series holds to the last digit, and below it log Γ does.
_LARGE = 16.0


class PoissonCounts(dist.Poisson):
    """NumPyro's Poisson, whose log-probabilities hold in single precision however large the counts are.

    Of x log λ - λ - log Γ(x + 1) the terms cancel, a nat of error at a million. Here they are the distance from the
    best rate for x, which is x itself, and the log-probability there (Loader 2000, Fast and accurate computation of
    binomial probabilities).

    Args:
        log_rate: log λ, any real number.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(PoissonCounts(jnp.log(1e6)).log_prob(1e6)), 3)  # -log(2π 1e6) / 2
        -7.827
    """

    pytree_data_fields = ("log_rate",)

    def __init__(self, log_rate: ArrayLike, *, validate_args: bool | None = None):
        self.log_rate = jnp.asarray(log_rate, float)
        super().__init__(jnp.exp(self.log_rate), validate_args=validate_args)

    @validate_sample
    def log_prob(self, value: ArrayLike) -> Array:
        """Log probability of each value, in nats."""
        excess = value - self.rate
        log_ratio = _log_ratio(excess, self.rate, lambda: jnp.log(_positive(value)) - self.log_rate)
        return _of_counts(value, self.log_rate, log_ratio) + excess


class NegativeBinomialCounts(dist.NegativeBinomialLogits):
    """NumPyro's negative binomial by its mean μ and dispersion α, of variance μ + αμ²; see `PoissonCounts`.

    Args:
        log_mean: log μ, any real number.
        dispersion: α, positive.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(NegativeBinomialCounts(jnp.log(1e6), 0.01).log_prob(1e6)), 3)
        -12.433
    """

    pytree_data_fields = ("log_mean",)

    def __init__(self, log_mean: ArrayLike, dispersion: ArrayLike, *, validate_args: bool | None = None):
        self.log_mean, dispersion = promote_shapes(
            jnp.asarray(log_mean, float), jnp.asarray(dispersion, float)
        )
        logits = self.log_mean + jnp.log(dispersion)
        super().__init__(jnp.broadcast_to(1 / dispersion, logits.shape), logits, validate_args=validate_args)

    @validate_sample
    def log_prob(self, value: ArrayLike) -> Array:
        """Log probability of each value, in nats."""
        r, mean = self.total_count, jnp.exp(self.log_mean)
        n, excess = value + r, value - mean
        wider = _log_ratio(-excess, n, lambda: jnp.log(r + mean) - jnp.log(n))  # of r + μ and r + x
        log_ratio = _log_ratio(
            r * excess, n * mean, lambda: jnp.log(_positive(value)) - self.log_mean + wider
        )
        others = _stirling(n) - _stirling(r) + 0.5 * jnp.log(r / n) - r * wider
        return _of_counts(value, self.log_mean - wider, log_ratio) + others


def _of_counts(x: ArrayLike, log_rate: Array, log_ratio: Array) -> Array:
    """The sum x (log_rate - 1) - log Γ(x + 1), by the ``log_ratio`` of x to that rate where x is large."""
    large = x > _LARGE
    many, few = jnp.where(large, x, _LARGE), jnp.where(large, 0.0, x)
    by_ratio = -many * log_ratio - 0.5 * jnp.log(2 * jnp.pi * many) - _stirling(many)
    return jnp.where(large, by_ratio, few * (log_rate - 1) - gammaln(few + 1))


def _positive(x: ArrayLike) -> Array:
    """Stand-ins for zeros where a logarithm is not used."""
    return jnp.where(jnp.asarray(x) > 0, x, 1.0)


def _log_ratio(excess: Array, of: Array, direct: Callable[[], Array]) -> Array:
    """The logarithm of 1 + excess / of: by the excess where that is the smaller, else by what has it directly."""
    near = jnp.abs(excess) < 0.5 * of
    small = jnp.where(near, excess, 0.0) / jnp.where(near, of, 1.0)
    return jnp.where(near, jnp.log1p(small), direct())


def _stirling(x: ArrayLike) -> Array:
    """What Stirling's formula leaves out of log Γ(x + 1), x > 0."""
    large = x > _LARGE
    inverse = 1 / jnp.where(large, x, _LARGE)
    series = inverse * (1 / 12 - inverse**2 * (1 / 360 - inverse**2 / 1260))
    small = jnp.where(large, 1.0, x)
    exact = gammaln(small + 1) - (small + 0.5) * jnp.log(small) + small - 0.5 * jnp.log(2 * jnp.pi)
    return jnp.where(large, series, exact)
