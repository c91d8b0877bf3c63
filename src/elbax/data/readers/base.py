"""The interface of a kind of file or folder that holds rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from elbax.data.dataset import Dataset
from elbax.data.frames import quoted
from elbax.errors import InputError


class Request(NamedTuple):
    """Columns or arrays by name: what to use as labels or context, to drop and to keep; see `load`."""

    label: str | None = None
    context: Sequence[str] = ()
    drop: Sequence[str] = ()
    keep: Sequence[str] = ()


@dataclass(frozen=True)
class Reader:
    """A kind of file or folder. A new one is a file in this folder and a line in ``READERS``.

    Attributes:
        names: what such files are called, for messages: ".npy".
        matches: whether a path, by its name or by being a folder, is of this kind.
        read: reads rows, with the labels and context that were asked for; raises InputError.
        read_context: reads nothing but context by names; None where only `read` can.
        has_names: whether arrays or columns have names, so that a label can be asked for.
        has_columns: whether it is a table, whose columns can be dropped.
    """

    names: str
    matches: Callable[[Path], bool]
    read: Callable[[Path, Request], Dataset]
    read_context: Callable[[Path, Sequence[str]], Any] | None = None
    has_names: bool = False
    has_columns: bool = False


def check_names(kind: str, names: Sequence[str], known: Sequence[str], where: str) -> None:
    """Raise InputError for a name that is not known, with the nearest one that is."""
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? it" if near else "it"
            raise InputError(f"no {kind} {name!r} in {where}; {hint} holds {quoted(known, limit=20)}")
