"""The law of several layers of latents, each depending on the one before."""

from collections.abc import Callable, Sequence
from itertools import accumulate

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints

from elbax.core.laws.base import log_density

__all__ = ["Layered"]


class Layered(dist.Distribution):
    """The joint law of (z1, …, zL), laid end to end, whose layers depend on each other in a chain.

    Args:
        first: law of the layer that depends on none.
        following: for each further layer, a function from the layer before it to its law.
        sizes: dimensions of z1, …, zL.
        upwards: whether the chain runs from z1 to zL, as in a posterior, or from zL to z1, as in a prior.

    Example:
        >>> law = Layered(dist.Normal(jnp.zeros(1), 1.0), [lambda z: dist.Normal(z, 0.1)], (1, 1), upwards=True)
        >>> round(float(law.log_prob(jnp.zeros(2))), 3)
        0.465
    """

    support = constraints.real_vector

    def __init__(
        self,
        first: dist.Distribution,
        following: Sequence[Callable[[Array], dist.Distribution]],
        sizes: tuple[int, ...],
        *,
        upwards: bool,
    ):
        self.first, self.following, self.sizes, self.upwards = first, tuple(following), sizes, upwards
        super().__init__((), (sum(sizes),))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Draw one layer after the other."""
        keys = jax.random.split(key, len(self.sizes))
        layers = [self.first.sample(keys[0], sample_shape)]
        for law, key in zip(self.following, keys[1:], strict=True):
            before = layers[-1]
            flat = before.reshape(-1, before.shape[-1])
            drawn = jax.vmap(lambda z, key, law=law: law(z).sample(key))(
                flat, jax.random.split(key, len(flat))
            )
            layers.append(drawn.reshape(*sample_shape, -1))
        return jnp.concatenate(layers if self.upwards else layers[::-1], axis=-1)

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        """Log density, nats."""
        layers = jnp.split(value, list(accumulate(self.sizes))[:-1], axis=-1)
        layers = layers if self.upwards else layers[::-1]
        total = log_density(self.first, layers[0])
        for law, before, z in zip(self.following, layers, layers[1:], strict=False):
            both = jnp.concatenate([before, z], axis=-1)
            split = before.shape[-1]
            each = jnp.vectorize(
                lambda both, law=law, split=split: log_density(law(both[:split]), both[split:]),
                signature="(d)->()",
            )
            total = total + each(both)
        return total
