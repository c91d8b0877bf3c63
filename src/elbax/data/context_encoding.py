"""Context as codes: its columns, matched with those of a schema."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from elbax.data.columns import as_numbers
from elbax.data.context import ColumnValues
from elbax.data.frames import quoted
from elbax.errors import InputError, unknown_name

if TYPE_CHECKING:
    from elbax.data.schema import Schema


def encode_columns(schema: "Schema", columns: Sequence[ColumnValues], shape: tuple[int, ...]) -> np.ndarray:
    """Codes (n, d), or images (n, h, w, c), of the columns of context of some shape.

    Raises:
        InputError: columns, shape or names are not those of the schema, or a value cannot be used.
    """
    columns = _match(schema, columns, shape)
    if schema.is_image:
        return as_numbers(columns[0].values, columns[0].where)
    pairs = zip(schema.column_of, columns, strict=True)
    return np.stack([column.encode(values, where) for column, (values, _, where, *_) in pairs], axis=1)


def _match(schema: "Schema", columns: Sequence[ColumnValues], shape: tuple[int, ...]) -> Sequence[ColumnValues]:
    """The columns in the order of the schema's."""
    if schema.columns is not None and columns[0].name is not None:
        by_name = {column.name: column for column in columns}
        if unknown := [name for name in by_name if name not in schema.columns]:
            raise unknown_name("context column", unknown[0], schema.columns)
        if missing := [name for name in schema.columns if name not in by_name]:
            raise InputError(f"context has no column {quoted(missing)}; this model needs {schema.describe_entry()}")
        return [by_name[name] for name in schema.columns]
    image = columns[0].values.shape[1:]
    n_columns = 1 if schema.is_image else schema.n_features
    if len(columns) != n_columns or image != (schema.event_shape if schema.is_image else ()):
        raise InputError(f"context has shape {shape}; this model needs {schema.describe_entry()}")
    return columns
