"""Rows of a model as JSON, as Arrow tables, and as the estimator takes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Annotated, Any, Literal, Self

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ConfigDict
from pydantic import Field as Constraint
from typing_extensions import TypedDict

from elbax.core.likelihoods import AbstractLikelihood
from elbax.core.likelihoods.base import Support
from elbax.data import TOTAL, Schema
from elbax.data.columns import Levels
from elbax.data.table_layout import TableLayout
from elbax.errors import InputError
from elbax.service.fields import Field, context_fields, exposure_field, fields_of, number_type, to_json

X, CONTEXT = "x", "context"  # of one row of a model with context; columns of Arrow for rows without names


@dataclass(frozen=True, eq=False)
class Part:
    """The columns of x, or of context.

    Attributes:
        fields: of rows with names, or without names in `Schema.of_context`; empty for arrays.
        shape: of a row that is an array.
        element: the type of its numbers, for pydantic.
        named: whether fields are told apart by name.
    """

    fields: tuple[Field, ...]
    shape: tuple[int, ...] = ()
    element: Any = None
    named: bool = True

    def json(self, name: str, *, gaps: bool, needed: bool = True) -> Any:
        """The type of one row for pydantic; with ``gaps``, cells may be null, or left out unless ``needed``."""
        if not self.fields:
            return self._nested(self.shape, self.element | None if gaps else self.element)
        if not self.named and len(self.fields) == 1:
            return self.fields[0].json
        types = {}
        for field in self.fields:
            json = field.json | None if gaps or field.kind in _CARRIED else field.json
            known = Annotated[json, Constraint(json_schema_extra=field.facts)]
            types[field.name] = known
        total = not gaps or needed
        row = TypedDict(name, types, total=total)  # type: ignore[misc]
        row.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
        return row

    def answer(self, name: str) -> Any:
        """The type of one row in answers."""
        if not self.fields:
            return self._nested(self.shape, float | None)
        types = {f.name: Annotated[f.answer, Constraint(json_schema_extra=f.facts)] for f in self.fields}
        return TypedDict(name, types)  # type: ignore[misc]

    def arrow(self, values: Sequence[Any], name: str) -> dict[str, pa.Array]:
        """JSON rows as columns of Arrow, by name."""
        if not self.fields:
            flat = pa.array(_flatten(values, len(self.shape)), pa.float64())
            return {name: pa.FixedSizeListArray.from_arrays(flat, prod(self.shape))}
        if not self.named and len(self.fields) == 1:
            return {name: self.fields[0].from_json(list(values))}
        prefix = "" if name == X else f"{name}."
        return {prefix + f.name: f.from_json([row.get(f.name) for row in values]) for f in self.fields}

    def schema(self, name: str) -> dict[str, pa.DataType]:
        """Names and types of its columns of Arrow."""
        if not self.fields:
            return {name: pa.list_(pa.float64(), prod(self.shape))}
        if not self.named and len(self.fields) == 1:
            return {name: self.fields[0].arrow}
        prefix = "" if name == X else f"{name}."
        return {prefix + field.name: field.arrow for field in self.fields}

    def _nested(self, shape: tuple[int, ...], element: Any) -> Any:
        for length in reversed(shape):
            element = Annotated[list[element], Constraint(min_length=length, max_length=length)]
        return element


_CARRIED = ("id", "text", "constant", "ignore")


@dataclass(frozen=True, eq=False)
class RowFormat:
    """The rows of one model.

    Attributes:
        x: the columns of the rows.
        context: those of their context; None without.
        schema: of x.
        context_schema: of the context, or None.
        divisor: what numbers are divided by before the model sees them.
        fills: whether rows may have gaps that can be filled.
    """

    x: Part
    context: Part | None
    schema: Schema
    context_schema: Schema | None
    divisor: float
    fills: bool

    @classmethod
    def of(
        cls,
        schema: Schema,
        context_schema: Schema | None,
        likelihood: AbstractLikelihood,
        exposure: str | None = None,
        divisor: float = 1.0,
    ) -> Self:
        """Learn from the schemas of a fitted model."""

        def support(feature: int) -> Support:
            own = likelihood.support_of(feature)
            return Support(own.lower * divisor, own.upper * divisor, own.integer and divisor == 1)

        x = _part_of_x(schema, support)
        context = None if context_schema is None else _part_of_context(context_schema)
        if exposure not in (None, TOTAL) and x.fields:
            x = Part((*x.fields, exposure_field(exposure)), named=x.named)
        elif exposure not in (None, TOTAL):
            own = () if context is None else context.fields
            context = Part((*own, exposure_field(exposure)))
        if context is not None and not context.fields and not context.shape:
            context = None  # the total alone, which the rows have
        fills = not schema.is_image and schema.removal is None and exposure is None
        return cls(x, context, schema, context_schema, divisor, fills)

    @property
    def has_gaps(self) -> bool:
        """Whether all calls take rows with gaps."""
        return self.schema.table is not None

    @cached_property
    def arrow_types(self) -> dict[str, pa.DataType]:
        """Names and types of the columns of a request in Arrow."""
        own = {} if self.context is None else self.context.schema(CONTEXT)
        return self.x.schema(X) | own

    def json(self, name: str, *, gaps: bool) -> Any:
        """The type of one row of a request, for pydantic."""
        row = self.x.json(name, gaps=gaps or self.has_gaps, needed=False)
        if self.context is None:
            return row
        context = self.context.json(f"{name}Context", gaps=False)
        whole = TypedDict(f"{name}WithContext", {X: row, CONTEXT: context})  # type: ignore[misc]
        whole.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
        return whole

    def from_json(self, rows: Sequence[Any]) -> pa.Table:
        """Rows of a request that pydantic has checked, as an Arrow table."""
        if self.context is None:
            return pa.table(self.x.arrow(rows, X))
        own = self.x.arrow([row[X] for row in rows], X)
        return pa.table(own | self.context.arrow([row[CONTEXT] for row in rows], CONTEXT))

    def context_from_json(self, values: Sequence[Any]) -> pa.Table:
        """Entries of context alone, as an Arrow table."""
        assert self.context is not None  # who asks has looked
        return pa.table(self.context.arrow(values, CONTEXT))

    def frame(self, table: pa.Table) -> Any:
        """Rows as the estimator takes them: a data frame, or an array (n, *shape)."""
        if not self.x.fields:
            return self.numbers(table)
        own = table.select([field.name for field in self.x.fields])
        if self.divisor != 1:
            own = pa.table({name: pc.divide(own[name], self.divisor) for name in own.column_names})
        layout = None if self.schema.table is None else self.schema.table.layout
        return own if layout is None or layout.names == layout.texts else self._in_pandas(own, layout)

    def native(self, table: pa.Table) -> Any:
        """Rows of a table of kinds in the library of the fit."""
        assert self.schema.table is not None  # who asks has looked
        layout, own = self.schema.table.layout, table.select([field.name for field in self.x.fields])
        if layout.library == "polars":
            import polars as pl

            return pl.from_arrow(own)
        if layout.library == "pyarrow":
            return own
        frame = self._in_pandas(own, layout)
        return frame.to_numpy(object) if layout.library == "numpy" else frame

    def numbers(self, table: pa.Table) -> np.ndarray:
        """Rows of numbers as an array (n, *shape), NaN in gaps."""
        if not self.x.fields:
            return self._array(table[X], self.x.shape) / self.divisor
        columns = [table[field.name].to_numpy().astype(np.float64) for field in self.x.fields]
        return np.stack(columns, axis=1) / self.divisor

    def _in_pandas(self, table: pa.Table, layout: TableLayout) -> pd.DataFrame:
        names = dict(zip(layout.texts, layout.names, strict=True))
        columns = [names.get(name, name) for name in table.column_names]
        several = any(isinstance(name, tuple) for name in columns)
        index = pd.MultiIndex.from_tuples(columns) if several else pd.Index(columns)
        return table.to_pandas().set_axis(index, axis=1)

    def context_of(self, table: pa.Table) -> Any:
        """The context of rows as the estimator takes it; None without."""
        part = self.context
        if part is None:
            return None
        if not part.fields:
            return self._array(table[CONTEXT], part.shape)
        if not part.named:
            columns = [table[name].to_numpy() for name in part.schema(CONTEXT)]
            return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)
        return pa.table({field.name: table[f"{CONTEXT}.{field.name}"] for field in part.fields})

    def table(self, values: Any) -> pa.Table:
        """Rows that the estimator returns (a data frame, or an array) as an Arrow table with the columns of x."""
        if not self.x.fields:
            flat = np.ascontiguousarray(values, np.float64).reshape(-1) * self.divisor
            return pa.table({X: pa.FixedSizeListArray.from_arrays(pa.array(flat), prod(self.x.shape))})
        if isinstance(values, np.ndarray):
            columns = [pa.array(column.tolist()) for column in values.T]
        else:
            frame = nw.from_native(values, eager_only=True).to_arrow()
            columns = frame.columns
        fields = {field.name: field for field in self.x.fields}
        texts = self.schema.columns if self.schema.table is None else self.schema.table.layout.texts
        named = zip(texts or (), columns, strict=True)
        return pa.table({name: self._plain(column, fields[name]) for name, column in named if name in fields})

    def to_json(self, table: pa.Table) -> list[Any]:
        """Rows of an answer as JSON."""
        if not self.x.fields:
            return self._array(table[X], self.x.shape).tolist()
        names = table.column_names
        columns = [to_json(table[name]) for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def _plain(self, column: Any, field: Field) -> Any:
        if pa.types.is_null(column.type):
            return column.cast(field.arrow)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_date(column.type):
            column = column.cast(pa.timestamp("us"))
        if self.divisor != 1 and pa.types.is_floating(column.type):
            column = pc.multiply(column, self.divisor)
        return column

    def _array(self, column: Any, shape: tuple[int, ...]) -> np.ndarray:
        chunks: Iterable[Any] = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        flat = np.concatenate([chunk.flatten().to_numpy(zero_copy_only=False) for chunk in chunks])
        return flat.astype(np.float64, copy=False).reshape(-1, *shape)


def _part_of_x(schema: Schema, support: Any) -> Part:
    if schema.table is not None or schema.columns is not None:
        return Part(fields_of(schema, support))
    if schema.removal is not None:
        return Part((), schema.axes.shape, number_type(Support()))
    (block, *others) = schema.blocks
    if isinstance(block, Levels) and not others:
        return Part((), schema.axes.shape, Literal[block.values])
    supports = {support(feature) for feature in range(min(schema.n_features, 10_000))}
    widest = Support(min(s.lower for s in supports), max(s.upper for s in supports), all(s.integer for s in supports))
    return Part((), schema.axes.shape, number_type(widest))


def _part_of_context(schema: Schema) -> Part:
    if schema.is_image:
        return Part((), schema.axes.shape, number_type(Support()))
    return Part(context_fields(schema), named=schema.columns is not None)


def _flatten(rows: Sequence[Any], depth: int) -> list[Any]:
    """The numbers of nested lists, row by row."""
    for _ in range(depth):
        rows = [cell for row in rows for cell in row]
    return list(rows)


def check_columns(table: pa.Table, wanted: dict[str, pa.DataType], *, gaps: bool) -> pa.Table:
    """A table with the wanted columns in their order and types.

    Raises:
        InputError: a column is missing, surplus, of a type that does not become the wanted one, or has a gap.
    """
    names = table.column_names
    if absent := [name for name in wanted if name not in names]:
        raise InputError(f"the table lacks the column {absent[0]!r}; send {', '.join(map(repr, wanted))}")
    if surplus := [name for name in names if name not in wanted]:
        raise InputError(f"the table has a column {surplus[0]!r}, which the model does not know")
    columns = {}
    for name, type_ in wanted.items():
        try:
            columns[name] = table[name].cast(type_)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            raise InputError(f"column {name!r} must be of Arrow type {type_}; got {table[name].type}") from error
        if _has_nulls(columns[name], within=gaps):
            raise InputError(f"column {name!r} has a gap, which cannot be there; fill it first")
    return pa.table(columns)


def _has_nulls(column: pa.ChunkedArray, *, within: bool) -> bool:
    """Whether cells are null; ``within`` allows that, but for whole rows of arrays."""
    if not pa.types.is_fixed_size_list(column.type):
        return bool(column.null_count) and not within
    return bool(column.null_count) or (bool(pc.list_flatten(column).null_count) and not within)
