"""Operations on distributions of latent points: draws, log densities, KL divergences and moments.

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


def log_ratio(
    a: dist.Distribution,
    b: dist.Distribution,
    z: Float[Array, "*draws latent"],
    *,
    log_a: Float[Array, "..."] | None = None,
    log_b: Float[Array, "..."] | None = None,
) -> Float[Array, "*draws terms"]:
    """Log a(z) - log b(z) in nats: one term per dimension if both are independent, else a single term.

    ``log_a`` and ``log_b`` are ``a.log_prob(z)`` and ``b.log_prob(z)`` where they are known.

    Example:
        >>> p, q = dist.Normal(jnp.zeros(3), 1.0), dist.Normal(jnp.ones(3), 1.0)
        >>> log_ratio(p, q, jnp.zeros((5, 3))).shape, log_ratio(p, q.to_event(1), jnp.zeros((5, 3))).shape
        ((5, 3), (5, 1))
    """
    if is_joint(a, b):
        return (log_density(a, z, log_a) - log_density(b, z, log_b))[..., None]
    log_a = a.log_prob(z) if log_a is None else log_a
    return log_a - (b.log_prob(z) if log_b is None else log_b)


def kl_divergence(
    q: dist.Distribution,
    p: dist.Distribution,
    z: Float[Array, "*draws latent"],
    log_q: Float[Array, "..."] | None = None,
) -> Float[Array, "..."]:
    """KL(q || p) in nats: in closed form where there is one, else estimated by `log_ratio` at draws z of q.

    One term per dimension if both are independent, else a single term; an estimate has these for each draw. A point
    mass has no finite KL to a density; its terms are zero. ``log_q`` is ``q.log_prob(z)`` where it is known.

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
        return log_ratio(q, p, z, log_a=log_q)


def normal(outputs: Float[Array, "... 2"]) -> dist.Normal:
    """Normal distributions from means and log-variances; see `standard_deviation`."""
    return dist.Normal(outputs[..., 0], standard_deviation(outputs[..., 1]))


def standard_deviation(log_variance: Float[Array, "..."]) -> Float[Array, "..."]:
    """Standard deviations from log-variances, clipped at -30 to stay within float32.

    Large log-variances need a non-zero gradient: beyond 5 the variance grows linearly instead of exponentially.
    """
    # A square root instead of `soft_cap`: programs round sums in exponents differently, but fits must agree to the bit.
    return jnp.exp(0.5 * jnp.clip(log_variance, -30.0, 5.0)) * jnp.sqrt(1 + jnp.maximum(log_variance - 5.0, 0.0))


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
