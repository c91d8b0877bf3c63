"""Real and synthetic frames as arrays of numbers in one coding, for measures that compare them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import narwhals as nw
import numpy as np
import pandas as pd

from elbax.data.columns.written_text import read_written
from elbax.data.frames import as_frame, check_names, quoted
from elbax.errors import InputError

NUMBER, DATE, CATEGORY = "number", "date", "category"
BINS = 10
_FEWEST_ROWS = 10
_FEW_LEVELS = 100  # of a column of text that is not free text


@dataclass(frozen=True, eq=False)
class CodedTables:
    """Training, held-out and synthetic rows in one coding.

    Numbers are themselves, dates seconds, and categories positions among the levels of all three tables; a gap is NaN.

    Attributes:
        names: columns that are compared, d of them.
        kinds: "number", "date" or "category", one for each.
        levels: names of a category's levels; an empty tuple for other columns.
        train: rows that the model was fitted to, (n, d).
        test: real rows that it never saw, (m, d).
        synthetic: rows that it made, (k, d).
        left_out: columns that are not compared, because they are free text or identifiers.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    train: np.ndarray
    test: np.ndarray
    synthetic: np.ndarray
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, train: Any, test: Any, synthetic: Any) -> Self:
        """Code three frames with the same columns, or arrays.

        Raises:
            InputError: columns differ, a frame has fewer than ten rows, or a column cannot be compared.

        Example:
            >>> frame = pd.DataFrame({"n": [1.0, 2.0] * 5, "c": ["a", None] * 5})
            >>> CodedTables.of(frame, frame, frame).train[:2].tolist()
            [[1.0, 0.0], [2.0, nan]]
        """
        argued = {"train": train, "test": test, "synthetic": synthetic}
        frames = [_frame(X, name) for name, X in argued.items()]
        for frame in frames[1:]:
            check_names([str(name) for name in frame.columns], [str(name) for name in frames[0].columns])
        kept, kinds, levels, columns, left_out = [], [], [], [], []
        for i, name in enumerate(map(str, frames[0].columns)):
            parts = [frame[:, i] for frame in frames]
            kind, written = _kind(parts[0]), None
            if kind == CATEGORY and (written := read_written(parts, name)) is not None:
                kind = DATE if written[0].dtype.kind == "M" else NUMBER
            elif kind == CATEGORY and _is_free_text(parts[0]):
                left_out.append(name)
                continue
            codes, known = _codes(kind, parts, name) if written is None else (list(map(_floats, written)), ())
            kept.append(name)
            kinds.append(kind)
            levels.append(known)
            columns.append(codes)
        if not kept:
            raise InputError(f"columns {quoted(left_out)} are free text; pass some that can be compared")
        tables = (np.column_stack([column[i] for column in columns]) for i in range(3))
        return cls(tuple(kept), tuple(kinds), tuple(levels), *tables, tuple(left_out))

    @property
    def categorical(self) -> np.ndarray:
        """Which columns are categories, (d,)."""
        return np.array([kind == CATEGORY for kind in self.kinds])

    def binned(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The tables with ten bins of equal width over the training rows in place of numbers; gaps are bin -1."""
        tables = [self.train.copy(), self.test.copy(), self.synthetic.copy()]
        for j in np.flatnonzero(~self.categorical):
            low, high = _range(self.train[:, j])
            edges = np.linspace(low, high, BINS + 1)[1:-1]
            for table in tables:
                gap = np.isnan(table[:, j])
                table[:, j] = np.where(gap, np.nan, np.searchsorted(edges, table[:, j], side="right"))
        first, second, third = (np.where(np.isnan(table), -1, table).astype(int) for table in tables)
        return first, second, third

    def as_frames(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """The tables as pandas frames: numbers, dates and names of levels."""
        first, second, third = (self._frame(table) for table in (self.train, self.test, self.synthetic))
        return first, second, third

    def _frame(self, table: np.ndarray) -> pd.DataFrame:
        decode: dict[str, Callable[[np.ndarray, int], Any]] = {
            NUMBER: lambda values, _: values,
            DATE: lambda values, _: pd.to_datetime(values, unit="s"),
            CATEGORY: lambda values, j: _names_of(values, self.levels[j]),
        }
        return pd.DataFrame(
            {name: decode[self.kinds[j]](table[:, j], j) for j, name in enumerate(self.names)}, copy=False
        )


def _frame(X: Any, name: str) -> nw.DataFrame:
    """A data frame of narwhals; InputError for anything with too few rows."""
    frame = as_frame(X, name)
    if not isinstance(frame, nw.DataFrame):
        array = np.asarray(X)
        if array.ndim != 2:
            raise InputError(f"{name} must be a data frame or an array (n, d); got shape {array.shape}")
        frame = nw.from_native(pd.DataFrame(array, columns=[str(i) for i in range(array.shape[1])]))
    if len(frame) < _FEWEST_ROWS:
        raise InputError(f"{name} has {len(frame)} rows; pass at least {_FEWEST_ROWS} to compare")
    return frame


def _kind(column: nw.Series) -> str:
    if column.dtype.is_numeric() or isinstance(column.dtype, nw.Duration):
        return NUMBER
    if column.dtype.is_temporal() and not isinstance(column.dtype, nw.Time):
        return DATE
    if column.dtype == nw.Object and column.is_null().all():
        return NUMBER
    return CATEGORY


def _is_free_text(column: nw.Series) -> bool:
    distinct = column.drop_nulls().n_unique()
    return distinct > _FEW_LEVELS and 2 * distinct > len(column) - column.null_count()


def _floats(values: np.ndarray) -> np.ndarray:
    """Numbers as they are, dates in seconds."""
    return _seconds(values, "datetime64[us]") if values.dtype.kind == "M" else values


def _codes(kind: str, parts: list[nw.Series], name: str) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """One array of codes for each of the tables, and the levels of a category."""
    if kind == CATEGORY:
        texts = [_texts(part) for part in parts]
        levels = sorted({text for column in texts for text in column if text is not None})
        position = {level: float(i) for i, level in enumerate(levels)} | {None: np.nan}
        return [np.array([position[text] for text in column]) for column in texts], tuple(levels)
    try:
        return [_numbers(part, kind) for part in parts], ()
    except (TypeError, ValueError, nw.exceptions.NarwhalsError) as error:
        raise InputError(
            f"column {name!r} holds a {kind} in the training rows and something else in others; "
            "give it the same dtype in all frames"
        ) from error


def _texts(column: nw.Series) -> list[str | None]:
    missing = column.is_null().to_numpy()
    return [
        None if gap or value != value else f"{value:.17g}" if isinstance(value, float) else str(value)
        for value, gap in zip(column.to_list(), missing, strict=True)
    ]


def _numbers(column: nw.Series, kind: str) -> np.ndarray:
    """Numbers, dates or durations as float64; dates and durations in seconds."""
    dtype = column.dtype
    if isinstance(dtype, nw.Duration):
        return _seconds(column.cast(nw.Duration("us")).to_numpy(), "timedelta64[us]")
    if dtype.is_temporal():
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if _has_zone(dtype) else column
        return _seconds(column.cast(nw.Datetime("us")).to_numpy(), "datetime64[us]")
    if kind == DATE and not column.is_null().all():
        raise TypeError("not a date")
    gaps = column.is_null().to_numpy()
    return np.array([np.nan if gap else float(value) for value, gap in zip(column.to_list(), gaps, strict=True)])


def _has_zone(dtype: Any) -> bool:
    return isinstance(dtype, nw.Datetime) and dtype.time_zone is not None


def _seconds(values: np.ndarray, dtype: str) -> np.ndarray:
    values = values.astype(dtype)
    return np.where(np.isnat(values), np.nan, values.astype(np.int64) / 1e6)


def _range(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def _names_of(codes: np.ndarray, levels: tuple[str, ...]) -> np.ndarray:
    named = np.array([*levels, None], object)
    return named[np.where(np.isnan(codes), len(levels), codes).astype(int)]
