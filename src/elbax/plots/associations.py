"""Figures of pairs of columns: how strongly they hang together."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from elbax.errors import InputError
from elbax.plots.style import colorbar, label_axes, new_figure, shorten

_MOST_COLUMNS = 40


def pair_associations(
    real: ArrayLike, synthetic: ArrayLike, columns: Sequence[str], *, made: str = "synthetic"
) -> Figure:
    """Draw associations of all pairs of columns (d, d), from 0 to 1: of real rows, of synthetic rows, the difference.

    The first 40 columns are drawn. ``made`` is a word for synthetic rows.

    Example:
        >>> figure = pair_associations(np.eye(2), np.eye(2), ["age", "height"])
        >>> [axes.get_title(loc="left") for axes in figure.axes[:3]]
        ['Real rows', 'Synthetic rows', 'Synthetic − real']
    """
    real, synthetic = np.asarray(real, float), np.asarray(synthetic, float)
    d = len(columns)
    if real.shape != (d, d) or synthetic.shape != (d, d):
        raise InputError(f"real and synthetic must have shape ({d}, {d}); got {real.shape} and {synthetic.shape}")
    names = [shorten(name) for name in columns[:_MOST_COLUMNS]]
    real, synthetic = (matrix[:_MOST_COLUMNS, :_MOST_COLUMNS] for matrix in (real, synthetic))
    side = float(np.clip(0.21 * len(names), 1.8, 6))
    longest = 0.09 * max(map(len, names))
    figure = new_figure(3 * side + longest + 3.0, side + longest + 0.6)
    first, second, third = figure.subplots(1, 3, sharex=True, sharey=True)
    last = np.abs(np.nan_to_num(synthetic - real)).max(initial=0)
    most = max(0.1, np.ceil(10 * last) / 10)
    for axes, matrix, title in ((first, real, "Real rows"), (second, synthetic, f"{made.capitalize()} rows")):
        shown = _heatmap(axes, matrix, names, title, cmap="Blues", vmin=0, vmax=1)
    colorbar(figure, [first, second], shown, "association (Cramér's V)")
    title = f"{made.capitalize()} − real"
    shown = _heatmap(third, synthetic - real, names, title, cmap="RdBu_r", vmin=-most, vmax=most)
    colorbar(figure, third, shown, "difference")
    return figure


def _heatmap(axes: Axes, matrix: np.ndarray, names: list[str], title: str, **options) -> object:
    shown = axes.imshow(np.where(np.eye(len(names), dtype=bool), np.nan, matrix), aspect="auto", **options)
    label_axes(axes, "", "", title)
    axes.set_facecolor("#e8eaed")  # the diagonal
    axes.set_xticks(np.arange(len(names)), names, rotation=90)
    axes.set_yticks(np.arange(len(names)), names)
    return shown
