"""The interface of a kind of file or folder that holds rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from elbax.data.dataset import Dataset
from elbax.data.frames import quoted
from elbax.data.image_options import ImageOptions
from elbax.errors import InputError


class Request(NamedTuple):
    """Names of columns or arrays to use as labels or context, to drop and to keep, options for images; see `load`."""

    label: str | None = None
    context: Sequence[str] = ()
    drop: Sequence[str] = ()
    keep: Sequence[str] = ()
    images: ImageOptions = ImageOptions()


@dataclass(frozen=True)
class Reader:
    """A kind of file or folder."""

    names: str  # name of the kind, for messages: ".npy"
    matches: Callable[[Path], bool]  # whether a path is of this kind
    read: Callable[[Path, Request], Dataset]  # reads rows with the requested labels and context; raises InputError
    read_context: Callable[[Path, Sequence[str]], Any] | None = None  # reads only context; None if only `read` can
    has_names: bool = False  # whether columns or arrays have names, so that a label can be requested
    has_columns: bool = False  # whether it is a table, whose columns can be dropped
    has_images: bool = False  # whether it holds image files, to which `Request.images` applies


def check_names(kind: str, names: Sequence[str], known: Sequence[str], where: str) -> None:
    """Raise InputError for an unknown name, with the nearest known one."""
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? it" if near else "it"
            raise InputError(f"no {kind} {name!r} in {where}; {hint} holds {quoted(known, limit=20)}")


def context_frame(columns: Mapping[str, np.ndarray], where: str) -> Any:
    """One-dimensional arrays as a data frame; integers and text are labels. InputError if they differ in length."""
    import pandas as pd

    try:
        return pd.DataFrame({k: v if v.dtype.kind == "f" else v.astype(str) for k, v in columns.items()})
    except ValueError as error:
        raise InputError(f"context in {where} differs in length; give every row one entry") from error
