"""The posterior of a hierarchy of stochastic layers."""

from itertools import pairwise
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
    """q(z|x) = q(z_1|x) Π q(z_{l+1} | z_l) for concatenated layers z_1, …, z_L (arXiv 1509.00519).

    All are diagonal normals. The encoder gives z_1, and a network each further mean and log-variance.

    Attributes:
        sizes: dimensions of z_1, …, z_L; they add up to the VAE's latent_dim.
        hidden: widths of each conditional's network.
        skip: whether the decoder takes all layers instead of z_1 only.
        networks: of q(z_2 | z_1), q(z_3 | z_2), ….

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
        check_layers(self.sizes, latent_dim)
        return self.sizes[0], 2

    def visible(self, latent_dim: int) -> int:
        return latent_dim if self.skip else self.sizes[0]

    def prepare(self, spec: ModelSpec) -> "Layers":
        networks = tuple(spec.network((n,), (m, 2), self.hidden) for n, m in pairwise(self.sizes))
        return Layers(self.sizes, self.hidden, self.skip, networks)

    def distribution(self, outputs: Float[Array, "n 2"]) -> dist.Distribution:
        conditionals = [lambda z, net=net: normal(net(z)) for net in self.networks or ()]
        return Hierarchical(normal(outputs), conditionals, self.sizes, bottom_up=True)
