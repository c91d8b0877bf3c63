"""A mean over rows, with its standard error."""

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Estimate(NamedTuple):
    """A mean over rows, in nats per example unless its name says otherwise, with its standard error."""

    mean: float
    error: float
    rows: int

    @classmethod
    def of(cls, values: ArrayLike) -> "Estimate":
        """Average one value per row.

        Example:
            >>> Estimate.of([1.0, 3.0])
            Estimate(mean=2.0, error=1.0, rows=2)
        """
        values = np.asarray(values, dtype=float)
        error = values.std(ddof=1) / sqrt(len(values)) if len(values) > 1 else float("nan")
        return cls(float(values.mean()), float(error), len(values))
