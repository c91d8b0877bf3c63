"""Columns of counts."""

import numpy as np

from elbax.core.likelihoods import NegativeBinomial
from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal
from elbax.data.columns.real import with_normal

# Minimum and mean of counts are within so many standard deviations of 0. Others, such as ages, are measurements.
_LOWEST, _FAR = 0.1, 2.0


class Count(AbstractColumn):
    """Integers from 0 up."""

    kind = "count"

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        return statistics.whole & (statistics.minimum >= 0)

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        """Propose a negative binomial for features near 0, else a normal."""
        low, mean, std = self.statistics.minimum, self.statistics.mean, self.statistics.std
        near_0 = (low <= _LOWEST * std) & (mean < _FAR * std)
        call, reason = "NegativeBinomial()", "counts: integers from 0 up"
        counts = Proposal(NegativeBinomial(), call, self.features[near_0], "counts", reason)
        return with_normal(counts, self.features[~near_0], scale)
