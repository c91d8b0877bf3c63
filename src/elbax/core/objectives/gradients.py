"""Gradients of bounds made of weighted samples: which paths they take, and how much of each."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

# What "standard" leaves as it is; "stl" holds q fixed where its density is taken (sticking the landing); "dreg" does
# that too and corrects the weights of the samples' gradients (doubly reparameterized).
GRADIENTS = ("standard", "stl", "dreg")


def stop_gradient(tree: Any) -> Any:
    """The same arrays, through which no derivative passes."""
    return jax.tree.map(lambda leaf: jax.lax.stop_gradient(leaf) if eqx.is_array(leaf) else leaf, tree)


def gradient_only(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Zero, with the gradient of x: what is to be learnt without being counted.

    Example:
        >>> value, slope = jax.value_and_grad(lambda x: gradient_only(x**2))(3.0)
        >>> float(value), float(slope)
        (0.0, 6.0)
    """
    return x - jax.lax.stop_gradient(x)


@jax.custom_vjp
def scaled_gradient(x: Array, factor: Array) -> Array:
    """Return x, whose derivative is multiplied by a factor on its way back."""
    return x


scaled_gradient.defvjp(lambda x, factor: (x, factor), lambda factor, given: (factor * given, None))


def doubly_reparameterized(
    bound: Callable[[Array], Array], log_weight: Float[Array, " k"]
) -> Float[Array, " k"]:
    """What to multiply each sample's gradient by, so that the score of q can be left out (arXiv 1810.04152).

    The gradient of a bound B(l_1, …, l_k) by the encoder holds the terms v_i · ∂log q(z_i|x) with v_i = ∂B/∂l_i. A
    second reparameterization turns them into -∂v_i/∂l_i · ∂l_i/∂z_i, so a sample's own gradient counts
    v_i - ∂v_i/∂l_i instead of v_i: for IWAE the square of its normalized weight.

    Example:
        >>> weights = jnp.log(jnp.array([0.2, 0.8]))
        >>> doubly_reparameterized(jax.nn.logsumexp, weights).round(3).tolist()  # of 0.2 and 0.8
        [0.20000000298023224, 0.800000011920929]
    """
    each = jax.grad(bound)
    weight = each(log_weight)
    curvature = jax.vmap(lambda unit: jax.jvp(each, (log_weight,), (unit,))[1] @ unit)(
        jnp.eye(len(log_weight))
    )
    counts = weight != 0.0
    return jnp.where(counts, 1.0 - curvature / jnp.where(counts, weight, 1.0), 0.0)
