"""Image files, and folders of them, as one array."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from math import prod
from pathlib import Path
from tempfile import gettempdir

import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.decoded_memmap import decode_to_memmap
from elbax.data.image_decoding import DecodedImage, ImageFormat, ImageHeader, UnreadableError, decode, read_headers
from elbax.data.image_options import ImageOptions, size_text
from elbax.data.memory_mapped import ON_DISK_BYTES
from elbax.data.readers.base import Reader, Request
from elbax.errors import InputError
from elbax.files import cache_folder

# HEIC is listed so that telephones' photographs are named as unreadable instead of being passed over.
_SUFFIXES = {
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".avif", ".heic", ".heif"),
    *(".tif", ".tiff", ".bmp", ".pgm", ".pbm", ".ppm", ".pnm"),
}
_SYSTEM_FOLDERS = {"__MACOSX", "@eaDir", "$RECYCLE.BIN"}  # copies and thumbnails that computers add
_PIECE_BYTES = 2**24  # decoded at a time
_FEW = 3  # names or sizes in a message
_LONGEST_SIDE = 64  # of the size that a message proposes


class _Decoding:
    """Decodes images piece by piece, and records which were read and what was done to them.

    Attributes:
        kept: headers of the images that were decoded, in order.
        failures: names of the others, with reasons.
        transparent: number of images with transparent pixels.
        colored: number of images with some color.
    """

    def __init__(self, root: Path, headers: Sequence[ImageHeader], target: ImageFormat):
        self.root, self.headers, self.target = root, headers, target
        self.n_bytes = len(headers) * prod(target.shape) * target.dtype.itemsize

    def pieces(self) -> Iterator[np.ndarray]:
        """Arrays of several images each."""
        self.kept, self.failures = [], {}
        self.transparent = self.colored = 0
        step = max(1, _PIECE_BYTES * len(self.headers) // self.n_bytes)
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:  # decoders release Python's lock
            for start in range(0, len(self.headers), step):
                part = self.headers[start : start + step]
                files = [list(headers) for _, headers in groupby(part, key=lambda header: header.path)]
                images = [image for file in pool.map(self._decode_file, files) for image in file]
                rows = [self._record(*pair) for pair in zip(part, images, strict=True)]
                if decoded := [row for row in rows if row is not None]:
                    yield np.stack(decoded)

    def _decode_file(self, headers: Sequence[ImageHeader]) -> list[DecodedImage | UnreadableError]:
        return list(decode(headers, self.target))

    def _record(self, header: ImageHeader, image: DecodedImage | UnreadableError) -> np.ndarray | None:
        if isinstance(image, UnreadableError):
            self.failures[_name(header, self.root)] = str(image)
            return None
        self.kept.append(header)
        self.transparent += image.transparent
        self.colored += image.colored
        return image.values


def _read(path: Path, request: Request) -> Dataset:
    options, root = request.images, path if path.is_dir() else path.parent
    headers, failures = _read_headers(_find_images(path), root)
    if not headers:
        raise _unreadable_error(path, failures, 0)
    target = _choose_format(path, headers, options)
    decoding = _Decoding(root, headers, target)
    x = _decode_all(path, decoding)
    failures |= decoding.failures
    if failures and (not options.skip_unreadable or not decoding.kept):
        raise _unreadable_error(path, failures, len(decoding.kept))
    notes = _describe_reading(decoding, failures)
    if target.is_color and not decoding.colored and options.pixels is None:
        x, target = _as_gray(x, decoding)
        notes.append(f"all {len(x)} images are gray, so one of three equal channels is kept")
    reading = {"alpha": target.alpha, "pixels": target.pixels}
    if options.size is not None:
        reading |= {"size": size_text(target.size), "resize": target.resize}
    name = path.resolve().name if path.is_dir() else path.stem
    return Dataset(name, x, _labels(decoding.kept, root), notes=tuple(notes), reading=reading, axes="yxc")


def _find_images(path: Path) -> list[Path]:
    """Image files by their names, ordered by path; hidden ones and those of the operating system are left out."""
    if path.is_file():
        return [path]
    files = []
    for folder, subfolders, names in os.walk(path, onerror=_raise):
        subfolders[:] = [name for name in subfolders if not name.startswith(".") and name not in _SYSTEM_FOLDERS]
        images = [name for name in names if Path(name).suffix.lower() in _SUFFIXES and not name.startswith(".")]
        files += [Path(folder, name) for name in images]
    if not files:
        raise InputError(f"no images in {path}; expected files named like *.png or *.jpg, there or in subfolders")
    return sorted(files)


def _raise(error: OSError) -> None:
    raise error


def _read_headers(files: Sequence[Path], root: Path) -> tuple[list[ImageHeader], dict[str, str]]:
    headers, failures = [], {}
    for file in files:
        try:
            headers += read_headers(file)
        except UnreadableError as error:
            failures[file.relative_to(root).as_posix()] = str(error)
    return headers, failures


def _choose_format(path: Path, headers: Sequence[ImageHeader], options: ImageOptions) -> ImageFormat:
    """The size and the pixels to read all images in: as asked for, else the least that holds them all."""
    sizes = Counter(header.size for header in headers)
    if options.size is None and len(sizes) > 1:
        raise _sizes_error(path, headers, sizes)
    kinds = Counter(header.pixels for header in headers)
    families = {kind if kind in ("integer", "float") else "levels" for kind in kinds}
    if len(families) > 1:
        raise InputError(f"{path} holds images on different scales ({_listed(kinds)}); keep one kind in a folder")
    alpha, own_scale = options.alpha or "white", next(iter(families)) != "levels"
    if own_scale and (alpha == "keep" or (options.pixels or next(iter(kinds))) not in kinds):
        wanted = "alpha='keep'" if alpha == "keep" else f"pixels={options.pixels!r}"
        raise InputError(f"{path} holds images of kind {next(iter(kinds))}, to which {wanted} does not apply; drop it")
    if options.pixels in ("integer", "float") and not own_scale:
        raise InputError(f"{path} holds no images of kind {options.pixels}, but {_listed(kinds)}; drop pixels")
    planes = _common_planes(path, headers, alpha, options.pixels or _least_pixels(set(kinds), alpha))
    size = next(iter(sizes)) if options.size is None else options.size
    resize = None if options.size is None else options.resize or "crop"
    return ImageFormat(size, resize, alpha, options.pixels or _least_pixels(set(kinds), alpha), planes)


def _common_planes(path: Path, headers: Sequence[ImageHeader], alpha: str, pixels: str) -> int:
    """The number of pages that make an image, the same for all."""
    counts = Counter(header.planes for header in headers)
    if len(counts) > 1:
        listed = ", ".join(f"{count} of {planes}" for planes, count in sorted(counts.items()))
        raise InputError(f"{path} holds images of different numbers of channels ({listed}); keep one kind in a folder")
    planes = next(iter(counts))
    if planes > 1 and (alpha == "keep" or pixels.startswith("color")):
        raise InputError(f"{path} holds images of {planes} gray channels; read them without color and alpha")
    return planes


def _least_pixels(kinds: set[str], alpha: str) -> str:
    """The kind of pixels that holds all kinds of one scale."""
    if len(kinds) == 1 and not (kinds == {"1-bit"} and alpha == "keep"):
        return next(iter(kinds))
    color = "color" if any(kind.startswith("color") for kind in kinds) else "gray"
    return color + "-16" * any(kind.endswith("-16") for kind in kinds)


def _decode_all(path: Path, decoding: _Decoding) -> np.ndarray:
    """All images in memory, or decoded to a memory map if they are large."""
    if decoding.n_bytes < ON_DISK_BYTES:
        pieces = list(decoding.pieces())
        return np.concatenate(pieces) if pieces else np.empty(0)
    folder = cache_folder("rows") or gettempdir()
    if decoding.n_bytes > (free := shutil.disk_usage(folder).free):
        n, size = len(decoding.headers), decoding.target.size
        small = size_text(_small(size))
        raise InputError(
            f"{n:,} images of {_size(size)} in {path} take {decoding.n_bytes / 1e9:,.1f} GB decoded, and {folder} has "
            f'{free / 1e9:,.1f} GB free; read them smaller, as in size="{small}" (--size {small})'
        )
    return decode_to_memmap(decoding.pieces)


def _as_gray(x: np.ndarray, decoding: _Decoding) -> tuple[np.ndarray, ImageFormat]:
    """One of three equal channels, and alpha if there is one."""
    target = replace(decoding.target, pixels=decoding.target.pixels.replace("color", "gray"))
    if isinstance(x, np.memmap):
        return decode_to_memmap(_Decoding(decoding.root, decoding.kept, target).pieces), target
    return np.ascontiguousarray(np.delete(x, (1, 2), axis=-1)), target


def _labels(headers: Sequence[ImageHeader], root: Path) -> np.ndarray | None:
    """Names of subfolders, or None if an image lies in none."""
    folders = [header.path.parent.relative_to(root).as_posix() for header in headers]
    return None if "." in folders else np.array(folders)


def _name(header: ImageHeader, root: Path) -> str:
    return header.path.relative_to(root).as_posix() + (f" (page {header.page + 1})" if header.page else "")


def _unreadable_error(path: Path, failures: Mapping[str, str], n_read: int) -> InputError:
    names = [f"{name} ({reason})" for name, reason in list(failures.items())[:_FEW]]
    rest = f" and {len(failures) - _FEW} more" if len(failures) > _FEW else ""
    n = len(failures) + n_read
    remedy = ", or leave them out with skip_unreadable=True (--skip-unreadable)" if n_read else ""
    return InputError(
        f"{len(failures)} of {n} image{'s' * (n != 1)} in {path} cannot be read: {', '.join(names)}{rest}; save or "
        f"convert them again, all as one .npy array if need be{remedy}"
    )


def _sizes_error(path: Path, headers: Sequence[ImageHeader], sizes: Counter) -> InputError:
    common = sizes.most_common(_FEW)
    words = [f"{count} of {_size(size)}" for size, count in common]
    if common[-1][1] == 1:
        words[-1] += f" ({next(header for header in headers if header.size == common[-1][0]).path.name})"
    words += [f"{len(sizes) - _FEW} more"] if len(sizes) > _FEW else []
    small = size_text(_small(common[0][0]))
    return InputError(
        f"{path} holds images of {len(sizes)} sizes: {', '.join(words[:-1])} and {words[-1]}; bring them to one with "
        f'size="{small}" (--size {small} --resize crop, pad or stretch)'
    )


def _small(size: tuple[int, int]) -> tuple[int, int]:
    """A size of the same proportions that trains in reasonable time."""
    scale = min(1, _LONGEST_SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} of kind {kind}" for kind, count in counts.items())


def _describe_reading(decoding: _Decoding, failures: Mapping[str, str]) -> list[str]:
    """Changes to the images that may surprise, one sentence each."""
    headers, target, n = decoding.kept, decoding.target, len(decoding.kept)
    files, sixteen = len({header.path for header in headers}), target.pixels.endswith("-16")
    done = {"crop": "scaled and cropped", "pad": "scaled and padded", "stretch": "stretched"}.get(target.resize or "")
    counts = {
        f"brought to {_size(target.size)} ({done})": sum(header.size != target.size for header in headers),
        "of color and read as gray": 0 if target.is_color else decoding.colored,
        "of 16 bits and reduced to 8": 0 if sixteen else sum(h.pixels.endswith("-16") for h in headers),
        "of 8 bits and scaled to 16": sum(not h.pixels.endswith("-16") for h in headers) if sixteen else 0,
        "turned as the orientation tag says": sum(header.turned for header in headers),
        "animated: the first frame is read": sum(header.animated for header in headers),
        _transparent_pixels(target): decoding.transparent,
    }
    notes = [f"{count} of {n} images {'is' if count == 1 else 'are'} {text}" for text, count in counts.items() if count]
    if target.planes > 1:
        notes.append(f"each {target.planes} pages are channels of one image, as ImageJ says; there are {n} images")
    elif files < n:
        notes.append(f"{n} pages of {files} file{'s' * (files > 1)} are an image each")
    if _labels(headers, decoding.root) is None and any(header.path.parent != decoding.root for header in headers):
        notes.append("some images lie in no subfolder, so subfolders are no labels")
    if failures:
        left_out = f"{len(failures)} of {n + len(failures)} images cannot be read and are left out"
        notes.append(f"{left_out}: {', '.join(failures)}")
    return notes


def _transparent_pixels(target: ImageFormat) -> str:
    if target.alpha == "keep":
        return "transparent in places, which is a channel of its own"
    return f"transparent in places and laid on {target.alpha} (alpha, --alpha: white, black or keep)"


IMAGES = Reader(
    "a folder of images, an image file",
    lambda path: path.is_dir() or path.suffix.lower() in _SUFFIXES,
    _read,
    has_images=True,
)
