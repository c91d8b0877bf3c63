"""Writing arrays to files. A format is a function and a line in `WRITERS`."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np

from elbax.errors import InputError, MissingExtraError, one_of
from elbax.files import atomic_write

Columns = Sequence[str] | None


def write_array(path: str | Path, array: Any, columns: Columns = None) -> None:
    """Write an array or a data frame as ``.npy``, ``.csv``, ``.tsv`` or ``.parquet``, by the ending of the file's name.

    Tables have two axes, so images are flattened in them. Columns without names are called x0, x1, ….

    Raises:
        InputError: the ending is unknown, the number of names is wrong, or the file cannot be written.
        MissingExtraError: ``.parquet`` without pyarrow.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "z.csv"
        >>> write_array(path, np.eye(2), columns=["a", "b"])
        >>> path.read_text().splitlines()[0]
        'a,b'
    """
    path, buffer = Path(path), io.BytesIO()
    if path.suffix.lower() not in WRITERS:
        raise InputError(f"cannot write {path}: expected a name that ends in {one_of(WRITERS)}")
    is_frame = hasattr(array, "columns")
    WRITERS[path.suffix.lower()](buffer, array if is_frame else np.asarray(array), columns)
    atomic_write(path, buffer.getvalue())


def _write_npy(buffer: io.BytesIO, array: np.ndarray, columns: Columns) -> None:
    array = np.asarray(array)
    if array.dtype == object:
        raise InputError("a .npy file is for numbers, and these rows hold others; write .csv or .parquet")
    np.save(buffer, array, allow_pickle=False)


def _write_csv(buffer: io.BytesIO, array: np.ndarray, columns: Columns) -> None:
    _table(array, columns).to_csv(buffer, index=False)


def _write_tsv(buffer: io.BytesIO, array: np.ndarray, columns: Columns) -> None:
    _table(array, columns).to_csv(buffer, index=False, sep="\t")


def _write_parquet(buffer: io.BytesIO, array: np.ndarray, columns: Columns) -> None:
    try:
        _table(array, columns).to_parquet(buffer, engine="pyarrow", index=False)
    except ImportError as error:
        raise MissingExtraError("writing .parquet needs pyarrow: pip install elbax[parquet]") from error


def _table(array: np.ndarray, columns: Columns) -> Any:
    import pandas as pd

    if hasattr(array, "columns"):
        return nw.from_native(array).to_pandas()
    table = array.reshape(len(array), -1)
    names = [f"x{i}" for i in range(table.shape[1])] if columns is None else list(columns)
    if len(names) != table.shape[1]:
        raise InputError(f"expected {table.shape[1]} column names; got {len(names)}")
    return pd.DataFrame(table, columns=names)


WRITERS: dict[str, Callable[[io.BytesIO, np.ndarray, Columns], None]] = {
    ".npy": _write_npy,
    ".csv": _write_csv,
    ".tsv": _write_tsv,
    ".parquet": _write_parquet,
}
