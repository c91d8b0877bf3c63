"""The discretized logistic likelihood, for integers from 0 to a maximum, such as gray levels."""

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from elbax.checks import check_choice, check_integer
from elbax.core import distributions
from elbax.core.likelihoods.base import Support
from elbax.core.likelihoods.location_scale import LEARNED_SCALES, LocationScale
from elbax.core.likelihoods.location_scale_family import AbstractLocationScaleFamily


class DiscretizedLogistic(AbstractLocationScaleFamily):
    """Each feature is an integer from 0 to levels - 1, with the mass of a bin of a logistic (arXiv 1701.05517).

    Masses sum to one, so log-likelihoods in bits per dimension compare with published ones.

    Args:
        bits: log2 of the number of values; ``levels`` takes precedence.
        levels: number of values.
        scale: learned: "shared", "channel", "feature" or "network". See `Normal`.
        initial_scale: initial scale, in units of each feature; None for that of the best constant.
        floor: smallest scale, in units of each feature. It only keeps numbers finite, since masses are at most one.

    Raises:
        InputError: an unknown scale, or fewer than two levels.

    Example:
        >>> DiscretizedLogistic(bits=8).output_range
        (0, 255)
    """

    name: ClassVar[str] = "discretized_logistic"
    scale_per_std: ClassVar[float] = math.sqrt(3) / math.pi
    levels: int = eqx.field(static=True)

    def __init__(
        self,
        bits: int = 8,
        levels: int | None = None,
        scale: str = "feature",
        initial_scale: float | None = None,
        floor: float = math.exp(-8),
    ):
        check_choice("scale", scale, LEARNED_SCALES)
        check_integer("bits", bits, 1, "discretized_logistic(bits=8)")
        self.levels = 2**bits if levels is None else levels
        check_integer("levels", self.levels, 2, "discretized_logistic(levels=256)")
        self.location_scale = LocationScale(scale, 1.0, "identity", initial_scale, floor)

    @property
    def support(self) -> Support:
        return Support(0, self.levels - 1, integer=True)

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> distributions.DiscretizedLogistic:
        return distributions.DiscretizedLogistic(*self.location_scale(self.by_feature(outputs)), self.levels)

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        location, _ = self.location_scale(self.by_feature(outputs))
        return jnp.clip(jnp.round(location), 0, self.levels - 1)

    def tails(self, outputs: Float[Array, "*n outputs"], x: Float[Array, "*n d"]) -> tuple[Array, Array]:
        location, scale = self.location_scale(self.by_feature(outputs))
        z = (x + 0.5 - location) / scale
        z = jnp.where(x < 0, -jnp.inf, jnp.where(x >= self.levels - 1, jnp.inf, z))
        return jax.nn.sigmoid(z), jax.nn.sigmoid(-z)
