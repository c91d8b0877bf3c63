"""Writing arrays to files. A format is a function here and a line in ``WRITERS``."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from elbax.errors import InputError, MissingExtraError
from elbax.files import atomic_write


def write_array(path: str | Path, array: Any, columns: Sequence[str] | None = None) -> None:
    """Write an array in the format that the name's ending asks for, whole or not at all.

    Tables need two axes, so images are flattened in them. Columns without names are called x0, x1, ….

    Raises:
        InputError: the ending is not in ``WRITERS``, names do not match, or the file cannot be written.
        MissingExtraError: ``.parquet`` without pyarrow.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "z.csv"
        >>> write_array(path, np.eye(2), columns=["a", "b"])
        >>> path.read_text().splitlines()[0]
        'a,b'
    """
    path, array, buffer = Path(path), np.asarray(array), io.BytesIO()
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise InputError(f"cannot write {path}: expected a name that ends in {listed_endings()}")
    width = int(np.prod(array.shape[1:]))
    names = [f"x{i}" for i in range(width)] if columns is None else list(columns)
    if len(names) != width:
        raise InputError(f"expected {width} column names; got {len(names)}")
    writer(buffer, array, names)
    atomic_write(path, buffer.getvalue())


def listed_endings(*more: str) -> str:
    """All endings in words, such as ".npy, .csv or .parquet"."""
    *most, last = (*WRITERS, *more)
    return f"{', '.join(most)} or {last}"


def _write_npy(buffer: io.BytesIO, array: np.ndarray, names: list[str]) -> None:
    np.save(buffer, array, allow_pickle=False)


def _write_csv(buffer: io.BytesIO, array: np.ndarray, names: list[str]) -> None:
    _frame(array, names).to_csv(buffer, index=False)


def _write_parquet(buffer: io.BytesIO, array: np.ndarray, names: list[str]) -> None:
    try:
        _frame(array, names).to_parquet(buffer, engine="pyarrow", index=False)
    except ImportError as error:
        raise MissingExtraError("writing .parquet needs pyarrow: pip install elbax[parquet]") from error


def _frame(array: np.ndarray, names: list[str]) -> Any:
    import pandas as pd

    return pd.DataFrame(array.reshape(len(array), -1), columns=names)


# Functions that write an array (n, …) with the names of its columns into a buffer, by the ending of the file.
WRITERS: dict[str, Callable[[io.BytesIO, np.ndarray, list[str]], None]] = {
    ".npy": _write_npy,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
