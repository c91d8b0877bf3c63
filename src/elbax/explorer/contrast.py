"""What sets some rows apart from the others, column by column."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from elbax.data import Schema
from elbax.explorer.cards import cell_text


class Contrast(NamedTuple):
    """How one column differs between the rows inside a selection and those outside.

    Attributes:
        column: its name.
        separation: how far its two distributions are apart, from 0 to 1: the largest difference of their distribution
            functions (Kolmogorov–Smirnov) for numbers, half the summed difference of shares for labels.
        inside, outside: medians in the column's own units; or the shares of the label that differs most.
        label: that label, or None.
    """

    column: str
    separation: float
    inside: str
    outside: str
    label: str | None = None


def contrast_numbers(name: str, inside: np.ndarray, outside: np.ndarray, text: Any = cell_text) -> Contrast:
    """Compare numbers; ``text`` writes one.

    Example:
        >>> contrast_numbers("age", np.array([60.0, 70.0]), np.array([20.0, 30.0])).separation
        1.0
    """
    inside, outside = np.sort(inside[~np.isnan(inside)]), np.sort(outside[~np.isnan(outside)])
    if not len(inside) or not len(outside):
        return Contrast(name, 0.0, "", "")
    values = np.concatenate([inside, outside])
    shares = [np.searchsorted(side, values, side="right") / len(side) for side in (inside, outside)]
    middles = [text(float(np.quantile(side, 0.5, method="nearest"))) for side in (inside, outside)]
    return Contrast(name, float(np.abs(shares[0] - shares[1]).max()), *middles)


def contrast_labels(name: str, inside: Sequence[Any], outside: Sequence[Any]) -> Contrast:
    """Compare labels.

    Example:
        >>> contrast_labels("pet", ["cat", "cat"], ["cat", "dog"])
        Contrast(column='pet', separation=0.5, inside='100%', outside='50%', label='cat')
    """
    values = np.array([*inside, *outside], dtype=object).astype(str)
    levels, codes = np.unique(values, return_inverse=True)
    if not len(inside) or not len(outside):
        return Contrast(name, 0.0, "", "")
    shares = [np.bincount(part, minlength=len(levels)) / len(part) for part in np.split(codes, [len(inside)])]
    change = shares[0] - shares[1]
    most = int(np.argmax(np.abs(change)))
    return Contrast(name, float(np.abs(change).sum() / 2), *(f"{side[most]:.0%}" for side in shares), str(levels[most]))


def contrast_columns(schema: Schema, inside: np.ndarray, outside: np.ndarray) -> list[Contrast]:
    """Compare codes (m, d) with codes (k, d), largest separation first; gaps are compared too, where there are some."""
    levels = schema.levels or (0,) * schema.n_features
    found = []
    for feature, (name, n_levels) in enumerate(zip(schema.feature_names, levels, strict=True)):
        sides = [np.asarray(side[:, feature], np.float64) for side in (inside, outside)]
        gaps = [np.isnan(side) for side in sides]
        if gaps[0].any() or gaps[1].any():
            shares = [gap.mean() for gap in gaps]
            found.append(Contrast(name, abs(shares[0] - shares[1]), *(f"{share:.0%}" for share in shares), "blank"))
        if n_levels:
            texts = np.array([schema.level_name(feature, level) for level in range(n_levels)], dtype=object)
            observed = (side[~gap].astype(int) for side, gap in zip(sides, gaps, strict=True))
            found.append(contrast_labels(name, *(texts[codes] for codes in observed)))
        else:
            text = lambda code, feature=feature: cell_text(schema.value_of(feature, code))  # noqa: E731
            found.append(contrast_numbers(name, *sides, text))
    return sorted(found, key=lambda one: -one.separation)
