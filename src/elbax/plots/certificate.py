"""The figure of the certificate of collapse: log D over a plane of decoder outputs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from elbax.errors import InputError
from elbax.plots.latent_plane import DATA_AXES
from elbax.plots.style import ACCENT, BLUE, INK, colorbar, label_axes, legend_above, subplots

_DIVERGING = LinearSegmentedColormap.from_list("blue-white-orange", [BLUE, "#ffffff", ACCENT])
_POINTS = 300


class SurfacePanel(NamedTuple):
    """One panel.

    Attributes:
        title: title of the panel.
        first: means of the first feature, (a,), in data units.
        second: means of the second feature, (b,).
        log_d: nats, (a, b).
        constant: mean of the best constant, (2,).
    """

    title: str
    first: ArrayLike
    second: ArrayLike
    log_d: ArrayLike
    constant: ArrayLike


def certificate_surface(
    X: ArrayLike, panels: Sequence[SurfacePanel], *, axis_names: tuple[str, str] = DATA_AXES
) -> Figure:
    """Draw log D over the plane of decoder outputs, with the data and the best constant, one panel per scale.

    Outputs in the outlined regions, where log D is above zero, make the latents worth using. Panels share their colors;
    values below zero by more than three times the highest value (at least half a nat) have the darkest color.

    Args:
        X: data, shape (n, 2); at most 300 rows are drawn.
        panels: the panels; `elbax.collapse.log_d_surface` computes the arrays.
        axis_names: labels of the two axes, with units.

    Raises:
        InputError: X has another shape, or there is no panel.

    Example:
        >>> panel = SurfacePanel("flat", [0, 1], [0, 1, 2], np.zeros((2, 3)), (0.5, 1))
        >>> len(certificate_surface(np.eye(2), [panel]).axes)  # the panel and its color bar
        2
    """
    points = np.asarray(X, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise InputError(f"X must have shape (n, 2); got {points.shape}")
    if not panels:
        raise InputError("panels must hold at least one panel; got none")
    points = points[:: -(-len(points) // _POINTS)]
    heights = [np.asarray(panel.log_d, dtype=float).T for panel in panels]
    top = max(0.01, *(float(height.max()) for height in heights))
    lowest = min(float(height.min()) for height in heights)
    norm = TwoSlopeNorm(0.0, vmin=min(-0.01, max(lowest, -max(3 * top, 0.5))), vmax=top)
    figure, every_axes = subplots(len(panels), (4.2, 4.6), (1.2, 0), gridspec_kw={"wspace": 0.08})
    for axes, panel, height in zip(every_axes, panels, heights, strict=True):
        plane = (panel.first, panel.second, height)
        mesh = axes.pcolormesh(*plane, norm=norm, cmap=_DIVERGING, shading="gouraud", rasterized=True)
        if height.min() < 0 < height.max():
            axes.contour(*plane, levels=[0], colors=[ACCENT], linewidths=1.4)
        axes.scatter(*points.T, s=5, color=INK, linewidths=0, label="data", clip_on=False)
        cross = {"marker": "x", "s": 60, "color": INK, "linewidths": 2}
        axes.scatter(*np.asarray(panel.constant), **cross, label="best constant")
        label_axes(axes, *axis_names, panel.title)
        axes.set_aspect("equal")
        legend_above(axes)
    colorbar(figure, every_axes[-1], mesh, "log D (nats)")
    return figure
