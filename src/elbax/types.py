"""Array aliases and the two small records that every layer shares."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float

__all__ = ["Summary", "Terms"]


class Summary(NamedTuple):
    """What parts may know about the data before training starts; every array has the event's shape.

    Attributes:
        mean: mean of each feature.
        std: standard deviation of each feature.
        minimum: smallest value of each feature.
        maximum: largest value of each feature.
        center: what to subtract from a feature before a network sees it.
        unit: what to divide a feature by, always positive. Pictures share one unit; columns have their own.
    """

    mean: np.ndarray
    std: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    center: np.ndarray
    unit: np.ndarray


class Terms(NamedTuple):
    """Parts of the objective, per example, in nats.

    Attributes:
        reconstruction: -log p(x|z), one value per example.
        kl: KL(q(z|x) || p(z)), one value per example.
    """

    reconstruction: Float[Array, " batch"]
    kl: Float[Array, " batch"]

    @property
    def elbo(self) -> Float[Array, " batch"]:
        """The evidence lower bound: -(reconstruction + kl)."""
        return -(self.reconstruction + self.kl)
