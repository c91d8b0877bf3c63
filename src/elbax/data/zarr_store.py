"""Arrays in Zarr stores."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from elbax.data.decoded_memmap import PIECE_VALUES, decode_to_memmap
from elbax.data.frames import as_array
from elbax.data.memory_mapped import STORED_BYTES
from elbax.errors import InputError, MissingExtraError

__all__ = ["decode_zarr", "is_zarr", "open_zarr"]


def is_zarr(path: Path) -> bool:
    """Whether the name is a Zarr store's, a folder or a zipped one."""
    return path.name.lower().endswith((".zarr", ".zarr.zip"))


def open_zarr(path: Path) -> dict[str, Any]:
    """The arrays of a store by name, not read yet; one that is not in a group is called x.

    Raises:
        InputError: it is no Zarr store.
        MissingExtraError: Zarr is not installed.
    """
    try:
        import zarr
    except ImportError as error:
        raise MissingExtraError("reading .zarr needs zarr: pip install elbax[zarr]") from error
    try:
        found = zarr.open(path, mode="r")
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"cannot read {path} as a Zarr store ({error}); write it again") from error
    return {"x": found} if isinstance(found, zarr.Array) else dict(found.arrays())


def decode_zarr(array: Any) -> np.ndarray:
    """Read an array: a large one, piece by piece, into a memory map."""
    if array.nbytes < STORED_BYTES or array.ndim < 2:
        return _read(array, ...)

    def pieces() -> Iterator[np.ndarray]:
        wanted = max(1, PIECE_VALUES // max(1, prod(array.shape[1:])))
        size = max(1, wanted // array.chunks[0]) * array.chunks[0]  # whole chunks are decoded once only
        for start in range(0, array.shape[0], size):
            yield as_array(_read(array, slice(start, start + size)), name=array.name)[0]

    return decode_to_memmap(pieces)


def _read(array: Any, part: Any) -> np.ndarray:
    try:
        return np.asarray(array[part])
    except RuntimeError as error:  # a codec's
        raise InputError(f"cannot decode {array.name} of the Zarr store ({error}); write it again") from error
