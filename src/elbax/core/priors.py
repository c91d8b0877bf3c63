"""Priors p(z): where latent points come from before any data are seen."""

from abc import abstractmethod
from types import MappingProxyType
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

__all__ = ["PRIORS", "AbstractPrior", "StandardNormal"]


class AbstractPrior(eqx.Module):
    """A density over latent space."""

    name: ClassVar[str]

    @abstractmethod
    def distribution(self, latent_dim: int) -> dist.Distribution:
        """The distribution of the latents, one batch entry per dimension."""


class StandardNormal(AbstractPrior):
    """p(z) = N(0, I).

    Example:
        >>> StandardNormal().distribution(3).batch_shape
        (3,)
    """

    name: ClassVar[str] = "standard_normal"

    def distribution(self, latent_dim: int) -> dist.Distribution:
        """Independent standard normals."""
        return dist.Normal(jnp.zeros(latent_dim), jnp.ones(latent_dim))


PRIORS = MappingProxyType({part.name: part for part in (StandardNormal,)})
