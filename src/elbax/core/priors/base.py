"""What every prior p(z) promises to the rest of the library."""

from abc import abstractmethod
from typing import ClassVar, Self

import equinox as eqx
import numpyro.distributions as dist

from elbax.core.parts import Frame

__all__ = ["AbstractPrior"]


class AbstractPrior(eqx.Module):
    """A density over latent space: where latent points come from before any data are seen."""

    name: ClassVar[str]

    @abstractmethod
    def distribution(self, module) -> dist.Distribution:
        """The law of the latents, of independent dimensions or joint (see `elbax.core.laws`).

        Args:
            module: the `VAEModule` this prior is part of; it may use other parts of it.
        """

    def prepare(self, frame: Frame) -> Self:
        """Return a copy that has its arrays; parts without any return themselves."""
        return self
