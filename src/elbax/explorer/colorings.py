"""Colors of the points of a map: classes, or a scale."""

from typing import Any

import numpy as np
import pandas as pd

from elbax.plots.labels import label_groups

_ENDS = 0.01, 0.99  # quantiles of values at the ends of a scale


def color_by(values: Any) -> dict[str, Any]:
    """Colors by labels or numbers (n,): classes with names, colors and codes, or a scale with its ends.

    Example:
        >>> color_by(["b", "a", "b"])["names"]
        ['a', 'b']
    """
    groups = label_groups(values)
    if groups is None:
        return color_scale(np.asarray(values, np.float64))
    codes = np.zeros(len(values), np.uint8)
    for number, group in enumerate(groups):
        codes[group.rows] = number
    counts = [len(group.rows) for group in groups]
    names, colors = [group.name for group in groups], [group.color for group in groups]
    return {"kind": "classes", "values": codes, "names": names, "colors": colors, "counts": counts}


def color_scale(values: np.ndarray, ticks: Any = None) -> dict[str, Any]:
    """A scale of numbers (n,), NaN where there is none; ``ticks`` writes its ends."""
    finite = values[np.isfinite(values)]
    low, high = np.quantile(finite, _ENDS) if len(finite) else (0.0, 1.0)
    if low == high:
        low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    high = high if high > low else low + 1.0
    texts = [ticks(float(end)) for end in (low, high)] if ticks else None
    return {"kind": "scale", "values": values.astype(np.float32), "low": low, "high": high, "texts": texts}


def color_levels(codes: np.ndarray, names: list[str]) -> dict[str, Any]:
    """Classes of codes of levels (n,), NaN where there is a gap."""
    texts = np.array([*names, None], dtype=object)
    places = np.where(np.isnan(codes), len(names), codes).astype(int)
    return color_by(pd.Series(texts[places], dtype=object))
