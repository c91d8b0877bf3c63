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
        return np.ones(len(statistics.mean), bool)

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        return [propose_normal(self.features, scale)]


def propose_normal(features: np.ndarray, scale: str) -> Proposal:
    """Propose a normal with a learned scale, "shared" or one per "channel" or "feature" (arXiv 2006.13202)."""
    scales = {"shared": "one scale for all", "channel": "a scale per channel", "feature": "a scale per column"}
    reason = f"real numbers, with {scales[scale]}"
    return Proposal(Normal(scale=scale), f'Normal(scale="{scale}")', features, "real numbers", reason)


def with_normal(proposal: Proposal, others: np.ndarray, scale: str) -> list[Proposal]:
    """The proposal and a normal for the other features; either may have no features and is then left out."""
    return [part for part in (proposal, propose_normal(others, scale)) if len(part.features)]
