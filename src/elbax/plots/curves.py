"""Figures of curves: functions of one number, families of them, and measurements against a setting."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import ArrayLike

from elbax.errors import InputError
from elbax.plots.style import ACCENT, BLUE, GRAY, INK, colorbar, dress, subplots, top_legend

_STYLES = ((BLUE, "-"), (ACCENT, "-"), (GRAY, "--"), (INK, ":"))


def lines(x: ArrayLike, panels: Mapping[str, Mapping[str, ArrayLike]], *, xlabel: str) -> Figure:
    """Draw named functions of one number, one panel per quantity on the y axis.

    Args:
        x: points at which the functions were evaluated, (n,).
        panels: for each y label, with its unit, the values (n,) of each function by name.
        xlabel: label of the x axis, with its unit.

    Raises:
        InputError: the number of values differs from that of points.

    Example:
        >>> lines([0, 1], {"y (m)": {"up": [0, 1], "down": [1, 0]}}, xlabel="x (m)").axes[0].get_ylabel()
        'y (m)'
    """
    x = np.asarray(x, float)
    figure, row = subplots(len(panels), (3.8, 3.4), (0.6, 0))
    for axes, (ylabel, named) in zip(row, panels.items(), strict=True):
        for (name, y), (color, dash) in zip(named.items(), cycle(_STYLES)):
            axes.plot(x, _as_long_as(x, name, y), color=color, ls=dash, lw=1.8, label=name)
        dress(axes, xlabel, ylabel)
        if len(named) > 1:
            axes.legend(frameon=False, fontsize=9)
    return figure


def line_families(
    x: ArrayLike,
    panels: Mapping[str, ArrayLike],
    values: ArrayLike,
    *,
    xlabel: str,
    ylabel: str,
    value_label: str,
    top: float | None = None,
) -> Figure:
    """Draw one curve per value of a parameter, colored by that value; one panel per family.

    Args:
        x: points at which the curves were evaluated, (n,).
        panels: the curves (len(values), n) for each title.
        values: values of the parameter.
        xlabel: label of the x axis, with its unit.
        ylabel: label of the y axis, with its unit.
        value_label: label of the parameter, with its unit.
        top: end of the y axis; by default the highest curve.

    Raises:
        InputError: a family has another shape.
    """
    x, values = np.asarray(x, float), np.asarray(values, float)
    scale = Normalize(values.min(), values.max())
    figure, row = subplots(len(panels), (3.2, 3.4), (1.2, 0), sharey=True)
    for i, (axes, (title, curves)) in enumerate(zip(row, panels.items(), strict=True)):
        curves = np.asarray(curves, float)
        if curves.shape != (len(values), len(x)):
            raise InputError(f"{title!r} must have shape {(len(values), len(x))}; got {curves.shape}")
        for value, curve in zip(values, curves, strict=True):
            axes.plot(x, curve, color=colormaps["viridis"](scale(value)), lw=1.5)
        dress(axes, xlabel, "" if i else ylabel, title)
        axes.set_ylim(0, top)
    colorbar(figure, row[-1], ScalarMappable(scale, "viridis"), value_label)
    return figure


def sweep(
    settings: ArrayLike,
    panels: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    mark: tuple[float, str] | None = None,
    theory: Mapping[str, ArrayLike] | None = None,
    theory_name: str = "theory",
) -> Figure:
    """Draw measures of repeated fits against one setting on a logarithmic axis, one panel per measure.

    Args:
        settings: positive values of the setting, (n,).
        panels: for each y label, with its unit, the measurements (n, repeats); a line joins their medians.
        xlabel: label of the setting, with its unit.
        mark: a setting to mark by a vertical line, and its name.
        theory: predictions (n,) for some of the y labels, drawn as a dotted line.
        theory_name: name of the predictions in the legend.

    Raises:
        InputError: a setting is not positive, or a measure does not have one row per setting.
    """
    settings = np.asarray(settings, float)
    if not (settings > 0).all():
        raise InputError(f"settings must be positive, for a logarithmic axis; got {settings.min():g}")
    figure, row = subplots(len(panels), (4.2, 3.8), (0.6, 0))
    for axes, (ylabel, measured) in zip(row, panels.items(), strict=True):
        measured = _as_long_as(settings, ylabel, measured)
        if measured.ndim != 2:
            raise InputError(f"{ylabel!r} must have shape (settings, repeats); got {measured.shape}")
        axes.plot(settings, np.median(measured, axis=1), color=BLUE, lw=1.4, label="median")
        dots = np.repeat(settings, measured.shape[1])
        axes.scatter(dots, measured.ravel(), color=BLUE, s=14, alpha=0.5, linewidths=0, label="one fit each")
        if theory and ylabel in theory:
            curve = _as_long_as(settings, ylabel, theory[ylabel])
            axes.plot(settings, curve, color=INK, lw=1.1, ls=":", label=theory_name)
        if mark:
            axes.axvline(mark[0], color=ACCENT, lw=1.4, ls="--", label=mark[1])
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
        dress(axes, xlabel, ylabel)
    top_legend(figure, columns=4)
    return figure


def _as_long_as(x: np.ndarray, name: str, y: ArrayLike) -> np.ndarray:
    """Values as floats, one value or row per x."""
    y = np.asarray(y, float)
    if len(y) != len(x):
        raise InputError(f"{name!r} must have one entry for each of {len(x)} points; got {len(y)}")
    return y
