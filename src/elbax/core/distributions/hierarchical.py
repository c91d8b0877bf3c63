"""Hierarchical latents: a chain of stochastic layers."""

from collections.abc import Callable, Sequence
from itertools import accumulate

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints

from elbax.core.distributions.latent import log_density, sample_with_density


class Hierarchical(dist.Distribution):
    """The joint distribution of a chain of latent layers (z1, …, zL), concatenated.

    Args:
        first: distribution of the first layer of the chain.
        following: for each further layer, a function from the previous layer to its distribution.
        sizes: dimensions of z1, …, zL.
        bottom_up: whether the chain runs from z1 to zL, as in a posterior, or from zL to z1, as in a prior.

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
        return self.sample_and_log_prob(key, sample_shape)[0]

    def sample_and_log_prob(
        self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()
    ) -> tuple[Float[Array, "*draws latent"], Float[Array, "*draws"]]:
        """Draws and their log densities, nats."""
        keys = jax.random.split(key, len(self.sizes))
        z, log_prob = _draw(self.first, keys[0], sample_shape)
        layers, total = [z], log_prob
        for conditional, key in zip(self.following, keys[1:], strict=True):
            previous = layers[-1].reshape(-1, layers[-1].shape[-1])
            z, log_prob = jax.vmap(lambda z, key, conditional=conditional: _draw(conditional(z), key))(
                previous, jax.random.split(key, len(previous))
            )
            layers.append(z.reshape(*sample_shape, -1))
            total = total + log_prob.reshape(sample_shape)
        return jnp.concatenate(layers if self.bottom_up else layers[::-1], axis=-1), total

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        layers = jnp.split(value, list(accumulate(self.sizes))[:-1], axis=-1)
        layers = layers if self.bottom_up else layers[::-1]
        total = log_density(self.first, layers[0])
        for conditional, previous, z in zip(self.following, layers, layers[1:], strict=False):
            conditional_log_density = jnp.vectorize(
                lambda previous, z, conditional=conditional: log_density(conditional(previous), z),
                signature="(c),(d)->()",
            )
            total = total + conditional_log_density(previous, z)
        return total


def _draw(distribution: dist.Distribution, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()):
    """Draws of one layer and their log densities."""
    z, log_prob = sample_with_density(distribution, key, sample_shape, always=True)
    return z, log_density(distribution, z, log_prob)
