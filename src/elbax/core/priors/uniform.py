"""The uniform prior."""

from typing import ClassVar

import numpyro.distributions as dist

from elbax.core.priors.base import AbstractPrior


class Uniform(AbstractPrior):
    """The uniform distribution on the support of a bounded posterior: a sphere, classes, or a codebook.

    Example:
        >>> from types import SimpleNamespace
        >>> from elbax.core.posteriors import Categorical
        >>> module = SimpleNamespace(posterior=Categorical(classes=2), latent_dim=4)
        >>> Uniform().distribution(module).mean
        Array([0.5, 0.5, 0.5, 0.5], dtype=float32)
    """

    name: ClassVar[str] = "uniform"
    bounded: ClassVar[bool] = True

    def distribution(self, module) -> dist.Distribution:
        return module.posterior.uniform(module.latent_dim)
