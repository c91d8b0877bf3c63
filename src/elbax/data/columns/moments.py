"""Columns of dates and times, and of durations."""

import re
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from elbax.data.cells import Cells, shown
from elbax.data.columns.date_writing import (
    NUMBER_WRITINGS,
    find_writing,
    read_moments,
    to_local,
    to_utc,
    usual_offset,
    write_moments,
)
from elbax.data.columns.facts import Facts
from elbax.data.columns.table_column import AbstractTableColumn, Place, common_fields, with_gaps
from elbax.errors import InputError, one_of

UNITS = {
    "Y": "years",
    "M": "months",
    "D": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
}
_SPAN = re.compile(r"-?\d+ days?( \+?\d\d:\d\d:\d\d(\.\d+)?)?")


@dataclass(frozen=True, eq=False)
class AbstractTimes(AbstractTableColumn):
    """Times; codes are numbers of units since an origin, so that they are whole and small."""

    unit: str  # of NumPy, the coarsest that holds all values

    @property
    def step_words(self) -> str:
        """The unit in words."""
        return UNITS[self.unit]


@dataclass(frozen=True, eq=False)
class Moment(AbstractTimes):
    """Dates and times, in UTC if they have a zone; dates of a zone in its own days."""

    kind = "datetime"
    origin: int  # units since 1970 at code 0
    writing: str  # how numbers and text write them, see `date_writing`; "" for dates and times proper
    zone: str  # the zone whose days are counted, or ""
    box: str  # "date" if the cells are Python's dates

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        if facts.form == "moment":
            return "dates and times"
        writing = find_writing(facts)
        if writing is None:
            return None
        offset = usual_offset(facts, writing)
        drawn = f", and with other offsets from UTC; dates of the model have {offset}" if offset else ""
        return f"dates written as {shown_writing(facts)}{drawn}"

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        writing = "" if facts.form == "moment" else find_writing(facts)
        if own_format := facts.options.get("format"):
            writing = _writing_of(own_format, facts)
        if writing is None:
            row = int(np.flatnonzero(~facts.cells.gaps)[0])
            raise InputError(
                f"{facts.where} is {shown(facts.cells.values[row])} in row {row}, which is no date; write dates as "
                f"2023-06-23 or 20230623, or name their form, as in columns={{{place.name!r}: "
                "\"datetime(format='%d/%m/%Y')\"}"
            )
        values = read_moments(facts.cells, writing)[~facts.cells.gaps]
        unit, zone = _unit(values), ""
        if facts.cells.zone and unit not in ("Y", "M", "D"):
            local = _unit(to_local(values, facts.cells.zone))
            if local in ("Y", "M", "D"):
                unit, zone = local, facts.cells.zone
                values = to_local(values, zone)
        counts = values.astype(f"M8[{unit}]").astype(np.int64)
        origin = int(counts.min())
        own = common_fields(facts, place, counts - origin)
        return cls(
            np.array([feature]), unit=unit, origin=origin, writing=writing, zone=zone, box=facts.cells.box, **own
        )

    def encode_cells(self, cells: Cells) -> np.ndarray:
        values = read_moments(cells, self.writing)
        values = to_local(values, self.zone) if self.zone else values
        floor = values.astype(f"M8[{self.unit}]")
        codes = (floor.astype(np.int64) - self.origin).astype(np.float64)
        begin, end = (t.astype(values.dtype).astype(np.int64) for t in (floor, floor + 1))
        return with_gaps(codes + (values.astype(np.int64) - begin) / np.maximum(end - begin, 1), cells.gaps)

    def decode_cells(self, codes: np.ndarray) -> Cells:
        gaps = np.isnan(codes)
        counts = np.round(np.where(gaps, 0, codes)).astype(np.int64) + self.origin
        values = counts.astype(f"M8[{self.unit}]")
        if self.zone:
            values = to_utc(values.astype("M8[s]"), self.zone)
        if self.unit in ("Y", "M"):
            values = values.astype("M8[D]")
        if self.writing:
            return Cells(self.form, write_moments(values, self.writing), gaps, self.where)
        return Cells(self.form, values, gaps, self.where, box=self.box)

    def describe(self) -> str:
        return "a date" if self.unit in ("Y", "M", "D") else "a time"


@dataclass(frozen=True, eq=False)
class Duration(AbstractTimes):
    """Lengths of time."""

    kind = "duration"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        return "lengths of time" if facts.form == "span" or _writes_spans(facts) else None

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        if facts.form != "span" and not _writes_spans(facts):
            raise InputError(
                f"{facts.where} holds no lengths of time, so it cannot be 'duration'; convert it with pd.to_timedelta"
            )
        values = _spans(facts.cells)[~facts.cells.gaps]
        unit = _unit(values)
        own = common_fields(facts, place, values.astype(f"m8[{unit}]").astype(np.int64))
        return cls(np.array([feature]), unit=unit, **own)

    def encode_cells(self, cells: Cells) -> np.ndarray:
        values = _spans(cells)
        if (wrong := np.flatnonzero(np.isnat(values) & ~cells.gaps)).size:
            row = int(wrong[0])
            raise InputError(
                f"{cells.where} is {shown(cells.values[row])} in row {row}; it must be a length of time, as in fit"
            )
        return with_gaps(values / np.timedelta64(1, self.unit), cells.gaps)

    def decode_cells(self, codes: np.ndarray) -> Cells:
        gaps = np.isnan(codes)
        values = np.round(np.where(gaps, 0, codes)).astype(np.int64).astype(f"m8[{self.unit}]")
        if self.form == "text":
            values = np.array([str(span) for span in pd.to_timedelta(values)], object)
        return Cells(self.form, values, gaps, self.where)

    def describe(self) -> str:
        return "a length of time"


def _writing_of(own_format: str, facts: Facts) -> str:
    """The writing that the user named."""
    if facts.form == "text":
        return f"text {own_format}"
    if own_format in NUMBER_WRITINGS:
        return own_format
    raise InputError(
        f"{facts.where} holds numbers, whose format is {one_of(NUMBER_WRITINGS)}; got {own_format!r}, so name one of "
        "these, or make the column text"
    )


def _writes_spans(facts: Facts) -> bool:
    """Whether text writes lengths of time as pandas does."""
    return facts.form == "text" and all(_SPAN.fullmatch(text) for text in facts.distinct.tolist())


def _spans(cells: Cells) -> np.ndarray:
    """Lengths of time (n,) of cells, NaT for values that are none."""
    if cells.form == "span":
        return cells.values
    if cells.form == "text":
        return pd.to_timedelta(pd.Series(np.where(cells.gaps, None, cells.values)), errors="coerce").to_numpy()
    return np.full(len(cells.gaps), "NaT", "m8[s]")


def shown_writing(facts: Facts) -> str:
    """How the first date is written."""
    first = facts.values[0]
    return first if isinstance(first, str) else f"{first:.0f}"


def _unit(values: np.ndarray) -> str:
    """The coarsest unit that holds all times."""
    kind, own = values.dtype.kind, np.datetime_data(values.dtype)[0]
    for unit in UNITS if kind == "M" else list(UNITS)[2:]:
        if unit == own or (values.astype(f"{kind}8[{unit}]").astype(values.dtype) == values).all():
            return unit
    return own
