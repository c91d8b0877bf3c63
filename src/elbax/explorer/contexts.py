"""The context of a conditional model, as a page sends it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from elbax.errors import InputError
from elbax.explorer.session import Session


def read_context(session: Session, values: Mapping[str, Any] | None, row: int | None) -> Any:
    """One entry of context: values by name, or that of a row of the map; None for a model without context.

    Raises:
        InputError: a value is missing.
    """
    schema = session.vae.context_schema_
    if schema is None:
        return None
    if row is not None and session.rows.context is not None:
        return session.rows.take(np.array([row])).context
    if values is None:
        raise InputError(f"this model has a context; choose it: {schema.describe_entry()}")
    if schema.columns is not None:
        return dict(values)
    entry = [values.get(f"context {i + 1}") for i in range(schema.n_features)]
    if None in entry:
        raise InputError(f"this model has a context; choose it: {schema.describe_entry()}")
    if all(isinstance(value, str) for value in entry):
        return np.array(entry) if len(entry) == 1 else np.array([entry])
    return np.array([entry], dtype=object if any(isinstance(value, str) for value in entry) else np.float64)
