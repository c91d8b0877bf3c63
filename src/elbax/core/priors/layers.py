"""The prior of a hierarchy of stochastic layers."""

from itertools import pairwise
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

from elbax.checks import check_widths
from elbax.core.config import learned
from elbax.core.distributions import Hierarchical, normal
from elbax.core.parts import ModelSpec, check_layers
from elbax.core.priors.base import AbstractPrior


class Layers(AbstractPrior):
    """p(z) = N(z_L; 0, I) Π p(z_l | z_{l+1}) for concatenated layers z_1, …, z_L (arXiv 1509.00519).

    All are diagonal normals, with means and log-variances from networks.

    Attributes:
        sizes: dimensions of z_1, …, z_L; they add up to the VAE's latent_dim.
        hidden: widths of each conditional's network.
        networks: of p(z_{L-1} | z_L), p(z_{L-2} | z_{L-1}), ….

    Example:
        >>> Layers(sizes=(3, 2)).sizes
        (3, 2)
    """

    name: ClassVar[str] = "layers"
    sizes: tuple[int, ...] = eqx.field(static=True)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(100, 100))
    networks: tuple[Any, ...] | None = learned()

    def __check_init__(self):
        check_widths("hidden", self.hidden, "layers(sizes=(100, 50), hidden=(100, 100))")

    def prepare(self, spec: ModelSpec) -> "Layers":
        check_layers(self.sizes, spec.latent_dim)
        networks = tuple(spec.network((n,), (m, 2), self.hidden) for n, m in pairwise(self.sizes[::-1]))
        return Layers(self.sizes, self.hidden, networks)

    def distribution(self, module) -> dist.Distribution:
        top = self.sizes[-1]
        conditionals = [lambda z, net=net: normal(net(z)) for net in self.networks or ()]
        return Hierarchical(dist.Normal(jnp.zeros(top), jnp.ones(top)), conditionals, self.sizes, bottom_up=False)
