"""Columns of reals within [0, 1]: shares, and gray levels."""

import numpy as np

from elbax.core.likelihoods import ContinuousBernoulli
from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal
from elbax.data.columns.real import propose_normal

_GRAY_SHARE = 0.1  # from this share of exact 0 and 1 on, reals in [0, 1] are gray levels, not measurements


class Unit(AbstractColumn):
    """Reals within [0, 1]."""

    kind = "unit"

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        """Mark numbers within [0, 1]."""
        return statistics.within_unit

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        """Propose a continuous Bernoulli (arXiv 1907.06845) where exact 0 and 1 are common, else a normal."""
        is_gray = self.statistics.edge_share >= _GRAY_SHARE
        proposals = []
        if is_gray.any():
            share = float(self.statistics.edge_share[is_gray].mean())
            reason = f"gray levels in [0, 1], {share:.0%} of them exactly 0 or 1"
            call = "ContinuousBernoulli()"
            gray = self.features[is_gray]
            proposals.append(Proposal(ContinuousBernoulli(), call, gray, "shares in [0, 1]", reason))
        if not is_gray.all():
            proposals.append(propose_normal(self.features[~is_gray], scale))
        return proposals
