"""Comparing new rows with the units of the training rows."""

import numpy as np

from elbax.data.columns import Real
from elbax.data.schema import Schema
from elbax.data.subsample import evenly_spaced

FEWEST_COMPARED = 20  # a few rows may all be unusual ones
_ROWS = 200
_FAR = 30.0


def describe_other_units(schema: Schema, x: np.ndarray, fewest: int = FEWEST_COMPARED) -> str | None:
    """Name the column of ``x`` that seems to be in other units than in the training rows; None if there is none.

    More than half of its values are over 30 standard deviations from the training mean and outside the training
    range, or, for real numbers and enough rows, all are under a thirtieth of the usual size. Smaller factors could be
    a change of the data. Up to 200 rows are compared, and none if there are not ``fewest``.
    """
    if len(x) < fewest:
        return None
    rows = np.asarray(x[evenly_spaced(len(x), _ROWS)], np.float64).reshape(min(len(x), _ROWS), -1)
    summary = schema.summary.flat
    distance = np.abs(rows - summary.center) / summary.unit
    outside = (rows < summary.minimum) | (rows > summary.maximum)
    far = (outside & (distance > _FAR)).mean(axis=0) > 0.5
    far &= summary.std > 0
    usual = np.sqrt(summary.mean**2 + summary.std**2)
    size = np.sqrt(np.square(rows).mean(axis=0))
    tiny = np.zeros(len(far), bool)
    if len(rows) >= FEWEST_COMPARED:
        real = np.asarray([kind == Real.kind for kind in schema.kinds])
        tiny = real & (rows.std(axis=0) > 0) & (np.abs(rows).max(axis=0) < usual / _FAR)
    if not (far | tiny).any():
        return None
    feature = int(np.flatnonzero(far | tiny)[0])
    return f"{schema.describe(feature)} of X {_compared(size[feature], usual[feature], distance[:, feature])}"


def _compared(size: float, usual: float, distance: np.ndarray) -> str:
    """How the values of a column differ from those of the training rows."""
    ratio = size / usual
    if ratio >= _FAR:
        return f"is about {ratio:,.0f} times as large as in the rows of the first fit"
    if 0 < ratio <= 1 / _FAR:
        return f"is about a {1 / ratio:,.0f}th of its size in the rows of the first fit"
    return f"lies about {np.median(distance):,.0f} standard deviations from the rows of the first fit"
