"""Approximate posteriors q(z|x): what the encoder's numbers mean."""

from abc import abstractmethod
from types import MappingProxyType
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float

__all__ = ["POSTERIORS", "AbstractPosterior", "DiagonalNormal", "Point"]


class AbstractPosterior(eqx.Module):
    """A family q(z|x) whose parameters come from the encoder, an array of shape ``(latent, P)`` per example."""

    name: ClassVar[str]

    @property
    @abstractmethod
    def outputs_per_latent(self) -> int:
        """How many numbers the encoder must return for each latent dimension."""

    @abstractmethod
    def distribution(self, outputs: Float[Array, "latent P"]) -> dist.Distribution:
        """The distribution of the latents, one batch entry per dimension."""


class DiagonalNormal(AbstractPosterior):
    """q(z|x) = N(mean, diag(variance)); the encoder returns mean and log-variance (arXiv 1312.6114).

    Example:
        >>> DiagonalNormal().distribution(jnp.array([[0.5, 0.0]])).mean
        Array([0.5], dtype=float32)
    """

    name: ClassVar[str] = "diagonal_normal"

    @property
    def outputs_per_latent(self) -> int:
        """Two: the mean and the log-variance."""
        return 2

    def distribution(self, outputs: Float[Array, "latent P"]) -> dist.Distribution:
        """The normal; log-variance is clipped to ±30, which keeps the scale finite in float32."""
        log_variance = jnp.clip(outputs[..., 1], -30.0, 30.0)
        return dist.Normal(outputs[..., 0], jnp.exp(0.5 * log_variance))


class Point(AbstractPosterior):
    """All mass at one point: the plain autoencoder. Its KL is infinite and by convention left out as zero.

    Example:
        >>> Point().distribution(jnp.array([[0.5]])).mean
        Array([0.5], dtype=float32)
    """

    name: ClassVar[str] = "point"

    @property
    def outputs_per_latent(self) -> int:
        """One: the point."""
        return 1

    def distribution(self, outputs: Float[Array, "latent P"]) -> dist.Distribution:
        """The point mass."""
        return dist.Delta(outputs[..., 0])


POSTERIORS = MappingProxyType({part.name: part for part in (DiagonalNormal, Point)})
