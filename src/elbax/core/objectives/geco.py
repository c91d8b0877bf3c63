"""The least KL under which rows are reconstructed well enough."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from elbax.checks import check_number
from elbax.core.objectives.gradients import gradient_only
from elbax.core.objectives.single_sample import AbstractSingleSample, ForwardPass
from elbax.core.vae import VAEModule
from elbax.types import float32

# How much faster than a weight the logarithm of the multiplier moves, and how far.
_PACE, _MOST = 3.0, 10.0


class GECO(AbstractSingleSample):
    """KL + multiplier · (reconstruction - target), in nats per example (arXiv 1810.00597).

    The multiplier is trained too, uphill: it rises while the mean of -log p(x|z) is above the target and falls while
    it is below. The optimizer's running mean of its gradient stands for the paper's running mean of the constraint.

    Attributes:
        target: the reconstruction term that is wanted, -log p(x|z), nats per example.
    """

    name: ClassVar[str] = "geco"
    target: Float[Array, ""] = eqx.field(converter=float32)

    def __init__(self, target: float):
        check_number("target", target, "geco(target=90)")
        self.target = target

    def auxiliary(self, module: VAEModule, rng: np.random.Generator) -> Float[Array, ""]:
        """What `multiplier` turns into the multiplier, which starts at one."""
        return float32(0.0)

    def multiplier(self, auxiliary: Float[Array, ""]) -> Float[Array, ""]:
        """The price of a nat of reconstruction, in nats of KL."""
        return jnp.exp(jnp.clip(_PACE * auxiliary, -_MOST, _MOST))

    def loss(self, forward: ForwardPass) -> Float[Array, " batch"]:
        """The Lagrangian, which networks lower and the multiplier raises."""
        logarithm, multiplier = (
            _PACE * forward.auxiliary,
            jax.lax.stop_gradient(self.multiplier(forward.auxiliary)),
        )
        missing = forward.reconstruction - self.target
        pull = jax.lax.stop_gradient(multiplier * missing)
        outwards = (jnp.abs(logarithm) >= _MOST) & (logarithm * pull.mean() > 0)
        uphill = gradient_only(logarithm * jnp.where(outwards, 0.0, pull))
        return forward.kl.sum(axis=1) + multiplier * missing - uphill
