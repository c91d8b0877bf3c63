"""Posteriors that a flow bends."""

from abc import abstractmethod
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
    """A diagonal normal from the encoder, moved by layers that are also told numbers from the encoder.

    Attributes:
        layers: of the flow.
        hidden: widths of the network in each layer.
        context: numbers for each latent dimension that the encoder tells the layers.
        flow: the layers.
    """

    layers: int = eqx.field(static=True, default=4)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(64,))
    context: int = eqx.field(static=True, default=1)
    flow: tuple[MaskedAffine, ...] | None = learned()

    @property
    @abstractmethod
    def kind(self) -> str:
        """The kind of flow, as in `elbax.core.flows`."""

    def __check_init__(self):
        """Check the settings."""
        check_integer("layers", self.layers, 1, f"{self.name}(layers=4)")
        check_integer("context", self.context, 0, f"{self.name}(context=1)")
        check_widths("hidden", self.hidden, f"{self.name}(hidden=(64,))")

    def encoder_shape(self, latent_dim: int) -> tuple[int, int]:
        """Mean, log-variance and context of each dimension."""
        return latent_dim, 2 + self.context

    def prepare(self, spec: ModelSpec) -> "AbstractFlow":
        """Next to the diagonal normal."""
        layers = flow(spec, self.kind, self.layers, self.hidden, self.context * spec.latent_dim)
        return type(self)(self.layers, self.hidden, self.context, layers)

    def distribution(self, outputs: Float[Array, "latent P"]) -> dist.Distribution:
        """The distribution of the normal's draws after the flow."""
        condition = outputs[:, 2:].ravel() if self.context else None
        return Transformed(normal(outputs[:, :2]), chained(self.flow), condition)


class IAF(AbstractFlow):
    """Inverse autoregressive flow (arXiv 1606.04934): drawing is one pass, a density elsewhere one per dimension.

    Example:
        >>> IAF().encoder_shape(3)
        (3, 3)
    """

    name: ClassVar[str] = "iaf"
    can_pretrain: ClassVar[bool] = False

    @property
    def kind(self) -> str:
        """Autoregressive."""
        return "autoregressive"


class Flow(AbstractFlow):
    """A coupling flow (arXiv 1605.08803), quick both ways.

    Example:
        >>> Flow(context=2).encoder_shape(3)
        (3, 4)
    """

    name: ClassVar[str] = "flow"

    @property
    def kind(self) -> str:
        """Coupling."""
        return "coupling"
