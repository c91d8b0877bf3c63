"""Rows of a file that cannot be mapped, decoded once into one that can."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO

import numpy as np

from elbax.errors import InputError
from elbax.files import cache_folder

PIECE_VALUES = 2**20  # so many values are decoded at a time


def decode_to_memmap(pieces: Callable[[], Iterator[np.ndarray]]) -> np.memmap:
    """Write pieces of rows one after the other into a file without a name, and map it.

    The file lies in the user's cache folder (`ELBAX_CACHE` moves it; without one, where the system keeps temporary
    files) and is gone with the last array that looks into it, however the process ends.

    Args:
        pieces: returns the pieces from the first on; it is called again where a later piece needs a wider dtype than
            those before it.

    Raises:
        InputError: the disk is full.
    """
    folder = cache_folder("rows") or gettempdir()
    with TemporaryFile(dir=folder) as file:
        dtype = shape = None
        while shape is None:
            dtype, shape = _write(file, pieces(), dtype, folder)
        return np.memmap(file, dtype, "r", shape=shape)


def _write(
    file: IO[bytes], pieces: Iterator[np.ndarray], dtype: np.dtype | None, folder: Path | str
) -> tuple[np.dtype | None, tuple[int, ...] | None]:
    """Write all pieces; returns their dtype and shape, or a wider dtype to write them in and no shape."""
    file.seek(0)
    file.truncate()
    n, event = 0, ()
    for piece in pieces:
        dtype = piece.dtype if dtype is None else dtype
        if not np.can_cast(piece.dtype, dtype):
            return np.result_type(piece.dtype, dtype), None
        try:  # not through the map: a full disk is an error here, and a crash there
            file.write(np.ascontiguousarray(piece, dtype).data)
            file.flush()
        except OSError as error:
            raise InputError(
                f"no room in {folder} for the decoded rows ({error.strerror}); free some, or set ELBAX_CACHE to a "
                "folder on another disk"
            ) from error
        n, event = n + len(piece), piece.shape[1:]
    return dtype, (n, *event)
