"""Matrices of counts, such as those of genes in cells or of words in texts."""

from elbax.core.likelihoods import NegativeBinomial
from elbax.data.columns.base import AbstractColumn, Proposal


class CountMatrix(AbstractColumn):
    """All columns of a matrix that is known to hold counts, whatever values each of them happens to have."""

    kind = "count_matrix"

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        return [Proposal(NegativeBinomial(), "NegativeBinomial()", self.features, "counts", "counts")]
