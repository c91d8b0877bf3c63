"""Comparing what an exported program returns with JAX."""

from collections.abc import Mapping

import numpy as np

from elbax.errors import InputError

TOLERANCE = 1e-4


def relative_error(result: np.ndarray, expected: np.ndarray, unit: np.ndarray | float = 0.0) -> float:
    """The largest difference, relative to a value, to the usual size of its column, or to a unit: the largest of these.

    Args:
        result: (n, *shape).
        expected: (n, *shape).
        unit: of each column, (*shape), or one; the deviation of the data, beside which a pixel that is always black
            has no size of its own.

    Example:
        >>> relative_error(np.array([[1.0, 0.0]]), np.array([[1.0, 0.0]]))
        0.0
        >>> round(relative_error(np.array([[1.1], [2.0]]), np.array([[1.0], [2.0]])), 3)
        0.063
    """
    result, expected = (np.asarray(array, np.float64).reshape(len(array), -1) for array in (result, expected))
    if result.shape != expected.shape:
        return np.inf
    known = np.where(np.isfinite(expected), expected, 0.0)
    usual = np.sqrt(np.square(known).mean(axis=0, keepdims=True))
    least = np.maximum(np.ravel(unit), 1e-9 * np.sqrt(np.square(known).mean()) + 1e-30)
    size = np.maximum(np.abs(known), np.maximum(usual, least))
    with np.errstate(invalid="ignore"):
        error = np.where(result == expected, 0.0, np.abs(result - expected) / size)
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
