"""How image files are to be read: transparency, size, kind of pixels."""

from typing import Any, NamedTuple

from elbax.checks import check_choice
from elbax.errors import InputError

ALPHA = ("white", "black", "keep")
RESIZE = ("crop", "pad", "stretch")
PIXELS = ("1-bit", "gray", "color", "gray-16", "color-16", "integer", "float")


class ImageOptions(NamedTuple):
    """Options of `elbax.data.load` for images; None leaves the choice to the files.

    Attributes:
        alpha: the background that transparent images are laid on, or "keep" for a channel of its own.
        size: width and height.
        resize: how images of another shape come to that size.
        pixels: one of `PIXELS`.
        skip_unreadable: whether files that cannot be read are left out.
    """

    alpha: str | None = None
    size: tuple[int, int] | None = None
    resize: str | None = None
    pixels: str | None = None
    skip_unreadable: bool = False

    @classmethod
    def of(cls, alpha: Any, size: Any, resize: Any, pixels: Any, skip_unreadable: bool) -> "ImageOptions":
        """Check the options; InputError if one is unknown or goes with another that is missing."""
        if resize is not None and size is None:
            raise InputError(f'resize={resize!r} needs a size, as in size="64x64" (--size 64x64)')
        named = {"alpha": alpha, "resize": resize, "pixels": pixels}
        checked = {name: None if value is None else check_option(name, value) for name, value in named.items()}
        return cls(size=None if size is None else parse_size(size), skip_unreadable=bool(skip_unreadable), **checked)

    def first_set(self) -> str | None:
        """The name of an option in use, or None."""
        return next((name for name, value in self._asdict().items() if value), None)


def check_option(name: str, value: Any) -> str:
    """An option as text: that of `size` normalized, others if they are known; else InputError."""
    if name == "size":
        return size_text(parse_size(value))
    return check_choice(name, value, {"alpha": ALPHA, "resize": RESIZE, "pixels": PIXELS}[name])


def parse_size(size: Any) -> tuple[int, int]:
    """Width and height from "64x48", 64 (for a square) or a pair; InputError if they are none.

    Example:
        >>> parse_size("64x48")
        (64, 48)
    """
    parts = size.lower().replace("×", "x").split("x") if isinstance(size, str) else size
    try:
        lengths = [int(part) for part in ([parts] if isinstance(parts, int) else parts)]
    except (TypeError, ValueError):
        lengths = []
    if len(lengths) not in (1, 2) or min(lengths) < 1:
        raise InputError(f'size must be a width and a height of pixels, as in "64x48"; got {size!r}')
    return lengths[0], lengths[-1]


def size_text(size: tuple[int, int]) -> str:
    """A width and a height as an option, "64x48"."""
    return f"{size[0]}x{size[1]}"
