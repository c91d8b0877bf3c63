"""Columns of counts: integers from 0 up."""

import numpy as np

from elbax.core.likelihoods import NegativeBinomial
from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal
from elbax.data.columns.real import propose_normal

# Counts crowd against 0: in standard deviations, their minimum and mean lie no further from it than this. An age is a
# measurement that happens to be rounded.
_LOWEST, _FAR = 0.1, 2.0


class Count(AbstractColumn):
    """Integers from 0 up."""

    kind = "count"

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        """Mark integers from 0 up."""
        return statistics.whole & (statistics.minimum >= 0)

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        """Propose a negative binomial where numbers crowd against 0, else a normal."""
        low, mean, std = self.statistics.minimum, self.statistics.mean, self.statistics.std
        crowds = (low <= _LOWEST * std) & (mean < _FAR * std)
        counts, call = self.features[crowds], "NegativeBinomial()"
        reason = "counts: integers from 0 up"
        proposals = [Proposal(NegativeBinomial(), call, counts, "counts", reason)] if len(counts) else []
        return proposals if crowds.all() else [*proposals, propose_normal(self.features[~crowds], scale)]
