"""Arrays in Zarr stores."""

from collections.abc import Iterator
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from elbax.data.decoded_memmap import PIECE_VALUES, decode_to_memmap
from elbax.data.frames import as_array
from elbax.data.memory_mapped import ON_DISK_BYTES
from elbax.data.readers.archives import Arrays, context_of, dataset_of
from elbax.data.readers.base import Reader
from elbax.errors import InputError, MissingExtraError


def _open(path: Path) -> Arrays:
    """Functions that read the arrays of a store, by name; an array outside a group is named x."""
    try:
        import zarr
    except ImportError as error:
        raise MissingExtraError("reading .zarr needs zarr: pip install elbax[zarr]") from error
    try:
        store = zarr.open(path, mode="r")
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"cannot read {path} as a Zarr store ({error}); write it again") from error
    arrays = {"x": store} if isinstance(store, zarr.Array) else dict(store.arrays())
    return {name: partial(_decode, array) for name, array in arrays.items()}


def _decode(array: Any) -> np.ndarray:
    """Read an array; a large one is decoded to a memory map."""
    if array.nbytes < ON_DISK_BYTES or array.ndim < 2:
        return _read(array, ...)

    def pieces() -> Iterator[np.ndarray]:
        wanted = max(1, PIECE_VALUES // max(1, prod(array.shape[1:])))
        size = max(1, wanted // array.chunks[0]) * array.chunks[0]  # decode each chunk only once
        for start in range(0, array.shape[0], size):
            yield as_array(_read(array, slice(start, start + size)), name=array.name)[0]

    return decode_to_memmap(pieces)


def _read(array: Any, part: Any) -> np.ndarray:
    try:
        return np.asarray(array[part])
    except RuntimeError as error:  # raised by codecs
        raise InputError(f"cannot decode {array.name} of the Zarr store ({error}); write it again") from error


ZARR = Reader(
    ".zarr",
    lambda path: path.name.lower().endswith((".zarr", ".zarr.zip")),
    lambda path, request: dataset_of(_open(path), path.name.split(".")[0], path, request),
    lambda path, names: context_of(_open(path), names, path),
    has_names=True,
)
