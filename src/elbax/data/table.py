"""The columns of a table with kinds and gaps: learned, encoded, and put back as they came."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Self

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.sparse import issparse

from elbax.data.cells import Cells, check_usable, read_cells
from elbax.data.column_statistics import measure
from elbax.data.columns.carried import ConstantCell, Key
from elbax.data.columns.facts import Facts
from elbax.data.columns.integer import Integer
from elbax.data.columns.labels import GapFlag
from elbax.data.columns.table_column import AbstractTableColumn
from elbax.data.columns.table_kinds import TABLE_KINDS, recognize
from elbax.data.frames import as_frame, quoted
from elbax.data.kind_learning import by_position, learn_kinds
from elbax.data.memory_mapped import is_large
from elbax.data.streamed_rows import StreamedRows
from elbax.data.subsample import evenly_spaced
from elbax.data.table_layout import TableLayout
from elbax.errors import InputError

_ASKED_ROWS = 10_000  # of a table of numbers, to see what kinds of numbers they are
_OF_ARRAYS = ("real", "positive", "bounded", "constant")  # kinds that need no codes of a table
_FLAGGED = 0.5  # code of a flag from which a cell is a gap


@dataclass(frozen=True, eq=False)
class Table:
    """The layout of a table and its columns.

    Attributes:
        layout: library, names and dtypes.
        columns: the columns in the order of the table, those that are not modeled among them.
        missing: texts and numbers that stand for gaps, beside blanks and "?".
    """

    layout: TableLayout
    columns: tuple[AbstractTableColumn, ...]
    missing: tuple[str, ...] = ()

    @classmethod
    def learn(
        cls,
        X: Any,
        kinds: Mapping[str, Any],
        missing: Sequence[str],
        *,
        informative: bool = False,
        weights: np.ndarray | None = None,
    ) -> Self:
        """Learn kinds of columns, except those that are named; InputError if a column is of no use.

        Where gaps are ``informative``, each column with gaps has a flag of them, before all columns: a column that is
        drawn first would tell that it is no gap.
        """
        missing = tuple(map(str, missing))
        layout, series = TableLayout.of(X)
        cells = [read_cells(values, where, missing) for values, where in zip(series, _places(layout), strict=True)]
        columns = learn_kinds(cells, layout.texts, by_position(kinds, layout.texts), weights)
        if not any(column.modeled for column in columns):
            raise InputError(f"no column of x can be modeled: {_reasons(columns)}; pass columns that differ")
        flags = tuple(_gap_flags(columns, cells, weights)) if informative else ()
        columns = (replace(column, features=column.features + len(flags)) for column in columns)
        return cls(layout, (*flags, *columns), missing)

    @property
    def modeled(self) -> list[AbstractTableColumn]:
        """The columns that have a code, in the order of the codes."""
        return [column for column in self.columns if column.modeled]

    def encode(self, X: Any) -> np.ndarray:
        """Codes (n, d) of rows, NaN in gaps; columns are found by name, in any order, in frames.

        InputError if a column is missing or surplus, or a value cannot be one of its column.
        """
        layout, series = TableLayout.of(X, "X")
        place, where = self._find(layout), _places(layout)
        codes = []
        for column in self.modeled:
            own = [place[position] for position in column.positions]
            cells = [check_usable(read_cells(series[i], where[i], self.missing)) for i in own]
            codes.append(column.encode_all(cells))
        return np.stack(codes, axis=1)

    def decode(self, codes: np.ndarray, index: Any = None, *, keys: bool = False) -> Any:
        """Rows of codes as a table of the same library, names and dtypes.

        Columns that are not modeled hold their constant, or blanks; with ``keys``, columns of keys hold new ones.
        """
        cells = self._cells(np.asarray(codes), keys=keys)
        for flag in self.columns:
            if flag.kind == GapFlag.kind:
                for position in flag.positions:
                    cells[position] = cells[position].with_gaps(codes[:, flag.features[0]] >= _FLAGGED)
        return self.layout.frame(cells, index)

    def fill(self, X: Any, codes: np.ndarray) -> Any:
        """Rows X as they are, of any library and in any order of columns, with gaps filled by the values of codes."""
        layout, series = TableLayout.of(X, "X")
        place, where = self._find(layout), _places(layout)
        filled = self._cells(np.asarray(codes))
        cells: list[Any] = [None] * len(series)
        for column in self.columns:
            for position in () if column.kind == GapFlag.kind else column.positions:
                if (i := place.get(position)) is not None:
                    own = read_cells(series[i], where[i], self.missing)
                    known = column.modeled or column.kind == ConstantCell.kind
                    cells[i] = own.filled(filled[position]) if known else own
        return layout.put_back(X, series, cells)

    def _cells(self, codes: np.ndarray, *, keys: bool = False) -> list[Cells]:
        cells: list[Any] = [None] * len(self.layout.names)
        for column in self.columns:
            if column.kind == GapFlag.kind:
                continue
            own = codes[:, column.features[0]] if column.modeled else np.empty(len(codes))
            if keys and isinstance(column, Key):
                cells[column.positions[0]] = column.new_keys(len(codes))
                continue
            for position, one in zip(column.positions, column.decode_all(own), strict=True):
                cells[position] = one.blanked(column.blank)
        return cells

    def overview(self) -> pd.DataFrame:
        """A row for each column: its name, its kind and why, and the share of its cells that are gaps."""
        columns = (column for column in self.columns if column.kind != GapFlag.kind)
        rows = [(column.name, column.kind, column.why, column.gaps) for column in columns]
        return pd.DataFrame(rows, columns=["column", "kind", "why", "gaps"])

    def to_config(self) -> dict[str, Any]:
        columns = [column.to_config() for column in self.columns]
        return {"layout": self.layout.to_config(), "columns": columns, "missing": list(self.missing)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Rebuild; KeyError, TypeError or ValueError if an entry is missing or damaged."""
        columns = tuple(TABLE_KINDS[entry["kind"]].from_config(entry) for entry in config["columns"])
        return cls(TableLayout.from_config(config["layout"]), columns, tuple(config["missing"]))

    def _find(self, layout: TableLayout) -> dict[int, int]:
        """For each of the table's columns its position in a table of some layout."""
        own = self.layout
        if not (layout.has_names and own.has_names):
            if len(layout.names) != len(own.names):
                raise InputError(
                    f"X has {len(layout.names)} features, but VAE is expecting {len(own.names)} features as input"
                )
            return {i: i for i in range(len(own.names))}
        found = {name: i for i, name in enumerate(layout.names)}
        needed = {position for column in self.modeled for position in column.positions}
        absent = [own.texts[i] for i in sorted(needed) if own.names[i] not in found]
        surplus = [layout.texts[i] for name, i in found.items() if name not in own.names]
        if absent or surplus:
            wrong = [f"lacks {quoted(absent)}"] if absent else []
            wrong += [f"has {quoted(surplus)}, which fit had not"] if surplus else []
            raise InputError(f"X {', and '.join(wrong)}; pass the columns {quoted(own.texts)}, in any order")
        return {i: found[name] for i, name in enumerate(own.names) if name in found}


def _gap_flags(
    columns: Sequence[AbstractTableColumn], cells: Sequence[Cells], weights: np.ndarray | None
) -> Iterator[GapFlag]:
    feature = count()
    for column in columns:
        own = cells[column.positions[0]] if column.modeled or column.kind == ConstantCell.kind else None
        if own is not None and own.gaps.any():
            yield GapFlag.of(column, own, next(feature), weights)


def is_table_of_kinds(X: Any, columns: Any = None, missing: Sequence[str] = ()) -> bool:
    """Whether rows need `Schema.of_table`: a table with gaps, or a data frame with other columns than real numbers.

    Data frames of gray levels (flattened images) and arrays without gaps do not, unless kinds or markers are named.

    Example:
        >>> is_table_of_kinds(np.array([[0.5, 1], [2, 0]])), is_table_of_kinds(np.array([[0.5, np.nan], [2, 0]]))
        (False, True)
    """
    if columns or missing:
        return True
    if isinstance(X, StreamedRows) or is_large(X) or issparse(X):
        return False
    if np.ma.isMaskedArray(X):
        return X.ndim == 2 and bool(np.ma.getmaskarray(X).any())
    frame = as_frame(X, "x")
    if not isinstance(frame, nw.DataFrame):
        return _array_of_kinds(X)
    return 0 not in frame.shape and _frame_of_kinds(frame)


def _array_of_kinds(X: Any) -> bool:
    try:
        array = np.asarray(X)
    except ValueError:
        return False  # rows of different lengths
    if array.ndim != 2 or array.dtype.kind not in "fOUSmM" or 0 in array.shape:
        return False
    if array.dtype.kind == "f":
        return bool(np.isnan(array).any())
    try:
        return bool(np.isnan(array.astype(np.float64)).any())
    except (TypeError, ValueError):
        return not any(isinstance(value, complex | np.complexfloating) for value in array.flat)


def _frame_of_kinds(frame: nw.DataFrame) -> bool:
    if not all(series.dtype.is_numeric() for series in frame.iter_columns()):
        return True
    columns = [read_cells(series, f"column {series.name!r}") for series in frame.iter_columns()]
    if any(cells.gaps.any() for cells in columns):
        return True
    rows = evenly_spaced(len(frame), _ASKED_ROWS)
    few = np.stack([cells.values[rows].astype(np.float64) for cells in columns], axis=1)
    statistics, bad = measure(few)
    if statistics is None or Integer.matches(statistics, is_image=False).any():
        return False
    facts = (Facts(Cells("number", column, np.zeros(len(rows), bool), ""), "") for column in few.T)
    return any(recognize(one)[0] not in _OF_ARRAYS for one in facts)


def _places(layout: TableLayout) -> list[str]:
    """The columns for messages."""
    return [f"column {name!r}" if layout.has_names else f"column {name}" for name in layout.texts]


def _reasons(columns: Sequence[AbstractTableColumn]) -> str:
    return ", ".join(f"{column.name!r} is {column.kind}" for column in columns[:5])
