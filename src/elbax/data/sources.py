"""Files, folders and names of data sets: whatever holds rows, as one ``Dataset``."""

import zipfile
import zlib
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.datasets import dataset_names, load_named
from elbax.data.frames import as_array, quoted
from elbax.data.idx import find_labels, is_idx, read_idx
from elbax.data.pictures import read_folder
from elbax.data.tables import is_table, read_table
from elbax.errors import InputError

__all__ = ["load"]

_FORMATS = ".npy, .npz, .csv, .tsv, .parquet, IDX (*-ubyte, *-ubyte.gz) or a folder of pictures"
# Names that people give to the arrays of an .npz file, the commonest first.
_ROWS, _LABELS = ("x", "X", "data", "x_train"), ("y", "labels", "y_train")


def load(source: str | Path, *, label: str | None = None) -> Dataset:
    """Load rows by the name of a data set or from a path.

    Tables are ``.csv``, ``.tsv`` (both maybe ``.gz``) and ``.parquet``; arrays are ``.npy`` (kept on disk, as
    a memory map) and ``.npz`` (the array named x, X or data, or the only one; labels in y or labels);
    pictures are IDX files, with the labels beside them, and folders of image files, whose subfolders are
    labels.

    Args:
        source: one of ``dataset_names()``, or a path.
        label: a column of a table, or an array of an ``.npz`` file, to use as labels and leave out of ``x``.

    Raises:
        InputError: it is not there, or cannot be read as rows of numbers.
        MissingExtraError: reading it needs an optional dependency.

    Example:
        >>> load("digits").x.shape
        (1797, 8, 8, 1)
    """
    if isinstance(source, str) and source in dataset_names():
        if label is not None:
            raise InputError(f"label={label!r} is for files; the data set {source!r} brings its own labels")
        return load_named(source)
    path = Path(source)
    if not path.exists():
        raise _missing(str(source), path)
    try:
        return _read(path, label)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"cannot read {path} ({reason}); check that the file is whole and yours to read"
        ) from error


def _read(path: Path, label: str | None) -> Dataset:
    if not path.is_dir() and path.stat().st_size == 0:
        raise InputError(f"{path} is empty; write it again")
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return _from_npz(path, label)
    if is_table(path):
        return _from_table(path, read_table(path), label)
    readers: dict[bool, Callable[[Path], Dataset]] = {
        path.is_dir(): _from_folder,
        suffix == ".npy": _from_npy,
        is_idx(path): _from_idx,
    }
    if True not in readers:
        raise InputError(f"cannot tell what {path} is by its name; expected {_FORMATS}")
    if label is not None:
        raise InputError(f"label={label!r} needs a table or an .npz file; {path} has no named columns")
    return readers[True](path)


def _from_folder(path: Path) -> Dataset:
    x, labels = read_folder(path)
    return Dataset(path.resolve().name, x, labels)


def _from_npy(path: Path) -> Dataset:
    try:
        array = np.lib.format.open_memmap(path, mode="r")  # refuses pickled objects
    except ValueError as error:
        raise InputError(
            f"cannot read {path} as a NumPy array of numbers ({error}); save it again"
        ) from error
    return Dataset(path.stem, as_array(array, name=str(path))[0])


def _from_idx(path: Path) -> Dataset:
    beside = find_labels(path)
    labels = None if beside is None else read_idx(beside)
    return Dataset(path.name.split(".")[0], as_array(read_idx(path), name=str(path))[0], labels)


def _from_npz(path: Path, label: str | None) -> Dataset:
    if not zipfile.is_zipfile(path):
        raise InputError(f"cannot read {path} (it is not a whole .npz archive); save it again")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive)
    except ValueError as error:
        raise InputError(f"cannot read {path} as NumPy arrays of numbers ({error}); save it again") from error
    if label is not None and label not in arrays:
        raise InputError(f"no array {label!r} in {path}; it holds {quoted(list(arrays))}")
    names = _LABELS if label is None else (label,)
    labels = next((arrays.pop(name) for name in names if name in arrays), None)
    test = {name: arrays.pop(name) for name in ("x_test", "y_test") if name in arrays}
    rows = next((name for name in _ROWS if name in arrays), None)
    if rows is None and len(arrays) != 1:
        held = quoted(list(arrays)) if arrays else "nothing"
        raise InputError(f"cannot tell which array of {path} holds the rows among {held}; name one of them x")
    x = arrays[rows] if rows else next(iter(arrays.values()))
    test_x = as_array(test["x_test"], name=f"x_test of {path}")[0] if "x_test" in test else None
    test_labels = test.get("y_test") if test_x is not None else None
    return Dataset(path.stem, as_array(x, name=str(path))[0], labels, test_x=test_x, test_labels=test_labels)


def _from_table(path: Path, frame: Any, label: str | None) -> Dataset:
    labels = None
    if label is not None:
        columns = nw.from_native(frame).columns
        if label not in columns:
            near = get_close_matches(label, columns, n=1)
            hint = f"did you mean {near[0]!r}? it" if near else "it"
            raise InputError(f"no column {label!r} in {path}; {hint} holds {quoted(columns, limit=20)}")
        labels = np.asarray(nw.from_native(frame)[label].to_numpy())
        labels = labels.astype(str) if labels.dtype == object else labels
        frame = nw.from_native(frame).drop(label).to_native()
    x, columns = as_array(frame, name=str(path))
    return Dataset(path.name.split(".")[0], x, labels, columns)


def _missing(source: str, path: Path) -> InputError:
    beside = [str(path.with_name(p.name)) for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(source, [*dataset_names(), *beside], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"data sets: {', '.join(dataset_names())}"
    return InputError(f"no file, folder or data set {source!r}; {hint}")
