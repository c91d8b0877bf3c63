"""Checks that every value has a density under a likelihood."""

import numpy as np
from numpyro import validation_enabled

from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.data.column_statistics import chunks
from elbax.data.columns import Constant
from elbax.data.frames import leaving_out, quoted
from elbax.data.likelihood_choice import propose
from elbax.data.schema import Schema
from elbax.errors import InputError


def check_likelihood(schema: Schema, likelihood: AbstractLikelihood) -> None:
    """Check that every training value has a density.

    Raises:
        InputError: values lie outside the support, or a constant column would shrink its own learned scale to zero.
    """
    parts = list(likelihood.for_columns(schema.n_features))
    named = sum(len(columns) for _, columns in parts)
    if parts[0][0] is not likelihood and (named != schema.n_features or schema.is_image):
        raise InputError(
            f"{type(likelihood).__name__} names {named} columns of a table, but x has rows of shape "
            f"{schema.event_shape}; name every column once"
        )
    for part, columns in parts:
        _check_support(schema, np.asarray(columns), part)
        noise, constant = part.location_scale, [i for i in columns if schema.kinds[i] == Constant.kind]
        if constant and noise is not None and noise.scale == "feature" and not part.support.integer:
            raise _constant_error(schema, constant)


def check_distribution(schema: Schema, likelihood: AbstractLikelihood) -> None:
    """Check that the distributions of a likelihood that is not elbax's own take its settings, by one row of outputs.

    InputError with the reason if NumPyro refuses them; inside compiled programs they would become NaN.
    """
    if type(likelihood).__module__.startswith(f"{__name__.split('.')[0]}."):
        return
    summary = schema.summary.flat
    try:
        with validation_enabled():
            prepared = likelihood.for_event(schema.event_shape).prepare(summary)
            prepared.distribution(prepared.initial_outputs(summary))
    except ValueError as error:
        raise InputError(
            f"likelihood {likelihood.name!r} cannot be used with these settings: {str(error).rstrip('.')}"
        ) from error


def check_values(schema: Schema, likelihood: AbstractLikelihood, x: np.ndarray) -> None:
    """Check that every value of other rows has a density; InputError names the first that has none."""
    for start, chunk in chunks(x):
        outside = likelihood.excludes(chunk)
        if outside.any():
            row, feature = divmod(int(np.flatnonzero(outside)[0]), schema.n_features)
            raise InputError(
                f"{schema.describe(feature)} is {chunk[row, feature]:g} in row {start + row}; "
                f"{type(likelihood).__name__} needs {likelihood.support_of(feature)}"
            )


def _check_support(schema: Schema, features: np.ndarray, likelihood: AbstractLikelihood) -> None:
    support, statistics = likelihood.support, schema.statistics.of(features)
    above, below = statistics.maximum > support.upper, statistics.minimum < support.lower
    fractions = ~statistics.whole & support.integer
    outside = np.flatnonzero(above | below | fractions)
    if not len(outside):
        return
    first = int(outside[0])
    if above[first]:
        problem = f"goes up to {statistics.maximum[first]:g}"
    elif below[first]:
        problem = f"goes down to {statistics.minimum[first]:g}"
    else:
        problem = "holds fractions"
    feature = int(features[first])
    raise InputError(
        f"{schema.describe(feature)} {problem}; {type(likelihood).__name__} needs {support}; "
        f"{_remedy(schema, feature, support)}"
    )


def _remedy(schema: Schema, feature: int, support: Support) -> str:
    call = next(proposal.call for proposal in propose(schema) if feature in proposal.features)
    scalable = (support.lower, support.upper, support.integer) == (0, 1, False)
    if scalable and schema.shares_range and schema.statistics.minimum.min() >= 0:
        return f"divide by {schema.statistics.maximum.max():g} or use {call}"
    return f"use {call}"


def _constant_error(schema: Schema, constant: list[int]) -> InputError:
    others = len(constant) - 1
    if schema.is_image:
        what, remedy = f"{schema.describe(constant[0])} and {others} more are", "use normal(scale=shared)"
    else:
        names, how = quoted(constant).replace("'", ""), ""
        if schema.columns is not None:
            listed = [schema.columns[feature] for feature in constant]
            names, how = quoted(listed), f", {leaving_out(listed)}"
        what, them = (f"columns {names} are", "them") if others else (f"column {names} is", "it")
        remedy = f"leave {them} out{how}"
    return InputError(
        f"{what} the same in every row, so a scale learned for each feature would shrink to nothing there; {remedy}"
    )
