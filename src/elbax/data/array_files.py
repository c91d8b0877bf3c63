"""Writing arrays to files."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from elbax.errors import InputError, MissingExtraError
from elbax.files import atomic_write


def write_array(path: str | Path, array: Any, columns: Sequence[str] | None = None) -> None:
    """Write an array as ``.npy``, ``.csv`` or ``.parquet``, whole or not at all.

    Tables need two axes, so images are flattened in them. Columns without names are called x0, x1, ….

    Raises:
        InputError: the extension is another one, names do not match, or the file cannot be written.
        MissingExtraError: ``.parquet`` without pyarrow.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "z.csv"
        >>> write_array(path, np.eye(2), columns=["a", "b"])
        >>> path.read_text().splitlines()[0]
        'a,b'
    """
    path, array, buffer = Path(path), np.asarray(array), io.BytesIO()
    suffix = path.suffix.lower()
    if suffix == ".npy":
        np.save(buffer, array, allow_pickle=False)
    elif suffix in (".csv", ".parquet"):
        _write_table(buffer, suffix, array, columns)
    else:
        raise InputError(f"cannot write {path}: expected a name that ends in .npy, .csv or .parquet")
    atomic_write(path, buffer.getvalue())


def _write_table(buffer: io.BytesIO, suffix: str, array: np.ndarray, columns: Sequence[str] | None) -> None:
    import pandas as pd

    table = array.reshape(len(array), -1)
    names = [f"x{i}" for i in range(table.shape[1])] if columns is None else list(columns)
    if len(names) != table.shape[1]:
        raise InputError(f"expected {table.shape[1]} column names; got {len(names)}")
    frame = pd.DataFrame(table, columns=names)
    if suffix == ".csv":
        frame.to_csv(buffer, index=False)
        return
    try:
        frame.to_parquet(buffer, engine="pyarrow", index=False)
    except ImportError as error:
        raise MissingExtraError("writing .parquet needs pyarrow: pip install elbax[parquet]") from error
