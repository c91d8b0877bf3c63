"""Compiling all programs of a model before the first request."""

from typing import Any, get_args

import numpy as np
import pyarrow as pa

from elbax.evaluate.batching import row_numbers
from elbax.service.fields import Field
from elbax.service.model import ServedModel
from elbax.service.rows import check_columns

_SIZES = (1, 2)  # one row has programs of its own, all other numbers of rows share theirs


def warm_up(model: ServedModel) -> None:
    """Make every call once, for one row and for several."""
    own = model.format
    context = None if own.context is None else own.context_from_json([_context(model)])
    for n in _SIZES:
        model.sample(n, context=context)
    rows = model.sample(max(_SIZES), context=context)
    if context is not None:
        repeated = context.take([0] * rows.num_rows)
        rows = pa.table({name: table[name] for table in (rows, repeated) for name in table.column_names})
    rows = _with_all_columns(rows, own.arrow_types)
    for call in model.calls().values():
        for n in _SIZES:
            call(rows.slice(0, n), row_numbers(n))
    if own.fills:
        model.warm_up_filling(_with_gap(rows))
    if own.schema.table is not None:
        _try_conditions(model, context)


def _try_conditions(model: ServedModel, context: pa.Table | None) -> None:
    """A known cell, and a range, which has a program of its own."""
    schema = model.vae.schema_
    assert schema.table is not None  # who asks has looked
    for column in schema.table.modeled:
        if column.kind not in ("onehot", "gap"):
            feature = int(column.features[0])
            low, high = (schema.value_of(feature, getattr(column.statistics, end)[0]) for end in ("minimum", "maximum"))
            model.sample(1, given={column.name: low}, context=context)
            if not column.levels:
                model.sample(1, given={column.name: (low, high)}, context=context)
                return


def _context(model: ServedModel) -> Any:
    part = model.format.context
    assert part is not None  # who asks has looked
    if not part.fields:
        return np.zeros(part.shape).tolist()
    if not part.named and len(part.fields) == 1:
        return _example(part.fields[0])
    return {field.name: _example(field) for field in part.fields}


def _example(field: Field) -> Any:
    """A value of a column of context: the first label, or 1."""
    if pa.types.is_string(field.arrow):
        return get_args(get_args(field.json)[0])[0]
    return 1.0


def _with_all_columns(rows: pa.Table, wanted: dict[str, pa.DataType]) -> pa.Table:
    """Rows of a model as a client sends them; an exposure of 1."""
    columns = {name: rows[name] if name in rows.column_names else pa.array([1.0] * rows.num_rows) for name in wanted}
    return check_columns(pa.table(columns), wanted, gaps=True)


def _with_gap(rows: pa.Table) -> pa.Table:
    """Rows without their first cell."""
    name = rows.column_names[0]
    if pa.types.is_fixed_size_list(rows.schema.field(name).type):
        values = [[None, *row[1:]] for row in rows[name].to_pylist()]
        return rows.set_column(0, name, pa.array(values, rows.schema.field(name).type))
    return rows.set_column(0, name, pa.nulls(rows.num_rows, rows.schema.field(name).type))
