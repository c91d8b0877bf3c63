"""Normalizing-flow posteriors."""

from typing import ClassVar

import equinox as eqx
import numpyro.distributions as dist
from jaxtyping import Array, Float

from elbax.checks import check_integer, check_widths
from elbax.core.config import learned
from elbax.core.distributions import Transformed, normal
from elbax.core.flows import MaskedAffine, chained, flow
from elbax.core.parts import ModelSpec
from elbax.core.posteriors.base import AbstractPosterior


class AbstractFlow(AbstractPosterior):
    """A diagonal normal from the encoder, transformed by flow layers with a context from the encoder.

    Attributes:
        layers: number of flow layers.
        hidden: widths of the network in each layer.
        context: outputs of the encoder per latent dimension that condition the layers.
        flow: the layers.
    """

    starts_linear: ClassVar[bool] = True
    layers: int = eqx.field(static=True, default=4)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(64,))
    context: int = eqx.field(static=True, default=1)
    flow: tuple[MaskedAffine, ...] | None = learned()

    kind: eqx.AbstractClassVar[str]  # one of `elbax.core.flows.KINDS`

    def __check_init__(self):
        check_integer("layers", self.layers, 1, f"{self.name}(layers=4)")
        check_integer("context", self.context, 0, f"{self.name}(context=1)")
        check_widths("hidden", self.hidden, f"{self.name}(hidden=(64,))")

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        """Mean, log-variance and context of each dimension."""
        return latent_dim, 2 + self.context

    def prepare(self, spec: ModelSpec) -> "AbstractFlow":
        """A copy whose flow is close to the identity."""
        layers = flow(spec, self.kind, self.layers, self.hidden, self.context * spec.latent_dim)
        return type(self)(self.layers, self.hidden, self.context, layers)

    def distribution(self, outputs: Float[Array, "latent P"]) -> dist.Distribution:
        condition = outputs[:, 2:].ravel() if self.context else None
        return Transformed(normal(outputs[:, :2]), chained(self.flow), condition)


class IAF(AbstractFlow):
    """Inverse autoregressive flow (arXiv 1606.04934): one pass for a draw, one per dimension for other densities.

    Example:
        >>> IAF().encoder_shape(3)
        (3, 3)
    """

    name: ClassVar[str] = "iaf"
    kind: ClassVar[str] = "autoregressive"
    can_pretrain: ClassVar[bool] = False


class Flow(AbstractFlow):
    """A coupling flow (arXiv 1605.08803), fast in both directions.

    Example:
        >>> Flow(context=2).encoder_shape(3)
        (3, 4)
    """

    name: ClassVar[str] = "flow"
    kind: ClassVar[str] = "coupling"
