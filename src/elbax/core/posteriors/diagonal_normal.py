"""The diagonal normal posterior."""

from typing import ClassVar

import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.distributions import normal
from elbax.core.posteriors.base import AbstractPosterior


class DiagonalNormal(AbstractPosterior):
    """q(z|x) = N(mean, diag(variance)); the encoder returns mean and log-variance (arXiv 1312.6114).

    Example:
        >>> import jax.numpy as jnp
        >>> DiagonalNormal().distribution(jnp.array([[0.5, 0.0]])).mean
        Array([0.5], dtype=float32)
    """

    name: ClassVar[str] = "diagonal_normal"
    starts_linear: ClassVar[bool] = True
    factorized: ClassVar[bool] = True

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        return latent_dim, 2

    def distribution(self, outputs: Float[Array, "latent 2"]) -> dist.Distribution:
        return normal(outputs)
