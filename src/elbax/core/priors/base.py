"""What every prior p(z) promises to the rest of the library."""

from abc import abstractmethod
from typing import ClassVar, Self

import equinox as eqx
import numpy as np
import numpyro.distributions as dist

from elbax.core.parts import ModelSpec
from elbax.errors import InputError


class AbstractPrior(eqx.Module):
    """A density over latent space: where latent points come from before any data are seen."""

    name: ClassVar[str]
    # Whether it can be part of a VAE whose networks are told a context.
    with_context: ClassVar[bool] = True
    # Whether it is for bounded posteriors, and only for those.
    bounded: ClassVar[bool] = False
    # Whether it is N(0, I).
    is_standard: ClassVar[bool] = False
    # Dimensions of each of several stochastic layers; None where there is one.
    sizes: ClassVar[tuple[int, ...] | None] = None

    @abstractmethod
    def distribution(self, module) -> dist.Distribution:
        """The distribution of the latents, of independent dimensions or joint (see `elbax.core.distributions`).

        Args:
            module: the `VAEModule` this prior is part of; it may use other parts of it.
        """

    def started(self, z: np.ndarray, seed: int) -> Self:
        """Return a prepared copy that starts from these latent points (n, latent), to be fitted to such alone.

        Raises:
            InputError: this prior has nothing to fit, or cannot be told apart from the networks.
        """
        raise InputError(
            f"prior {self.name!r} cannot be fitted after training; use prior='mixture' or prior='flow'"
        )

    def prepare(self, spec: ModelSpec) -> Self:
        """Return a copy that has its arrays; parts without any return themselves."""
        return self
