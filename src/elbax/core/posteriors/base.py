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
    can_pretrain: ClassVar[bool] = True  # every point is possible, and its density there is cheap
    starts_linear: ClassVar[bool] = False  # the encoder's outputs are means, log-variances, and what may start at zero
    has_density: ClassVar[bool] = True  # a density or probability, without which there is no bound on log p(x)
    bounded: ClassVar[bool] = False  # latents are on a set of measure zero; only the uniform prior has a density there
    single: ClassVar[bool] = False  # a row has one latent point, so all its samples are equal
    factorized: ClassVar[bool] = False  # latents are independent given x
    sizes: ClassVar[tuple[int, ...] | None] = None  # dimensions of each stochastic layer, if there are several

    @abstractmethod
    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        """The shape of the encoder's outputs for one row; an InputError for an impossible number of dimensions."""

    @abstractmethod
    def distribution(self, outputs: Float[Array, "n P"]) -> dist.Distribution:
        """The distribution of the latents, of independent dimensions or joint, from the encoder's outputs."""

    def visible(self, latent_dim: int) -> int:
        """The number of latents, from the first, that the decoder takes."""
        return latent_dim

    def prepare(self, spec: ModelSpec) -> "AbstractPosterior":
        """A copy with its arrays."""
        return self
