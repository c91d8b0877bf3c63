"""KL divergences and log ratios of distributions of latent points; see `elbax.core.distributions.latent`."""

import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.distributions.latent import is_joint, log_density


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
