"""Rows, context and latent points as users pass them, checked and encoded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import jax
import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils import check_random_state

from elbax.core.likelihoods import AbstractLikelihood
from elbax.data import (
    Schema,
    StreamedRows,
    as_array,
    check_values,
    evenly_spaced,
    fill_exposure,
    find_axes,
    is_annotated,
    keep_on_disk,
    most_in_memory,
    row_groups,
    take_rows,
)
from elbax.errors import InputError
from elbax.fit.choices import pick_kept
from elbax.fit.split import MOST_HELD_OUT, group_numbers
from elbax.fit.weights import check_weights
from elbax.types import Batch

_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class TrainingRows:
    """Rows as `fit` gets them, with their weights and groups; rows of weight 0 are left out."""

    x: Any
    context: Any = None
    weights: np.ndarray | None = None
    groups: np.ndarray | None = None

    @classmethod
    def of(cls, x: Any, context: Any = None, sample_weight: Any = None, groups: Any = None) -> Self:
        """InputError if there is not one weight or group for each row."""
        if sample_weight is None and groups is None:
            return cls(x, context)
        n = count_rows(x)
        numbers = None if groups is None else group_numbers(groups, n)
        weights = None if sample_weight is None else check_weights(sample_weight, n)
        if weights is None or weights.all():
            return cls(x, context, weights, numbers)
        kept = np.flatnonzero(weights)
        left = check_weights(weights[kept], len(kept))
        numbers = None if numbers is None else numbers[kept]
        return cls(_leave_out(x, np.flatnonzero(weights == 0)), take_rows(context, kept), left, numbers)


def _leave_out(x: Any, rows: np.ndarray) -> Any:
    """All but some rows of x; those that are streamed are not read."""
    if isinstance(x, np.memmap) or issparse(x):
        x = keep_on_disk(as_array(x)[0])
    return x.without(rows) if isinstance(x, StreamedRows) else take_rows(x, np.delete(np.arange(count_rows(x)), rows))


def draw_seed(random_state: Any) -> int:
    """A seed from an integer, a generator or None, as scikit-learn takes them."""
    return int(check_random_state(random_state).randint(_LARGEST_SEED))


def count_rows(x: Any) -> int:
    """The number of rows that users pass."""
    if hasattr(x, "shape") and len(x.shape):
        return int(x.shape[0])
    return len(x) if hasattr(x, "__len__") else len(np.asarray(x))


def as_batch(schema: Schema, codes: Any, context: Any = None, weight: Any = None) -> Batch:
    """Rows of codes as a batch: cells of a table that are NaN are not observed."""
    if schema.table is None:
        return Batch(codes, context=context, weight=weight)
    gaps = np.isnan(codes)
    if not gaps.any():
        return Batch(codes, context=context, weight=weight)
    # Any value that has a density will do where there is none.
    return Batch(np.where(gaps, schema.statistics.minimum, codes), ~gaps, context, weight=weight)


def held_out_groups(rows: Batch, groups: np.ndarray | None, schema: Schema, order: str) -> np.ndarray | None:
    """The groups of rows that stay together: those given, or else equal rows, if they are more than by chance."""
    if groups is not None or order != "random" or not schema.repeats.notable or isinstance(rows.x, StreamedRows):
        return groups
    return row_groups(rows.x)


def fit_schemas(
    x: np.ndarray,
    columns: tuple[str, ...] | None,
    context: Any,
    *,
    axes: str | None = None,
    likelihood: Any = "auto",
    ties: str = "keep",
    weights: np.ndarray | None = None,
    counts: bool = False,
) -> tuple[Schema, Schema | None, Batch]:
    """Learn the schemas of training rows and their context, and encode both; InputError if either cannot be used.

    ``axes``, ``likelihood`` and ``ties`` are the parameters of the estimator: a likelihood that is given may need the
    values as they are, where otherwise a few levels would be coded. ``counts`` is that of `Schema.of`.
    """
    context_schema, code = fit_context(context, len(x))
    kept = None if isinstance(likelihood, str) and likelihood == "auto" else pick_kept(likelihood)
    axes_of_x = find_axes(x.shape[1:], x.dtype, axes)
    schema = Schema.of(x, columns, axes_of_x, kept=kept, ties=ties, weights=weights, counts=counts)
    return schema, context_schema, Batch(schema.codes(x), context=code, weight=weights)


def fit_context(context: Any, n: int) -> tuple[Schema | None, np.ndarray | None]:
    """Learn the schema of the context of n rows, and encode it; None for both without context."""
    if context is None:
        return None, None
    schema = Schema.of_context(context)
    return schema, schema.inputs(schema.encode(context), n, single=False)


def fit_table(
    x: Any, context: Any, weights: np.ndarray | None, parameters: Mapping[str, Any]
) -> tuple[Schema, Schema | None, Batch]:
    """As `fit_schemas`, for a table with kinds and gaps."""
    if parameters["axes"] is not None:
        raise InputError(f"axes={parameters['axes']!r} is for arrays, and x is a table; leave it out")
    if parameters["ties"] != "keep":
        raise InputError(
            f"ties={parameters['ties']!r} is for arrays and frames of real numbers, and x has kinds or gaps; name "
            "what follows from other columns by rules=, as in rules=['a + b == total']"
        )
    markers = [value for value in parameters["missing"] or () if value != "informative"]
    informative = "informative" in (parameters["missing"] or ())
    rules = parameters["rules"] or ()
    options = {"informative": informative, "rules": rules, "weights": weights}
    schema = Schema.of_table(x, parameters["columns"], markers, **options)
    codes = schema.encode(x)
    context_schema, code = fit_context(context, len(codes))
    return schema, context_schema, as_batch(schema, codes, code, weights)


def encode_context(schema: Schema | None, context: Any, n: int | None = None) -> np.ndarray | None:
    """Encode the context of n rows, or one entry for all of them; the usual exposure where none is given.

    InputError if context is missing, does not fit, or the model takes none.
    """
    if schema is not None and schema.exposure is not None:
        context = fill_exposure(schema, context, np.array([schema.exposure.usual]))
    if schema is None and context is not None:
        raise InputError("this model was fitted without context, so it takes none; leave it out or fit again with it")
    if schema is not None and context is None:
        raise InputError(f"this model was fitted with context; pass context=…: {schema.describe_entry()}")
    return None if schema is None else schema.inputs(schema.encode(context), n)


def encode_validation(
    data: Any,
    open_: Callable[[Any, Any], tuple[Any, Any]],
    read_x: Callable[[Any], np.ndarray],
    schema: Schema,
    context_schema: Schema | None,
    likelihood: AbstractLikelihood,
    name: str = "validation_data",
) -> Batch:
    """Encode validation rows, or a pair (rows, context); of rows on disk at most 10,000.

    InputError, which ``name`` begins, if the context is missing, or a value has no density.
    """
    x, context = (*data, None)[:2] if isinstance(data, tuple) else (data, None)
    if context_schema is None:
        context = None  # the second of a pair may be labels, as in Keras
    elif context is None and context_schema.exposure is None:
        raise InputError(f"{name} must be a pair (rows, context) for a model with context")
    try:
        x, context = open_(x, context)
        x = read_x(x)
        rows = as_batch(schema, x, encode_context(context_schema, context, len(x)))
        check_values(schema, likelihood, rows.x)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    if not isinstance(x, StreamedRows):
        return rows
    subset = evenly_spaced(len(x), most_in_memory(x, MOST_HELD_OUT))
    return jax.tree.map(lambda column: column[subset], rows)


def single_row(schema: Schema, name: str, row: Any) -> Any:
    """One row with a leading axis and column names, passed or not; InputError if it is not of the model's shape."""
    values, shape, columns = np.asarray(row), schema.axes.shape, schema.columns
    if values.size != np.prod(shape):
        raise InputError(f"{name} must be one row of shape {shape}; got shape {values.shape}")
    if hasattr(row, "columns"):
        return row
    if isinstance(row, pd.Series) and columns is not None:
        return row.to_frame().T  # its labels are checked like those of columns
    values = values.reshape(1, *shape)
    return values if columns is None else pd.DataFrame(values, columns=list(columns))


def latent_points(z: Any, latent_dim: int) -> np.ndarray:
    """Latent points (n, latent_dim) as float32; InputError if their shape is another one, or a number is not finite."""
    try:
        z = np.asarray(z, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError("latent points must be numbers; got text or something else") from error
    if z.ndim != 2 or z.shape[1] != latent_dim or len(z) == 0:
        raise InputError(f"expected latent points of shape (n, {latent_dim}); got {z.shape}")
    if not np.isfinite(z).all():
        raise InputError("latent points must be finite; got NaN or infinity")
    return z


def sample_context(schema: Schema | None, context: Any, n_samples: int, seed: int) -> tuple[int, np.ndarray | None]:
    """The number of rows to draw and their encoded context: n for one entry, else one row per entry.

    Exposures that are not given are drawn from those of the training rows.

    InputError if there are several entries and several samples.
    """
    code = encode_context(schema, context)
    if code is None or schema is None:
        return n_samples, None
    if len(code) == 1 and schema.exposure is not None:
        drawn = fill_exposure(schema, context, schema.exposure.draw(n_samples, seed))
        return n_samples, np.resize(encode_context(schema, drawn), (n_samples, *code.shape[1:]))
    if len(code) > 1 and n_samples != 1:
        raise InputError(
            f"n_samples must be 1 with {len(code)} entries of context, one row each; got {n_samples}; repeat the "
            "entries for more rows"
        )
    n = max(n_samples, len(code))
    return n, np.broadcast_to(code, (n, *code.shape[1:]))


def index_of(rows: Any) -> pd.Index | None:
    """The index of pandas rows, else None."""
    if is_annotated(rows):
        return pd.Index(rows.obs_names)
    return rows.index if isinstance(rows, pd.DataFrame) else None
