"""How rows of images are drawn: channels as colors, frames side by side, every channel in its own range."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from elbax.data.axes import Axes
from elbax.data.columns import Integer
from elbax.data.schema import Schema

_COLORS = 3
_MOST_FRAMES, _MOST_PIXELS = 5, 128
_SPREAD = 3.0  # the range of a channel ends so many units around its mean, or at its extremes


@dataclass(frozen=True)
class ImageView:
    """Rows of images as pictures of one or three channels with values in [0, 1].

    One channel is gray. Two are red and cyan; of more than three, the first, middle and last are red, green and blue.
    Of more than five frames, five are drawn, and pixels of large images are thinned.

    Attributes:
        axes: of the rows.
        channels: numbers of the channels drawn.
        low, high: their values drawn as black and white.
    """

    axes: Axes
    channels: tuple[int, ...]
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, schema: Schema) -> Self:
        """The view of a schema's images."""
        axes, count = schema.axes, schema.axes.channels
        if count <= _COLORS:
            channels = tuple(range(count))
        else:
            channels = tuple(np.linspace(0, count - 1, _COLORS).round().astype(int).tolist())
        low, high = _ranges(schema)
        return cls(axes, channels, low[list(channels)], high[list(channels)])

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of a picture."""
        return self(np.zeros((1, *self.axes.shape))).shape[1:]

    @property
    def hides_channels(self) -> bool:
        """Whether channels are not drawn, or one over the other."""
        return len(self.channels) == 2 or self.axes.channels > _COLORS

    def of_each_channel(self, schema: Schema, most: int) -> list[Self]:
        """Gray views of single channels, some evenly spread if there are more than ``most``."""
        count = self.axes.channels
        channels = np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)).tolist()
        low, high = _ranges(schema)
        return [type(self)(self.axes, (c,), low[[c]], high[[c]]) for c in channels]

    @property
    def note(self) -> str:
        """What the colors mean, or nothing for gray images and photographs."""
        shown, count = len(self.channels), self.axes.channels
        text = ""
        if shown == 2:
            text = " Channel 0 is red and channel 1 cyan, each in its own range."
        elif count > _COLORS:
            names = ", ".join(map(str, self.channels[:-1])) + f" and {self.channels[-1]}"
            text = f" Channels {names} of {count} are red, green and blue, each in its own range."
        if self.axes.frames > 1:
            count = self.axes.frames
            which = f"All {count}" if self.n_frames == count else f"{self.n_frames} of {count}"
            text += f" {which} frames stand side by side."
        return text

    def __call__(self, rows: ArrayLike) -> np.ndarray:
        """Pictures (n, height, width, 1 or 3) of rows in the user's axes, flat or not."""
        rows = np.asarray(rows)
        axes = self.axes
        x = axes.arrange(rows.reshape(len(rows), *axes.shape)).astype(np.float32)
        height, width = axes.layout[:2]
        x = x.reshape(len(x), height, width, axes.frames, axes.channels)[..., self._frames, :][..., list(self.channels)]
        step = max(1, -(-max(height, width) // _MOST_PIXELS))
        x = (x[:, ::step, ::step] - self.low) / (self.high - self.low)
        if x.shape[-1] == 2:
            x = x[..., [0, 1, 1]]
        frames = np.split(x, x.shape[3], axis=3)
        return np.concatenate([frame[:, :, :, 0] for frame in frames], axis=2).clip(0, 1)

    @property
    def n_frames(self) -> int:
        """Number of frames drawn."""
        return len(self._frames)

    @property
    def _frames(self) -> list[int]:
        count = self.axes.frames
        return np.unique(np.linspace(0, count - 1, min(count, _MOST_FRAMES)).round().astype(int)).tolist()


def windows(schema: Schema, rows: Any) -> np.ndarray:
    """Rows of windows in the user's axes, flat or not, as (n, steps, series)."""
    rows = np.asarray(rows)
    axes = schema.axes
    return axes.arrange(rows.reshape(len(rows), *axes.shape))[:, :, 0]


def _ranges(schema: Schema) -> tuple[np.ndarray, np.ndarray]:
    """The values of each channel drawn as black and white, in the data's own units: one range for levels and bytes."""
    count, statistics, summary = schema.axes.channels, schema.statistics, schema.summary.flat
    extremes = statistics.minimum.min(), statistics.maximum.max()
    if not all(column.is_number for column in schema.blocks):
        extremes = schema.blocks[0].decode(np.array(extremes))
    elif not (statistics.within_unit.all() or Integer.kind in schema.kinds):
        lowest = statistics.minimum.reshape(-1, count).min(axis=0)
        highest = statistics.maximum.reshape(-1, count).max(axis=0)
        center, reach = summary.center[:count], _SPREAD * summary.unit[:count]
        extremes = np.maximum(lowest, center - reach), np.minimum(highest, center + reach)
    low, high = (np.broadcast_to(np.asarray(end, float), count) for end in extremes)
    return low, np.where(high > low, high, low + 1)
