"""Comparing what an exported program returns with JAX."""

from collections.abc import Mapping

import numpy as np

from elbax.errors import InputError

TOLERANCE = 1e-4
_ROUNDINGS = 8 * float(np.finfo(np.float32).eps)  # relative, of a value of single precision


def relative_error(result: np.ndarray, expected: np.ndarray, unit: np.ndarray | float = 0.0) -> float:
    """The largest difference, beyond what rounding explains, in the units of its column.

    Where a column has no unit it is relative to a value or to the usual size of the column: the larger of these.

    Args:
        result: (n, *shape).
        expected: (n, *shape).
        unit: of each column, (*shape), or one: the deviation of the data, or 0 if there is none.

    Example:
        >>> relative_error(np.array([[1.0, 0.0]]), np.array([[1.0, 0.0]]))
        0.0
        >>> round(relative_error(np.array([[1.1], [2.0]]), np.array([[1.0], [2.0]])), 3)
        0.063
        >>> round(relative_error(np.array([[2000.2]]), np.array([[2000.0]]), 1.0), 2)
        0.2
    """
    result, expected = (np.asarray(array, np.float64).reshape(len(array), -1) for array in (result, expected))
    if result.shape != expected.shape:
        return np.inf
    known = np.where(np.isfinite(expected), expected, 0.0)
    usual = np.sqrt(np.square(known).mean(axis=0, keepdims=True))
    least = 1e-9 * np.sqrt(np.square(known).mean()) + 1e-30
    own = np.ravel(unit)
    size = np.where(own > 0, np.maximum(own, least), np.maximum(np.abs(known), np.maximum(usual, least)))
    with np.errstate(invalid="ignore"):
        beyond = np.maximum(np.abs(result - expected) - _ROUNDINGS * np.abs(known), 0.0)
        error = np.where(result == expected, 0.0, beyond / size)
    return float(np.where(np.isnan(result) & np.isnan(expected), 0.0, np.nan_to_num(error, nan=np.inf)).max())


def check_agreement(
    name: str,
    results: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    units: Mapping[str, np.ndarray],
) -> float:
    """The largest relative error of the results of one program; InputError if it is above 1e-4.

    Args:
        name: of the program.
        results: its outputs by name.
        expected: those of JAX.
        units: see `relative_error`, for outputs that have units.
    """
    errors = {key: relative_error(result, expected[key], units.get(key, 0.0)) for key, result in results.items()}
    output = max(errors, key=lambda output: errors[output])
    if errors[output] > TOLERANCE:
        raise InputError(
            f"the exported {name} differs from the model: its {output} by {errors[output]:.2g}, relative to the usual "
            f"size, where {TOLERANCE:g} is allowed; nothing was written, please report this model"
        )
    return errors[output]
