"""The columns of a table or of images, learned from their values."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from elbax.core.likelihoods.base import Support
from elbax.data.axes import Axes
from elbax.data.column_statistics import Statistics, measure
from elbax.data.columns import COLUMN_KINDS, AbstractColumn, Exposure, Levels, as_numbers, find_levels, sort_by_kind
from elbax.data.context import ColumnValues
from elbax.data.streamed_rows import StreamedRows
from elbax.errors import InputError


def learn_columns(columns: Sequence[ColumnValues]) -> tuple[AbstractColumn, ...]:
    """Columns of a table, recognized by the type of their values or as numbers."""
    blocks: list[AbstractColumn] = []
    numbers: dict[int, np.ndarray] = {}
    for feature, (values, _, where, is_exposure) in enumerate(columns):
        if is_exposure:
            blocks.append(Exposure.of(feature, values, where))
            continue
        learned = (kind.learn(feature, values, where) for kind in COLUMN_KINDS.values())
        if column := next(filter(None, learned), None):
            blocks.append(column)
        elif values.dtype.kind in "mMV":
            raise InputError(f"{where} holds {values.dtype}, which is no number and no label; turn it into one")
        else:
            numbers[feature] = as_numbers(values, where)
    if numbers:
        statistics, _ = measure(np.stack(list(numbers.values()), axis=1))
        blocks.extend(sort_by_kind(np.array(list(numbers)), statistics))
    return tuple(blocks)


def learn_numbers(
    x: Any, statistics: Statistics, weights: np.ndarray | None, *, is_image: bool, kept: Support | None
) -> tuple[AbstractColumn, ...]:
    """Columns of numbers, or one of levels for all features."""
    features = np.arange(len(statistics.mean))
    if values := find_levels(x, statistics, is_image=is_image, kept=kept):
        raw = Levels(features, statistics, values)
        codes, _ = measure(changed(x, raw.encode, x.shape[1:], np.dtype(np.uint8)), weights)
        assert codes is not None  # codes are finite
        return (Levels(features, codes, values),)
    return sort_by_kind(features, statistics, is_image=is_image)


def with_arrangement(x: Any, axes: Axes) -> Any:
    """Rows in the user's axes as rows in the layout of networks; large memory maps stay on disk."""
    return x if axes.is_table else changed(x, axes.arrange, axes.layout, x.dtype)


def changed(x: Any, function: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """A function of rows, which is applied on reading to those on disk."""
    return x.then(function, shape, dtype) if isinstance(x, StreamedRows) else function(x)
