"""Hierarchical latents: several stochastic layers, each conditioned on the one before."""

from collections.abc import Callable, Sequence
from itertools import accumulate

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints

from elbax.core.distributions.latent import log_density


class Hierarchical(dist.Distribution):
    """The joint distribution of a chain of latent layers (z1, …, zL), concatenated.

    Args:
        first: distribution of the layer that is not conditioned on another.
        following: for each further layer, a function from the layer before it to its distribution.
        sizes: dimensions of z1, …, zL.
        bottom_up: whether the chain runs from z1 up to zL, as in a posterior, or from zL down to z1, as in a prior.

    Example:
        >>> upper = [lambda z: dist.Normal(z, 0.1)]
        >>> joint = Hierarchical(dist.Normal(jnp.zeros(1), 1.0), upper, (1, 1), bottom_up=True)
        >>> round(float(joint.log_prob(jnp.zeros(2))), 3)
        0.465
    """

    support = constraints.real_vector

    def __init__(
        self,
        first: dist.Distribution,
        following: Sequence[Callable[[Array], dist.Distribution]],
        sizes: tuple[int, ...],
        *,
        bottom_up: bool,
    ):
        self.first, self.following, self.sizes, self.bottom_up = first, tuple(following), sizes, bottom_up
        super().__init__((), (sum(sizes),))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Draw the layers in the order of the chain."""
        keys = jax.random.split(key, len(self.sizes))
        layers = [self.first.sample(keys[0], sample_shape)]
        for conditional, key in zip(self.following, keys[1:], strict=True):
            before = layers[-1]
            flat = before.reshape(-1, before.shape[-1])
            drawn = jax.vmap(lambda z, key, conditional=conditional: conditional(z).sample(key))(
                flat, jax.random.split(key, len(flat))
            )
            layers.append(drawn.reshape(*sample_shape, -1))
        return jnp.concatenate(layers if self.bottom_up else layers[::-1], axis=-1)

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        layers = jnp.split(value, list(accumulate(self.sizes))[:-1], axis=-1)
        layers = layers if self.bottom_up else layers[::-1]
        total = log_density(self.first, layers[0])
        for conditional, before, z in zip(self.following, layers, layers[1:], strict=False):
            both = jnp.concatenate([before, z], axis=-1)
            split = before.shape[-1]
            conditional_log_density = jnp.vectorize(
                lambda both, conditional=conditional, split=split: log_density(
                    conditional(both[:split]), both[split:]
                ),
                signature="(d)->()",
            )
            total = total + conditional_log_density(both)
        return total
