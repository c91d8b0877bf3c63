"""Image files as arrays: upright, on a background or with alpha, of one size and one kind of pixels."""

import re
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps

# Tags of EXIF and TIFF
_ORIENTATION, _SUBFILE, _DESCRIPTION, _BITS, _SAMPLE_FORMAT = 274, 254, 270, 258, 339
_UNSIGNED, _SIGNED = 1, 2  # sample formats
_DEEP_TYPES = {"integer": np.int32, "float": np.float32}
_PIXELS = {"1": "1-bit", "I": "integer", "F": "float"}  # by Pillow's mode
_PIXELS |= dict.fromkeys(("L", "LA"), "gray")
_PIXELS |= dict.fromkeys(("P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV"), "color")
_FEW = 16  # an image with as many values, such as a mask, gets no values between them when it is resized
_LUMA = np.array([0.299, 0.587, 0.114])


class UnreadableError(Exception):
    """An image file cannot be decoded; the message is the reason."""


@dataclass(frozen=True)
class ImageHeader:
    """What the head of a file says of one of its images.

    Attributes:
        path: the file.
        page: position in the file.
        size: width and height of the upright image.
        pixels: its kind of pixels, one of `PIXELS`.
        alpha: whether it may have transparent pixels.
        animated: whether more frames follow, which are not read.
        planes: number of pages, from this one on, that are channels of one image.
        turned: whether its orientation tag asks for turning or mirroring it.
    """

    path: Path
    page: int
    size: tuple[int, int]
    pixels: str
    alpha: bool
    animated: bool
    planes: int = 1
    turned: bool = False


@dataclass(frozen=True)
class ImageFormat:
    """What all images are turned into.

    Attributes:
        size: width and height.
        resize: how an image of another size is brought to this one; None if there must be none.
        alpha: "white", "black" or "keep", which adds a channel.
        pixels: one of `PIXELS`.
        planes: number of pages that are channels of one image.
    """

    size: tuple[int, int]
    resize: str | None
    alpha: str
    pixels: str
    planes: int = 1

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.size[1], self.size[0], self.planes * (3 if self.is_color else 1) + (self.alpha == "keep")

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(_DEEP_TYPES.get(self.pixels, np.uint16 if self.pixels.endswith("-16") else np.uint8))

    @property
    def is_color(self) -> bool:
        return self.pixels.startswith("color")

    @property
    def background(self) -> float:
        """The value, from 0 to 1, behind transparent pixels and beside padded images."""
        return float(self.alpha == "white")


class DecodedImage(NamedTuple):
    """An image, whether some of its pixels were transparent, and whether some had color."""

    values: np.ndarray
    transparent: bool
    colored: bool


def read_headers(path: Path) -> list[ImageHeader]:
    """The headers of a file's images, several if it is a TIFF of several pages; UnreadableError if it is no image."""
    with _opened(path) as image:
        if image.format != "TIFF":
            animated = image.format != "MPO" and getattr(image, "is_animated", False)
            return [_header(path, 0, image, animated)]
        planes, headers = _imagej_channels(image), []
        for page in range(image.n_frames):
            image.seek(page)
            if not image.tag_v2.get(_SUBFILE, 0) & 0b101:  # neither a thumbnail nor a mask of another page
                headers.append(_header(path, page, image, False))
        if len(headers) % planes:
            raise UnreadableError(f"its {len(headers)} pages do not make images of {planes} channels")
        return [replace(header, planes=planes) for header in headers[::planes]]


def _imagej_channels(image: Any) -> int:
    """The number of successive pages that ImageJ says are channels of one image; 1 without its description."""
    text = str(image.tag_v2.get(_DESCRIPTION, ""))
    numbers = dict(re.findall(r"^(images|channels)=(\d+)", text, re.MULTILINE)) if text.startswith("ImageJ=") else {}
    if int(numbers.get("images", 1)) > image.n_frames:
        raise UnreadableError(
            f"ImageJ wrote {numbers['images']} pages into it, of which {image.n_frames} have a header"
        )
    return int(numbers.get("channels", 1))


def decode(headers: Sequence[ImageHeader], target: ImageFormat) -> Iterator[DecodedImage | UnreadableError]:
    """Decode images of one file, or give the reason why that is impossible."""
    for header in headers:
        try:
            yield _decode(header, target)
        except UnreadableError as error:
            yield error


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open an image; every failure, then or while it is open, is an UnreadableError."""
    try:
        with Image.open(path) as image:
            yield image
    except (UnreadableError, MemoryError):
        raise
    except Image.UnidentifiedImageError as error:
        raise UnreadableError("not an image that Pillow reads") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error and others
        text = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableError(" ".join(text.split())) from error


def _header(path: Path, page: int, image: Any, animated: bool) -> ImageHeader:
    size = image.size[::-1] if _is_turned(image) else image.size
    alpha = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    tag = image.tag_v2.get(_ORIENTATION, 1) if image.format == "TIFF" else _orientation(image)
    return ImageHeader(path, page, size, _pixels_of(image), alpha, animated, turned=tag in range(2, 9))


def _is_turned(image: Any) -> bool:
    """Whether turning the image upright will exchange width and height; TIFF's size is that of the upright image."""
    if image.format == "TIFF":
        return False
    return _orientation(image) >= 5


def _orientation(image: Any) -> int:
    try:
        return Image.Image.getexif(image).get(_ORIENTATION, 1)  # PNG's own method would decode the pixels
    except (SyntaxError, ValueError, KeyError, TypeError, struct.error):  # damaged metadata of sound pixels
        return 1


def _pixels_of(image: Any) -> str:
    mode, raw_mode = image.mode, _raw_mode(image)
    sixteen = ";16" in raw_mode
    if mode.startswith("I;16") or (sixteen and raw_mode.startswith("LA")):
        return "gray-16"
    if sixteen and mode in ("RGB", "RGBA") and not raw_mode.startswith("RGBa"):
        return "color-16"
    if mode not in _PIXELS:
        raise UnreadableError(f"its pixels are {raw_mode or mode}")
    if mode not in ("I", "F") and _loses_bits(image):
        raise UnreadableError("Pillow would keep 8 bits of its channels")
    return _PIXELS[mode]


def _loses_bits(image: Any) -> bool:
    """Whether Pillow reads an image of other numbers as bytes."""
    if image.format == "PPM":
        args = image.tile[0].args
        return isinstance(args, tuple) and len(args) > 1 and isinstance(args[1], int) and args[1] > 255
    if image.format == "TIFF":
        return max(image.tag_v2.get(_BITS, (1,))) > 8 or _SIGNED in image.tag_v2.get(_SAMPLE_FORMAT, ())
    return ";16" in _raw_mode(image)


def _raw_mode(image: Any) -> str:
    """The layout of stored pixels: "RGB;16B" for 16 bits with the high byte first, which Pillow reads as 8 bits."""
    args = image.tile[0].args if image.tile else ""
    args = args[0] if isinstance(args, tuple) and args else args
    return args if isinstance(args, str) else ""


def _decode(header: ImageHeader, target: ImageFormat) -> DecodedImage:
    if header.planes > 1:
        pages = [replace(header, page=header.page + i, planes=1) for i in range(header.planes)]
        channels = [_decode(page, replace(target, planes=1)).values for page in pages]
        return DecodedImage(np.concatenate(channels, axis=-1), False, False)
    deep = header.pixels in _DEEP_TYPES or header.pixels.endswith("-16")
    image = _decode_deep(header, target) if deep else _decode_bytes(header, target)
    if (values := image.values).shape != target.shape:
        found = f"{values.shape[1]}×{values.shape[0]}"
        raise UnreadableError(f"its pixels are {found} once upright, unlike its header; save it again")
    return image


def _decode_bytes(header: ImageHeader, target: ImageFormat) -> DecodedImage:
    """Decode an image of up to 8 bits."""
    with _opened(header.path) as image:
        image.seek(header.page)
        if target.resize is not None:
            _reduce_while_decoding(image, target)
        _turn_upright(image)
    transparent = False
    if header.alpha:
        image = image.convert("RGBA")
        transparent = image.getchannel("A").getextrema()[0] < 255
        if target.alpha != "keep":
            background = Image.new("RGBA", image.size, (*[round(255 * target.background)] * 3, 255))
            image = Image.alpha_composite(background, image)
    elif image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    colored = header.pixels == "color" and _has_color(np.asarray(image))
    image = image.convert(("RGB" if target.is_color else "L") + "A" * (target.alpha == "keep"))
    image = _resized(image, target, 255 * target.background)
    values = np.asarray(image).reshape(image.size[1], image.size[0], -1)
    return DecodedImage(_as_pixels(values, header.pixels, target), transparent, colored)


def _has_color(values: np.ndarray) -> bool:
    """Whether the first three channels differ somewhere; a row of pixels shows it of most images."""
    red, *others = (values[..., i] for i in range(min(3, values.shape[-1])))
    middle = len(red) // 2
    return any((red[middle] != other[middle]).any() or (red != other).any() for other in others)


def _reduce_while_decoding(image: Any, target: ImageFormat) -> None:
    """Decode a JPEG at an eighth to a half of its size where at least twice the target's remains, much faster."""
    size = target.size[::-1] if _is_turned(image) else target.size
    width, height = image.size
    scale = max(size[0] / width, size[1] / height)  # that of "crop"; others need less
    image.draft(None, (round(2 * scale * width), round(2 * scale * height)))


def _decode_deep(header: ImageHeader, target: ImageFormat) -> DecodedImage:
    """Decode an image of more than 8 bits, as an array: Pillow has few operations for them."""
    values, key = _deep_array(header)
    color, alpha = values, None
    if values.shape[-1] in (2, 4):
        color, alpha = values[..., :-1], values[..., -1:] / 65535
    elif key is not None:
        alpha = (values != np.asarray(key)).any(axis=-1, keepdims=True).astype(float)
    transparent, colored = alpha is not None and bool(alpha.min() < 1), _has_color(color)
    if target.is_color:
        color = np.broadcast_to(color, (*color.shape[:2], 3))
    elif color.shape[-1] == 3:
        color = (color @ _LUMA)[..., None]
    if target.alpha == "keep":
        alpha = np.ones(color[..., :1].shape) if alpha is None else alpha
        color = np.concatenate([color, 65535 * alpha], axis=-1)
    elif alpha is not None:
        color = color * alpha + 65535 * target.background * (1 - alpha)
    if color.shape[1::-1] != target.size and target.resize is not None:
        color = np.stack([_resized_plane(color[..., i], target) for i in range(color.shape[-1])], axis=-1)
    return DecodedImage(_as_pixels(color, header.pixels, target), transparent, colored)


def _deep_array(header: ImageHeader) -> tuple[np.ndarray, Any]:
    """All bits of an upright image, (height, width, channels), and the color that counts as transparent or None."""
    with _opened(header.path) as image:
        image.seek(header.page)
        key, raw_mode = image.info.get("transparency"), _raw_mode(image)
        values = _upright(image, "RGBA" if raw_mode == "LA;16B" else None)
        unsigned = image.format == "TIFF" and _UNSIGNED in image.tag_v2.get(_SAMPLE_FORMAT, (_UNSIGNED,))
    if header.pixels == "integer" and unsigned and values.min() < 0:  # read as signed
        raise UnreadableError("its integers exceed 2,147,483,647")
    if raw_mode == "LA;16B":  # Pillow would keep 8 bits; its four bytes a pixel were read as four channels
        pairs = values.reshape(*values.shape[:2], 2, 2).astype(np.uint16)
        return pairs[..., 0] << 8 | pairs[..., 1], None
    if header.pixels != "color-16":
        return values.astype(_DEEP_TYPES.get(header.pixels, np.uint16), copy=False)[..., None], key
    # Of 16 bits, Pillow keeps the high byte. In the other byte order that is the low one.
    layout, order = raw_mode.split(";16")
    swapped = "B" if order == "L" or (order == "N" and sys.byteorder == "little") else "L"
    with _opened(header.path) as image:
        image.seek(header.page)
        return values.astype(np.uint16) << 8 | _upright(image, f"{layout};16{swapped}"), key


def _upright(image: Any, raw_mode: str | None = None) -> np.ndarray:
    """Decode, as the layout ``raw_mode`` if given, and turn upright."""
    if raw_mode is not None:
        image.tile = [
            tile._replace(args=(raw_mode, *tile.args[1:]) if isinstance(tile.args, tuple) else raw_mode)
            for tile in image.tile
        ]
    _turn_upright(image)
    return np.asarray(image)


def _turn_upright(image: Any) -> None:
    image.load()  # which turns TIFF upright
    if _orientation(image) > 1:
        ImageOps.exif_transpose(image, in_place=True)


def _resized(image: Any, target: ImageFormat, background: float = 0) -> Any:
    if image.size == target.size or target.resize is None:
        return image
    few = image.getcolors(_FEW) is not None
    method = Image.Resampling.NEAREST if few else Image.Resampling.LANCZOS
    if target.resize == "stretch":
        return image.resize(target.size, method)
    if target.resize == "crop":
        return ImageOps.fit(image, target.size, method)
    bands = image.getbands()
    color = tuple(0 if "A" in bands else round(background) for _ in bands)
    return ImageOps.pad(image, target.size, method, color=color if len(bands) > 1 else color[0])


def _resized_plane(plane: np.ndarray, target: ImageFormat) -> np.ndarray:
    """One channel of more than 8 bits in another size; the filter's overshoot is cut at its extremes."""
    kind = np.float32 if plane.dtype.kind == "f" or plane.dtype.itemsize < 4 else np.int32
    resized = np.asarray(_resized(Image.fromarray(np.ascontiguousarray(plane, kind)), target))
    background = [0] if target.resize == "pad" else []
    return resized.clip(min([plane.min(), *background]), max([plane.max(), *background]))


def _as_pixels(values: np.ndarray, source: str, target: ImageFormat) -> np.ndarray:
    """Values in the target's range and dtype."""
    if target.pixels == "1-bit":
        if not ((values == 0) | (values == 255)).all():
            raise UnreadableError("it has values between black and white")
        return (values == 255).astype(np.uint8)
    if source == target.pixels and values.dtype == target.dtype:
        return values
    to_16, from_16 = target.pixels.endswith("-16"), source.endswith("-16")
    if to_16 and not from_16:
        return values.astype(np.uint16) * 257
    if from_16 and not to_16:
        values = values / 257
    return (values if target.dtype.kind == "f" else np.rint(values)).astype(target.dtype, copy=False)
