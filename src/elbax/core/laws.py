"""Laws of latent points: independent dimensions, or one joint law of them all."""

import numpyro.distributions as dist
from jaxtyping import Array, Float

__all__ = ["log_density"]


def log_density(law: dist.Distribution, z: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
    """Log density of latent points, in nats, summed over their dimensions.

    Posteriors and priors are distributions of two shapes: one batch entry per dimension (``batch_shape`` is
    ``(latent,)``), whose dimensions are independent, or one event of shape ``(latent,)``.

    Example:
        >>> import jax.numpy as jnp
        >>> alone = dist.Normal(jnp.zeros(2), 1.0)
        >>> bool(jnp.allclose(log_density(alone, jnp.ones(2)), log_density(alone.to_event(1), jnp.ones(2))))
        True
    """
    log_prob = law.log_prob(z)
    return log_prob if law.event_shape else log_prob.sum(axis=-1)
