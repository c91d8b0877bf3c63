"""Operations on distributions of latent points: draws, log densities and moments.

Posteriors and priors return NumPyro distributions of two kinds: independent dimensions (``batch_shape`` is
``(latent,)``), or one joint event (``event_shape`` is ``(latent,)``).
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray

_MOMENT_DRAWS = 64


class Moments(NamedTuple):
    """A representative point (the mean, where that is a possible point) and the variance of each dimension."""

    center: Float[Array, " latent"]
    variance: Float[Array, " latent"]


def sample_with_density(
    distribution: dist.Distribution, key: PRNGKeyArray, sample_shape: tuple[int, ...] = (), *, always: bool = False
) -> tuple[Float[Array, "*draws latent"], Float[Array, "..."] | None]:
    """Draw latent points, with their log density if the distribution computes it on the way to them, else None.

    A distribution that does, such as a flow, has a method ``sample_and_log_prob``. `log_density`, `log_ratio` and
    `kl_divergence` take the log density, and compute it if it is None and needed. With ``always``, independent normals
    return it too, one term per dimension: computed from the noise, it has no error where the mean is large beside the
    scale.

    Example:
        >>> z, log_prob = sample_with_density(dist.Normal(jnp.zeros(2), 1.0), jax.random.key(0), (5,))
        >>> z.shape, log_prob is None
        ((5, 2), True)
    """
    if hasattr(distribution, "sample_and_log_prob"):
        return distribution.sample_and_log_prob(key, sample_shape)
    if always and isinstance(distribution, dist.Normal):
        noise = jax.random.normal(key, (*sample_shape, *distribution.batch_shape))
        z = distribution.loc + distribution.scale * noise
        return z, -0.5 * jnp.square(noise) - jnp.log(distribution.scale) - 0.5 * math.log(2 * math.pi)
    return distribution.sample(key, sample_shape), None


def log_density(
    distribution: dist.Distribution,
    z: Float[Array, "*draws latent"],
    log_prob: Float[Array, "..."] | None = None,
) -> Float[Array, "*draws"]:
    """Log density of latent points, nats, summed over dimensions; ``log_prob`` is ``distribution.log_prob(z)`` or None.

    Example:
        >>> normal = dist.Normal(jnp.zeros(2), 1.0)
        >>> bool(jnp.allclose(log_density(normal, jnp.ones(2)), log_density(normal.to_event(1), jnp.ones(2))))
        True
    """
    terms = distribution.log_prob(z) if log_prob is None else log_prob
    return terms if distribution.event_shape else terms.sum(axis=-1)


def is_joint(*distributions: dist.Distribution) -> bool:
    """Whether one of the distributions is joint, so that log ratios have one term for all dimensions."""
    return any(distribution.event_shape for distribution in distributions)


def normal(outputs: Float[Array, "... 2"]) -> dist.Normal:
    """Normal distributions from means and log-variances; see `standard_deviation`."""
    return dist.Normal(outputs[..., 0], standard_deviation(outputs[..., 1]))


def standard_deviation(log_variance: Float[Array, "..."]) -> Float[Array, "..."]:
    """Standard deviations from log-variances, clipped at -30 to stay within float32.

    Large log-variances need a non-zero gradient: beyond 5 the variance grows linearly instead of exponentially.
    """
    # A square root instead of `soft_cap`: programs round sums in exponents differently, but fits must agree to the bit.
    return jnp.exp(0.5 * jnp.clip(log_variance, -30.0, 5.0)) * jnp.sqrt(1 + jnp.maximum(log_variance - 5.0, 0.0))


def moments(distribution: dist.Distribution) -> Moments:
    """Representative point and variances, estimated from 64 fixed draws where there is no formula."""
    try:
        return Moments(getattr(distribution, "center", distribution.mean), distribution.variance)
    except NotImplementedError:
        z = distribution.sample(jax.random.key(0), (_MOMENT_DRAWS,))
        return Moments(z.mean(axis=0), z.var(axis=0))
