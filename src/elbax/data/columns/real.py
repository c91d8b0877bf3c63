"""Columns of real numbers."""

import numpy as np

from elbax.core.likelihoods import Normal
from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal


class Real(AbstractColumn):
    """Any numbers."""

    kind = "real"

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        """Mark every feature."""
        return np.ones(len(statistics.mean), bool)

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        """Propose a normal with a learned scale (arXiv 2006.13202)."""
        return [propose_normal(self.features, scale)]


def propose_normal(features: np.ndarray, scale: str) -> Proposal:
    """Propose a normal whose learned scale is "shared" or one for each "feature"."""
    reason = f"real numbers, with {'one scale for all' if scale == 'shared' else 'a scale for each'}"
    return Proposal(Normal(scale=scale), f'Normal(scale="{scale}")', features, "real numbers", reason)
