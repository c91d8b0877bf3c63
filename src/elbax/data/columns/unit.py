"""Columns of reals within [0, 1]: shares and gray levels."""

import numpy as np

from elbax.core.likelihoods import ContinuousBernoulli
from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal
from elbax.data.columns.real import with_normal

_GRAY_SHARE = 0.1  # reals in [0, 1] are gray levels, not measurements, if at least this share is exactly 0 or 1


class Unit(AbstractColumn):
    """Reals within [0, 1]."""

    kind = "unit"

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        return statistics.within_unit

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        """Propose a continuous Bernoulli (arXiv 1907.06845) for gray levels, else a normal."""
        edge_share = self.statistics.edge_share
        is_gray = edge_share >= _GRAY_SHARE
        share = edge_share[is_gray].sum() / max(1, is_gray.sum())
        reason = f"gray levels in [0, 1], {share:.0%} of them exactly 0 or 1"
        call, features = "ContinuousBernoulli()", self.features[is_gray]
        gray = Proposal(ContinuousBernoulli(), call, features, "shares in [0, 1]", reason)
        return with_normal(gray, self.features[~is_gray], scale)
