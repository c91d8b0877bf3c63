"""Columns with the same number in every row."""

import numpy as np

from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal
from elbax.data.columns.real import propose_normal


class Constant(AbstractColumn):
    """One number in every row."""

    kind = "constant"

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        return statistics.minimum == statistics.maximum

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        """Join a discrete likelihood whose support ends at the value, such as 0 of a count; else propose a normal.

        All probability can lie on such a value, and no scale shrinks to zero.
        """
        proposals, left = [], np.ones(len(self.features), bool)
        discrete = [other for other in others if other.likelihood.support.integer]
        for other in sorted(discrete, key=lambda other: other.likelihood.support.upper):
            support = other.likelihood.support
            certain = left & np.isin(self.statistics.minimum, (support.lower, support.upper))
            proposals.append(other._replace(features=self.features[certain]))
            left &= ~certain
        proposals.append(propose_normal(self.features[left], scale))
        return [proposal for proposal in proposals if len(proposal.features)]
