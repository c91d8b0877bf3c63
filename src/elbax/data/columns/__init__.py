"""Kinds of columns: how values become numbers, and which likelihood suits them. A kind is a file and a line here."""

import numpy as np

from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal, as_numbers
from elbax.data.columns.binary import Binary
from elbax.data.columns.category import Category
from elbax.data.columns.constant import Constant
from elbax.data.columns.count import Count
from elbax.data.columns.integer import Integer
from elbax.data.columns.real import Real
from elbax.data.columns.unit import Unit

__all__ = [
    "COLUMN_KINDS",
    "AbstractColumn",
    "Binary",
    "Constant",
    "Count",
    "Integer",
    "Proposal",
    "Real",
    "Unit",
    "as_numbers",
    "sort_by_kind",
]

# The first kind that matches is a feature's kind. Likelihoods are proposed from the last to the first: constant columns
# join what others have proposed.
COLUMN_KINDS: dict[str, type[AbstractColumn]] = {
    cls.kind: cls for cls in (Constant, Integer, Binary, Unit, Count, Real, Category)
}


def sort_by_kind(
    features: np.ndarray, statistics: Statistics, *, is_image: bool = False
) -> tuple[AbstractColumn, ...]:
    """Columns of numbers, one for each kind that occurs."""
    kinds = list(COLUMN_KINDS.values())
    matches = np.stack([kind.matches(statistics, is_image=is_image) for kind in kinds])
    first = matches.argmax(axis=0)
    return tuple(kinds[i](features[first == i], statistics.of(first == i)) for i in np.unique(first).tolist())
