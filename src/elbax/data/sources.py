"""Files, folders and names of data sets: whatever holds rows, as one ``Dataset``."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.datasets import dataset_names, describe
from elbax.data.readers import READERS, Request
from elbax.errors import InputError, unknown_name

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
    ``.zarr`` (of several arrays the one named x, X or data, or the only one; labels in y or labels); images are IDX
    files, with their label files, and folders of image files, whose subfolders are labels.

    ``.npy`` files stay on disk, as a memory map. Parquet and Zarr of more than 32 MiB are decoded, chunk by chunk, into
    a temporary file that is mapped.

    Args:
        source: one of ``dataset_names()``, or a path.
        label: a column of a table, or an array of an ``.npz`` or ``.zarr`` file, to use as labels and leave out of
            ``x``.
        context: columns or arrays for a conditional model, likewise left out of ``x``; "labels" stands for the
            labels that data sets by name, images in subfolders and IDX files bring.
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
        return _condition(describe(source).build(source), context)
    path = Path(source)
    if not path.exists():
        raise _missing(str(source), path)
    return _guarded(path, lambda: _read(path, Request(label, context, drop, keep)))


def load_context(source: str | Path, names: Sequence[str], *, label: str | None = None) -> Any:
    """Load nothing but context, by the names that a model was fitted with: a data frame or an array.

    A table, ``.npz`` or ``.zarr`` file needs those columns or arrays only; a ``.npy`` file holds the context itself.

    Raises:
        InputError: a name is not there, or the source cannot be read.
    """
    path = Path(source)
    reader = next((reader for reader in READERS if path.exists() and reader.matches(path)), None)
    if source in dataset_names() or reader is None or reader.read_context is None:
        return load(source, label=label, context=names).context
    return _guarded(path, partial(reader.read_context, path, names))


def _guarded(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"cannot read {path} ({reason}); check that the file is whole and yours to read"
        ) from error


def _read(path: Path, request: Request) -> Dataset:
    if not path.is_dir() and path.stat().st_size == 0:
        raise InputError(f"{path} is empty; write it again")
    reader = next((reader for reader in READERS if reader.matches(path)), None)
    if request.drop and (reader is None or not reader.has_columns):
        raise InputError(f"drop={request.drop[0]!r} needs a table; {path} is none")
    if reader is None:
        *most, last = (reader.names for reader in READERS)
        raise InputError(f"cannot tell what {path} is by its name; expected {', '.join(most)} or {last}")
    if request.label is not None and not reader.has_names:
        raise InputError(f"label={request.label!r} needs a table, .npz or .zarr; {path} has no named columns")
    dataset = reader.read(path, request)
    return dataset if reader.has_names else _condition(dataset, request.context)


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

    def table(x: Any, labels: Any) -> pd.DataFrame:
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
        context=table(dataset.x, dataset.labels),
        test_context=None if test_x is None else table(test_x, dataset.test_labels),
    )


def _missing(source: str, path: Path) -> InputError:
    siblings = [str(path.with_name(p.name)) for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(source, [*dataset_names(), *siblings], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"data sets: {', '.join(dataset_names())}"
    return InputError(f"no file, folder or data set {source!r}; {hint}")
