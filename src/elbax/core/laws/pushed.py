"""The law of a draw that a bijection has moved."""

import jax.numpy as jnp
import numpyro.distributions as dist
from flowjax.bijections import AbstractBijection
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints

from elbax.core.laws.base import log_density

__all__ = ["Pushed"]


class Pushed(dist.Distribution):
    """The law of bijection(e) with e from a base of independent dimensions: a FlowJAX flow as a NumPyro distribution.

    The density of a point that this object has drawn itself comes with the draw, without inverting the bijection:
    objectives ask for just that, and an autoregressive flow is quick in one direction only.

    Args:
        base: law of e.
        bijection: from FlowJAX, of shape (latent,).
        condition: what a conditional bijection is told.

    Example:
        >>> from flowjax.bijections import Flip
        >>> Pushed(dist.Normal(jnp.zeros(2), 1.0), Flip((2,))).event_shape
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
        self._drawn: tuple[Array, Array] | None = None
        super().__init__((), bijection.shape)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Draw from the base and move it."""
        e = self.base.sample(key, sample_shape)
        z, log_det = self._each(self.bijection.transform_and_log_det)(e)
        self._drawn = z, log_density(self.base, e) - log_det
        return z

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        """Log density, nats."""
        if self._drawn is not None and value is self._drawn[0]:
            return self._drawn[1]
        e, log_det = self._each(self.bijection.inverse_and_log_det)(value)
        return log_density(self.base, e) + log_det

    def _each(self, method):
        return jnp.vectorize(lambda z: method(z, self.condition), signature="(d)->(d),()")
