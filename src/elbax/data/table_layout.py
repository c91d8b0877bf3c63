"""How a table is laid out: its library, and the names, dtypes and order of its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import narwhals as nw
import numpy as np
import pandas as pd

from elbax.data.cells import Cells, read_cells
from elbax.data.dtypes import DTYPES, as_objects
from elbax.data.frames import as_frame
from elbax.errors import InputError

LIBRARIES = ("pandas", "polars", "pyarrow", "numpy")


@dataclass(frozen=True)
class TableLayout:
    """The library of a table, and names and dtypes of its columns, so that rows come back as they came.

    Attributes:
        library: one of `LIBRARIES`; "numpy" for an array (n, d), whose columns have no names.
        names: names of the columns: text, numbers, or tuples of them for columns with several levels.
        dtypes: a record of each column's dtype, as JSON; of the array in the case of NumPy.
        level_names: pandas' names of the levels of column names.
    """

    library: str
    names: tuple[Any, ...]
    dtypes: tuple[Any, ...]
    level_names: tuple[Any, ...] = (None,)

    @classmethod
    def of(cls, X: Any, where: str = "x") -> tuple[Self, list[Any]]:
        """The layout of a table, and its columns as narwhals series or arrays; InputError if it is no table."""
        frame = as_frame(X, where)
        if isinstance(frame, nw.DataFrame):
            library = frame.implementation.value if frame.implementation.value in LIBRARIES else "pandas"
            native = frame.to_native()
            dtypes = tuple(DTYPES[library].records(native))
            level_names = tuple(native.columns.names) if library == "pandas" else (None,)
            columns = list(frame.iter_columns())
            _check_texts([name_text(name) for name in frame.columns], where)
            _check_shape((len(frame), len(columns)), where)
            return cls(library, tuple(map(_plain_name, frame.columns)), dtypes, level_names), columns
        array = X if np.ma.isMaskedArray(X) else _as_array(X, where)
        _check_shape(array.shape, where)
        return cls("numpy", tuple(range(array.shape[1])), (str(array.dtype),)), [
            array[:, i] for i in range(array.shape[1])
        ]

    @property
    def has_names(self) -> bool:
        return self.library != "numpy"

    @property
    def texts(self) -> tuple[str, ...]:
        """Names as text, for messages."""
        return tuple(map(name_text, self.names))

    def frame(self, columns: Sequence[Cells], index: Any = None) -> Any:
        """A table of this layout; dtypes that have no place for gaps give way where there are some."""
        if self.library == "numpy":
            return _as_numpy(columns, np.dtype(self.dtypes[0]))
        dtypes = DTYPES[self.library]
        series = [
            dtypes.column(cells, dtypes.from_json(dtype)) for cells, dtype in zip(columns, self.dtypes, strict=True)
        ]
        return dtypes.frame(series, self, index)

    def put_back(self, X: Any, series: Sequence[Any], cells: Sequence[Cells | None]) -> Any:
        """Rows X with other cells; columns without any stay as they are."""
        if self.library == "numpy":
            pairs = zip(cells, series, strict=True)
            return _as_numpy(
                [read_cells(one, "") if own is None else own for own, one in pairs], np.dtype(self.dtypes[0])
            )
        dtypes = DTYPES[self.library]
        columns = [
            one.to_native() if own is None else dtypes.column(own, dtypes.from_json(dtype))
            for own, one, dtype in zip(cells, series, self.dtypes, strict=True)
        ]
        index = X.index if isinstance(X, pd.DataFrame) else None
        columns = [one.reset_index(drop=True) if isinstance(one, pd.Series) else one for one in columns]
        return dtypes.frame(columns, self, index)

    def to_config(self) -> dict[str, Any]:
        return {
            "library": self.library,
            "names": [_name_to_json(name) for name in self.names],
            "dtypes": list(self.dtypes),
            "level_names": list(self.level_names),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        names = tuple(tuple(name) if isinstance(name, list) else name for name in config["names"])
        return cls(config["library"], names, tuple(config["dtypes"]), tuple(config["level_names"]))


def name_text(name: Any) -> str:
    """A column's name as text: levels of a name are joined by a point."""
    return ".".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _check_texts(texts: Sequence[str], where: str) -> None:
    if twice := [text for i, text in enumerate(texts) if text in texts[:i]]:
        raise InputError(f"two columns of {where} are called {twice[0]!r} as text; give each its own name")


def _plain_name(name: Any) -> Any:
    if isinstance(name, tuple):
        return tuple(map(_plain_name, name))
    name = name.item() if isinstance(name, np.generic) else name
    return name if isinstance(name, str | int | float | bool | None) else str(name)


def _name_to_json(name: Any) -> Any:
    return list(name) if isinstance(name, tuple) else name


def _as_array(X: Any, where: str) -> np.ndarray:
    try:
        array = np.asarray(X)
        if array.dtype.kind in "US" and not isinstance(X, np.ndarray):  # a list that mixes text and numbers
            array = np.array(X, dtype=object)
    except ValueError as error:
        raise InputError(f"{where} cannot be read as a table; give every row the same length") from error
    return array


def _check_shape(shape: tuple[int, ...], where: str) -> None:
    if len(shape) != 2:
        raise InputError(f"expected a table {where} of shape (rows, columns); got shape {shape}")
    if 0 in shape:
        raise InputError(
            f"{where}: found 0 {'feature' if shape[0] else 'sample'}(s) (shape={shape}); give at least one"
        )


def _as_numpy(columns: Sequence[Cells], dtype: np.dtype) -> np.ndarray:
    """An array of all columns, of objects if it held some, with NaN or None in gaps."""
    if dtype.kind == "O":
        return np.stack([as_objects(cells, None) for cells in columns], axis=1)
    if dtype.kind in "US":
        return np.stack([np.where(cells.gaps, "", cells.values.astype(object)) for cells in columns], axis=1).astype(
            dtype
        )
    if any(cells.gaps.any() for cells in columns) and dtype.kind in "biu":
        dtype = np.dtype(np.float64)
    if dtype.kind == "f":
        return np.stack([np.where(cells.gaps, np.nan, cells.values.astype(float)) for cells in columns], axis=1).astype(
            dtype
        )
    return np.stack([cells.values for cells in columns], axis=1).astype(dtype)


def layout_of(X: Any) -> TableLayout | None:
    """The layout of a data frame; None for anything else."""
    return TableLayout.of(X)[0] if isinstance(as_frame(X, "x"), nw.DataFrame) else None
