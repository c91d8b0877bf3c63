"""Figures made of images: samples, reconstructions and walks through the latent space."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike
from scipy.stats import norm

from elbax.errors import InputError
from elbax.plots.labels import latent_axes, latent_name
from elbax.plots.style import ACCENT, label_axes, subplot, subplots, ticks

Decoder = Callable[[np.ndarray], ArrayLike]


def to_pixels(images: ArrayLike, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Map images, shape (n, h, w) or (n, h, w, c), from [low, high] to uint8 of shape (n, h, w, c).

    Values outside the interval are clipped and NaN becomes 0. Images have one channel, three (colors) or four (with
    transparency). Two channels become red and cyan; of more than four, the first, middle and last become colors.

    Raises:
        InputError: another number of axes, or an empty interval.

    Example:
        >>> to_pixels([[[0.0, 0.5, 2.0]]]).ravel()
        array([  0, 128, 255], dtype=uint8)
    """
    images = np.asarray(images, dtype=float)
    images = images[..., None] if images.ndim == 3 else images
    if images.ndim != 4:
        raise InputError(f"images must have shape (n, h, w) or (n, h, w, channels); got {images.shape}")
    channels = images.shape[-1]
    if channels == 2:
        images = images[..., [0, 1, 1]]
    elif channels > 4:
        images = images[..., [0, (channels - 1) // 2, channels - 1]]
    if not high > low:
        raise InputError(f"high must be above low; got low={low:g} and high={high:g}")
    scaled = np.nan_to_num((images - low) / (high - low), nan=0.0, posinf=1.0, neginf=0.0)
    return np.round(255 * scaled.clip(0, 1)).astype(np.uint8)


def decoded_sheet(
    decode: Decoder,
    event_shape: Sequence[int],
    n: int = 15,
    *,
    low: float = 0.05,
    high: float = 0.95,
    span: float | None = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    reverse_y: bool = False,
) -> Figure:
    """Draw an n × n sheet of images decoded from a grid over two standard normal latents.

    Grid points are the normal inverse CDF of ``linspace(low, high, n)``, so each image represents the same share of the
    prior; with a span, they are spaced evenly instead.

    Args:
        decode: function from latent points (m, 2) to images (m, *event_shape), flattened or not.
        event_shape: (h, w) or (h, w, c).
        n: images along each side.
        low: prior probability below the first grid point.
        high: prior probability below the last grid point.
        span: draw evenly spaced points from -span to span instead of following the prior.
        value_range: values drawn as black and white.
        reverse_y: let the second latent grow downwards.
    """
    grid = norm.ppf(np.linspace(low, high, n)) if span is None else np.linspace(-span, span, n)
    first, second = np.meshgrid(grid, grid if reverse_y else grid[::-1])
    images = _images(decode(np.stack([first.ravel(), second.ravel()], axis=1)), event_shape, value_range)
    height, width = (side + 1 for side in images.shape[1:3])
    figure, axes = subplot(6.4, float(np.clip(0.6 + 5.8 * height / width, 2.0, 12.0)))
    _show(axes, _montage(images, n, gap=1))
    shown = np.arange(0, n, max(1, ceil((n - 1) / 8)))  # evenly spaced, few enough to read
    axes.set_xticks(shown * width + width / 2 - 1, ticks(grid[shown]))
    axes.set_yticks(shown * height + height / 2 - 1, ticks(second[shown, 0]))
    label_axes(axes, *latent_axes([0, 1]))
    return figure


def traversals(
    decode: Decoder,
    event_shape: Sequence[int],
    latent_dim: int,
    n: int = 11,
    *,
    units: Sequence[int] | None = None,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """Draw one row of n images per latent, moved through the central 90% of a standard normal; the others are 0.

    Args:
        decode: function from latent points (m, latent_dim) to images (m, *event_shape), flattened or not.
        event_shape: (h, w) or (h, w, c).
        latent_dim: number of latents.
        n: images in a row.
        units: which latents to move, counted from 0; all by default.
        value_range: values drawn as black and white.

    Example:
        >>> traversals(lambda z: np.zeros((len(z), 2, 2)), (2, 2), 3, n=5).axes[0].get_xlabel()
        'value of the moved latent (unitless)'
    """
    units = range(latent_dim) if units is None else units
    grid = norm.ppf(np.linspace(0.05, 0.95, n))
    z = np.zeros((len(units), n, latent_dim))
    for row, unit in enumerate(units):
        z[row, :, unit] = grid
    images = _images(decode(z.reshape(-1, latent_dim)), event_shape, value_range)
    height, width = (side + 1 for side in images.shape[1:3])
    figure, axes = subplot(7.2, max(1.5, 0.8 + 6.6 * len(units) * height / (n * width)))
    _show(axes, _montage(images, n, gap=1))
    axes.set_xticks(np.arange(n) * width + width / 2 - 1, ticks(grid))
    axes.set_yticks(np.arange(len(units)) * height + height / 2 - 1, [latent_name(unit) for unit in units])
    label_axes(axes, "value of the moved latent (unitless)", "")
    return figure


def image_grid(
    images: ArrayLike, *, columns: int | None = None, value_range: tuple[float, float] = (0.0, 1.0)
) -> Figure:
    """Draw images, shape (n, h, w) or (n, h, w, c), in rows; about square by default.

    Example:
        >>> image_grid(np.zeros((6, 4, 4))).axes[0].images[0].get_size()
        (9, 14)
    """
    pixels = to_pixels(images, *value_range)
    return _chart(pixels, columns or ceil(sqrt(len(pixels))), 1, 6.4, 1.0)


def film_strip(
    images: ArrayLike,
    *,
    columns: int | None = None,
    marked: Iterable[int] = (),
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """Draw the images of a path, shape (n, h, w) or (n, h, w, c), in order: left to right, then down.

    Args:
        images: images along the path.
        columns: images in a row; all by default.
        marked: which images to frame in orange, counted from 0, such as the ends of a path.
        value_range: values drawn as black and white.

    Raises:
        InputError: a mark lies outside the strip.

    Example:
        >>> len(film_strip(np.zeros((6, 4, 4)), columns=3, marked=(0, 5)).axes[0].patches)
        2
    """
    pixels = to_pixels(images, *value_range)
    columns = min(columns or len(pixels), len(pixels))
    gap = max(2, pixels.shape[2] // 8)
    figure = _chart(pixels, columns, gap, 7.2, 0.7)
    height, width = (side + gap for side in pixels.shape[1:3])
    for mark in marked:
        if not 0 <= mark < len(pixels):
            raise InputError(f"marked must lie between 0 and {len(pixels) - 1}; got {mark}")
        row, column = divmod(mark, columns)
        corner = (column * width - 0.5, row * height - 0.5)
        size = (width - gap, height - gap)
        figure.axes[0].add_patch(Rectangle(corner, *size, fill=False, edgecolor=ACCENT, lw=2.0, clip_on=False))
    return figure


def reconstructions(
    x: ArrayLike,
    x_hat: ArrayLike,
    *,
    names: Sequence[object] | None = None,
    columns: int = 12,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """Draw images above their reconstructions, both (n, h, w) or (n, h, w, c).

    Args:
        x: images.
        x_hat: their reconstructions.
        names: what to write above each image.
        columns: images in a row.
        value_range: values drawn as black and white.

    Example:
        >>> len(reconstructions(np.zeros((14, 4, 4)), np.ones((14, 4, 4))).axes)
        2
    """
    pairs = [to_pixels(images, *value_range) for images in (x, x_hat)]
    if pairs[0].shape != pairs[1].shape:
        raise InputError(f"x_hat must have the shape of x, {pairs[0].shape}; got {pairs[1].shape}")
    columns, (height, width) = min(columns, len(pairs[0])), (side + 1 for side in pairs[0].shape[1:3])
    panel = (7.2, (0.25 if names is None else 0.5) + 13 * height / (columns * width))
    figure, panels = subplots(ceil(len(pairs[0]) / columns), panel, across=1)
    for block, axes in enumerate(panels):
        shown = slice(block * columns, (block + 1) * columns)
        rows = np.concatenate([_padded(images[shown], columns) for images in pairs])
        _show(axes, _montage(rows, columns, 1))
        axes.set_yticks(np.arange(2) * height + height / 2 - 1, ["input", "output"])
        if names is not None:
            above = list(map(str, names[shown]))
            axes.xaxis.tick_top()
            axes.set_xticks(np.arange(len(above)) * width + width / 2 - 1, above)
    return figure


def _images(decoded: ArrayLike, event_shape: Sequence[int], value_range: tuple[float, float]) -> np.ndarray:
    """Pixels of decoder output, flattened or not."""
    decoded = np.asarray(decoded)
    if len(event_shape) not in (2, 3) or decoded[0].size != np.prod(event_shape):
        raise InputError(
            "event_shape must be (height, width) or (height, width, channels) with as many values as a "
            f"decoded image, {decoded[0].size}; got {tuple(event_shape)}"
        )
    return to_pixels(decoded.reshape(-1, *event_shape), *value_range)


def _padded(pixels: np.ndarray, n: int) -> np.ndarray:
    """Append white images up to n, so that a short last row keeps its scale."""
    blank = np.full((n - len(pixels), *pixels.shape[1:]), 255, np.uint8)
    return np.concatenate([pixels, blank])


def _montage(pixels: np.ndarray, columns: int, gap: int) -> np.ndarray:
    """Tile images row by row, with a white gap of some pixels between neighbors."""
    pixels = _padded(pixels, -(-len(pixels) // columns) * columns)
    framed = np.pad(pixels, [(0, 0), (0, gap), (0, gap), (0, 0)], constant_values=255)
    n, height, width, channels = framed.shape
    tiled = framed.reshape(n // columns, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    tiled = tiled.reshape(n // columns * height, columns * width, channels)
    return tiled[: tiled.shape[0] - gap, : tiled.shape[1] - gap]


def _chart(pixels: np.ndarray, columns: int, gap: int, width: float, least_height: float) -> Figure:
    montage = _montage(pixels, columns, gap)
    figure, axes = subplot(width, max(least_height, width * montage.shape[0] / montage.shape[1]))
    _show(axes, montage)
    return figure


def _show(axes: Axes, montage: np.ndarray) -> None:
    """Draw a montage without smoothing, frame or ticks."""
    axes.imshow(montage.squeeze(-1) if montage.shape[-1] == 1 else montage, cmap="gray", vmin=0, vmax=255)
    axes.spines[:].set_visible(False)
    label_axes(axes, "", "")
    axes.tick_params(length=0)
    axes.set(xticks=[], yticks=[])
