"""A folder of images as one array of bytes."""

from pathlib import Path

import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.readers.base import Reader, Request
from elbax.errors import InputError

_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}
_GRAY = {"1", "L", "LA"}
_COLOR = {"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"}


def _read_folder(folder: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read all images in a folder, ordered by path: uint8, (n, height, width, channels), and labels or None.

    Values are 0 or 1 if all images are black and white, else 0 to 255. Gray images have one channel, others three
    (transparency is dropped). Labels are the names of subfolders, if all images lie in some.
    """
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _SUFFIXES and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not files:
        raise InputError(f"no images in {folder}; expected files named like *.png or *.jpg, there or in subfolders")
    mode, shape = _common_format(files)
    x = np.empty((len(files), *shape), np.uint8)
    for row, path in enumerate(files):
        x[row] = _decode(path, mode).reshape(shape)
    parents = [path.parent.relative_to(folder).as_posix() for path in files]
    return x, None if "." in parents else np.array(parents)


def _common_format(files: list[Path]) -> tuple[str, tuple[int, int, int]]:
    """The mode to convert all images to, and their common shape, from their headers."""
    modes, first = set(), None
    for path in files:
        size, mode = _header(path)
        first = first or size
        if size != first:
            raise InputError(
                f"{path} is {size[0]}x{size[1]} pixels but {files[0].name} is {first[0]}x{first[1]}; "
                f"resize all to one size"
            )
        modes.add(mode)
    assert first is not None  # files are not empty
    mode = "1" if modes == {"1"} else "L" if modes <= _GRAY else "RGB"
    return mode, (first[1], first[0], 3 if mode == "RGB" else 1)


def _open(path: Path):
    from PIL import Image

    try:
        return Image.open(path)
    except (OSError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} is not an image that can be read; remove it or save it again") from error


def _header(path: Path) -> tuple[tuple[int, int], str]:
    with _open(path) as image:
        if image.mode not in _GRAY | _COLOR:
            raise InputError(
                f"{path} stores {image.mode} pixels; save it with 8 bits a channel, or all images as one .npy array"
            )
        return image.size, image.mode


def _decode(path: Path, mode: str) -> np.ndarray:
    with _open(path) as image:
        try:
            return np.asarray(image.convert(mode)).astype(np.uint8)
        except (OSError, SyntaxError, ValueError) as error:
            raise InputError(f"{path} is damaged ({error}); remove it or save it again") from error


def _read(path: Path, request: Request) -> Dataset:
    x, labels = _read_folder(path)
    return Dataset(path.resolve().name, x, labels)


IMAGE_FOLDER = Reader("a folder of images", Path.is_dir, _read)
