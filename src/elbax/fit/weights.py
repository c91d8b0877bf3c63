"""Weights of rows, as scikit-learn's ``sample_weight``."""

from typing import Any

import numpy as np

from elbax.errors import InputError
from elbax.types import Batch


def check_weights(weights: Any, n_rows: int) -> np.ndarray | None:
    """Weights of rows, (n,), or None if all are equal; InputError if one is negative or not finite, or all are zero.

    Example:
        >>> check_weights([1, 0, 2], 3)
        array([1., 0., 2.])
    """
    try:
        values = np.asarray(weights, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("sample_weight must hold a number for each row; got text or something else") from error
    if values.ndim == 0:
        values = np.full(n_rows, values)
    if values.shape != (n_rows,):
        raise InputError(f"sample_weight must hold one number for each of {n_rows} rows; got shape {values.shape}")
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(f"sample_weight is {values[row]:g} in row {row}; pass finite weights of at least 0")
    if not values.any():
        raise InputError("sample_weight is zero in every row, so no row is left to fit; pass weights above zero")
    return None if (values == values[0]).all() else values


def with_mean_of_one(rows: Batch | None) -> Batch | None:
    """The rows with weights of mean one, so that a weighted sum over n is the weighted mean."""
    if rows is None or rows.weight is None:
        return rows
    weight = np.asarray(rows.weight, np.float64)
    return rows._replace(weight=(weight / weight.mean()).astype(np.float32))
