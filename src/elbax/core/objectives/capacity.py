"""A KL that is held at a rising capacity."""

from typing import ClassVar, Self

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from elbax.core.config import number
from elbax.core.objectives.single_sample import AbstractSingleSample, ForwardPass
from elbax.types import float32

_EXAMPLE = "capacity(nats=25, weight=100, over=0.5)"


class Capacity(AbstractSingleSample):
    """Reconstruction plus weight · |KL - C|, in nats per row, with a rising capacity C (arXiv 1804.03599).

    Attributes:
        nats: the final capacity.
        weight: of the distance |KL - C|, where KL is the mean over the batch.
        over: fraction of the fit over which the capacity rises from zero.

    Example:
        >>> float(Capacity(nats=25, over=0.5).at(0.1))
        5.0
    """

    name: ClassVar[str] = "capacity"
    nats: Float[Array, ""] = number("nats", _EXAMPLE, 0.0, default=25.0)
    weight: Float[Array, ""] = number("weight", _EXAMPLE, 0.0, default=100.0)
    over: Float[Array, ""] = number("over", _EXAMPLE, 0.0, 1.0, default=0.5)

    def at(self, progress: ArrayLike) -> Float[Array, ""]:
        """The capacity after this fraction of the planned steps, nats."""
        ratio = jnp.clip(progress / jnp.maximum(self.over, 1e-9), 0.0, 1.0)
        return self.nats * jnp.where(self.over > 0.0, ratio, 1.0)

    def loss(self, forward: ForwardPass) -> Float[Array, " batch"]:
        # The mean of these losses has the distance of the mean KL.
        excess = forward.kl.sum(axis=1) - self.at(forward.progress)
        return forward.reconstruction + self.weight * jnp.sign(excess.mean()) * excess

    @property
    def warmup_end(self) -> ArrayLike:
        return self.over

    def after_warmup(self) -> Self:
        return eqx.tree_at(lambda objective: objective.over, self, float32(0.0))
