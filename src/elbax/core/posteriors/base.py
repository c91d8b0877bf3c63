"""The interface of approximate posteriors q(z|x)."""

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.parts import ModelSpec


class AbstractPosterior(eqx.Module):
    """A family q(z|x) whose parameters come from the encoder."""

    name: ClassVar[str]
    # Whether it can be pretrained: every point is possible, and its density there is cheap.
    can_pretrain: ClassVar[bool] = True
    # Whether it has a density or probability, without which there is no bound on log p(x).
    has_density: ClassVar[bool] = True
    # Whether latents are on a set of measure zero, where only the uniform prior has a density.
    bounded: ClassVar[bool] = False
    # Whether a row has one latent point, so that all its samples are equal.
    single: ClassVar[bool] = False
    # Whether latents are independent given x.
    factorized: ClassVar[bool] = False
    # Dimensions of each stochastic layer, if there are several.
    sizes: ClassVar[tuple[int, ...] | None] = None

    @abstractmethod
    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        """The shape of the encoder's outputs for one row.

        Raises:
            InputError: this posterior cannot have that number of dimensions.
        """

    @abstractmethod
    def distribution(self, outputs: Float[Array, "n P"]) -> dist.Distribution:
        """The distribution of the latents, of independent dimensions or joint, from the encoder's outputs."""

    def visible(self, latent_dim: int) -> int:
        """The number of latents, from the first, that the decoder takes."""
        return latent_dim

    def prepare(self, spec: ModelSpec) -> "AbstractPosterior":
        """A copy with its arrays."""
        return self
