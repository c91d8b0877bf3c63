"""What users give as rows and context, checked against a fitted model's schemas."""

import numpy as np
import pandas as pd

from elbax.data import Schema
from elbax.errors import InputError


def encode_context(schema: Schema | None, context, n: int | None = None) -> np.ndarray | None:
    """Encode the context of n rows, or a single entry for all, with a fitted model's context schema.

    Raises:
        InputError: context is missing where the model needs it, given where it does not, or does not fit.
    """
    if schema is None and context is not None:
        raise InputError(
            "this model was fitted without context, so it takes none; leave it out or fit again with it"
        )
    if schema is not None and context is None:
        raise InputError(f"this model was fitted with context; pass context=…: {schema.describe_entry()}")
    return None if schema is None else schema.inputs(schema.encode(context), n)


def read_one(schema: Schema, name: str, row):
    """One row with its leading axis, whether or not it was given one, and with its columns' names.

    Raises:
        InputError: it is not one row of the model's shape.
    """
    values, shape, columns = np.asarray(row), schema.event_shape, schema.columns
    if values.size != np.prod(shape):
        raise InputError(f"{name} must be one row of shape {shape}; got shape {values.shape}")
    if hasattr(row, "columns"):
        return row
    if isinstance(row, pd.Series) and columns is not None:
        return row.to_frame().T  # its labels are checked like those of columns
    values = values.reshape(1, *shape)
    return values if columns is None else pd.DataFrame(values, columns=list(columns))


def index_of(rows) -> pd.Index | None:
    """The index of pandas rows; others have none."""
    return rows.index if isinstance(rows, pd.DataFrame) else None
