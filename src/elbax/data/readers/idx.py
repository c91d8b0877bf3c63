"""The IDX format of MNIST and similar data (http://yann.lecun.com/exdb/mnist)."""

import gzip
import math
import struct
from pathlib import Path

import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.frames import as_array
from elbax.data.readers.base import Reader, Request
from elbax.errors import InputError

# The third byte of the magic number is the dtype.
_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def _find_labels(path: Path) -> Path | None:
    """The file of labels for ``train-images-idx3-ubyte``, gzipped or not, or None."""
    plain = path.name.removesuffix(".gz").replace("images", "labels").replace("-idx3-", "-idx1-")
    for name in (plain, f"{plain}.gz"):
        if name != path.name and path.with_name(name).is_file():
            return path.with_name(name)
    return None


def read_idx(path: Path) -> np.ndarray:
    """Read an IDX file, gzipped or not, in native byte order; InputError if it is another or a damaged file."""
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _DTYPES:
        raise InputError(f"{path} is not an IDX file (it starts with {raw[:4].hex() or 'nothing'}); fetch it again")
    dtype, ndim = np.dtype(_DTYPES[raw[2]]), raw[3]
    header = 4 + 4 * ndim
    if len(raw) < header:
        raise InputError(f"{path} is truncated inside its header; fetch it again")
    shape = struct.unpack(f">{ndim}I", raw[4:header])
    expected = math.prod(shape) * dtype.itemsize
    if len(raw) - header != expected:
        raise InputError(
            f"{path} is damaged: its header promises {expected} bytes of data but {len(raw) - header} "
            f"follow; fetch it again"
        )
    return np.frombuffer(raw, dtype, offset=header).reshape(shape).astype(dtype.newbyteorder("="))


def _read(path: Path, request: Request) -> Dataset:
    labels = read_idx(labels_path) if (labels_path := _find_labels(path)) else None
    x, _ = as_array(read_idx(path), name=str(path))
    images = x.ndim == 3
    x = x[..., None] if images else x
    return Dataset(path.name.split(".")[0], x, labels, axes="yxc" if images else None)


IDX = Reader(
    "IDX (*-ubyte, *-ubyte.gz)",
    lambda path: path.is_file() and path.name.removesuffix(".gz").endswith("-ubyte"),
    _read,
)
