"""A distribution transformed by a bijection: normalizing flows."""

import jax.numpy as jnp
import numpyro.distributions as dist
from flowjax.bijections import AbstractBijection
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints

from elbax.core.distributions.latent import log_density, sample_with_density


class Transformed(dist.Distribution):
    """A FlowJAX flow as a NumPyro distribution: bijection(e) for e from a base of independent dimensions.

    Args:
        base: distribution of e.
        bijection: from FlowJAX, of shape (latent,).
        condition: input of a conditional bijection, (c,), or None.

    Example:
        >>> from flowjax.bijections import Flip
        >>> Transformed(dist.Normal(jnp.zeros(2), 1.0), Flip((2,))).event_shape
        (2,)
    """

    support = constraints.real_vector

    def __init__(
        self,
        base: dist.Distribution,
        bijection: AbstractBijection,
        condition: Float[Array, " c"] | None = None,
    ):
        self.base, self.bijection, self.condition = base, bijection, condition
        super().__init__((), bijection.shape)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        return self.sample_and_log_prob(key, sample_shape)[0]

    def sample_and_log_prob(
        self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()
    ) -> tuple[Float[Array, "*draws latent"], Float[Array, "*draws"]]:
        """Draws and their log densities, nats, without inverting the bijection."""
        e, log_prob = sample_with_density(self.base, key, sample_shape, always=True)
        z, log_det = self._vectorize(self.bijection.transform_and_log_det)(e)
        return z, log_density(self.base, e, log_prob) - log_det

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        e, log_det = self._vectorize(self.bijection.inverse_and_log_det)(value)
        return log_density(self.base, e) + log_det

    def _vectorize(self, method):
        return jnp.vectorize(lambda z: method(z, self.condition), signature="(d)->(d),()")
