"""Pixels of byte images."""

import numpy as np

from elbax.core.likelihoods import DiscretizedLogistic
from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal

_BYTE = 255
_FEW_LEVELS = 16  # images whose maximum is at most this have no levels above it
# A flat array counts as flattened byte images if it has at least 4x4 pixels and this share of its features reaches the
# same maximum: gray levels saturate, counts do not.
_IMAGE_FEATURES, _SATURATED = 16, 0.25


class Integer(AbstractColumn):
    """Levels of byte images, from 0 up."""

    kind = "integer"

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        """Mark all features if they are gray levels of images, flattened or not; else none."""
        top = statistics.maximum.max()
        is_bytes = statistics.whole.all() and statistics.minimum.min() >= 0 and 1 < top <= _BYTE
        n = len(statistics.maximum)
        saturated = n >= _IMAGE_FEATURES and (statistics.maximum == top).mean() >= _SATURATED
        return np.full(n, bool(is_bytes and (is_image or saturated)))

    @property
    def levels(self) -> int:
        """Number of gray levels: 256, or fewer for images whose maximum is at most 16."""
        top = int(self.statistics.maximum.max())
        return _BYTE + 1 if top > _FEW_LEVELS else top + 1

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        low, high = self.statistics.minimum.min(), self.statistics.maximum.max()
        likelihood = DiscretizedLogistic(levels=self.levels)
        call, reason = f"DiscretizedLogistic(levels={self.levels})", f"integers from {low:g} to {high:g}"
        return [Proposal(likelihood, call, self.features, "gray levels", reason)]
