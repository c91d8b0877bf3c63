"""The interface of priors p(z)."""

from abc import abstractmethod
from typing import ClassVar, Self

import equinox as eqx
import numpy as np
import numpyro.distributions as dist

from elbax.core.parts import ModelSpec
from elbax.errors import InputError


class AbstractPrior(eqx.Module):
    """A density of latent points."""

    name: ClassVar[str]
    supports_context: ClassVar[bool] = True  # a conditional VAE can have it
    bounded: ClassVar[bool] = False  # it belongs to bounded posteriors, and only to those
    pseudo_inputs: ClassVar[bool] = False  # it learns rows, in units of the encoder's input
    is_standard: ClassVar[bool] = False  # it is N(0, I)
    sizes: ClassVar[tuple[int, ...] | None] = None  # dimensions of each stochastic layer, if there are several

    @abstractmethod
    def distribution(self, module) -> dist.Distribution:
        """The distribution of the latents in a `VAEModule`, of independent dimensions or joint.

        The prior may use the module's other parts. See `elbax.core.distributions.latent`.
        """

    def start_from(self, z: np.ndarray, seed: int) -> Self:
        """A copy of a prepared prior to be fitted, after training, to latent points such as these, (n, latent).

        Raises:
            InputError: this prior has no parameters, or depends on those of the networks.
        """
        raise InputError(
            f"prior {self.name!r} cannot be fitted after training; use prior='mixture', 'autoregressive' or 'flow'"
        )

    def prepare(self, spec: ModelSpec) -> Self:
        """A copy with its arrays."""
        return self
