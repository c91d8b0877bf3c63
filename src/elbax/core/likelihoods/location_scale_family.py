"""The base class of likelihoods with a location and a scale."""

from typing import Self

import equinox as eqx
import numpy as np

from elbax.core.config import inlined
from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.core.likelihoods.links import LINKS
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.types import Summary


class AbstractLocationScaleFamily(AbstractLikelihood):
    """A likelihood whose features have a location, from the decoder, and a scale."""

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

    def prepare(self, summary: Summary) -> Self:
        return eqx.tree_at(lambda part: part.location_scale, self, self.location_scale.prepare(summary))

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        return self.location_scale.initial_outputs(summary).ravel()
