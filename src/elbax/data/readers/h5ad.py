"""AnnData files, ``.h5ad``: matrices of counts with annotations of their rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from elbax.data.dataset import Dataset
from elbax.data.readers.base import Reader, Request, check_names
from elbax.errors import InputError, MissingExtraError


def read_annotated(path: Path) -> Any:
    """The AnnData object of a file; MissingExtraError without anndata, InputError if the file is none."""
    try:
        from anndata import read_h5ad  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingExtraError("reading .h5ad needs anndata: pip install elbax[anndata]") from error
    try:
        return read_h5ad(path)
    except (OSError, KeyError, ValueError, TypeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(f"cannot read {path} as AnnData ({reason}); write it again") from error


def _read(path: Path, request: Request) -> Dataset:
    data = read_annotated(path)
    known, genes = list(map(str, data.obs.columns)), set(data.var_names)
    keep = [name for name in request.keep if name in genes]
    if request.label is not None:
        check_names("obs column", [request.label], known, str(path))
    if keep:
        data = data[:, keep]
    labels = None if request.label is None else data.obs[request.label].astype(str).to_numpy()
    context = _context(data, request.context, path) if request.context else None
    return Dataset(path.name.split(".")[0], data, labels, tuple(map(str, data.var_names)), context=context)


def _context(data: Any, names: Sequence[str], path: Path) -> Any:
    check_names("obs column", names, list(map(str, data.obs.columns)), str(path))
    context = data.obs[list(names)].reset_index(drop=True)
    whole = [name for name in names if context[name].dtype.kind in "bO" or str(context[name].dtype) == "category"]
    return context.astype(dict.fromkeys(whole, str))


H5AD = Reader(
    ".h5ad",
    lambda path: path.is_file() and path.suffix.lower() == ".h5ad",
    _read,
    lambda path, names: _context(read_annotated(path), names, path),
    has_names=True,
)
