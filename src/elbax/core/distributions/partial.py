"""A distribution of some dimensions beside standard normals of the others."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints

from elbax.core.distributions.latent import log_density


class Partial(dist.Distribution):
    """p(z) = base(z_active) Πᵢ N(zᵢ; 0, 1) over the other dimensions i, one event of shape (latent,).

    Args:
        base: the distribution of the active dimensions, independent or joint.
        active: their positions, in the order of ``base``.
        latent_dim: number of all dimensions.

    Example:
        >>> second = Partial(dist.Normal(jnp.full(1, 5.0), 1.0), (1,), 2)
        >>> round(float(second.log_prob(jnp.array([0.0, 5.0]))), 3)
        -1.838
    """

    support = constraints.real_vector

    def __init__(self, base: dist.Distribution, active: tuple[int, ...], latent_dim: int):
        self.base, self.active = base, np.array(active)
        self.others = np.setdiff1d(np.arange(latent_dim), self.active)
        super().__init__((), (latent_dim,))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Float[Array, "*draws latent"]:
        own_key, key = jax.random.split(key)
        own = self.base.sample(own_key, sample_shape)
        others = jax.random.normal(key, (*sample_shape, len(self.others)))
        places = np.argsort(np.concatenate([self.active, self.others]))
        return jnp.concatenate([own, others], axis=-1)[..., places]

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        others = dist.Normal(0.0, 1.0).log_prob(value[..., self.others]).sum(axis=-1)
        return log_density(self.base, value[..., self.active]) + others
