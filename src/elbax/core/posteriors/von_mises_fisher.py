"""The von Mises–Fisher posterior."""

from typing import ClassVar

import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.distributions import UniformSphere, VonMisesFisher
from elbax.core.numerics import softplus
from elbax.core.posteriors.base import AbstractPosterior
from elbax.errors import InputError


class VonMisesFisherPosterior(AbstractPosterior):
    """q(z|x) is von Mises–Fisher on the unit sphere in latent_dim dimensions (arXiv 1804.00891).

    The encoder returns a vector in the mean direction, and one number for the concentration.

    Example:
        >>> VonMisesFisherPosterior().distribution(jnp.array([[3.0], [4.0], [0.0]])).center
        Array([0.6, 0.8], dtype=float32)
    """

    name: ClassVar[str] = "von_mises_fisher"
    can_pretrain: ClassVar[bool] = False
    bounded: ClassVar[bool] = True

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        if latent_dim < 2:
            raise InputError(f"latent_dim must be at least 2 with posterior {self.name!r}; got {latent_dim}")
        return latent_dim + 1, 1

    def distribution(self, outputs: Float[Array, "n 1"]) -> dist.Distribution:
        direction, raw = outputs[:-1, 0], outputs[-1, 0]
        direction = direction / jnp.sqrt(jnp.square(direction).sum() + 1e-12)
        # The concentration at which a direction is noticeable grows with the dimensions.
        return VonMisesFisher(direction, len(direction) * softplus(raw) + 1e-3)

    def uniform(self, latent_dim: int) -> dist.Distribution:
        return UniformSphere(latent_dim)
