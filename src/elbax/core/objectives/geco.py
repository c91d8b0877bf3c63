"""The least KL subject to a constraint on the reconstruction."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from elbax.core.config import number
from elbax.core.objectives.gradients import gradient_only
from elbax.core.objectives.single_sample import AbstractSingleSample, ForwardPass
from elbax.core.vae import VAEModule
from elbax.types import float32

_PACE, _MOST = 3.0, 10.0  # pace of the log multiplier relative to a weight, and its largest size


class GECO(AbstractSingleSample):
    """KL + multiplier · (reconstruction - target), in nats per row (arXiv 1810.00597).

    The multiplier is trained by gradient ascent: it rises while the mean of -log p(x|z) is above the target, else it
    falls. The optimizer's running mean of its gradient takes the place of the paper's running mean of the constraint.

    Attributes:
        target: of the reconstruction term -log p(x|z), nats per row.

    Example:
        >>> GECO(target=5).name
        'geco'
    """

    name: ClassVar[str] = "geco"
    target: Float[Array, ""] = number("target", "geco(target=90)")

    def auxiliary(self, module: VAEModule, rng: np.random.Generator) -> Float[Array, ""]:
        return float32(0.0)  # a multiplier of one

    def multiplier(self, auxiliary: Float[Array, ""]) -> Float[Array, ""]:
        """The Lagrange multiplier: weight of the reconstruction relative to the KL."""
        return jnp.exp(jnp.clip(_PACE * auxiliary, -_MOST, _MOST))

    def loss(self, forward: ForwardPass) -> Float[Array, " batch"]:
        log_multiplier = _PACE * forward.auxiliary
        multiplier = jax.lax.stop_gradient(self.multiplier(forward.auxiliary))
        excess = forward.reconstruction - self.target
        slope = jax.lax.stop_gradient(multiplier * excess)
        outwards = (jnp.abs(log_multiplier) >= _MOST) & (log_multiplier * slope.mean() > 0)
        ascent = gradient_only(log_multiplier * jnp.where(outwards, 0.0, slope))
        return forward.kl.sum(axis=1) + multiplier * excess - ascent
