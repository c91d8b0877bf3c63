"""The vector-quantized posterior."""

from typing import ClassVar

import equinox as eqx
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.checks import check_integer, check_number
from elbax.core.config import learned
from elbax.core.distributions import UniformCodebook, VectorQuantized
from elbax.core.parts import ModelSpec
from elbax.core.posteriors.base import AbstractPosterior
from elbax.errors import InputError
from elbax.types import float32


class Quantized(AbstractPosterior):
    """q(z|x): all mass at the codes nearest to the encoder's outputs (VQ-VAE, arXiv 1711.00937).

    Under the uniform prior the KL is log(codes) for each group of latents, for any x; its gradient is that of the
    codebook and commitment losses.

    Attributes:
        codes: number of codes in the codebook.
        code_dim: dimensions of a code; latent_dim is a multiple of it.
        commitment: weight of the commitment loss.
        codebook: (codes, code_dim).

    Example:
        >>> Quantized(codes=8, code_dim=2).encoder_shape(4)
        (4, 1)
    """

    name: ClassVar[str] = "quantized"
    can_pretrain: ClassVar[bool] = False
    bounded: ClassVar[bool] = True
    single: ClassVar[bool] = True
    codes: int = eqx.field(static=True, default=64)
    code_dim: int = eqx.field(static=True, default=1)
    commitment: float = eqx.field(static=True, default=0.25)
    codebook: Float[Array, "codes code_dim"] | None = learned()

    def __check_init__(self):
        check_integer("codes", self.codes, 2, "quantized(codes=64)")
        check_integer("code_dim", self.code_dim, 1, "quantized(code_dim=2)")
        check_number("commitment", self.commitment, "quantized(commitment=0.25)", 0.0)

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        if latent_dim % self.code_dim:
            raise InputError(f"latent_dim must be a multiple of code_dim={self.code_dim}; got {latent_dim}")
        return latent_dim, 1

    def prepare(self, spec: ModelSpec) -> "Quantized":
        codebook = float32(spec.rng.normal(size=(self.codes, self.code_dim)))
        return Quantized(self.codes, self.code_dim, self.commitment, codebook)

    def distribution(self, outputs: Float[Array, "latent 1"]) -> dist.Distribution:
        return VectorQuantized(outputs[:, 0], self.codebook, self.commitment)

    def uniform(self, latent_dim: int) -> dist.Distribution:
        return UniformCodebook(self.codebook, latent_dim)
