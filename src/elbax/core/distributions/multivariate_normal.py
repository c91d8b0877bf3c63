"""The multivariate normal distribution, with the density of its draws."""

import math

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray


class MultivariateNormal(dist.MultivariateNormal):
    """NumPyro's multivariate normal; the density of a draw comes from the noise that it was made of.

    A draw z = loc + L ε is rounded, so that L⁻¹ (z - loc) is off by the condition number of L times the rounding error:
    by any number of nats where L is nearly singular. The log density of ε has no such error.

    Example:
        >>> q = MultivariateNormal(jnp.zeros(2), scale_tril=jnp.array([[1e-6, 0.0], [1e6, 1e-6]]))
        >>> z, log_prob = q.sample_and_log_prob(jax.random.key(0), (100,))
        >>> bool(log_prob.max() < 26), bool(q.log_prob(z).min() < -1e6)
        (True, True)
    """

    def sample_and_log_prob(
        self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()
    ) -> tuple[Float[Array, "*draws latent"], Float[Array, "*draws"]]:
        """Draws and their log densities, nats."""
        noise = jax.random.normal(key, (*sample_shape, *self.batch_shape, *self.event_shape))
        z = self.loc + jnp.matmul(self.scale_tril, noise[..., None])[..., 0]
        log_det = jnp.log(jnp.diagonal(self.scale_tril, axis1=-2, axis2=-1)).sum(axis=-1)
        constant = 0.5 * self.event_shape[0] * math.log(2 * math.pi)
        return z, -0.5 * jnp.square(noise).sum(axis=-1) - log_det - constant
