"""Checks of the values that a schema learns from or encodes, and names of features for messages."""

from collections.abc import Callable
from typing import Any

import numpy as np

from elbax.data.axes import Axes
from elbax.data.column_statistics import NonFinite, Statistics, chunks
from elbax.data.columns import Levels
from elbax.data.frames import quoted
from elbax.errors import InputError

# Spacing of single precision, times the least number of levels that a column needs.
_RESOLUTION = 8 * float(np.finfo(np.float32).eps)
_LEAST_SPREAD = 1e-30  # smaller units, and their products with a scale, would be flushed to zero


def describe_feature(feature: int, axes: Axes, columns: tuple[str, ...] | None) -> str:
    """Name a flattened feature of the values: "column 'age'", "column 3" or "pixel (2, 5)"."""
    return axes.describe_feature(feature) if columns is None else f"column {columns[feature]!r}"


def check_levels(column: Levels, x: Any, describe: Callable[[int], str]) -> None:
    """Refuse values that no training row had."""
    for start, chunk in chunks(x):
        unknown = column.unknown(chunk)
        if unknown.any():
            row, feature = divmod(int(np.flatnonzero(unknown)[0]), chunk.shape[1])
            known = quoted([f"{value:g}" for value in column.values], limit=12).replace("'", "")
            raise InputError(
                f"{describe(feature)} is {chunk[row, feature]:g} in row {start + row}, which is none of the "
                f"values of the training rows, {known}; leave such rows out or fit again with them"
            )


def check_spread(statistics: Statistics, describe: Callable[[int], str]) -> None:
    """Refuse columns whose unit would be flushed to zero."""
    std = statistics.std
    for feature in np.flatnonzero((std > 0) & (std < _LEAST_SPREAD))[:1]:
        raise InputError(
            f"{describe(feature)} varies by {std[feature]:.2g}, too little for single precision; multiply it "
            f"by {1 / std[feature]:.0e}"
        )


def check_resolution(statistics: Statistics, describe: Callable[[int], str]) -> None:
    """Refuse columns that are constant in single precision, such as times of 1.7e9 plus or minus a second."""
    fine = (statistics.std > 0) & (statistics.std < _RESOLUTION * np.abs(statistics.mean))
    for feature in np.flatnonzero(fine)[:1]:
        raise InputError(
            f"{describe(feature)} varies by {statistics.std[feature]:.2g} around "
            f"{statistics.mean[feature]:.7g}, finer than single precision can represent; subtract its mean first"
        )


def non_finite_error(
    bad: NonFinite, axes: Axes, columns: tuple[str, ...] | None, *, streamed: bool = False
) -> InputError:
    """The error for values that are not finite, or beyond single precision."""
    where = describe_feature(bad.features[0], axes, columns)
    if len(bad.features) > 1 and columns is not None:
        where = f"columns {quoted([columns[i] for i in bad.features])}"
    elif len(bad.features) > 1:
        where = f"{where} and {len(bad.features) - 1} more"
    shown = ", ".join(str(row) for row in bad.rows[:3]) + (", …" if len(bad.rows) > 3 else "")
    rows = f"row {shown}" if len(bad.rows) == 1 else f"rows {shown}"
    if bad.too_large == bad.total:
        what = "a value" if bad.total == 1 else f"{bad.total} values"
        return InputError(
            f"x has {what} beyond ±3.4e38, the range of single precision, in {where} ({rows}); divide by a constant, "
            "or take logarithms"
        )
    memory = ", since only tables in memory may have gaps" if streamed else ""
    what = "1 value that is" if bad.total == 1 else f"{bad.total} values that are"
    return InputError(f"x has {what} NaN or infinite, in {where} ({rows}); remove or fill them first{memory}")
