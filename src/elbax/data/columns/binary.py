"""Columns of 0 and 1."""

import numpy as np

from elbax.core.likelihoods import Bernoulli
from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal


class Binary(AbstractColumn):
    """0 or 1."""

    kind = "binary"

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        return statistics.whole & statistics.within_unit

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        return [Proposal(Bernoulli(), "Bernoulli()", self.features, "0 and 1", "0 and 1 only")]
