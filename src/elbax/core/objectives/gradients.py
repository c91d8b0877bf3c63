"""Gradient estimators of bounds made of weighted samples."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

# "stl" (sticking the landing) holds the parameters of q fixed in log q; "dreg" (doubly reparameterized) also corrects
# the weight of each sample's gradient.
GRADIENTS = ("standard", "stl", "dreg")


def stop_gradient(tree: Any) -> Any:
    """Stop gradients through all arrays of a pytree."""
    return jax.tree.map(lambda leaf: jax.lax.stop_gradient(leaf) if eqx.is_array(leaf) else leaf, tree)


def gradient_only(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Zero, with the gradient of x.

    Example:
        >>> value, slope = jax.value_and_grad(lambda x: gradient_only(x**2))(3.0)
        >>> float(value), float(slope)
        (0.0, 6.0)
    """
    return x - jax.lax.stop_gradient(x)


@jax.custom_vjp
def scaled_gradient(x: Array, factor: Array) -> Array:
    """Return x; its gradient is multiplied by a factor."""
    return x


scaled_gradient.defvjp(lambda x, factor: (x, factor), lambda factor, cotangent: (factor * cotangent, None))


def doubly_reparameterized(bound: Callable[[Array], Array], log_weight: Float[Array, " k"]) -> Float[Array, " k"]:
    """Factors of the samples' gradients that make up for leaving out the score of q (arXiv 1810.04152).

    The encoder's gradient of a bound B(l_1, …, l_k) has terms v_i · ∂log q(z_i|x) with v_i = ∂B/∂l_i. A second
    reparameterization turns them into -∂v_i/∂l_i · ∂l_i/∂z_i, so a sample's gradient gets the weight v_i - ∂v_i/∂l_i
    instead of v_i: for IWAE the square of its normalized weight.

    Example:
        >>> weights = jnp.log(jnp.array([0.2, 0.8]))
        >>> doubly_reparameterized(jax.nn.logsumexp, weights).round(3).tolist()  # of 0.2 and 0.8
        [0.20000000298023224, 0.800000011920929]
    """
    gradient = jax.grad(bound)
    weight = gradient(log_weight)
    curvature = jax.vmap(lambda unit: jax.jvp(gradient, (log_weight,), (unit,))[1] @ unit)(jnp.eye(len(log_weight)))
    used = weight != 0.0
    return jnp.where(used, 1.0 - curvature / jnp.where(used, weight, 1.0), 0.0)
