"""Kinds of columns. A kind is a file and a line here."""

import numpy as np

from elbax.data.column_statistics import Statistics
from elbax.data.columns.base import AbstractColumn, Proposal, as_numbers
from elbax.data.columns.binary import Binary
from elbax.data.columns.category import Category
from elbax.data.columns.constant import Constant
from elbax.data.columns.count import Count
from elbax.data.columns.count_matrix import CountMatrix
from elbax.data.columns.deep_integer import DeepInteger
from elbax.data.columns.exposure import Exposure
from elbax.data.columns.integer import Integer
from elbax.data.columns.levels import Levels, find_levels
from elbax.data.columns.real import Real
from elbax.data.columns.unit import Unit

__all__ = [
    "COLUMN_KINDS",
    "AbstractColumn",
    "Binary",
    "Constant",
    "Count",
    "CountMatrix",
    "DeepInteger",
    "Exposure",
    "Integer",
    "Levels",
    "Proposal",
    "Real",
    "Unit",
    "as_numbers",
    "find_levels",
    "sort_by_kind",
]

# The first kind that matches wins. The last kind proposes first, since constant columns join the proposals of others.
COLUMN_KINDS: dict[str, type[AbstractColumn]] = {
    cls.kind: cls
    for cls in (Constant, Integer, DeepInteger, Binary, Unit, Count, Real, Category, Levels, CountMatrix, Exposure)
}


def sort_by_kind(features: np.ndarray, statistics: Statistics, *, is_image: bool = False) -> tuple[AbstractColumn, ...]:
    """Group columns of numbers by kind."""
    kinds = list(COLUMN_KINDS.values())
    matches = np.stack([kind.matches(statistics, is_image=is_image) for kind in kinds])
    first = matches.argmax(axis=0)
    return tuple(kinds[i](features[first == i], statistics.of(first == i)) for i in np.unique(first).tolist())
