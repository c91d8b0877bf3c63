"""A normal posterior with correlations."""

from typing import ClassVar

import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.distributions import standard_deviation
from elbax.core.posteriors.base import AbstractPosterior


class FullNormal(AbstractPosterior):
    """q(z|x) = N(mean, L Lᵀ); the encoder returns mean, log of L's diagonal, and what is below it (arXiv 1906.02691).

    Example:
        >>> FullNormal().distribution(jnp.zeros((3, 5))).event_shape
        (3,)
    """

    name: ClassVar[str] = "full_normal"

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        """Mean, log-variance given the dimensions before, and a row of L, unused from the diagonal on."""
        return latent_dim, 2 + latent_dim

    def distribution(self, outputs: Float[Array, "latent P"]) -> dist.Distribution:
        """The normal; the diagonal is bounded as the scales of the diagonal normal are."""
        diagonal = standard_deviation(outputs[:, 1])
        return dist.MultivariateNormal(
            outputs[:, 0], scale_tril=jnp.tril(outputs[:, 2:], -1) + jnp.diag(diagonal)
        )
