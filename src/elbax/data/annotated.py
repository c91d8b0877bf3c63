"""AnnData: matrices of counts with annotations of their rows, as in ``.h5ad`` files."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, issparse

from elbax.data.frames import as_array, quoted
from elbax.data.sparse_rows import SparseRows
from elbax.data.streamed_rows import StreamedRows
from elbax.errors import InputError, unknown_name


def write_annotated(data: Any, path: Path) -> None:
    """Write AnnData to an .h5ad file, with text as Python objects, which every version of AnnData writes."""
    with _python_objects():
        for frame in (data.obs, data.var):
            frame.index = _without_strings(frame.index)
            for name in frame.columns:
                frame[name] = _without_strings(frame[name])
        data.write_h5ad(path)


def _without_strings(values: Any) -> Any:
    """A column or an index with text as Python objects."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.rename_categories(_without_strings(values.cat.categories))
    return values.astype(object) if isinstance(values.dtype, pd.StringDtype) else values


@contextmanager
def _python_objects() -> Iterator[None]:
    """New data frames have text as Python objects."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The 'future.infer_string' option is deprecated")
        with pd.option_context("future.infer_string", False):
            yield


def is_annotated(x: Any) -> bool:
    """Whether x is an AnnData object."""
    return type(x).__name__ == "AnnData" and type(x).__module__.startswith("anndata")


def open_annotated(data: Any, layer: str | None, context: Any = None, exposure: str | None = None) -> tuple[Any, Any]:
    """The matrix of AnnData with the names of its columns, and the context.

    Args:
        data: the AnnData object.
        layer: the layer that holds the counts; None for X.
        context: the context, or names of columns of ``data.obs``.
        exposure: a column of ``data.obs`` that joins the context, if there is one of this name.

    Raises:
        InputError: there is no such layer, the matrix is missing, or two columns have one name.
    """
    names = tuple(map(str, data.var_names))
    if len(set(names)) < len(names):
        twice = pd.Index(names)
        raise InputError(f"two columns of x are called {twice[twice.duplicated()][0]!r}; call var_names_make_unique()")
    matrix = _matrix(data, layer)
    rows = as_array(matrix)[0]
    if not isinstance(rows, StreamedRows):
        rows = SparseRows(csr_array(rows), rows.dtype, rows.shape[1:])
    return replace(rows, columns=names), _context(data.obs, context, exposure)


def _matrix(data: Any, layer: str | None) -> Any:
    if layer is not None and layer not in data.layers:
        if not len(data.layers):
            raise InputError(f"layer={layer!r}, but the data have no layers; leave it out to use X")
        raise unknown_name("layer", layer, tuple(data.layers))
    matrix = data.X if layer is None else data.layers[layer]
    if matrix is None:
        raise InputError("the data have no X; name the layer of the counts, as in layer='counts'")
    if not issparse(matrix) and not isinstance(matrix, np.ndarray):
        matrix = matrix[:]  # of a file that is open
        matrix = matrix.to_memory() if hasattr(matrix, "to_memory") else matrix
    return matrix


def _context(obs: pd.DataFrame, context: Any, exposure: str | None) -> Any:
    """The context, with columns of obs for their names."""
    names = [context] if isinstance(context, str) and context in obs else context
    if (
        isinstance(names, list | tuple)
        and names
        and all(isinstance(name, str) for name in names)
        and len(names) != len(obs)
    ):
        if absent := [name for name in names if name not in obs]:
            raise InputError(f"context: the data have no obs {quoted(absent)}; they have {quoted(list(obs.columns))}")
        context = obs[list(names)].reset_index(drop=True)
    if exposure is None or exposure not in obs or _has(context, exposure):
        return context
    own = pd.DataFrame({exposure: obs[exposure].to_numpy()})
    if context is None:
        return own
    others = context if isinstance(context, pd.DataFrame) else pd.DataFrame(context)
    return pd.concat([others.reset_index(drop=True), own], axis=1)


def _has(context: Any, name: str) -> bool:
    return isinstance(context, Mapping | pd.DataFrame) and name in context
