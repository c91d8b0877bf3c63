"""How an estimator reads rows: it learns schemas from those of a fit, and encodes others with these."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted, validate_data

from elbax.data import (
    FEWEST_COMPARED,
    TOTAL,
    Schema,
    as_array,
    check_names,
    describe_other_units,
    is_annotated,
    is_count_matrix,
    is_table_of_kinds,
    keep_on_disk,
    layout_of,
    open_annotated,
    take_exposure,
)
from elbax.errors import InputError
from elbax.fit.plan import FitPlan
from elbax.fit.rows import TrainingRows, as_batch, encode_context, encode_validation, fit_schemas, fit_table
from elbax.types import Batch


class ReadingMethods:
    """Methods of `elbax.VAE` that read rows."""

    schema_: Schema
    context_schema_: Schema | None
    plan_: FitPlan
    exposure: str | None
    layer: str | None

    def _fit_schemas(self, given: TrainingRows, parameters) -> Batch:
        counts = self.exposure is not None or is_annotated(given.x)
        given = replace(given, **dict(zip(("x", "context"), self.open_rows(given.x, given.context), strict=True)))
        asked = parameters["columns"], parameters["missing"] or parameters["rules"]
        # Totals are of a matrix, whose columns are all counts.
        is_matrix = counts and not any(asked) and (self.exposure == TOTAL or is_count_matrix(given.x))
        if not is_matrix and is_table_of_kinds(given.x, *asked):
            schema, self.context_schema_, rows = fit_table(given.x, given.context, given.weights, parameters)
            self._set_schema(schema)
            return rows
        x = self._check_names(given.x, reset=True)
        names = getattr(self, "feature_names_in_", None)
        columns = None if names is None else tuple(names)
        options = {name: parameters[name] for name in ("axes", "likelihood", "ties")}
        schema, self.context_schema_, rows = fit_schemas(
            keep_on_disk(x), columns, given.context, weights=given.weights, counts=counts, **options
        )
        self._set_schema(replace(schema, layout=layout_of(given.x)))
        return rows

    def open_rows(self, X, context=None) -> tuple:
        """Rows and their context, which has taken their exposure; of AnnData, the counts by the names of columns.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> rows, context = vae.open_rows(x)
            >>> rows.shape, context is None
            ((60, 3), True)
        """
        if is_annotated(X):
            X, context = open_annotated(X, self.layer, context, self.exposure)
        return (X, context) if self.exposure is None else take_exposure(self.exposure, X, context)

    def _read(self, X, context=None, *, goes_on: bool = False) -> Batch:
        """Rows in the columns of the fit; other units are an error if a fit ``goes_on`` with them, else a warning."""
        check_is_fitted(self, "module_")
        X, context = self.open_rows(X, context)
        x = self._read_x(X)
        if self.schema_.table is not None:
            return as_batch(self.schema_, x, encode_context(self.context_schema_, context, len(x)))
        if (units := describe_other_units(self.schema_, x, fewest=1 if goes_on else FEWEST_COMPARED)) is not None:
            if goes_on:
                raise InputError(f"{units}; use the same units, or fit a new model to these rows")
            warnings.warn(f"{units}; results are right only in the same units", UserWarning, stacklevel=3)
        return Batch(x, context=encode_context(self.context_schema_, context, len(x)))

    def _encode(self, X, context=None) -> Batch:
        """Rows in the schemas of a fit that may still be running."""
        X, context = self.open_rows(X, context)
        x = self._read_x(X)
        return as_batch(self.schema_, x, encode_context(self.context_schema_, context, len(x)))

    def _read_x(self, X) -> np.ndarray:
        """Codes of rows, NaN in the gaps of a table."""
        if self.schema_.table is not None:
            return self.schema_.encode(X)
        return self.schema_.encode(self._check_names(X, reset=False))

    def _check_names(self, X, *, reset: bool) -> np.ndarray:
        """Rows as an array; scikit-learn sets (``reset``) or checks the names and number of features."""
        x, columns = as_array(X)
        if columns and not reset and hasattr(self, "feature_names_in_"):
            check_names(columns, self.feature_names_in_.tolist())
        if x.ndim == 2:
            names = pd.DataFrame(columns=list(columns or ()))  # all that scikit-learn looks at
            try:
                validate_data(self, names if columns else x, reset=reset, skip_check_array=True)
            except ValueError as error:  # scikit-learn's message runs over several lines
                raise InputError(" ".join(str(error).split())) from error
        elif reset:
            vars(self).pop("feature_names_in_", None)
        return x

    def _read_validation(self, data, name: str = "validation_data") -> Batch:
        """Rows, or a pair (rows, context), each value of which has a density; errors ``name`` the parameter."""
        schemas = (self.schema_, self.context_schema_)
        return encode_validation(data, self.open_rows, self._read_x, *schemas, self.plan_.likelihood, name)
