"""Local maximization within bounds."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize


def maximize(
    value_and_gradient: Callable[[np.ndarray], tuple[Any, Any]],
    start: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    evaluations: int,
) -> tuple[float, np.ndarray]:
    """Find a local maximum within bounds by L-BFGS-B: its value and position."""

    def negative(v):
        value, gradient = value_and_gradient(v)
        return -float(value), -np.asarray(gradient)

    result = minimize(
        negative,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=np.stack([lower, upper], axis=1),
        options={"maxfun": evaluations, "ftol": 1e-15, "gtol": 1e-10},
    )
    return -float(result.fun), result.x
