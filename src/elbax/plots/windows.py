"""Figures made of windows of series: lines over time, one panel for each series."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.stats import norm

from elbax.errors import InputError
from elbax.plots.labels import latent_name
from elbax.plots.style import BLUE, GRAY, colorbar, dress, subplots, top_legend

_STEP, _VALUE = "step (count)", "value (data units)"
_PANEL = (2.6, 1.8)


def window_reconstructions(x: ArrayLike, x_hat: ArrayLike, *, series: Sequence[int] | None = None) -> Figure:
    """Draw windows, shape (n, steps, series), with their reconstructions: a row of panels for each series.

    Args:
        x: windows, one column of panels each.
        x_hat: their reconstructions.
        series: numbers of the series, for titles; 0, 1, … by default.

    Example:
        >>> len(window_reconstructions(np.zeros((3, 5, 2)), np.ones((3, 5, 2))).axes)
        6
    """
    x, x_hat = _windows(x), _windows(x_hat)
    if x.shape != x_hat.shape:
        raise InputError(f"x_hat must have the shape of x, {x.shape}; got {x_hat.shape}")
    n, steps, count = x.shape
    figure, panels = subplots(n * count, _PANEL, (0.6, 0.4), across=n, sharex=True, sharey="row")
    for place, axes in enumerate(panels):
        row, column = divmod(place, n)
        axes.plot(np.arange(steps), x[column, :, row], color=GRAY, lw=1.6, label="input")
        axes.plot(np.arange(steps), x_hat[column, :, row], color=BLUE, lw=1.3, label="output")
        last = row == count - 1
        name = row if series is None else series[row]
        dress(axes, _STEP if last else "", "" if column else _VALUE, "" if column else f"series {name}")
    top_legend(figure)
    return figure


def window_lines(sides: Mapping[str, ArrayLike], *, series: Sequence[int] | None = None) -> Figure:
    """Draw windows (n, steps, series) as lines: a row of panels for each series, a column for each name.

    Example:
        >>> len(window_lines({"data": np.zeros((9, 5, 2)), "samples": np.ones((4, 5, 2))}).axes)
        4
    """
    drawn = {name: _windows(windows) for name, windows in sides.items()}
    count, across = next(iter(drawn.values())).shape[2], len(drawn)
    figure, panels = subplots(across * count, (3.6, 2.0), (0.6, 0.2), across=across, sharex=True, sharey="row")
    for place, axes in enumerate(panels):
        row, column = divmod(place, across)
        name = list(drawn)[column]
        axes.plot(drawn[name][:, :, row].T, color=BLUE if column == across - 1 else GRAY, lw=0.8, alpha=0.6)
        title = f"series {row if series is None else series[row]}, {name}"
        dress(axes, _STEP if row == count - 1 else "", "" if column else _VALUE, title)
    return figure


def window_traversals(
    decode: Callable[[np.ndarray], ArrayLike],
    latent_dim: int,
    n: int = 9,
    *,
    units: Sequence[int] | None = None,
    series: Sequence[int] | None = None,
) -> Figure:
    """Draw the windows decoded while one latent moves through the central 90% of a standard normal; the others are 0.

    Args:
        decode: function from latent points (m, latent_dim) to windows (m, steps, series).
        latent_dim: number of latents.
        n: lines in a panel.
        units: the latents to move, a row of panels each; all by default.
        series: the series to draw, a column of panels each; all by default.

    Example:
        >>> len(window_traversals(lambda z: np.zeros((len(z), 5, 2)), 2).axes)  # a color bar, too
        5
    """
    units = range(latent_dim) if units is None else units
    grid = norm.ppf(np.linspace(0.05, 0.95, n))
    z = np.zeros((len(units), n, latent_dim))
    for row, unit in enumerate(units):
        z[row, :, unit] = grid
    windows = _windows(decode(z.reshape(-1, latent_dim)))
    series = range(windows.shape[2]) if series is None else series
    windows = windows.reshape(len(units), n, *windows.shape[1:])
    scale = Normalize(grid[0], grid[-1])
    across = len(series)
    figure, panels = subplots(len(units) * across, _PANEL, (1.4, 0.2), across=across, sharex=True, sharey="col")
    for place, axes in enumerate(panels):
        row, column = divmod(place, across)
        for value, line in zip(grid, windows[row, :, :, series[column]], strict=True):
            axes.plot(line, color=colormaps["viridis"](scale(value)), lw=1.3)
        xlabel = _STEP if row == len(units) - 1 else ""
        title = f"{latent_name(units[row])}, series {series[column]}"
        dress(axes, xlabel, "" if column else _VALUE, title)
    colorbar(figure, panels, ScalarMappable(scale, "viridis"), "value of the moved latent (unitless)")
    return figure


def _windows(x: ArrayLike) -> np.ndarray:
    x = np.asarray(x, float)
    if x.ndim != 3:
        raise InputError(f"windows must have shape (n, steps, series); got {x.shape}")
    return x
