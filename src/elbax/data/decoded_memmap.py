"""Files that cannot be mapped, decoded once into a memory map."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO

import numpy as np

from elbax.errors import InputError
from elbax.files import cache_folder

PIECE_VALUES = 2**20  # values decoded at a time


def decode_to_memmap(pieces: Callable[[], Iterator[np.ndarray]]) -> np.memmap:
    """Write pieces of rows into a file without a name, and map it; InputError if the disk is full.

    The file lies in the user's cache folder (``ELBAX_CACHE`` sets another; without one, in the system's temporary
    folder). It is deleted with the last view of the array, however the process ends. ``pieces`` is called again if a
    later piece needs a wider dtype.
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
    """Write all pieces; return their dtype and shape, or the wider dtype they need and None."""
    file.seek(0)
    file.truncate()
    n, event = 0, ()
    for piece in pieces:
        dtype = piece.dtype if dtype is None else dtype
        if not np.can_cast(piece.dtype, dtype):
            return np.result_type(piece.dtype, dtype), None
        try:  # a full disk is an error here; writing through the map would crash
            file.write(np.ascontiguousarray(piece, dtype).data)
            file.flush()
        except OSError as error:
            raise InputError(
                f"no room in {folder} for the decoded rows ({error.strerror}); free some, or set ELBAX_CACHE to a "
                "folder on another disk"
            ) from error
        n, event = n + len(piece), piece.shape[1:]
    return dtype, (n, *event)
