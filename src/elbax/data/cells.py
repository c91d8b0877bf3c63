"""The cells of one column of a table, whatever library and dtype they come in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from elbax.errors import InputError

MARKERS = ("", "?")  # text that stands for a gap
_MOMENTS = (dt.date, np.datetime64)  # a datetime and a Timestamp are dates
_SPANS = (dt.timedelta, np.timedelta64)
_LIMIT = float(np.finfo(np.float32).max)
_SHOWN = 40  # characters of a value in a message


@dataclass(frozen=True, eq=False)
class Cells:
    """Values of a column (n,) in one of few forms, and its gaps.

    Attributes:
        form: "boolean" (bool), "number" (int64 or float64), "text" (objects of type str), "moment" (datetime64, in UTC
            if there is a zone), "span" (timedelta64), "mixed" (objects of several of these), or "other" (objects that
            no kind models).
        values: (n,); any value of the form where there is a gap.
        gaps: mask of the cells that are missing.
        where: the column for messages, as in "column 'age'".
        levels: the categories that the dtype names, in their order; None if it names none.
        ordered: whether the dtype says that its categories have an order.
        zone: the time zone of the dtype, or "".
        box: "date" if moments are Python's dates, else "".
        blank: the text that stands for gaps, if one does.
    """

    form: str
    values: np.ndarray
    gaps: np.ndarray
    where: str
    levels: tuple[Any, ...] | None = None
    ordered: bool = False
    zone: str = ""
    box: str = ""
    blank: str | None = None

    @property
    def observed(self) -> np.ndarray:
        """The values that are not missing."""
        return self.values[~self.gaps] if self.gaps.any() else self.values

    def filled(self, others: "Cells") -> "Cells":
        """The cells with the values of others in gaps."""
        if not self.gaps.any():
            return self
        if self.form in ("moment", "span") and others.form == self.form:
            finer = np.promote_types(self.values.dtype, others.values.dtype)
            values = np.where(self.gaps, others.values.astype(finer), self.values.astype(finer))
        elif self.form == "number" and others.form == "number":
            values = np.where(self.gaps, others.values, self.values)
        else:
            values = np.where(self.gaps, others.values.astype(object), self.values.astype(object))
        form = others.form if self.gaps.all() else self.form
        if form in ("boolean", "number") and values.dtype == object:
            values = values.astype(bool if form == "boolean" else float)
        return replace(self, form=form, values=values, gaps=others.gaps & self.gaps, box=others.box)

    def blanked(self, blank: str | None) -> "Cells":
        """The cells with a text in gaps, if one stands for them."""
        if blank is None or self.form not in ("text", "other") or not self.gaps.any():
            return self
        values = np.where(self.gaps, blank, self.values)
        return replace(self, form="text", values=values, gaps=np.zeros(len(values), bool))

    def with_gaps(self, gaps: np.ndarray) -> "Cells":
        """The cells with more gaps, where a mask is true."""
        return _with_gaps(self, self.gaps | gaps)

    def take_out(self, markers: Sequence[str]) -> "Cells":
        """The cells with gaps where a value is one of some markers, such as "-999" or "unknown"."""
        readers = {"number": as_number, "moment": _as_moment, "text": str}
        if self.form not in readers:
            return self
        known = {value for marker in markers if (value := readers[self.form](marker)) is not None}
        marked = _is_in(self.values, known) if self.form == "text" else np.isin(self.values, list(known))
        marked = marked & ~self.gaps
        if not marked.any():
            return self
        blank = self.values[marked.argmax()] if self.form == "text" and not self.gaps.any() else None
        return replace(self, gaps=self.gaps | marked, blank=blank)


def read_cells(values: Any, where: str, markers: Sequence[str] = ()) -> Cells:
    """Cells of a narwhals series or of an array (n,); blanks, "?" and other markers are gaps."""
    markers = (*MARKERS, *markers)
    if isinstance(values, nw.Series):
        return _of_series(values, where, markers).take_out(markers)
    return _of_array(np.asanyarray(values), where, markers).take_out(markers)


def check_usable(cells: Cells) -> Cells:
    """The cells; InputError if types are mixed, or a number is infinite, complex or beyond single precision."""
    if cells.form == "mixed":
        raise _mixed(cells)
    if cells.form == "other" and any(isinstance(value, complex | np.complexfloating) for value in cells.observed[:1]):
        raise InputError(f"Complex data not supported: {cells.where} is complex; pass real and imaginary parts")
    if cells.form == "other" and all(isinstance(value, Integral) for value in cells.observed[:1]):
        row = next(row for row, value in enumerate(cells.values.tolist()) if not cells.gaps[row] and not _fits(value))
        raise InputError(
            f"{cells.where} is {shown(cells.values[row])} in row {row}, an integer beyond 64 bits; make the column "
            "text if it holds codes, else floats"
        )
    if cells.form == "number" and cells.values.dtype.kind == "f":
        large = ~cells.gaps & ~(np.abs(cells.values) <= _LIMIT)
        if large.any():
            row = int(large.argmax())
            if np.isinf(cells.values[row]):
                raise InputError(f"{cells.where} is infinite in row {row}; put a number there, or leave the cell empty")
            raise InputError(
                f"{cells.where} has a value beyond ±3.4e38, the range of single precision, in row {row}; divide it by "
                "a constant, or take logarithms"
            )
    return cells


def shown(value: Any) -> str:
    """A value for a message, cut if it is long."""
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def as_number(text: str) -> float | None:
    """The finite number that a text stands for, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) and "_" not in text else None


def _as_moment(text: str) -> np.datetime64 | None:
    """The date that a text stands for, or None."""
    try:
        return np.datetime64(text) if text[4:5] == "-" else None
    except ValueError:
        return None


def level_text(value: Any) -> str:
    """A level as text: 3 and 3.0 are one, "3"."""
    if isinstance(value, Real) and not isinstance(value, bool | np.bool_ | Integral) and float(value).is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value)


def _of_series(series: nw.Series, where: str, markers: Sequence[str]) -> Cells:
    native, dtype = series.to_native(), series.dtype
    if isinstance(native, pd.Series) and isinstance(native.dtype, pd.SparseDtype):
        return _of_array(np.asarray(native.sparse.to_dense()), where, markers)
    if dtype == nw.Boolean:
        gaps = series.is_null().to_numpy().astype(bool)
        return Cells("boolean", series.fill_null(False).to_numpy().astype(bool), gaps, where)
    if dtype.is_integer():
        gaps = series.is_null().to_numpy().astype(bool)
        values = series.fill_null(0).to_numpy() if gaps.any() else series.to_numpy()
        return Cells("number", _integers(values), gaps, where)
    if dtype.is_float() or dtype.is_decimal():
        return _floats(series.cast(nw.Float64).to_numpy(), where)
    if dtype == nw.Categorical or dtype == nw.Enum:
        return _of_categories(series, where)
    if dtype == nw.Datetime or dtype == nw.Date or dtype == nw.Duration or _is_date64(native):
        return replace(_times(_times_of(native), where), zone=str(getattr(dtype, "time_zone", None) or ""))
    if dtype == nw.String:
        values = series.to_numpy().astype(object)
        return _texts(values, pd.isna(values), where)
    if dtype == nw.Object or not series.null_count() < len(series):
        return _of_objects(np.asarray(series.to_numpy(), object), where, markers)
    return _other(series.to_numpy(), series.is_null().to_numpy().astype(bool), where)


def _of_array(values: np.ndarray, where: str, markers: Sequence[str]) -> Cells:
    kind = values.dtype.kind
    gaps = np.zeros(len(values), bool)
    if np.ma.isMaskedArray(values):
        gaps, values = np.ma.getmaskarray(values), np.ma.getdata(values)
    if kind == "b":
        return Cells("boolean", values, gaps, where)
    if kind in "iu":
        return Cells("number", _integers(values), gaps, where)
    if kind == "f":
        return _with_gaps(_floats(values.astype(np.float64), where), gaps | np.isnan(values))
    if kind in "mM":
        return _times(values, where)
    if kind in "US":
        text = values.astype(str).astype(object)
        return _texts(text, gaps, where)
    if kind == "O":
        return _of_objects(np.where(gaps, None, values), where, markers)
    return _other(values, gaps, where)


def _of_categories(series: nw.Series, where: str) -> Cells:
    """Cells of a categorical column, with the levels of its dtype."""
    native = series.to_native()
    if isinstance(native, pd.Series) and isinstance(native.dtype, pd.CategoricalDtype):
        inner = native.dtype.categories.tolist()
        plain = all(isinstance(value, str | bool | int | float) for value in inner)
        levels = np.array([value if plain else str(value) for value in inner], dtype=object)
        codes, ordered = native.cat.codes.to_numpy(), bool(native.dtype.ordered)
    else:
        texts = series.cast(nw.String).to_numpy()
        named = series.dtype.categories if series.dtype == nw.Enum else sorted(set(texts[~pd.isna(texts)]))
        levels = np.array(list(named), dtype=object)
        codes, ordered = pd.Index(levels).get_indexer(texts), series.dtype == nw.Enum
    gaps = codes < 0
    values = levels[np.where(gaps, 0, codes)] if len(levels) else np.full(len(codes), None, object)
    cells = _of_objects(np.where(gaps, None, values), where, ())
    return replace(cells, levels=tuple(levels.tolist()), ordered=ordered)


def _of_objects(values: np.ndarray, where: str, markers: Sequence[str]) -> Cells:
    """Cells of objects: their form is that of all that are no gap, nor text that marks one."""
    gaps = np.array([_is_gap(value) for value in values.tolist()], bool)
    observed = values[~gaps].tolist()
    types = {type(value) for value in observed}
    if all(issubclass(cls, str | bytes) for cls in types):
        return _texts(values, gaps, where)
    if all(issubclass(cls, bool | np.bool_) for cls in types):
        return Cells("boolean", np.where(gaps, False, values).astype(bool), gaps, where)
    if all(issubclass(cls, Integral) and not issubclass(cls, bool | np.bool_) for cls in types):
        if not all(_fits(value) for value in observed):
            return _other(values, gaps, where)
        return Cells("number", _integers(np.where(gaps, 0, values)), gaps, where)
    if all(issubclass(cls, Real | Decimal) and not issubclass(cls, bool | np.bool_) for cls in types):
        return _floats(np.where(gaps, np.nan, values).astype(np.float64), where)
    if all(issubclass(cls, _MOMENTS) for cls in types):
        days = not any(issubclass(cls, dt.datetime | np.datetime64) for cls in types)
        return replace(_times(_moments(np.where(gaps, None, values)), where), box="date" if days else "")
    if all(issubclass(cls, _SPANS) for cls in types):
        return _times(pd.to_timedelta(pd.Series(values)).to_numpy(), where)
    if all(issubclass(cls, str | bytes | bool | np.bool_ | Real | Decimal | dt.date | dt.timedelta) for cls in types):
        marked = np.array([isinstance(value, str) and value.strip() in markers for value in values.tolist()])
        if marked.any():
            return _of_objects(np.where(marked, None, values), where, ())
        return Cells("mixed", values, gaps, where)
    return _other(values, gaps, where)


def _mixed(cells: Cells) -> InputError:
    """The error for a column of several types: the rarer ones are named."""
    values, gaps, where = cells.values, cells.gaps, cells.where
    rows = np.flatnonzero(~gaps)
    names = np.array([_type_name(values[row]) for row in rows])
    kinds, counts = np.unique(names, return_counts=True)
    common, rare = kinds[counts.argsort(kind="stable")[[-1, 0]]]
    first = rows[names == rare][:3]
    named = ", ".join(f"{shown(values[row])} in row {row}" for row in first)
    return InputError(
        f"{where} mixes {common} with {rare} ({named}); make them all one type, or say that they are gaps with missing="
    )


def _type_name(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "booleans"
    if isinstance(value, str | bytes):
        return "text"
    return "numbers" if isinstance(value, Real | Decimal) else "dates"


def _is_gap(value: Any) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return False


def _texts(values: np.ndarray, gaps: np.ndarray, where: str) -> Cells:
    gaps = np.asarray(gaps, bool)
    values = np.where(gaps, "", values)
    if any(isinstance(value, bytes) for value in values):
        values = np.array([v.decode(errors="replace") if isinstance(v, bytes) else v for v in values], object)
    return Cells("text", values.astype(object), gaps, where)


def _fits(value: Any) -> bool:
    """Whether an integer, signed or not, has at most 64 bits."""
    return -(2**63) <= value < 2**64


def _integers(values: np.ndarray) -> np.ndarray:
    """Integers as int64; as floats if they do not fit."""
    try:
        wide = values.dtype == np.uint64 and len(values) and values.max() > np.iinfo(np.int64).max
        return values.astype(np.float64 if wide else np.int64)
    except OverflowError:
        return values.astype(np.float64)


def _floats(values: np.ndarray, where: str) -> Cells:
    gaps = np.isnan(values)
    return Cells("number", np.where(gaps, 0.0, values), gaps, where)


def _times(values: np.ndarray, where: str) -> Cells:
    gaps = np.isnat(values)
    form = "moment" if values.dtype.kind == "M" else "span"
    return Cells(form, np.where(gaps, np.zeros(1, values.dtype), values), gaps, where)


def _times_of(native: Any) -> np.ndarray:
    """Dates and durations of a series as NumPy has them, in UTC if they have a zone."""
    if isinstance(native, pd.Series):
        if isinstance(native.dtype, pd.ArrowDtype):
            import pyarrow as pa

            return _times_of(pa.chunked_array(pa.array(native)))
        zoned = isinstance(native.dtype, pd.DatetimeTZDtype)
        return (native.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else native).to_numpy()
    return np.asarray((native.cast("timestamp[ms]") if _is_date64(native) else native).to_numpy())


def _is_date64(native: Any) -> bool:
    """Whether a column has Arrow's dates in milliseconds, which narwhals does not know."""
    dtype = getattr(native, "dtype", None)
    return str(getattr(native, "type", getattr(dtype, "pyarrow_dtype", ""))) == "date64[ms]"


def _moments(values: np.ndarray) -> np.ndarray:
    """Dates and times as objects in microseconds, in UTC if they have a zone."""
    plain = []
    for value in values.tolist():
        zoned = isinstance(value, dt.datetime) and value.tzinfo is not None
        value = value.astimezone(dt.UTC).replace(tzinfo=None) if zoned else value
        plain.append(np.datetime64("NaT") if value is None else np.datetime64(value, "us"))
    return np.array(plain, "M8[us]")


def _with_gaps(cells: Cells, gaps: np.ndarray) -> Cells:
    return replace(cells, gaps=gaps)


def _other(values: np.ndarray, gaps: np.ndarray, where: str) -> Cells:
    return Cells("other", np.asarray(values, object), gaps, where)


def _is_in(values: np.ndarray, known: set[str]) -> np.ndarray:
    return np.array([value.strip() in known for value in values.tolist()], bool)
