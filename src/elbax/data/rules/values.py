"""Columns as numbers with a form, so that rules can compute with numbers, dates and durations."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from elbax.data.cells import Cells
from elbax.errors import InputError

NUMBER, MOMENT, SPAN, TEXT = "number", "moment", "span", "text"
NAMES = {NUMBER: "a number", MOMENT: "a date", SPAN: "a duration", TEXT: "text"}


class Values(NamedTuple):
    """One value per row.

    Attributes:
        form: "number", "moment" (steps of a unit since 1970), "span" (steps of a unit), or "text".
        values: (n,), int64, float64, or objects for text; anything where a value is missing.
        missing: mask of rows without a value, (n,).
    """

    form: str
    values: np.ndarray
    missing: np.ndarray

    @property
    def whole(self) -> bool:
        """Whether all values are whole numbers."""
        values = self.values[~self.missing]
        return self.form != TEXT and (values.dtype.kind in "iu" or bool((values == np.round(values)).all()))


class Table(NamedTuple):
    """Columns by name, and the unit of dates and durations: "us", or "ns" where all columns have it."""

    columns: Mapping[str, Values]
    unit: str
    rows: int


def read_table(cells: Mapping[str, Cells], rows: int) -> Table:
    """The columns of a table as values."""
    times = [column.values.dtype for column in cells.values() if column.form in (MOMENT, SPAN)]
    unit = "ns" if times and all(np.datetime_data(dtype)[0] == "ns" for dtype in times) else "us"
    return Table({name: _values(column, unit) for name, column in cells.items()}, unit, rows)


def to_cells(values: Values, unit: str, where: str, *, whole: bool) -> Cells:
    """Values as cells of a column; ``whole`` rounds numbers."""
    numbers = values.values
    if values.form in (MOMENT, SPAN):
        dtype = f"{'M' if values.form == MOMENT else 'm'}8[{unit}]"
        numbers = np.where(values.missing, 0, np.round(numbers)).astype(np.int64).astype(dtype)
    elif values.form == NUMBER:
        numbers = np.where(values.missing, 0, np.round(numbers) if whole else numbers)
        numbers = numbers.astype(np.int64) if whole else numbers
    return Cells(values.form, numbers, values.missing, where)


def literal(text: str, form: str, unit: str, rule: str) -> int:
    """A date or a duration written in a rule as a number of steps of the unit."""
    try:
        if form == MOMENT:
            stamp = pd.Timestamp(text)
            stamp = stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo is not None else stamp
            return int(np.datetime64(stamp.to_datetime64(), unit).astype(np.int64))
        return int(np.timedelta64(pd.Timedelta(text).to_timedelta64(), unit).astype(np.int64))
    except ValueError as error:
        example = "'2020-01-31'" if form == MOMENT else "'2 days'"
        raise InputError(f"rule {rule!r}: {text!r} is not {NAMES[form]}; write it as in {example}") from error


def _values(cells: Cells, unit: str) -> Values:
    values, form = cells.values, cells.form
    if form in (MOMENT, SPAN):
        kind = "M" if form == MOMENT else "m"
        return Values(form, values.astype(f"{kind}8[{unit}]").astype(np.int64), cells.gaps)
    if form in ("number", "boolean"):
        return Values(NUMBER, values.astype(np.int64) if values.dtype.kind == "b" else values, cells.gaps)
    return Values(TEXT, values, cells.gaps)
