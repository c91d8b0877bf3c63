"""Names and colors of rows and latents in figures."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import color_sequences
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from elbax.plots.style import BLUE, GRAY, shorten

MAX_CLASSES = 10
# Ten colors that stay apart in every common form of color blindness (arXiv 2107.02270). Its light gray comes last, so
# that nine classes never meet a gray "other".
_BLUE, _YELLOW, _RED, _GRAY, *_OTHERS = color_sequences["petroff10"]
CLASS_COLORS = (_BLUE, _YELLOW, _RED, *_OTHERS, _GRAY)


class LabelGroup(NamedTuple):
    """The rows of one class, with its name and color."""

    name: str
    color: str
    rows: np.ndarray


def label_groups(labels: ArrayLike) -> list[LabelGroup] | None:
    """Split rows by class, with a color each; None when the labels are a continuous scale.

    Numbers with more than ten distinct values are a scale. Of more than ten names, the nine most frequent
    keep a color and the rest share a gray "other".

    Example:
        >>> [(group.name, group.rows.tolist()) for group in label_groups(["b", "a", "b"])]
        [('a', [1]), ('b', [0, 2])]
    """
    labels = pd.Series(np.asarray(labels).ravel())
    counts = labels.value_counts(dropna=False)
    if len(counts) > MAX_CLASSES and pd.api.types.is_numeric_dtype(labels):
        return None
    kept = counts.index if len(counts) <= MAX_CLASSES else counts.index[: MAX_CLASSES - 1]
    kept = sorted(kept, key=lambda value: (pd.isna(value), value if np.isreal(value) else 0, str(value)))
    groups = []
    for value, color in zip(kept, CLASS_COLORS, strict=False):
        rows = np.flatnonzero(labels.isna() if pd.isna(value) else labels == value)
        groups.append(LabelGroup("missing" if pd.isna(value) else shorten(value), to_hex(color), rows))
    rest = np.setdiff1d(np.arange(len(labels)), np.concatenate([group.rows for group in groups]))
    return [*groups, LabelGroup("other", GRAY, rest)] if len(rest) else groups


def scatter_by_label(
    axes: Axes,
    points: np.ndarray,
    labels: ArrayLike | None,
    size: float,
    alpha: float,
    scale_alpha: float | None,
) -> list[tuple[PathCollection, np.ndarray]]:
    """Draw points (n, 2) by class, or by a continuous label with opacity ``scale_alpha``; return dots and rows."""
    everything = np.arange(len(points))
    groups = [LabelGroup("", BLUE, everything)] if labels is None else label_groups(labels)
    style = {"s": size, "linewidths": 0}
    if groups is None:
        dots = axes.scatter(*points.T, c=np.asarray(labels), alpha=scale_alpha, cmap="viridis", **style)
        return [(dots, everything)]
    return [
        (axes.scatter(*points[rows].T, color=color, alpha=alpha, label=name, **style), rows)
        for name, color, rows in groups
    ]


def label_name(labels: ArrayLike | None) -> str:
    """The name of labels: that of a Series, or "label".

    Example:
        >>> label_name(pd.Series([1, 2], name="species")), label_name([1, 2])
        ('species', 'label')
    """
    return shorten(getattr(labels, "name", None) or "label")


def legend_of_classes(owner: Axes | Figure, title: str, **options: Any) -> None:
    """Name the classes beside a chart, with opaque dots large enough to see."""
    legend = owner.legend(title=title, frameon=False, fontsize=9, title_fontsize=9, **options)
    for handle in legend.legend_handles:
        if isinstance(handle, PathCollection):
            handle.set_alpha(1)
            handle.set_sizes([36])


def column_names(n: int) -> list[str]:
    """Default names of n columns.

    Example:
        >>> column_names(2)
        ['x₁', 'x₂']
    """
    return [f"x{_subscript(i)}" for i in range(n)]


def latent_name(unit: int) -> str:
    """The name of a latent unit, counted from 0.

    Example:
        >>> latent_name(0)
        'z₁'
    """
    return f"z{_subscript(unit)}"


def latent_axes(units: Iterable[int]) -> list[str]:
    """Labels of axes that show latents."""
    return [f"{latent_name(unit)} (unitless)" for unit in units]


def _subscript(i: int) -> str:
    return str(i + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
