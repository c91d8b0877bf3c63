"""Rows from files, folders and data sets by name."""

import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from elbax.console import print_message
from elbax.data.axes import check_axes, find_axes
from elbax.data.dataset import Dataset
from elbax.data.datasets import dataset_names, describe
from elbax.data.image_options import ImageOptions
from elbax.data.readers import READERS, Reader, Request
from elbax.data.readers.base import context_frame
from elbax.errors import InputError, one_of, unknown_name

# How other programs' files are read: tables by functions of pandas, with further arguments, arrays by expressions.
_SHEETS = (".xlsx", ".xls", ".ods")
_TEXT = (*_SHEETS, ".txt", ".dat")  # become text, others Parquet, which keeps types
_PANDAS = {
    **dict.fromkeys(_SHEETS, ("read_excel", "")),
    ".feather": ("read_feather", ""),
    ".arrow": ("read_feather", ""),
    ".orc": ("read_orc", ""),
    ".json": ("read_json", ""),
    ".jsonl": ("read_json", ", lines=True"),
    ".ndjson": ("read_json", ", lines=True"),
    ".pkl": ("read_pickle", ""),
    ".pickle": ("read_pickle", ""),
    ".dta": ("read_stata", ""),
    ".sav": ("read_spss", ""),
    ".sas7bdat": ("read_sas", ""),
    ".txt": ("read_csv", ", sep=None, engine='python'"),
    ".dat": ("read_csv", ", sep=None, engine='python'"),
}
_ARRAYS = {
    ".mat": "scipy.io.loadmat({!r})['NAME']",
    ".h5": "h5py.File({!r})['NAME'][:]",
    ".hdf5": "h5py.File({!r})['NAME'][:]",
}
_OWN_LABELS = "labels"  # name of the data's own labels as context


def load(
    source: str | Path,
    *,
    label: str | None = None,
    context: Sequence[str] = (),
    drop: Sequence[str] = (),
    keep: Sequence[str] = (),
    alpha: str | None = None,
    size: str | int | tuple[int, int] | None = None,
    resize: str | None = None,
    pixels: str | None = None,
    skip_unreadable: bool = False,
    verbose: int = 1,
    axes: str | None = None,
) -> Dataset:
    """Load rows by the name of a data set or from a path.

    Tables are ``.csv``, ``.tsv`` (with or without ``.gz``) and ``.parquet``. Arrays are ``.npy``, ``.npz`` and
    ``.zarr``; of several arrays, rows are named x, X or data, or are the only one, and labels are named y or labels.
    Images are IDX files, with their label files, image files, and folders of them, whose subfolders are labels. Images
    are turned upright, and keep the bits they have: values go up to 1, 255 or 65,535, or are integers or floats of TIFF
    files. The pages of a TIFF file are an image each.

    ``.npy`` files are memory-mapped. Parquet, Zarr and images of more than 32 MiB are decoded to a temporary memory
    map.

    Args:
        source: one of ``dataset_names()``, or a path.
        label: a column of a table, or an array of an ``.npz`` or ``.zarr`` file, to use as labels and leave out of
            ``x``; the own labels of others are used without being named, or are "labels".
        context: columns or arrays for a conditional model, also left out of ``x``; "labels" are the own labels of data
            sets by name, images in subfolders and IDX files.
        drop: columns of a table to leave out.
        keep: columns of a table to use, in this order, if it has them all, such as those of a model; ignored for
            Parquet of more than 32 MiB.
        alpha: the background of transparent pixels of image files, "white" (the default) or "black"; "keep" makes
            transparency a channel.
        size: width and height that image files are brought to, as in "64x48"; 64 is a square.
        resize: how: "crop" (the default) fills the size and cuts what is beyond it, "pad" adds background, "stretch"
            changes proportions.
        pixels: read image files as "1-bit", "gray", "color", "gray-16", "color-16" (16 bits), "integer" or "float"; by
            default the least that holds them all. ``reading`` of a data set has it for other files.
        skip_unreadable: leave image files out that cannot be read, and list them, instead of refusing all.
        verbose: 1 prints what was done to images and text; 0 is silent.
        axes: the axes of each row of an array by letters, as in `elbax.VAE`.

    Raises:
        InputError: the source does not exist, cannot be read as rows of numbers, or an option does not apply to it.
        MissingExtraError: reading it needs an optional dependency.

    Example:
        >>> load("digits").x.shape
        (1797, 8, 8, 1)
    """
    if not isinstance(source, str | PathLike):
        raise InputError(f"source must be the name of a data set, or a path; got {source!r}")
    images = ImageOptions.of(alpha, size, resize, pixels, skip_unreadable)
    if isinstance(source, str) and source in dataset_names():
        _refuse_for_named(source, label, drop, images)
        dataset = _with_context(describe(source).build(source), context)
        return _with_axes(dataset, axes or ("yxc" if describe(source).kind == "images" else None))
    path = Path(source)
    if not path.exists():
        raise _missing(str(source), path)
    dataset = _guarded(path, lambda: _read(path, Request(label, context, drop, keep, images)))
    for note in dataset.notes if verbose else ():
        print_message(f"{source}: {note}")
    return _with_axes(dataset, axes)


def is_image_source(source: str | Path) -> bool:
    """Whether `load` would read image files, to which its options for images apply."""
    reader = None if source in dataset_names() else _find_reader(Path(source))
    return reader is not None and reader.has_images


def load_context(source: str | Path, names: Sequence[str], *, label: str | None = None) -> Any:
    """Load only context, a data frame or an array.

    Tables, ``.npz`` and ``.zarr`` files need only the named columns or arrays; ``.npy`` files hold the context itself.

    Raises:
        InputError: a name is missing, or the source cannot be read.
    """
    path = Path(source)
    reader = _find_reader(path) if path.exists() else None
    if source in dataset_names() or reader is None or reader.read_context is None:
        return load(source, label=label, context=names).context
    return _guarded(path, partial(reader.read_context, path, names))


def load_columns(source: str | Path, names: Mapping[str, str]) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Load columns or arrays that are no part of x, such as weights, by what each is for.

    Returns:
        The values by use, one per row, and the names that `load` must ``drop``.

    Raises:
        InputError: the source has no such column, or no names at all.
    """
    path = Path(source)
    reader = _find_reader(path) if source not in dataset_names() and path.exists() else None
    if reader is None or not reader.has_names or reader.read_context is None:
        use, name = next(iter(names.items()))
        raise InputError(f"{use}={name!r} needs a table, .npz or .zarr; {source} has no columns to take apart")
    frame = _guarded(path, partial(reader.read_context, path, tuple(dict.fromkeys(names.values()))))
    columns = {use: np.asarray(frame[name]) for use, name in names.items()}
    return columns, tuple(names.values()) if reader.has_columns else ()


def _refuse_for_named(source: str, label: str | None, drop: Sequence[str], images: ImageOptions) -> None:
    """InputError for options that do not apply to data sets by name."""
    if label not in (None, _OWN_LABELS):
        raise InputError(f"label={label!r} is for files; the data set {source!r} brings its own labels")
    if drop:
        raise InputError(f"drop={drop[0]!r} is for tables in files; {source!r} is used whole")
    if option := images.first_set():
        raise InputError(f"{option} is for image files; the data set {source!r} is used as it is")


def _with_axes(dataset: Dataset, axes: str | None) -> Dataset:
    """The data set with named axes; InputError if they do not fit its rows."""
    if check_axes("axes", axes) is None:
        return dataset
    return replace(dataset, axes=find_axes(dataset.x.shape[1:], dataset.x.dtype, axes).names)


def _guarded(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read {path} ({reason}); check that the file is whole and yours to read") from error


def _read(path: Path, request: Request) -> Dataset:
    if not path.is_dir() and path.stat().st_size == 0:
        raise InputError(f"{path} is empty; write it again")
    reader = _find_reader(path)
    if request.drop and (reader is None or not reader.has_columns):
        raise InputError(f"drop={request.drop[0]!r} needs a table; {path} is none")
    if reader is None:
        if line := _line_that_reads(path):
            raise InputError(f"{path} is of a kind that elbax does not read; write it again, as in {line}")
        known = one_of(reader.names for reader in READERS)
        raise InputError(f"cannot tell what {path} is by its name; expected {known}")
    if (option := request.images.first_set()) and not reader.has_images:
        raise InputError(f"{option} is for image files; {path} is none")
    if request.label not in (None, _OWN_LABELS) and not reader.has_names:
        raise InputError(f"label={request.label!r} needs a table, .npz or .zarr; {path} has no named columns")
    dataset = reader.read(path, request)
    if request.label is not None and dataset.labels is None:
        raise InputError(f"{path} has no labels of its own; put the images of each class into a subfolder")
    return dataset if reader.has_names else _with_context(dataset, request.context)


def _line_that_reads(path: Path) -> str | None:
    """The line of Python that turns a file of another program into one that can be read."""
    suffix = path.suffix.lower()
    if suffix in _PANDAS:
        function, options = _PANDAS[suffix]
        written = f"to_csv({path.stem + '.csv'!r}, index=False)"
        if suffix not in _TEXT:
            written = f"to_parquet({path.stem + '.parquet'!r})"
        return f"pandas.{function}({path.name!r}{options}).{written}"
    if suffix in _ARRAYS:
        return f"numpy.save({path.stem + '.npy'!r}, {_ARRAYS[suffix].format(path.name)})"
    return None


def _find_reader(path: Path) -> Reader | None:
    return next((reader for reader in READERS if reader.matches(path)), None)


def _with_context(dataset: Dataset, names: Sequence[str]) -> Dataset:
    """Move columns from x to the context, or use the data's own labels as context."""
    if not names:
        return dataset
    columns = dataset.columns or ()
    known = [*columns, *([_OWN_LABELS] if dataset.labels is not None else [])]
    for name in names:
        if not known:
            raise InputError(f"{dataset.name} has no named columns and no labels to take as context {name!r}")
        if name not in known:
            raise unknown_name(f"context of {dataset.name}", name, known)

    kept = [i for i, column in enumerate(columns) if column not in names]

    def split(x: Any, labels: Any) -> tuple[Any, Any]:
        """X without the columns of context, and the context."""
        if x is None:
            return None, None
        context = {n: x[:, columns.index(n)].astype(float) if n in columns else labels for n in names}
        return x[:, kept] if len(kept) < len(columns) else x, context_frame(context, dataset.name)

    x, context = split(dataset.x, dataset.labels)
    test_x, test_context = split(dataset.test_x, dataset.test_labels)
    own = {"x": x, "test_x": test_x, "context": context, "test_context": test_context}
    return replace(dataset, columns=dataset.columns and tuple(columns[i] for i in kept), **own)


def _missing(source: str, path: Path) -> InputError:
    siblings = [str(path.with_name(p.name)) for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(source, [*dataset_names(), *siblings], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"data sets: {', '.join(dataset_names())}"
    return InputError(f"no file, folder or data set {source!r}; {hint}")
