"""Laws of latent points: independent dimensions, or one joint law of them all."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float

__all__ = [
    "Moments",
    "divergence",
    "joint",
    "log_density",
    "log_ratio",
    "log_terms",
    "moments",
    "normal",
    "scale_of",
    "together",
]

# Draws that stand for a law whose moments have no formula.
_DRAWS = 64


class Moments(NamedTuple):
    """A point that stands for a law, its mean where that is a possible point, and the variance of each dimension."""

    center: Float[Array, " latent"]
    variance: Float[Array, " latent"]


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


def together(*laws: dist.Distribution) -> bool:
    """Whether one of the laws is joint, so that there is one number for all dimensions together."""
    return any(law.event_shape for law in laws)


def log_terms(
    law: dist.Distribution, z: Float[Array, "*draws latent"], *, together: bool
) -> Float[Array, "*draws terms"]:
    """Log density of latent points, nats: one term for each dimension, or one for all ``together``."""
    if together:
        return log_density(law, z)[..., None]
    return law.log_prob(z)


def log_ratio(
    a: dist.Distribution, b: dist.Distribution, z: Float[Array, "*draws latent"]
) -> Float[Array, "*draws terms"]:
    """Log a(z) - log b(z), nats: a term for each dimension where both laws have independent ones, else a single one.

    Example:
        >>> import jax.numpy as jnp
        >>> p, q = dist.Normal(jnp.zeros(3), 1.0), dist.Normal(jnp.ones(3), 1.0)
        >>> log_ratio(p, q, jnp.zeros((5, 3))).shape, log_ratio(p, q.to_event(1), jnp.zeros((5, 3))).shape
        ((5, 3), (5, 1))
    """
    one = together(a, b)
    return log_terms(a, z, together=one) - log_terms(b, z, together=one)


def divergence(
    q: dist.Distribution, p: dist.Distribution, z: Float[Array, "*draws latent"]
) -> Float[Array, "..."]:
    """KL(q || p) in nats: in closed form where there is one, else the estimate log q(z) - log p(z) at draws z of q.

    There is a term for each dimension where both laws have independent ones, else a single one; estimates have these
    for each draw. A point mass has no finite KL to a density; its terms are left out as zero.

    Example:
        >>> divergence(dist.Normal(1.0, 1.0), dist.Normal(0.0, 1.0), jnp.zeros(()))
        Array(0.5, dtype=float32, weak_type=True)
    """
    if isinstance(q, dist.Delta):
        return jnp.zeros_like(z[..., :1] if together(q, p) else z)
    try:
        if together(q, p):
            return dist.kl_divergence(joint(q), joint(p))[None]
        return dist.kl_divergence(q, p)
    except NotImplementedError:
        return log_ratio(q, p, z)


def normal(outputs: Float[Array, "... 2"]) -> dist.Normal:
    """Normals from their means and log-variances; see `scale_of`."""
    return dist.Normal(outputs[..., 0], scale_of(outputs[..., 1]))


def scale_of(log_variance: Float[Array, "..."]) -> Float[Array, "..."]:
    """Standard deviations from outputs of a network.

    Beyond a log-variance of 5 the variance grows linearly instead of exponentially, so that training can take back a
    step that went too far; below -30 float32 would lose it.
    """
    # A root and not `levelled`: sums in an exponent are rounded as each program has it, and fits must agree to the bit.
    return jnp.exp(0.5 * jnp.clip(log_variance, -30.0, 5.0)) * jnp.sqrt(
        1 + jnp.maximum(log_variance - 5.0, 0.0)
    )


def joint(law: dist.Distribution) -> dist.Distribution:
    """The law as one event; independent normals become a multivariate normal, whose KLs have formulas."""
    if law.event_shape:
        return law
    if isinstance(law, dist.Normal):
        return dist.MultivariateNormal(
            law.loc, scale_tril=jnp.diag(jnp.broadcast_to(law.scale, law.batch_shape))
        )
    return law.to_event(1)


def moments(law: dist.Distribution) -> Moments:
    """A point that stands for the law, and its variances; of draws, always the same, where there is no formula."""
    try:
        return Moments(getattr(law, "center", law.mean), law.variance)
    except NotImplementedError:
        z = law.sample(jax.random.key(0), (_DRAWS,))
        return Moments(z.mean(axis=0), z.var(axis=0))
