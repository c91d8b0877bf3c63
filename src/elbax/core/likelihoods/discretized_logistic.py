"""The discretized logistic likelihood, for integers on a bounded scale such as gray levels."""

import math
from typing import ClassVar, Self

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from elbax.checks import check_integer
from elbax.core import distributions
from elbax.core.config import inlined
from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.core.likelihoods.location_scale import LEARNED_SCALES, LocationScale
from elbax.errors import unknown_name
from elbax.types import Summary


class DiscretizedLogistic(AbstractLikelihood):
    """Each feature is an integer from 0 to levels - 1, its mass a bin of a logistic (arXiv 1701.05517).

    Masses sum to one, so log-likelihoods are comparable in bits per dimension with published ones.

    Args:
        bits: levels is two to this power, unless given.
        levels: number of values.
        scale: learned "shared", "feature" or by the "network". See `Normal`.
        initial_scale: where the scale starts, in units of each feature.
        floor: below which it cannot go. Lower than a normal's: masses are bounded by one, so a floor is only
            needed to keep arithmetic finite, and must not stop a constant feature from being certain.

    Raises:
        InputError: an unknown scale, or fewer than two levels.

    Example:
        >>> DiscretizedLogistic(bits=8).output_range
        (0, 255)
    """

    name: ClassVar[str] = "discretized_logistic"
    levels: int = eqx.field(static=True)
    location_scale: LocationScale = inlined()

    def __init__(
        self,
        bits: int = 8,
        levels: int | None = None,
        scale: str = "feature",
        initial_scale: float = 0.1,
        floor: float = math.exp(-8),
    ):
        if scale not in LEARNED_SCALES:
            raise unknown_name("scale", scale, LEARNED_SCALES)
        check_integer("bits", bits, 1, "discretized_logistic(bits=8)")
        self.levels = 2**bits if levels is None else levels
        check_integer("levels", self.levels, 2, "discretized_logistic(levels=256)")
        self.location_scale = LocationScale(scale, 1.0, "identity", initial_scale, floor)

    @property
    def outputs_per_feature(self) -> int:
        """One, or two with a scale from the network."""
        return self.location_scale.outputs_per_feature

    @property
    def support(self) -> Support:
        """Integers from 0 to levels - 1."""
        return Support(0, self.levels - 1, integer=True)

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> distributions.DiscretizedLogistic:
        """Discretised logistic around the decoded location."""
        return distributions.DiscretizedLogistic(*self.location_scale(self.by_feature(outputs)), self.levels)

    def prepare(self, summary: Summary) -> Self:
        """Take center and unit from the data, and start the learned scale."""
        return eqx.tree_at(lambda part: part.location_scale, self, self.location_scale.prepare(summary))

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """The data's mean and the initial scale."""
        return self.location_scale.initial_outputs(summary).ravel()
