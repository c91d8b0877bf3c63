"""The point posterior of a plain autoencoder."""

from typing import ClassVar

import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.posteriors.base import AbstractPosterior


class Point(AbstractPosterior):
    """All mass at one point: the plain autoencoder. Its KL is infinite and left out as zero.

    Example:
        >>> import jax.numpy as jnp
        >>> Point().distribution(jnp.array([[0.5]])).mean
        Array([0.5], dtype=float32)
    """

    name: ClassVar[str] = "point"
    starts_linear: ClassVar[bool] = True
    has_density: ClassVar[bool] = False
    single: ClassVar[bool] = True
    factorized: ClassVar[bool] = True

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        return latent_dim, 1

    def distribution(self, outputs: Float[Array, "latent 1"]) -> dist.Distribution:
        return dist.Delta(outputs[..., 0])
