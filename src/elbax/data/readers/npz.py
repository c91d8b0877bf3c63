"""NumPy arrays in ``.npz`` archives."""

import zipfile
from functools import partial
from pathlib import Path

import numpy as np

from elbax.data.readers.archives import Arrays, context_of, dataset_of
from elbax.data.readers.base import Reader
from elbax.errors import InputError


def _open(path: Path) -> Arrays:
    if not zipfile.is_zipfile(path):
        raise InputError(f"cannot read {path} (it is not a whole .npz archive); save it again")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: partial(np.asarray, array) for name, array in archive.items()}
    except ValueError as error:
        raise InputError(f"cannot read {path} as NumPy arrays of numbers ({error}); save it again") from error


NPZ = Reader(
    ".npz",
    lambda path: path.is_file() and path.suffix.lower() == ".npz",
    lambda path, request: dataset_of(_open(path), path.stem, path, request),
    lambda path, names: context_of(_open(path), names, path),
    has_names=True,
)
