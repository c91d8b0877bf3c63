"""Files, folders and names of data sets: whatever holds rows, as one ``Dataset``."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.datasets import dataset_names, load_named
from elbax.data.frames import as_array, quoted
from elbax.data.idx import find_labels, is_idx, read_idx
from elbax.data.images import read_folder
from elbax.data.tables import is_table, read_large, read_table
from elbax.data.zarr_store import decode_zarr, is_zarr, open_zarr
from elbax.errors import InputError, unknown_name

__all__ = ["load", "load_context"]

_FORMATS = ".npy, .npz, .zarr, .csv, .tsv, .parquet, IDX (*-ubyte, *-ubyte.gz) or a folder of pictures"
# Names that people give to the arrays of an .npz file or Zarr group, the commonest first.
_ROWS, _LABELS = ("x", "X", "data", "x_train"), ("y", "labels", "y_train")
_OWN_LABELS = "labels"  # what a context of the data's own labels is called


def load(
    source: str | Path,
    *,
    label: str | None = None,
    context: Sequence[str] = (),
    drop: Sequence[str] = (),
    keep: Sequence[str] = (),
) -> Dataset:
    """Load rows by the name of a data set or from a path.

    Tables are ``.csv``, ``.tsv`` (both maybe ``.gz``) and ``.parquet``; arrays are ``.npy``, ``.npz`` and
    ``.zarr`` (of several arrays the one named x, X or data, or the only one; labels in y or labels); pictures are IDX
    files, with the labels beside them, and folders of image files, whose subfolders are labels.

    ``.npy`` files stay on disk, as a memory map. Parquet and Zarr of more than 32 MiB are decoded, chunk by chunk, into
    a temporary file that is mapped.

    Args:
        source: one of ``dataset_names()``, or a path.
        label: a column of a table, or an array of an ``.npz`` or ``.zarr`` file, to use as labels and leave out of
            ``x``.
        context: columns or arrays for a conditional model, likewise left out of ``x``; "labels" stands for the
            labels that data sets by name, pictures in subfolders and IDX files bring.
        drop: columns of a table to leave out.
        keep: columns of a table to take, in this order, where it has them all: a model's, when it is used again.
            Parquet of more than 32 MiB is read as it is.

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
        if drop:
            raise InputError(f"drop={drop[0]!r} is for tables in files; {source!r} is used whole")
        return _condition(load_named(source), context)
    path = Path(source)
    if not path.exists():
        raise _missing(str(source), path)
    return _guarded(path, lambda: _read(path, label, context, drop, keep))


def load_context(source: str | Path, names: Sequence[str], *, label: str | None = None) -> Any:
    """Load nothing but context, by the names that a model was fitted with: a data frame or an array.

    A table, ``.npz`` or ``.zarr`` file needs those columns or arrays only; a ``.npy`` file holds the context itself.

    Raises:
        InputError: a name is not there, or the source cannot be read.
    """
    path = Path(source)
    if path.is_file() and is_table(path):
        frame = nw.from_native(_guarded(path, lambda: read_table(path)))
        return _select(frame, names, str(path))
    if path.exists() and _is_archive(path):
        arrays = _guarded(path, lambda: _archive(path))
        return _guarded(path, lambda: _join({name: _named(arrays, name, path)() for name in names}, path))
    if path.is_file() and path.suffix.lower() == ".npy":
        return _guarded(path, lambda: _from_npy(path)).x
    return load(source, label=label, context=names).context


def _guarded(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"cannot read {path} ({reason}); check that the file is whole and yours to read"
        ) from error


def _read(
    path: Path, label: str | None, context: Sequence[str], drop: Sequence[str], keep: Sequence[str]
) -> Dataset:
    if not path.is_dir() and path.stat().st_size == 0:
        raise InputError(f"{path} is empty; write it again")
    if is_table(path):
        return _from_table(path, label, context, drop, keep)
    if drop:
        raise InputError(f"drop={drop[0]!r} needs a table; {path} is none")
    if _is_archive(path):
        return _from_archive(path, label, context)
    readers: dict[bool, Callable[[Path], Dataset]] = {
        path.is_dir(): _from_folder,
        path.suffix.lower() == ".npy": _from_npy,
        is_idx(path): _from_idx,
    }
    if True not in readers:
        raise InputError(f"cannot tell what {path} is by its name; expected {_FORMATS}")
    if label is not None:
        raise InputError(f"label={label!r} needs a table, .npz or .zarr; {path} has no named columns")
    return _condition(readers[True](path), context)


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


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() == ".npz" or is_zarr(path)


def _archive(path: Path) -> dict[str, Callable[[], np.ndarray]]:
    """What reads each array of an ``.npz`` file or Zarr store, by the array's name."""
    if is_zarr(path):
        return {name: partial(decode_zarr, array) for name, array in open_zarr(path).items()}
    if not zipfile.is_zipfile(path):
        raise InputError(f"cannot read {path} (it is not a whole .npz archive); save it again")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: partial(np.asarray, array) for name, array in archive.items()}
    except ValueError as error:
        raise InputError(f"cannot read {path} as NumPy arrays of numbers ({error}); save it again") from error


def _named(arrays: dict[str, Any], name: str, path: Path) -> Any:
    if name not in arrays:
        raise InputError(f"no array {name!r} in {path}; it holds {quoted(list(arrays))}")
    return arrays[name]


def _from_archive(path: Path, label: str | None, context: Sequence[str]) -> Dataset:
    arrays = _archive(path)
    beside = {name: _named(arrays, name, path)() for name in context}
    test_names = [f"{name}_test" for name in context] if "x_test" in arrays else []
    test_beside = {name: _named(arrays, name, path)() for name in test_names}
    names = _LABELS if label is None else (label,)
    found = _named(arrays, label, path) if label else next((arrays[n] for n in names if n in arrays), None)
    test = {name: arrays[name]() for name in ("x_test", "y_test") if name in arrays}
    used = {*names, *test, *beside, *test_beside}
    arrays = {name: array for name, array in arrays.items() if name not in used}
    rows = next((name for name in _ROWS if name in arrays), None)
    if rows is None and len(arrays) != 1:
        held = quoted(list(arrays)) if arrays else "nothing"
        raise InputError(f"cannot tell which array of {path} holds the rows among {held}; name one of them x")
    x = arrays[rows]() if rows else next(iter(arrays.values()))()
    test_x = as_array(test["x_test"], name=f"x_test of {path}")[0] if "x_test" in test else None
    return Dataset(
        path.name.split(".")[0] if is_zarr(path) else path.stem,
        as_array(x, name=str(path))[0],
        None if found is None else found(),
        test_x=test_x,
        test_labels=test.get("y_test") if test_x is not None else None,
        context=_join(beside, path),
        test_context=_join(dict(zip(context, test_beside.values(), strict=False)), path),
    )


def _from_table(
    path: Path, label: str | None, context: Sequence[str], drop: Sequence[str], keep: Sequence[str]
) -> Dataset:
    used = {label, *context, *drop} - {None}
    if large := read_large(path, used):
        x, columns, table = large
        return Dataset(path.name.split(".")[0], x, columns=columns, **_beside(path, table, label, context))
    table = read_table(path)
    _check_columns(nw.from_native(table), drop, str(path))
    beside = _beside(path, table, label, context)
    frame = nw.from_native(table)
    rows = frame.select(*keep) if keep and set(keep) <= set(frame.columns) else frame.drop(*used)
    x, columns = as_array(rows.to_native(), name=str(path))
    return Dataset(path.name.split(".")[0], x, columns=columns, **beside)


def _beside(path: Path, table: Any, label: str | None, context: Sequence[str]) -> dict[str, Any]:
    """Labels and context among a table's columns."""
    frame, labels = nw.from_native(table), None
    if label is not None:
        labels = np.asarray(_select(frame, [label], str(path))[label])
        labels = labels.astype(str) if labels.dtype == object else labels
    beside = _select(frame, context, str(path)) if context else None
    if beside is not None and labels is not None and label in context and labels.dtype.kind in "iub":
        beside[label] = labels.astype(str)  # what is named as labels is no number
    return {"labels": labels, "context": beside}


def _select(frame: Any, names: Sequence[str], where: str) -> Any:
    """Columns of a table, as a pandas data frame."""
    _check_columns(frame, names, where)
    return frame.select(*names).to_pandas()


def _check_columns(frame: Any, names: Sequence[str], where: str) -> None:
    for name in names:
        if name not in frame.columns:
            near = get_close_matches(name, frame.columns, n=1)
            hint = f"did you mean {near[0]!r}? it" if near else "it"
            raise InputError(f"no column {name!r} in {where}; {hint} holds {quoted(frame.columns, limit=20)}")


def _join(arrays: dict[str, np.ndarray], path: Path) -> Any:
    """Arrays of context as one: columns with whole numbers or text are labels; pictures and vectors stay arrays."""
    if not arrays:
        return None
    wide = [name for name, array in arrays.items() if array.ndim > 1]
    if wide and len(arrays) > 1:
        raise InputError(
            f"context {wide[0]!r} in {path} has {arrays[wide[0]].ndim} axes, so it must be the only one"
        )
    if wide:
        return arrays[wide[0]]
    import pandas as pd

    try:
        return pd.DataFrame({k: v if v.dtype.kind == "f" else v.astype(str) for k, v in arrays.items()})
    except ValueError as error:
        raise InputError(f"context in {path} differs in length; give every row one entry") from error


def _condition(dataset: Dataset, names: Sequence[str]) -> Dataset:
    """Take columns out of x as context, or the data's own labels."""
    if not names:
        return dataset
    import pandas as pd

    columns = dataset.columns or ()
    known = [*columns, *([_OWN_LABELS] if dataset.labels is not None else [])]
    for name in names:
        if not known:
            raise InputError(f"{dataset.name} has no named columns and no labels to take as context {name!r}")
        if name not in known:
            raise unknown_name(f"context of {dataset.name}", name, known)

    def beside(x: Any, labels: Any) -> pd.DataFrame:
        taken = {n: x[:, columns.index(n)].astype(np.float64) for n in names if n in columns}
        if len(taken) < len(names):
            taken[_OWN_LABELS] = labels if labels.dtype.kind == "f" else labels.astype(str)
        return pd.DataFrame({n: taken[n] for n in names})

    kept = [i for i, column in enumerate(columns) if column not in names]
    taken = len(kept) < len(columns)
    test_x = dataset.test_x
    return replace(
        dataset,
        x=dataset.x[:, kept] if taken else dataset.x,
        columns=tuple(columns[i] for i in kept) if taken else dataset.columns,
        test_x=test_x[:, kept] if test_x is not None and taken else test_x,
        context=beside(dataset.x, dataset.labels),
        test_context=None if test_x is None else beside(test_x, dataset.test_labels),
    )


def _missing(source: str, path: Path) -> InputError:
    beside = [str(path.with_name(p.name)) for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(source, [*dataset_names(), *beside], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"data sets: {', '.join(dataset_names())}"
    return InputError(f"no file, folder or data set {source!r}; {hint}")
