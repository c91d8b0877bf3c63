"""A distribution whose dimensions follow one another, each a mixture of normals."""

from collections.abc import Callable
from math import prod

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints

_LARGEST_LOG_SCALE = 7.0


class AutoregressiveMixture(dist.Distribution):
    """p(z) = Πᵢ Σₖ wᵢₖ N(zᵢ; mᵢₖ, sᵢₖ²), where w, m and s of a dimension depend on those before it.

    One event of shape (latent,). A draw takes one pass through the network for each dimension.

    Args:
        network: maps z (latent,) to logits, means and log scales (latent, components, 3).
        latent_dim: number of dimensions.

    Example:
        >>> normal = AutoregressiveMixture(lambda z: jnp.zeros((2, 1, 3)), 2)
        >>> round(float(normal.log_prob(jnp.zeros(2))), 3)
        -1.838
    """

    support = constraints.real_vector

    def __init__(self, network: Callable[[Float[Array, " latent"]], Float[Array, "latent k 3"]], latent_dim: int):
        self.network = network
        super().__init__((), (latent_dim,))

    def _mixture(self, z: Float[Array, " latent"]) -> dist.Distribution:
        """The mixture of each dimension, given those of z before it."""
        logits, means, log_scales = jnp.moveaxis(self.network(z), -1, 0)
        scales = jnp.exp(jnp.clip(log_scales, -_LARGEST_LOG_SCALE, _LARGEST_LOG_SCALE))
        return dist.MixtureSameFamily(dist.CategoricalLogits(logits), dist.Normal(means, scales))

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        return jnp.vectorize(lambda z: self._mixture(z).log_prob(z).sum(), signature="(d)->()")(value)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        dim = self.event_shape[0]

        def one(key):
            def draw(z, step):
                i, key = step
                return z.at[i].set(jnp.asarray(self._mixture(z).sample(key))[i]), None

            return jax.lax.scan(draw, jnp.zeros(dim), (jnp.arange(dim), jax.random.split(key, dim)))[0]

        z = jax.vmap(one)(jax.random.split(key, prod(sample_shape)))
        return z.reshape(*sample_shape, dim)
