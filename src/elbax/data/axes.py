"""The meaning of the axes of a row: images, stacks, and windows of series."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from elbax.errors import InputError

_LETTERS = frozenset("tzyxc")
_COLORS = 4  # an axis of at most this length may hold the colors of an image


@dataclass(frozen=True)
class Axes:
    """The axes of one row as the user has them, and the one layout that networks see.

    Images become ``(height, width, channels)``. Frames of a movie and planes of a stack become channels, each with the
    unit of its own channel. Windows of series become ``(steps, 1, series)``. Rows of a table stay as they are.

    Attributes:
        names: a letter for each axis, from "t" (steps or frames), "z" (planes), "y", "x", and "c" (channels or series);
            empty for a table.
        shape: shape of one row.

    Example:
        >>> axes = Axes("cyx", (3, 4, 5))
        >>> axes.arrange(np.zeros((7, 3, 4, 5))).shape
        (7, 4, 5, 3)
        >>> axes.restore(np.zeros((7, 4, 5, 3))).shape
        (7, 3, 4, 5)
    """

    names: str
    shape: tuple[int, ...]

    @property
    def is_table(self) -> bool:
        return not self.names

    @property
    def is_image(self) -> bool:
        """Whether a row has pixels: an image, a stack or a movie."""
        return "y" in self.names

    @property
    def is_window(self) -> bool:
        """Whether a row is a window of series."""
        return "t" in self.names and "y" not in self.names

    @property
    def channels(self) -> int:
        """Number of channels or series; features of one channel share a unit."""
        return self._length("c")

    @cached_property
    def frames(self) -> int:
        """Number of frames or planes of each channel; 1 for images and windows."""
        return prod(self._length(name) for name in self._stacked)

    @cached_property
    def layout(self) -> tuple[int, ...]:
        """Shape of one row in the layout of networks."""
        if self.is_table:
            return self.shape
        if self.is_window:
            return (self._length("t"), 1, self.channels)
        return (self._length("y"), self._length("x"), self.frames * self.channels)

    def arrange(self, x: Any) -> Any:
        """Rows ``(n, *shape)``, flattened or not, in the layout ``(n, *layout)``."""
        if self.is_table:
            return x.reshape(len(x), *self.shape)
        axes = x.reshape(len(x), *self.shape).transpose(0, *(1 + place for place in self._order))
        return axes.reshape(len(x), *self.layout)

    def restore(self, x: np.ndarray) -> np.ndarray:
        """Rows in the layout, flattened or not, in the user's axes: the inverse of `arrange`."""
        if self.is_table:
            return x.reshape(len(x), *self.shape)
        ordered = x.reshape(len(x), *(self.shape[place] for place in self._order))
        return ordered.transpose(0, *(1 + int(place) for place in np.argsort(self._order)))

    def accept(self, x: Any) -> Any | None:
        """Rows in one of the shapes that stand for these axes, as ``(n, *shape)``; None if they are of another.

        Rows may be flat, and an axis of one channel may be there or not.
        """
        own, got = self.shape, tuple(x.shape[1:])
        single = lambda shape: tuple(length for length in shape if length != 1)  # noqa: E731
        fits = got == own or got == (prod(own),) or (len(got) > 1 and not self.is_table and single(got) == single(own))
        return (x if got == own else x.reshape(len(x), *own)) if fits else None

    def describe(self) -> str:
        """One row in words: "image of 28 × 28", "window of 24 steps of 3 series"."""
        if self.is_table:
            return f"{self.shape[0]} numbers"
        count, several = self.channels, self.channels > 1
        if self.is_window:
            return f"window of {self._length('t')} steps of {count} series"
        text = f"image of {self._length('y')} × {self._length('x')}" + (f" with {count} channels" if several else "")
        named = {"t": "frames", "z": "planes"}
        stacked = " and ".join(f"{self._length(name)} {named[name]}" for name in self._stacked)
        return f"{text} in {stacked}" if stacked else text

    def describe_feature(self, feature: int) -> str:
        """Name a feature of the flattened layout: "column 3", "pixel (2, 5) of channel 1", "step 3 of series 0"."""
        if self.is_table:
            return f"column {feature}"
        row, column, plane = (int(i) for i in np.unravel_index(feature, self.layout))
        frame, channel = divmod(plane, self.channels)
        if self.is_window:
            return f"step {row}" + (f" of series {channel}" if self.channels > 1 else "")
        text = f"pixel ({row}, {column})" + (f" of channel {channel}" if self.channels > 1 else "")
        return f"{text} in frame {frame}" if self.frames > 1 else text

    @property
    def _stacked(self) -> str:
        """The axes whose entries become channels."""
        return "".join(name for name in self.names if name in "tz") if "y" in self.names else ""

    @cached_property
    def _order(self) -> tuple[int, ...]:
        """Places of the user's axes in the order of the layout."""
        plane = "yx" if "y" in self.names else "t"
        ordered = plane + self._stacked + ("c" if "c" in self.names else "")
        return tuple(self.names.index(name) for name in ordered)

    def _length(self, name: str) -> int:
        return self.shape[self.names.index(name)] if name in self.names else 1


def find_axes(shape: tuple[int, ...], dtype: Any, names: str | None = None) -> Axes:
    """The axes of rows of a shape, named or guessed where they are certain.

    Raises:
        InputError: the names do not fit the shape, or the shape has several meanings.

    Example:
        >>> find_axes((3, 32, 32), np.float32).names
        'cyx'
        >>> find_axes((24, 2), np.float32, "tc").describe()
        'window of 24 steps of 2 series'
    """
    if names is not None:
        if len(names) != len(shape):
            raise InputError(
                f"axes={names!r} names {len(names)} axes of each row, but rows of x have shape {shape}; name each axis "
                "of a row once, or reshape x"
            )
        return Axes(names, shape)
    if len(shape) == 1:
        return Axes("", shape)
    certain = _guess_two(shape, np.dtype(dtype).kind) if len(shape) == 2 else _guess_three(shape)
    if certain is None:
        raise InputError(f"x has rows of shape {shape}, {_MEANINGS.get(len(shape), _STACKS)}")
    return Axes(certain, shape)


_MEANINGS = {
    2: "which may be images or windows of series; pass axes='yx' for images, or axes='tc' for windows with series last",
    3: "whose channels may be the first axis or the last; pass axes='yxc' (channels last) or axes='cyx' (first)",
}
_STACKS = "of which each may mean several things; pass one letter for each axis, as in axes='tyxc' (frames of color)"


def _guess_two(shape: tuple[int, ...], kind: str) -> str | None:
    """Images if they are square or unsigned integers; a single series."""
    first, last = shape
    if 1 in shape:
        return "tc" if last == 1 else "ct"
    return "yx" if first == last or kind in "ub" else None


def _guess_three(shape: tuple[int, ...]) -> str | None:
    """Images whose channels are certainly first or last."""
    if len(shape) != 3:
        return None
    first, middle, last = shape
    is_last = _are_channels(last, first, middle)
    is_first = _are_channels(first, middle, last)
    return None if is_first == is_last else "yxc" if is_last else "cyx"


def _are_channels(count: int, height: int, width: int) -> bool:
    """Whether an axis may hold the channels of an image of this size."""
    few = count <= _COLORS < min(height, width)
    return count == 1 or few or (height == width and count != height)


def check_axes(name: str, value: object) -> str | None:
    """The letters of `Axes`, or None; InputError for other text."""
    if value is None:
        return None
    letters = value if isinstance(value, str) else ""
    image = "y" in letters and "x" in letters
    known = set(letters) <= _LETTERS and len(set(letters)) == len(letters)
    if not known or not (image or ("t" in letters and not set(letters) & set("zyx"))):
        raise InputError(
            f"{name} must name each axis of a row by one letter, such as yxc or cyx for images, tc for windows of "
            f"series or tyxc for movies (t: time, z: depth, y: height, x: width, c: channels); got {value!r}"
        )
    return letters
