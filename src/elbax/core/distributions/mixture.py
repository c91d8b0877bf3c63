"""A mixture of distributions of one family."""

from collections.abc import Callable
from math import prod

import jax
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from numpyro.distributions import constraints

from elbax.core.distributions.latent import log_density


class Mixture(dist.Distribution):
    """p(z) = Σₖ wₖ component(parametersₖ)(z), one event of shape (latent,).

    Unlike in NumPyro's mixture, `jax.vmap` makes one component at a time, so any posterior can be a component.

    Args:
        component: a function from parameters to a component.
        parameters: a pytree of arrays with one entry per component.
        logits: log weights (components,), up to a constant.
        latent_dim: number of dimensions.

    Example:
        >>> import jax.numpy as jnp
        >>> two = Mixture(lambda m: dist.Normal(m, 1.0), jnp.array([[-3.0], [3.0]]), jnp.zeros(2), 1)
        >>> round(float(two.log_prob(jnp.zeros(1))), 3)
        -5.419
    """

    support = constraints.real_vector

    def __init__(
        self,
        component: Callable[[PyTree], dist.Distribution],
        parameters: PyTree,
        logits: Float[Array, " components"],
        latent_dim: int,
    ):
        self.component, self.parameters = component, parameters
        self.logits = jax.nn.log_softmax(logits)
        super().__init__((), (latent_dim,))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        def one(key):
            index_key, key = jax.random.split(key)
            index = jax.random.categorical(index_key, self.logits)
            return self.component(jax.tree.map(lambda leaf: leaf[index], self.parameters)).sample(key)

        z = jax.vmap(one)(jax.random.split(key, prod(sample_shape)))
        return z.reshape(*sample_shape, *self.event_shape)

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        log_probs = jax.vmap(lambda parameters: log_density(self.component(parameters), value))(self.parameters)
        return jax.nn.logsumexp(log_probs + self.logits.reshape(-1, *[1] * (log_probs.ndim - 1)), axis=0)
