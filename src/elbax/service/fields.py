"""The columns of a model as HTTP sees them: their JSON, their Arrow type, their kind and unit in OpenAPI."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic import Field as Constraint

from elbax.core.likelihoods.base import Support
from elbax.data import Schema
from elbax.data.columns import Exposure
from elbax.data.columns.amounts import AbstractAmounts
from elbax.data.columns.category import Category
from elbax.data.columns.labels import AbstractLevels, GapFlag
from elbax.data.columns.moments import Duration, Moment
from elbax.data.columns.table_column import AbstractTableColumn

LARGEST = 1e30  # numbers beyond overflow in single precision on their way through networks
_LONGEST_TEXT = 1000
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_000_000  # microseconds of the years 1 to 9999
_LONGEST = 1e10  # seconds of a duration
_LARGEST_INTEGER = 2**53  # that doubles count to
# Whole numbers that are written as 5.0, which JSON Schema takes for integers.
WHOLE = BeforeValidator(lambda value: int(value) if isinstance(value, float) and value.is_integer() else value)


@dataclass(frozen=True)
class Field:
    """One column.

    Attributes:
        name: the column's.
        kind: of its values, such as "count".
        unit: of its numbers, such as "s"; "own" for those in the unit of the data, None for what is no number.
        json: its type for pydantic, without what stands for a gap.
        arrow: its type in Arrow.
    """

    name: str
    kind: str
    unit: str | None
    json: Any
    arrow: pa.DataType

    @property
    def facts(self) -> dict[str, Any]:
        """What OpenAPI says beside the type."""
        facts = {"x-kind": self.kind, "x-unit": self.unit}
        return {name: fact for name, fact in facts.items() if fact is not None}

    @property
    def answer(self) -> Any:
        """The type of its values in answers, for pydantic."""
        if pa.types.is_boolean(self.arrow):
            return bool | None
        return float | None if pa.types.is_floating(self.arrow) or pa.types.is_duration(self.arrow) else str | None

    def from_json(self, values: list[Any]) -> pa.Array:
        """JSON values, as pydantic gives them, None for gaps, in Arrow."""
        if pa.types.is_duration(self.arrow):
            return pa.array([None if value is None else round(1e6 * value) for value in values], self.arrow)
        return pa.array(values, self.arrow)


def to_json(column: pa.ChunkedArray) -> list[Any]:
    """Arrow values as JSON: durations in seconds, None for gaps and for times beyond the years 1 to 9999.

    Example:
        >>> to_json(pa.chunked_array([pa.array([1_500_000, None], pa.duration("us"))]))
        [1.5, None]
    """
    if pa.types.is_duration(column.type):
        column = column.cast(pa.duration("us"), safe=False).cast(pa.int64())
        return [None if value is None else value / 1e6 for value in column.to_pylist()]
    if pa.types.is_timestamp(column.type):
        micro = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        counts = micro.cast(pa.int64())
        known = pc.and_(pc.greater_equal(counts, _FIRST), pc.less_equal(counts, _LAST))
        column = pc.if_else(known, micro, pa.scalar(None, micro.type))
    return column.to_pylist()


def fields_of(schema: Schema, support: Callable[[int], Support]) -> tuple[Field, ...]:
    """The columns of rows with names; ``support`` tells which codes of a feature have a density."""
    if schema.table is not None:
        return tuple(_table_fields(schema, support))
    names = schema.columns or ()
    if schema.removal is not None:  # codes are other numbers than the columns
        return tuple(_number(name, "real", Support()) for name in names)
    return tuple(_number(name, schema.kinds[i], support(i)) for i, name in enumerate(names))


def context_fields(schema: Schema) -> tuple[Field, ...]:
    """The columns of context but for an exposure: labels among those that fit had seen, and numbers."""
    fields = []
    for i, column in enumerate(schema.column_of):
        name = str(i) if schema.columns is None else schema.columns[i]
        if isinstance(column, Category):
            fields.append(_levels(name, column.kind, column.labels))
        elif not isinstance(column, Exposure):
            fields.append(_number(name, column.kind, Support()))
    return tuple(fields)


def exposure_field(name: str) -> Field:
    """The column that counts are proportional to."""
    return _number(name, "exposure", Support(1e-30))


def number_type(support: Support) -> Any:
    """The type of a JSON number with a density."""
    low, high = max(support.lower, -LARGEST), min(support.upper, LARGEST)
    if support.integer:
        low, high = max(low, -_LARGEST_INTEGER), min(high, _LARGEST_INTEGER)
        return Annotated[int, Constraint(strict=True, ge=ceil(low), le=floor(high)), WHOLE]
    return Annotated[float, Constraint(strict=True, ge=low, le=high, allow_inf_nan=False)]


def _table_fields(schema: Schema, support: Callable[[int], Support]) -> Iterator[Field]:
    assert schema.table is not None  # who asks has looked
    owners: dict[int, AbstractTableColumn] = {}
    for column in schema.table.columns:
        if column.kind != GapFlag.kind:
            owners |= dict.fromkeys(column.positions, column)
    for position, name in enumerate(schema.table.layout.texts):
        column = owners[position]
        own = _modeled(name, column, support) if column.modeled else _carried(name, column)
        if own is not None:
            yield own


def _modeled(name: str, column: AbstractTableColumn, support: Callable[[int], Support]) -> Field:
    if column.kind == "onehot":
        return Field(name, column.kind, None, number_type(Support(0, 1, integer=True)), pa.float64())
    if isinstance(column, AbstractLevels) and not column.other:
        return _levels(name, column.kind, tuple(map(_plain, column.values)))
    if isinstance(column, Duration) and column.form == "span":
        return Field(name, column.kind, "s", number_type(Support(-_LONGEST, _LONGEST)), pa.duration("us"))
    if isinstance(column, Moment) and not column.writing:
        return Field(name, column.kind, None, _MOMENT, pa.timestamp("us"))
    if isinstance(column, AbstractAmounts) and column.form == "number":
        own = support(int(column.features[0]))
        return _number(
            name, column.kind, replace(own, lower=own.lower + column.origin, upper=own.upper + column.origin)
        )
    return _carried(name, column) or Field(name, column.kind, None, _FORMS["text"][0], pa.string())


def _carried(name: str, column: AbstractTableColumn) -> Field | None:
    """A column whose values are not looked at, such as keys, or are checked when they are read."""
    if column.form not in _FORMS:
        return None
    json, arrow = _FORMS[column.form]
    return Field(name, column.kind, "own" if column.form == "number" else None, json, arrow)


def _number(name: str, kind: str, support: Support) -> Field:
    return Field(name, kind, "own", number_type(support), pa.float64())


def _levels(name: str, kind: str, values: tuple[Any, ...]) -> Field:
    if all(isinstance(value, bool) for value in values):
        return Field(name, kind, None, _FORMS["boolean"][0], pa.bool_())
    texts = all(isinstance(value, str) for value in values)
    levels = Annotated[Literal[values], BeforeValidator(_no_boolean)]
    return Field(name, kind, None, levels, pa.string() if texts else pa.float64())


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _moment(value: Any) -> dt.datetime:
    """A date and time of RFC 3339 in UTC; without an offset it is taken to be in UTC. ValueError if it is none."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("write a date and time as 2021-03-01T12:30:00Z")
    moment = dt.datetime.fromisoformat(value.upper())
    try:
        return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError("the time is beyond the years 1 to 9999") from error


def _no_boolean(value: Any) -> Any:
    """The value; ValueError for true and false, which Python takes for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("a boolean is none of the levels")
    return value


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_MOMENT = Annotated[Any, PlainValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
_FORMS = {
    "text": (Annotated[str, Constraint(strict=True, max_length=_LONGEST_TEXT)], pa.string()),
    "number": (number_type(Support()), pa.float64()),
    "boolean": (Annotated[bool, Constraint(strict=True)], pa.bool_()),
}
