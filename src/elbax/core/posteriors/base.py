"""What every approximate posterior q(z|x) promises to the rest of the library."""

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.core.parts import ModelSpec


class AbstractPosterior(eqx.Module):
    """A family q(z|x) whose parameters come from the encoder."""

    name: ClassVar[str]
    # Whether a pretraining can teach it given points: any point is possible, and its density is cheap there.
    can_pretrain: ClassVar[bool] = True
    # Whether a row's latents have a density (or a probability), without which there is no bound on log p(x).
    has_density: ClassVar[bool] = True
    # Whether latents live on a set of measure zero, on which only the uniform prior has a density.
    bounded: ClassVar[bool] = False
    # Whether a row has one latent point only: weighted samples of it are all alike, and cannot make up for the others.
    single: ClassVar[bool] = False
    # Whether latents are independent, given a row.
    factorized: ClassVar[bool] = False
    # Dimensions of each of several stochastic layers; None where there is one.
    sizes: ClassVar[tuple[int, ...] | None] = None

    @abstractmethod
    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        """The shape of what the encoder must return for one example.

        Raises:
            InputError: there is no such posterior of so many dimensions.
        """

    @abstractmethod
    def distribution(self, outputs: Float[Array, "n P"]) -> dist.Distribution:
        """The distribution of the latents given the encoder's outputs, of independent dimensions or joint."""

    def visible(self, latent_dim: int) -> int:
        """How many of the latents, counted from the first, the decoder sees."""
        return latent_dim

    def prepare(self, spec: ModelSpec) -> "AbstractPosterior":
        """Return a copy that has its arrays; parts without any return themselves."""
        return self
