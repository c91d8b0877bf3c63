"""Operations on distributions of latent points: log densities, KL divergences and moments.

Posteriors and priors return NumPyro distributions of two shapes: one batch entry per dimension (``batch_shape`` is
``(latent,)``), whose dimensions are independent, or one joint event of shape ``(latent,)``.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float

_MOMENT_DRAWS = 64


class Moments(NamedTuple):
    """A representative point (the mean, where that is a possible point) and the variance of each dimension."""

    center: Float[Array, " latent"]
    variance: Float[Array, " latent"]


def log_density(distribution: dist.Distribution, z: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
    """Log density of latent points in nats, summed over dimensions.

    Example:
        >>> import jax.numpy as jnp
        >>> alone = dist.Normal(jnp.zeros(2), 1.0)
        >>> bool(jnp.allclose(log_density(alone, jnp.ones(2)), log_density(alone.to_event(1), jnp.ones(2))))
        True
    """
    log_prob = distribution.log_prob(z)
    return log_prob if distribution.event_shape else log_prob.sum(axis=-1)


def is_joint(*distributions: dist.Distribution) -> bool:
    """Whether one of the distributions is joint, so that log densities have one term for all dimensions."""
    return any(distribution.event_shape for distribution in distributions)


def log_terms(
    distribution: dist.Distribution, z: Float[Array, "*draws latent"], *, joint: bool
) -> Float[Array, "*draws terms"]:
    """Log density of latent points in nats: one term per dimension, or a single one if ``joint``."""
    if joint:
        return log_density(distribution, z)[..., None]
    return distribution.log_prob(z)


def log_ratio(
    a: dist.Distribution, b: dist.Distribution, z: Float[Array, "*draws latent"]
) -> Float[Array, "*draws terms"]:
    """Log a(z) - log b(z) in nats: one term per dimension if both are independent, else a single term.

    Example:
        >>> import jax.numpy as jnp
        >>> p, q = dist.Normal(jnp.zeros(3), 1.0), dist.Normal(jnp.ones(3), 1.0)
        >>> log_ratio(p, q, jnp.zeros((5, 3))).shape, log_ratio(p, q.to_event(1), jnp.zeros((5, 3))).shape
        ((5, 3), (5, 1))
    """
    one = is_joint(a, b)
    return log_terms(a, z, joint=one) - log_terms(b, z, joint=one)


def kl_divergence(
    q: dist.Distribution, p: dist.Distribution, z: Float[Array, "*draws latent"]
) -> Float[Array, "..."]:
    """KL(q || p) in nats: in closed form where there is one, else the estimate log q(z) - log p(z) at draws z of q.

    One term per dimension if both are independent, else a single term; an estimate has these for each draw. A point
    mass has no finite KL to a density; its terms are zero.

    Example:
        >>> kl_divergence(dist.Normal(1.0, 1.0), dist.Normal(0.0, 1.0), jnp.zeros(()))
        Array(0.5, dtype=float32, weak_type=True)
    """
    if isinstance(q, dist.Delta):
        return jnp.zeros_like(z[..., :1] if is_joint(q, p) else z)
    try:
        if is_joint(q, p):
            return dist.kl_divergence(as_joint(q), as_joint(p))[None]
        return dist.kl_divergence(q, p)
    except NotImplementedError:
        return log_ratio(q, p, z)


def normal(outputs: Float[Array, "... 2"]) -> dist.Normal:
    """Normal distributions from their means and log-variances; see `standard_deviation`."""
    return dist.Normal(outputs[..., 0], standard_deviation(outputs[..., 1]))


def standard_deviation(log_variance: Float[Array, "..."]) -> Float[Array, "..."]:
    """Standard deviations from log-variances.

    Large log-variances need a non-zero gradient: beyond 5 the variance grows linearly instead of exponentially. Below
    -30 it is clipped to stay within float32.
    """
    # A square root instead of `soft_cap`: programs round sums in exponents differently, but fits must agree to the bit.
    return jnp.exp(0.5 * jnp.clip(log_variance, -30.0, 5.0)) * jnp.sqrt(
        1 + jnp.maximum(log_variance - 5.0, 0.0)
    )


def as_joint(distribution: dist.Distribution) -> dist.Distribution:
    """The distribution as one event; independent normals become a multivariate normal, whose KL has a closed form."""
    if distribution.event_shape:
        return distribution
    if isinstance(distribution, dist.Normal):
        return dist.MultivariateNormal(
            distribution.loc,
            scale_tril=jnp.diag(jnp.broadcast_to(distribution.scale, distribution.batch_shape)),
        )
    return distribution.to_event(1)


def moments(distribution: dist.Distribution) -> Moments:
    """Representative point and variances, estimated from 64 fixed draws where there is no formula."""
    try:
        return Moments(getattr(distribution, "center", distribution.mean), distribution.variance)
    except NotImplementedError:
        z = distribution.sample(jax.random.key(0), (_MOMENT_DRAWS,))
        return Moments(z.mean(axis=0), z.var(axis=0))
