"""A posterior of several stochastic layers."""

from typing import Any, ClassVar

import equinox as eqx
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.checks import check_widths
from elbax.core.config import learned
from elbax.core.distributions import Hierarchical, normal
from elbax.core.parts import ModelSpec, check_layers
from elbax.core.posteriors.base import AbstractPosterior


class Layers(AbstractPosterior):
    """q(z|x) = q(z_1|x) Π q(z_{l+1} | z_l) for z = (z_1, …, z_L) laid end to end (arXiv 1509.00519).

    The encoder makes z_1, and each conditional is a diagonal normal whose mean and log-variance a network computes.

    Attributes:
        sizes: dimensions of z_1, …, z_L; they add up to the VAE's latent_dim.
        hidden: widths of each conditional's network.
        skip: whether the decoder sees all layers, or z_1 only.
        networks: that of q(z_2 | z_1) first.

    Example:
        >>> Layers(sizes=(3, 2)).visible(5)
        3
    """

    name: ClassVar[str] = "layers"
    can_pretrain: ClassVar[bool] = False
    sizes: tuple[int, ...] = eqx.field(static=True)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(100, 100))
    skip: bool = eqx.field(static=True, default=False)
    networks: tuple[Any, ...] | None = learned()

    def __check_init__(self):
        check_widths("hidden", self.hidden, "layers(sizes=(100, 50), hidden=(100, 100))")

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        """Mean and log-variance of z_1."""
        check_layers(self.sizes, latent_dim)
        return self.sizes[0], 2

    def visible(self, latent_dim: int) -> int:
        """The latents of z_1, or all with ``skip``."""
        return latent_dim if self.skip else self.sizes[0]

    def prepare(self, spec: ModelSpec) -> "Layers":
        pairs = zip(self.sizes, self.sizes[1:], strict=False)
        networks = tuple(spec.network((below,), (above, 2), self.hidden) for below, above in pairs)
        return Layers(self.sizes, self.hidden, self.skip, networks)

    def distribution(self, outputs: Float[Array, "n 2"]) -> dist.Distribution:
        """The joint distribution, from the layer next to the data up."""
        conditionals = [lambda z, net=net: normal(net(z)) for net in self.networks or ()]
        return Hierarchical(normal(outputs), conditionals, self.sizes, bottom_up=True)
