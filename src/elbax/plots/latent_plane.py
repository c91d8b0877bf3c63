"""Figures of points: latent spaces, and curves or clouds in the plane."""

from collections.abc import Callable, Mapping
from math import ceil, sqrt
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from elbax.errors import InputError
from elbax.plots.labels import LabelGroup, label_groups, latent_name
from elbax.plots.style import ACCENT, BLUE, GRAY, colorbar, dress, legend_above, new_figure

DATA_AXES = ("x₁ (data units)", "x₂ (data units)")


def latent_scatter(
    z: ArrayLike, labels: ArrayLike | None = None, *, units: tuple[int, int] = (0, 1), reverse_y: bool = False
) -> Figure:
    """Draw latent points, shape (n, latent_dim), colored by class or by a continuous label.

    Args:
        z: latent points; one latent is drawn as a histogram per class.
        labels: one per row; see `label_groups`.
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
    figure = new_figure(6.4, 5.2)
    axes = figure.add_subplot()
    if z.shape[1] == 1:
        return _latent_histogram(figure, axes, z[:, 0], labels)
    points, size = z[:, list(units)].T, float(np.clip(4000 / len(z), 4, 30))
    alpha = float(np.clip(15_000 / len(z), 0.05, 0.75))  # of many dots, where they are dense must show
    groups = [LabelGroup("", BLUE, np.arange(len(z)))] if labels is None else label_groups(labels)
    if groups is None:
        dots = axes.scatter(*points, c=np.asarray(labels), s=size, alpha=alpha, cmap="viridis", linewidths=0)
        colorbar(figure, axes, dots, "label")
    else:
        for name, color, rows in groups:
            axes.scatter(*points[:, rows], color=color, s=size, alpha=alpha, linewidths=0, label=name)
        _class_legend(axes, groups)
    dress(axes, *(f"{latent_name(unit)} (unitless)" for unit in units))
    if reverse_y:
        axes.invert_yaxis()
    return figure


def _latent_histogram(figure: Figure, axes: Axes, z: np.ndarray, labels: ArrayLike | None) -> Figure:
    """One latent: against a continuous label, or counted per class."""
    groups = None if labels is None else label_groups(labels)
    if labels is not None and groups is None:
        axes.scatter(z, np.asarray(labels), color=BLUE, s=9, alpha=0.7, linewidths=0)
        dress(axes, f"{latent_name(0)} (unitless)", "label")
        return figure
    groups = groups or [LabelGroup("", BLUE, np.arange(len(z)))]
    bins = np.histogram_bin_edges(z, bins=min(50, ceil(2 * sqrt(len(z))))).tolist()
    axes.hist(
        [z[group.rows] for group in groups],
        bins,
        stacked=True,
        color=[group.color for group in groups],
        label=[group.name for group in groups],
    )
    _class_legend(axes, groups)
    dress(axes, f"{latent_name(0)} (unitless)", "rows")
    return figure


def _class_legend(axes: Axes, groups: list[LabelGroup]) -> None:
    """Name the classes beside the chart; a single unnamed group needs no legend."""
    if groups[0].name:
        place = {"loc": "upper left", "bbox_to_anchor": (1, 1)}
        legend = axes.legend(title="label", frameon=False, fontsize=9, title_fontsize=9, **place)
        for handle in legend.legend_handles:
            if isinstance(handle, PathCollection):
                handle.set_alpha(1)
                handle.set_sizes([36])


def curve_embedding(
    X: ArrayLike,
    values: ArrayLike,
    *,
    label: str = "value (unitless)",
    axis_names: tuple[str, str] = DATA_AXES,
) -> Figure:
    """Draw points of the plane, shape (n, 2), colored by one value each, such as their latent mean.

    Example:
        >>> len(curve_embedding(np.eye(2), [0.0, 1.0]).axes)
        2
    """
    figure = new_figure(5.6, 4.6)
    axes = figure.add_subplot()
    dots = axes.scatter(
        *_points("X", X, 2).T, c=np.asarray(values).ravel(), s=14, cmap="viridis", linewidths=0
    )
    colorbar(figure, axes, dots, label)
    dress(axes, *axis_names)
    _keep_shape(axes)
    return figure


def latent_plane_image(
    encode: Callable[[np.ndarray], ArrayLike],
    extent: tuple[float, float, float, float],
    *,
    X: ArrayLike | None = None,
    axis_names: tuple[str, str] = DATA_AXES,
    n: int = 160,
) -> Figure:
    """Draw the first latent mean of every point of a rectangle of the data's plane.

    Args:
        encode: function from points (m, 2) to latent means (m, latent_dim).
        extent: (left, right, bottom, top) of the rectangle, in data units.
        X: data to draw above the image, shape (n, 2).
        axis_names: what the two axes are, with units.
        n: points along each side.

    Example:
        >>> latent_plane_image(lambda x: x[:, :1], (0, 1, 0, 1), n=8).axes[0].images[0].get_size()
        (8, 8)
    """
    left, right, bottom, top = extent
    plane = np.stack(np.meshgrid(np.linspace(left, right, n), np.linspace(bottom, top, n)), axis=-1)
    means = np.asarray(encode(plane.reshape(-1, 2))).reshape(n, n, -1)[..., 0]
    figure = new_figure(5.6, 4.6)
    axes = figure.add_subplot()
    image = axes.imshow(means, origin="lower", extent=extent, cmap="viridis", interpolation="bilinear")
    colorbar(figure, axes, image, f"mean of {latent_name(0)} (unitless)")
    dress(axes, *axis_names)
    axes.grid(False)
    axes.set_aspect("auto")
    _keep_shape(axes, "box")
    if X is not None:
        # White under black stays visible on both ends of the color map.
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
        high: last latent value; [-1, 1] holds 68% of a standard normal prior, [-3, 3] all but .3%.
        X: data to draw behind the curve, shape (n, 2).
        axis_names: what the two axes are, with units.
        n: points along the curve.

    Example:
        >>> decoded_curve(lambda z: np.hstack([z, z**2])).axes[0].get_xlabel()
        'x₁ (data units)'
    """
    z = np.linspace(low, high, n)
    figure = new_figure(5.6, 4.6)
    axes = figure.add_subplot()
    if X is not None:
        axes.scatter(*_points("X", X, 2).T, s=14, color=GRAY, alpha=0.6, linewidths=0, label="data")
    dots = axes.scatter(
        *_points("decode(z)", decode(z[:, None]), 2).T, c=z, s=7, cmap="viridis", linewidths=0
    )
    colorbar(figure, axes, dots, f"{latent_name(0)} (unitless)")
    dress(axes, *axis_names)
    _keep_shape(axes)
    if X is not None:
        legend_above(axes)
    return figure


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
        axis_names: what the two axes are, with units.

    Example:
        >>> len(data_and_reconstruction(np.eye(2), np.eye(2), np.eye(2)).axes)
        2
    """
    X, X_hat = _points("X", X, 2), _points("X_hat", X_hat, 2)
    if X.shape != X_hat.shape:
        raise InputError(f"X_hat must have the shape of X, {X.shape}; got {X_hat.shape}")
    panels = [("reconstructions", X_hat)]
    if samples is not None:
        panels.append(("samples", _points("samples", samples, 2)))
    figure = new_figure(0.8 + 4.4 * len(panels), 4.6)
    for axes, (name, points) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        if name == "reconstructions":
            axes.plot(*np.stack([X, X_hat], axis=-1).swapaxes(0, 1).transpose(0, 2, 1), color=GRAY, lw=0.5)
        axes.scatter(*X.T, s=12, color=BLUE, alpha=0.6, linewidths=0, label="data")
        axes.scatter(*points.T, s=12, color=ACCENT, alpha=0.6, linewidths=0, label=name)
        dress(axes, *axis_names, f"Data and {name}")
        _keep_shape(axes)
        legend_above(axes)
    return figure


def reconstruction_panels(
    X: ArrayLike,
    reconstructions: Mapping[str, ArrayLike],
    *,
    axis_names: tuple[str, str] = DATA_AXES,
    across: int = 4,
) -> Figure:
    """Draw what several models make of the same points of the plane, one small panel for each model.

    Args:
        X: data, shape (n, 2).
        reconstructions: for each title, points in the same order.
        axis_names: what the two axes are, with units.
        across: panels in a row.

    Raises:
        InputError: a shape differs from that of X.

    Example:
        >>> len(reconstruction_panels(np.eye(2), {"good": np.eye(2), "poor": np.zeros((2, 2))}).axes)
        2
    """
    X = _points("X", X, 2)
    across = min(across, len(reconstructions))
    rows = ceil(len(reconstructions) / across)
    figure = new_figure(0.4 + 2.5 * across, 0.9 + 2.5 * rows)
    panels = figure.subplots(rows, across, squeeze=False, sharex=True, sharey=True).ravel()
    for i, (axes, (title, X_hat)) in enumerate(zip(panels, reconstructions.items(), strict=False)):
        X_hat = _points(title, X_hat, 2)
        if X_hat.shape != X.shape:
            raise InputError(f"{title!r} must have the shape of X, {X.shape}; got {X_hat.shape}")
        axes.scatter(*X.T, s=7, color=GRAY, alpha=0.6, linewidths=0, label="data")
        axes.scatter(*X_hat.T, s=7, color=ACCENT, alpha=0.8, linewidths=0, label="reconstructions")
        last_row = i + across >= len(reconstructions)
        dress(axes, axis_names[0] if last_row else "", "" if i % across else axis_names[1], title)
        axes.set_aspect("equal", "box")
        axes.tick_params(labelbottom=last_row)
    for axes in panels[len(reconstructions) :]:
        axes.set_visible(False)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper left", ncols=2, frameon=False, fontsize=9, markerscale=2)
    return figure


def _keep_shape(axes: Axes, adjustable: Literal["box", "datalim"] = "datalim") -> None:
    """Use one scale for both axes, unless they are so unlike (age and income) that one would vanish."""
    width, height = (abs(high - low) for low, high in (axes.get_xlim(), axes.get_ylim()))
    if max(width, height) < 3 * min(width, height):
        axes.set_aspect("equal", adjustable)


def _points(argument: str, points: ArrayLike, columns: int | None = None) -> np.ndarray:
    """Points as a float matrix of the given width."""
    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or columns not in (None, points.shape[1]):
        expected = f"(n, {columns})" if columns else "(n, latent_dim)"
        raise InputError(f"{argument} must have shape {expected}; got {points.shape}")
    return points
