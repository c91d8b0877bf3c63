"""Columns that never change."""

import numpy as np

from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal
from elbax.data.columns.real import propose_normal


class Constant(AbstractColumn):
    """One number in every row."""

    kind = "constant"

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        """Mark the features with one value."""
        return statistics.minimum == statistics.maximum

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        """Join a likelihood that can be certain of the value and learns no scale; else propose a normal.

        All probability can lie on a value at the edge of a support of integers, such as 0 of a count.
        """
        proposals, left = [], np.ones(len(self.features), bool)
        discrete = [other for other in others if other.likelihood.support.integer]
        for other in sorted(discrete, key=lambda other: other.likelihood.support.upper):
            support = other.likelihood.support
            certain = left & np.isin(self.statistics.minimum, (support.lower, support.upper))
            if certain.any():
                proposals.append(other._replace(features=self.features[certain]))
            left &= ~certain
        return [*proposals, propose_normal(self.features[left], scale)] if left.any() else proposals
