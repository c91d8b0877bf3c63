"""Elementary functions whose values and gradients stay finite."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


@jax.custom_jvp
def softplus(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Log(1 + exp(x)) without overflow; faster than `jax.nn.softplus`, since its gradient is the logistic function.

    Example:
        >>> float(softplus(jnp.array(1000.0)))
        1000.0
    """
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


softplus.defjvp(lambda at, along: (softplus(*at), jax.nn.sigmoid(at[0]) * along[0]))


def soft_cap(x: Float[Array, "..."], most: float) -> Float[Array, "..."]:
    """Return x up to ``most``; beyond, it grows like a logarithm, so exponents do not overflow but keep a gradient.

    Example:
        >>> float(soft_cap(jnp.array(3.0), 16.0)), round(float(soft_cap(jnp.array(1e6), 16.0)), 2)
        (3.0, 29.82)
    """
    return jnp.minimum(x, most) + jnp.log1p(jnp.maximum(x - most, 0))
