"""The multivariate normal posterior."""

from typing import ClassVar

import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.distributions import MultivariateNormal, standard_deviation
from elbax.core.posteriors.base import AbstractPosterior


class FullNormal(AbstractPosterior):
    """q(z|x) = N(mean, L Lᵀ); the encoder returns mean, log of L's diagonal, and the rest of L (arXiv 1906.02691).

    Example:
        >>> FullNormal().distribution(jnp.zeros((3, 5))).event_shape
        (3,)
    """

    name: ClassVar[str] = "full_normal"
    starts_linear: ClassVar[bool] = True

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        """Mean, twice the log of L's diagonal, and a row of L, unused from the diagonal on."""
        return latent_dim, 2 + latent_dim

    def distribution(self, outputs: Float[Array, "latent P"]) -> dist.Distribution:
        diagonal = standard_deviation(outputs[:, 1])
        return MultivariateNormal(outputs[:, 0], scale_tril=jnp.tril(outputs[:, 2:], -1) + jnp.diag(diagonal))
