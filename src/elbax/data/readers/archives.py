"""Files of several named arrays."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.frames import as_array, quoted
from elbax.data.readers.base import Request, check_names, context_frame
from elbax.errors import InputError

# Usual names of arrays, the commonest first.
_ROWS, _LABELS = ("x", "X", "data", "x_train"), ("y", "labels", "y_train")

# Functions that read the arrays, by name.
Arrays = Mapping[str, Callable[[], np.ndarray]]


def dataset_of(arrays: Arrays, name: str, path: Path, request: Request) -> Dataset:
    """A data set from arrays: rows are named x, X or data, or are the only array; labels are named y or labels."""
    label_names = _LABELS if request.label is None else (request.label,)
    check_names("array", label_names[:1] if request.label else (), list(arrays), str(path))
    labels = next((arrays[name] for name in label_names if name in arrays), None)
    test_context = [f"{name}_test" for name in request.context] if "x_test" in arrays else []
    context = context_of(arrays, request.context, path)
    context_of_test = context_of(arrays, test_context, path, request.context)
    test = {name: arrays[name]() for name in ("x_test", "y_test") if name in arrays}
    used = {*label_names, *test, *request.context, *test_context}
    left = {name: array for name, array in arrays.items() if name not in used}
    rows = next((name for name in _ROWS if name in left), None)
    if rows is None and len(left) != 1:
        held = quoted(list(left)) if left else "nothing"
        raise InputError(f"cannot tell which array of {path} holds the rows among {held}; name one of them x")
    x = left[rows]() if rows else next(iter(left.values()))()
    test_x = as_array(test["x_test"], name=f"x_test of {path}")[0] if "x_test" in test else None
    return Dataset(
        name,
        as_array(x, name=str(path))[0],
        None if labels is None else labels(),
        test_x=test_x,
        test_labels=test.get("y_test") if test_x is not None else None,
        context=context,
        test_context=context_of_test,
    )


def context_of(arrays: Arrays, names: Sequence[str], path: Path, columns: Sequence[str] | None = None) -> Any:
    """Named arrays as context: an array of images or vectors, or a data frame of one-dimensional arrays."""
    check_names("array", names, list(arrays), str(path))
    context = {column: arrays[name]() for column, name in zip(columns or names, names, strict=False)}
    wide = [name for name, array in context.items() if array.ndim > 1]
    if wide and len(context) > 1:
        raise InputError(f"context {wide[0]!r} in {path} has {context[wide[0]].ndim} axes, so it must be the only one")
    if wide:
        return context[wide[0]]
    return context_frame(context, str(path)) if context else None
