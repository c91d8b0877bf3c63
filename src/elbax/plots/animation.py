"""Figures that move: a latent plane over training time, and images along a path, as animated GIF files."""

from collections.abc import Callable, Sequence
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image

from elbax.errors import InputError
from elbax.plots.images import to_pixels
from elbax.plots.labels import label_name, latent_axes, legend_of_classes, scatter_by_label
from elbax.plots.style import INK, colorbar, dress, new_figure, subplot, subplots


class Animation(NamedTuple):
    """A figure, a function that draws frame i, and the number of frames."""

    figure: Figure
    draw: Callable[[int], None]
    n_frames: int


def latent_frames(
    z: ArrayLike,
    epochs: Sequence[int],
    labels: ArrayLike | None = None,
    *,
    shown: int = 6,
    across: int = 3,
    units: tuple[int, int] = (0, 1),
) -> Figure:
    """Draw latent points at some moments of training side by side, on the same axes.

    Args:
        z: latent points of the same rows at each moment, (frames, n, latent_dim).
        epochs: the epoch of each frame.
        labels: one per row; see `label_groups`.
        shown: number of frames to draw, evenly spaced from the first to the last.
        across: panels in a row.
        units: which two latents to draw, counted from 0.

    Example:
        >>> len(latent_frames(np.zeros((9, 5, 2)), range(9), shown=4).axes)
        4
    """
    z = _planes(z, epochs, labels, units)
    frames = np.unique(np.linspace(0, len(z) - 1, min(shown, len(z))).round().astype(int))
    figure, panels = subplots(len(frames), (2.5, 2.3), (0.9, 0.3), across=across, sharex=True, sharey=True)
    xlabel, ylabel = latent_axes(units)
    for i, (axes, frame) in enumerate(zip(panels, frames, strict=True)):
        drawn = _scatter(axes, z[frame], labels)
        bottom, left = i + across >= len(frames), i % across == 0
        dress(axes, xlabel if bottom else "", ylabel if left else "", f"epoch {epochs[frame]:,}")
        axes.tick_params(labelbottom=bottom)
    _set_limits(panels[0], z)
    _add_color_key(figure, panels, drawn, label_name(labels))
    return figure


def latent_animation(
    z: ArrayLike, epochs: Sequence[int], labels: ArrayLike | None = None, *, units: tuple[int, int] = (0, 1)
) -> Animation:
    """Show latent points move during training, on fixed axes; arguments are those of `latent_frames`.

    Raises:
        InputError: shapes do not fit together, or there is one latent only.

    Example:
        >>> latent_animation(np.zeros((3, 5, 2)), [0, 1, 2]).n_frames
        3
    """
    z = _planes(z, epochs, labels, units)
    figure, axes = subplot(5.6, 4.6)
    drawn = _scatter(axes, z[0], labels)
    _add_color_key(figure, [axes], drawn, label_name(labels))
    dress(axes, *latent_axes(units), f"epoch {epochs[-1]:,}")
    _set_limits(axes, z)
    figure.draw_without_rendering()  # lay the figure out once, so that no frame shifts
    figure.set_layout_engine("none")

    def draw(i: int) -> None:
        axes.set_title(f"epoch {epochs[i]:,}", fontsize=10.5, color=INK, loc="left")
        for dots, rows in drawn:
            dots.set_offsets(z[i, rows])

    return Animation(figure, draw, len(z))


def image_animation(images: ArrayLike, *, value_range: tuple[float, float] = (0.0, 1.0)) -> Animation:
    """Show images, shape (n, h, w) or (n, h, w, c), one after the other, such as those of a closed path.

    Example:
        >>> image_animation(np.zeros((4, 8, 8))).n_frames
        4
    """
    pixels = to_pixels(images, *value_range)
    figure = new_figure(2.4, 2.4 * pixels.shape[1] / pixels.shape[2])
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    flat = pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels
    shown = axes.imshow(flat[0], cmap="gray", vmin=0, vmax=255, aspect="auto")
    return Animation(figure, lambda i: shown.set_data(flat[i]), len(flat))


def to_gif(animation: Animation, *, frames_per_second: float = 10, hold_seconds: float = 0.0, dpi: float = 90) -> bytes:
    """Render an animation as the bytes of a GIF that plays in a loop.

    Args:
        animation: the animation.
        frames_per_second: speed.
        hold_seconds: extra time for the last frame.
        dpi: pixels per inch of the figure.

    Example:
        >>> to_gif(image_animation(np.zeros((4, 8, 8))))[:6]
        b'GIF89a'
    """
    canvas = FigureCanvasAgg(animation.figure)
    animation.figure.set_dpi(dpi)
    frames = []
    for i in range(animation.n_frames):
        animation.draw(i)
        canvas.draw()
        image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        frames.append(image.quantize(256, dither=Image.Dither.NONE))
    milliseconds = [round(1000 / frames_per_second)] * len(frames)
    milliseconds[-1] += round(1000 * hold_seconds)
    buffer = BytesIO()
    frames[0].save(buffer, format="gif", save_all=True, append_images=frames[1:], duration=milliseconds, loop=0)
    return buffer.getvalue()


def save_animation(animation: Animation, path: str | PathLike[str], **options: float) -> None:
    """Write an animation to a GIF file, with the options of `to_gif`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_animation(image_animation(np.zeros((4, 8, 8))), Path(folder) / "loop.gif")
    """
    if Path(path).suffix.lower() != ".gif":
        raise InputError(f"cannot write {path}: expected a name that ends in .gif")
    Path(path).write_bytes(to_gif(animation, **options))


def _planes(z: ArrayLike, epochs: Sequence[int], labels: ArrayLike | None, units) -> np.ndarray:
    """Two latents of each frame, (frames, n, 2), checked."""
    z = np.asarray(z, dtype=float)
    if z.ndim != 3 or len(z) != len(epochs) or len(z) == 0:
        raise InputError(
            f"z must have shape (frames, n, latent_dim) with one frame for each of the {len(epochs)} epochs; "
            f"got {z.shape}"
        )
    if not all(0 <= unit < z.shape[2] for unit in units):
        raise InputError(f"units must be two of the {z.shape[2]} latents, counted from 0; got {tuple(units)}")
    if labels is not None and len(np.asarray(labels)) != z.shape[1]:
        raise InputError(f"labels must have one entry per row, {z.shape[1]}; got {len(np.asarray(labels))}")
    return z[..., list(units)]


def _scatter(axes: Axes, z: np.ndarray, labels: ArrayLike | None) -> list[tuple[PathCollection, np.ndarray]]:
    return scatter_by_label(axes, z, labels, float(np.clip(6000 / len(z), 4, 24)), 0.75, None)


def _add_color_key(
    figure: Figure, panels: list[Axes], drawn: list[tuple[PathCollection, np.ndarray]], name: str
) -> None:
    """Add a legend of classes or the color bar of a continuous label."""
    first, _ = drawn[0]
    if first.get_array() is not None:
        colorbar(figure, panels, first, name)
    elif first.get_label():
        legend_of_classes(figure, name, handles=[dots for dots, _ in drawn], loc="outside right upper")


def _set_limits(axes: Axes, z: np.ndarray) -> None:
    """Set limits that hold nearly every point of every frame."""
    low, high = np.quantile(z.reshape(-1, 2), [0.001, 0.999], axis=0)
    margin = 0.06 * np.maximum(high - low, 1e-6)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
