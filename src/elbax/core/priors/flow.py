"""The normalizing-flow prior."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from flowjax.bijections import Invert
from jaxtyping import Array, Float

from elbax.checks import check_choice, check_integer, check_widths
from elbax.core.config import learned
from elbax.core.distributions import Transformed
from elbax.core.flows import KINDS, MaskedAffine, chained, flow
from elbax.core.parts import ModelSpec
from elbax.core.priors.base import AbstractPrior
from elbax.types import float32


class Flow(AbstractPrior):
    """Independent normals, transformed by a flow whose density takes one pass (arXiv 1705.07057, 1605.08803).

    A draw takes one pass for each dimension with the autoregressive kind, one or two with the coupling kind.

    Attributes:
        kind: "autoregressive" or "coupling".
        layers: number of flow layers.
        hidden: widths of the network in each layer.
        flow: the layers.
        mean, log_scale: of the normals, (latent,).

    Example:
        >>> Flow(layers=2).kind
        'autoregressive'
    """

    name: ClassVar[str] = "flow"
    kind: str = eqx.field(static=True, default="autoregressive")
    layers: int = eqx.field(static=True, default=4)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(64,))
    flow: tuple[MaskedAffine, ...] | None = learned()
    mean: Float[Array, " latent"] | None = learned()
    log_scale: Float[Array, " latent"] | None = learned()

    def __check_init__(self):
        check_choice("kind of flow", self.kind, KINDS)
        check_integer("layers", self.layers, 1, "flow(layers=4)")
        check_widths("hidden", self.hidden, "flow(hidden=(64,))")

    def prepare(self, spec: ModelSpec) -> "Flow":
        """A copy that is close to a standard normal."""
        layers = flow(spec, self.kind, self.layers, self.hidden)
        zeros = float32(np.zeros(spec.latent_dim))
        return Flow(self.kind, self.layers, self.hidden, layers, zeros, zeros)

    def distribution(self, module) -> dist.Distribution:
        return Transformed(dist.Normal(self.mean, jnp.exp(self.log_scale)), Invert(chained(self.flow)))

    def start_from(self, z: np.ndarray, seed: int) -> "Flow":
        """A copy that is close to the normals with the points' moments."""
        moments = (float32(z.mean(axis=0)), float32(np.log(z.std(axis=0) + 1e-6)))
        return eqx.tree_at(lambda prior: (prior.mean, prior.log_scale), self, moments)
