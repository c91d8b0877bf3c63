"""The standard normal prior."""

from typing import ClassVar

import jax.numpy as jnp
import numpyro.distributions as dist

from elbax.core.priors.base import AbstractPrior


class StandardNormal(AbstractPrior):
    """p(z) = N(0, I).

    Example:
        >>> from types import SimpleNamespace
        >>> StandardNormal().distribution(SimpleNamespace(latent_dim=3)).batch_shape
        (3,)
    """

    name: ClassVar[str] = "standard_normal"
    is_standard: ClassVar[bool] = True

    def distribution(self, module) -> dist.Distribution:
        return dist.Normal(jnp.zeros(module.latent_dim), jnp.ones(module.latent_dim))
