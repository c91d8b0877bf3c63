"""NumPy arrays in ``.npy`` files, read as memory maps."""

from pathlib import Path

import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.frames import as_array
from elbax.data.readers.base import Reader, Request
from elbax.errors import InputError


def _read(path: Path, request: Request) -> Dataset:
    try:
        array = np.lib.format.open_memmap(path, mode="r")  # refuses pickled objects
    except ValueError as error:
        raise InputError(f"cannot read {path} as a NumPy array of numbers ({error}); save it again") from error
    return Dataset(path.stem, as_array(array, name=str(path))[0])


NPY = Reader(
    ".npy",
    lambda path: path.is_file() and path.suffix.lower() == ".npy",
    _read,
    read_context=lambda path, names: _read(path, Request()).x,
)
