"""Figures of points: latent spaces, and curves or clouds in the plane."""

from collections.abc import Callable, Mapping
from math import ceil, sqrt
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from elbax.errors import InputError
from elbax.plots.labels import LabelGroup, label_groups, label_name, latent_axes, legend_of_classes, scatter_by_label
from elbax.plots.style import ACCENT, BLUE, GRAY, colorbar, dress, legend_above, subplot, subplots, top_legend

DATA_AXES = ("x₁ (data units)", "x₂ (data units)")
_BESIDE: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1, 1)}


def latent_scatter(
    z: ArrayLike, labels: ArrayLike | None = None, *, units: tuple[int, int] = (0, 1), reverse_y: bool = False
) -> Figure:
    """Draw latent points, shape (n, latent_dim), colored by class or by a continuous label.

    Args:
        z: latent points; a single latent is drawn as a histogram per class.
        labels: one per row; see `label_groups`. The name of a Series is that of the legend.
        units: which two latents to draw, counted from 0.
        reverse_y: let the second latent grow downwards.

    Raises:
        InputError: z is not a matrix, or the labels are not one per row.

    Example:
        >>> latent_scatter(np.zeros((3, 2)), [0, 1, 1]).axes[0].get_ylabel()
        'z₂ (unitless)'
    """
    z = _points("z", z)
    if labels is not None and len(np.asarray(labels)) != len(z):
        raise InputError(f"labels must have one entry per row of z, {len(z)}; got {len(np.asarray(labels))}")
    figure, axes = subplot(6.4, 5.2)
    if z.shape[1] == 1:
        _draw_latent(axes, z[:, 0], labels)
        return figure
    size = float(np.clip(4000 / len(z), 4, 30))
    alpha = float(np.clip(15_000 / len(z), 0.05, 0.75))  # many dots must show their density
    (dots, _), *_ = scatter_by_label(axes, z[:, list(units)], labels, size, alpha, alpha)
    if dots.get_array() is not None:
        colorbar(figure, axes, dots, label_name(labels))
    elif labels is not None:
        legend_of_classes(axes, label_name(labels), **_BESIDE)
    dress(axes, *latent_axes(units))
    if reverse_y:
        axes.invert_yaxis()
    return figure


def _draw_latent(axes: Axes, z: np.ndarray, labels: ArrayLike | None) -> None:
    """Draw one latent against a continuous label, or as a histogram per class."""
    (xlabel,) = latent_axes([0])
    groups = [LabelGroup("", BLUE, np.arange(len(z)))] if labels is None else label_groups(labels)
    if groups is None:
        axes.scatter(z, np.asarray(labels), color=BLUE, s=9, alpha=0.7, linewidths=0)
        dress(axes, xlabel, label_name(labels))
        return
    bins = np.histogram_bin_edges(z, bins=min(50, ceil(2 * sqrt(len(z))))).tolist()
    axes.hist(
        [z[group.rows] for group in groups],
        bins,
        stacked=True,
        color=[group.color for group in groups],
        label=[group.name for group in groups],
    )
    if labels is not None:
        legend_of_classes(axes, label_name(labels), **_BESIDE)
    dress(axes, xlabel, "rows")


def curve_embedding(
    X: ArrayLike,
    values: ArrayLike,
    *,
    label: str = "value (unitless)",
    axis_names: tuple[str, str] = DATA_AXES,
) -> Figure:
    """Draw points of the plane, shape (n, 2), colored by values (n,) such as their latent mean."""
    return _colored_points(_points("X", X, 2), np.asarray(values).ravel(), label, axis_names, size=14)


def latent_plane_image(
    encode: Callable[[np.ndarray], ArrayLike],
    extent: tuple[float, float, float, float],
    *,
    X: ArrayLike | None = None,
    axis_names: tuple[str, str] = DATA_AXES,
    n: int = 160,
) -> Figure:
    """Draw the first latent mean at every point of a rectangle in the data's plane.

    Args:
        encode: function from points (m, 2) to latent means (m, latent_dim).
        extent: (left, right, bottom, top) of the rectangle, in data units.
        X: data to draw above the image, shape (n, 2).
        axis_names: labels of the two axes, with units.
        n: points along each side.
    """
    left, right, bottom, top = extent
    plane = np.stack(np.meshgrid(np.linspace(left, right, n), np.linspace(bottom, top, n)), axis=-1)
    means = np.asarray(encode(plane.reshape(-1, 2))).reshape(n, n, -1)[..., 0]
    figure, axes = subplot(5.6, 4.6)
    image = axes.imshow(means, origin="lower", extent=extent, cmap="viridis", interpolation="bilinear")
    colorbar(figure, axes, image, f"mean of {latent_axes([0])[0]}")
    dress(axes, *axis_names)
    axes.grid(False)
    axes.set_aspect("auto")
    _keep_shape(axes, "box")
    if X is not None:
        # White with a black edge is visible on the whole color map.
        axes.scatter(*_points("X", X, 2).T, s=7, color="white", edgecolors="black", linewidths=0.4)
    return figure


def decoded_curve(
    decode: Callable[[np.ndarray], ArrayLike],
    low: float = -1.0,
    high: float = 1.0,
    *,
    X: ArrayLike | None = None,
    axis_names: tuple[str, str] = DATA_AXES,
    n: int = 400,
) -> Figure:
    """Draw the curve that one latent traces in the plane as it moves from low to high.

    Args:
        decode: function from latent points (m, 1) to points of the plane (m, 2).
        low: first latent value.
        high: last latent value; [-1, 1] holds 68% of a standard normal prior, [-3, 3] 99.7%.
        X: data to draw behind the curve, shape (n, 2).
        axis_names: labels of the two axes, with units.
        n: points along the curve.
    """
    z = np.linspace(low, high, n)
    curve = _points("decode(z)", decode(z[:, None]), 2)
    return _colored_points(curve, z, latent_axes([0])[0], axis_names, size=7, X=X)


def data_and_reconstruction(
    X: ArrayLike,
    X_hat: ArrayLike,
    samples: ArrayLike | None = None,
    *,
    axis_names: tuple[str, str] = DATA_AXES,
) -> Figure:
    """Draw points of the plane, their reconstructions and, in a second panel, samples of the model.

    Args:
        X: data, shape (n, 2).
        X_hat: reconstructions, in the same order; a faint line joins each to its point.
        samples: points drawn from the model, shape (m, 2).
        axis_names: labels of the two axes, with units.
    """
    X = _points("X", X, 2)
    X_hat = _points("X_hat", X_hat, like=X)
    clouds = [("reconstructions", X_hat)]
    if samples is not None:
        clouds.append(("samples", _points("samples", samples, 2)))
    limits = _limits(np.concatenate([X, *(points for _, points in clouds)]))
    width, height = limits[1] - limits[0]
    figure, panels = subplots(len(clouds), (4.4, _height(width, height)), (0.8, 0))
    for axes, (name, points) in zip(panels, clouds, strict=True):
        if name == "reconstructions":
            axes.plot(*np.stack([X, X_hat], axis=-1).swapaxes(0, 1).transpose(0, 2, 1), color=GRAY, lw=0.5)
        axes.scatter(*X.T, s=12, color=BLUE, alpha=0.6, linewidths=0, label="data")
        axes.scatter(*points.T, s=12, color=ACCENT, alpha=0.6, linewidths=0, label=name)
        dress(axes, *axis_names, f"Data and {name}")
        axes.set(xlim=limits[:, 0], ylim=limits[:, 1])
        _keep_shape(axes, "box")
        legend_above(axes)
    return figure


def reconstruction_panels(
    X: ArrayLike,
    reconstructions: Mapping[str, ArrayLike],
    *,
    axis_names: tuple[str, str] = DATA_AXES,
    across: int = 4,
) -> Figure:
    """Draw reconstructions of the same points of the plane by several models, one small panel per model.

    Args:
        X: data, shape (n, 2).
        reconstructions: for each title, reconstructions in the same order.
        axis_names: labels of the two axes, with units.
        across: panels in a row.

    Raises:
        InputError: a shape differs from that of X.
    """
    X = _points("X", X, 2)
    n = len(reconstructions)
    figure, panels = subplots(n, (2.5, 2.5), (0.4, 0.9), across=across, sharex=True, sharey=True)
    for i, (axes, (title, X_hat)) in enumerate(zip(panels, reconstructions.items(), strict=True)):
        X_hat = _points(repr(title), X_hat, like=X)
        axes.scatter(*X.T, s=7, color=GRAY, alpha=0.6, linewidths=0, label="data")
        axes.scatter(*X_hat.T, s=7, color=ACCENT, alpha=0.8, linewidths=0, label="reconstructions")
        last_row = i + across >= n
        dress(axes, axis_names[0] if last_row else "", "" if i % across else axis_names[1], title)
        axes.set_aspect("equal", "box")
        axes.tick_params(labelbottom=last_row)
    top_legend(figure, markerscale=2)
    return figure


def _colored_points(
    points: np.ndarray,
    values: np.ndarray,
    label: str,
    axis_names: tuple[str, str],
    size: float,
    X: Any = None,
) -> Figure:
    """Draw points of the plane (n, 2) colored by values (n,), above data X."""
    figure, axes = subplot(5.6, 4.6)
    if X is not None:
        axes.scatter(*_points("X", X, 2).T, s=14, color=GRAY, alpha=0.6, linewidths=0, label="data")
    dots = axes.scatter(*points.T, c=values, s=size, cmap="viridis", linewidths=0)
    colorbar(figure, axes, dots, label)
    dress(axes, *axis_names)
    _keep_shape(axes)
    if X is not None:
        legend_above(axes)
    return figure


def _limits(points: np.ndarray) -> np.ndarray:
    """Ends of both axes, (2, 2), with a margin around points (n, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.where(high > low, 0.05 * (high - low), 0.5)
    return np.stack([low - margin, high + margin])


def _height(width: float, height: float) -> float:
    """The height in inches of a panel 4.4 wide that such ranges fill."""
    return 0.7 + 3.9 * height / width if _alike(width, height) else 4.6


def _keep_shape(axes: Axes, adjustable: Literal["box", "datalim"] = "datalim") -> None:
    """Use one scale for both axes, unless their ranges differ by more than a factor of two."""
    width, height = (abs(high - low) for low, high in (axes.get_xlim(), axes.get_ylim()))
    if _alike(width, height):
        axes.set_aspect("equal", adjustable)


def _alike(width: float, height: float) -> bool:
    return max(width, height) < 2 * min(width, height)


def _points(argument: str, points: ArrayLike, columns: int | None = None, like: np.ndarray | None = None) -> np.ndarray:
    """Points as a float matrix with this number of columns, or with the shape of the data X."""
    points = np.asarray(points, dtype=float)
    if like is not None and points.shape != like.shape:
        raise InputError(f"{argument} must have the shape of X, {like.shape}; got {points.shape}")
    if points.ndim != 2 or columns not in (None, points.shape[1]):
        expected = f"(n, {columns})" if columns else "(n, latent_dim)"
        raise InputError(f"{argument} must have shape {expected}; got {points.shape}")
    return points
