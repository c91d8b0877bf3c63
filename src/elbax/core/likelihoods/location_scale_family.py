"""The base class of likelihoods with a location and a scale."""

import math
from typing import ClassVar, Self

import equinox as eqx
import numpy as np

from elbax.core.config import inlined
from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.core.likelihoods.links import LINKS
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.types import Summary


class AbstractLocationScaleFamily(AbstractLikelihood):
    """A likelihood whose features have a location, from the decoder, and a scale."""

    scale_per_std: ClassVar[float] = 1.0  # the scale of a distribution with variance 1
    location_scale: LocationScale = inlined()

    @property
    def outputs_per_feature(self) -> int:
        return self.location_scale.outputs_per_feature

    @property
    def support(self) -> Support:
        return Support()

    @property
    def output_range(self) -> tuple[float, float]:
        lower, upper = LINKS[self.location_scale.link].range
        return max(lower, self.support.lower), min(upper, self.support.upper)

    def highest_log_prob(self, n_features: int) -> np.ndarray:
        """That of a normal at its mean: no density of the family with this standard scale is higher."""
        if self.support.integer:
            return super().highest_log_prob(n_features)
        return np.broadcast_to(-np.log(self.location_scale.least * math.sqrt(2 * math.pi)), n_features)

    def prepare(self, summary: Summary) -> Self:
        prepared = self.location_scale.prepare(summary, self.scale_per_std)
        return eqx.tree_at(lambda part: part.location_scale, self, prepared)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        return self.location_scale.initial_outputs(summary, self.scale_per_std).ravel()
