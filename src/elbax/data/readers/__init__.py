"""Kinds of files and folders that hold rows. A kind is a file and a line here."""

from elbax.data.readers.base import Reader, Request
from elbax.data.readers.h5ad import H5AD
from elbax.data.readers.idx import IDX
from elbax.data.readers.images import IMAGES
from elbax.data.readers.npy import NPY
from elbax.data.readers.npz import NPZ
from elbax.data.readers.tables import TABLE
from elbax.data.readers.zarr import ZARR

__all__ = ["READERS", "Reader", "Request"]

# The first that matches a path reads it, so images, which may lie in any folder, come last.
READERS: list[Reader] = [NPY, NPZ, ZARR, TABLE, H5AD, IDX, IMAGES]
