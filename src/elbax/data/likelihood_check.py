"""Which likelihoods suit which features, and which cannot have made them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.data.frames import leaving_out, quoted
from elbax.data.scan import chunks
from elbax.errors import InputError

if TYPE_CHECKING:
    from elbax.data.schema import Schema

__all__ = ["check_likelihood", "check_values", "families", "levels"]

_GREY_SHARE = 0.1  # from this share of exact 0 and 1 on, reals in [0, 1] are grey levels, not measurements
_MIXED_SHARE = 0.1  # from this share of binary columns on, a table within [0, 1] is not one flattened picture
# Counts crowd against 0: in standard deviations, their minimum and mean lie no further from it than this.
_LOWEST, _FAR = 0.1, 2.0


def levels(schema: Schema) -> int:
    """How many grey levels pictures of whole numbers have: 256, or fewer when they stop at 16 at most."""
    top = int(schema.maximum.max())
    return 256 if top > 16 else top + 1


def families(schema: Schema) -> tuple[str, ...]:
    """The class of likelihood that suits each flattened feature.

    Features on one scale get one family. Whole numbers in a table are counts when they crowd against 0: they
    nearly reach it, and their mean is within two standard deviations of it; an age is a measurement that
    happens to be rounded.
    """
    varying = [kind for kind in schema.kinds if kind != "constant"]
    if "integer" in varying:
        return ("DiscretizedLogistic",) * schema.n_features
    if schema.shares_range and (schema.is_picture or varying.count("binary") < _MIXED_SHARE * len(varying)):
        within = schema.minimum.min() >= 0 and schema.maximum.max() <= 1
        grey = within and schema.edge_share.mean() >= _GREY_SHARE
        binary = set(varying) == {"binary"} and within and _constants_whole(schema)
        family = "Bernoulli" if binary else "ContinuousBernoulli" if grey else "Normal"
        return (family,) * schema.n_features
    chosen = [_family(schema, feature) for feature in range(schema.n_features)]
    return tuple(_place_constants(schema, chosen))


def check_likelihood(schema: Schema, likelihood: AbstractLikelihood) -> None:
    """Raise InputError when a value has no density, or a learned scale no maximum likelihood."""
    for part, features in _parts(schema, likelihood):
        for feature in features:
            _check_support(schema, feature, part)
        constant = [feature for feature in features if schema.kinds[feature] == "constant"]
        # A probability is at most 1, a density has no bound: only the latter can grow for ever.
        scale = getattr(getattr(part, "location_scale", None), "scale", None)
        if constant and scale == "feature" and not part.support.integer:
            raise _constant_error(schema, constant)


def check_values(schema: Schema, likelihood: AbstractLikelihood, x: np.ndarray) -> None:
    """Raise InputError when rows that the schema has not seen hold a value without a density."""
    for start, chunk in chunks(x):
        outside = likelihood.excludes(chunk)
        if outside.any():
            row, feature = divmod(int(np.flatnonzero(outside)[0]), schema.n_features)
            raise InputError(
                f"{schema.describe(feature)} is {chunk[row, feature]:g} in row {start + row}; "
                f"{type(likelihood).__name__} needs {likelihood.support_of(feature)}"
            )


def _constants_whole(schema: Schema) -> bool:
    return bool((schema.minimum == np.round(schema.minimum)).all())


def _family(schema: Schema, feature: int) -> str:
    kind = schema.kinds[feature]
    if kind == "binary":
        return "Bernoulli"
    if kind == "unit" and schema.edge_share.flat[feature] >= _GREY_SHARE:
        return "ContinuousBernoulli"
    low, mean, std = (values.flat[feature] for values in (schema.minimum, schema.mean, schema.std))
    if kind == "count" and low <= _LOWEST * std and mean < _FAR * std:
        return "NegativeBinomial"
    return "Normal"


def _place_constants(schema: Schema, chosen: list[str]) -> list[str]:
    """Move constant columns to a family of the table that can say their value for certain and learns no scale."""
    used = {family for family, kind in zip(chosen, schema.kinds, strict=True) if kind != "constant"}
    for feature, kind in enumerate(schema.kinds):
        value = schema.minimum.flat[feature]
        if kind == "constant" and value in (0, 1) and "Bernoulli" in used:
            chosen[feature] = "Bernoulli"
        elif kind == "constant" and value == 0 and "NegativeBinomial" in used:
            chosen[feature] = "NegativeBinomial"
    return chosen


def _parts(schema: Schema, likelihood: AbstractLikelihood) -> Iterator[tuple[AbstractLikelihood, list[int]]]:
    """Likelihoods and the flattened features they are for; a mixed one has ``parts`` and ``columns``."""
    if hasattr(likelihood, "parts"):
        named = sum(map(len, likelihood.columns))
        if named != schema.n_features or schema.is_picture:
            raise InputError(
                f"{type(likelihood).__name__} names {named} columns of a table, but x has rows of shape "
                f"{schema.event_shape}; name every column once"
            )
        for part, features in zip(likelihood.parts, likelihood.columns, strict=True):
            yield part, list(features)
    else:
        yield likelihood, list(range(schema.n_features))


def _check_support(schema: Schema, feature: int, likelihood: AbstractLikelihood) -> None:
    support = likelihood.support
    low, high = schema.minimum.flat[feature], schema.maximum.flat[feature]
    if high > support.upper:
        problem = f"goes up to {high:g}"
    elif low < support.lower:
        problem = f"goes down to {low:g}"
    elif support.integer and not _whole(schema, feature):
        problem = "holds fractions"
    else:
        return
    raise InputError(
        f"{schema.describe(feature)} {problem}; {type(likelihood).__name__} needs {support}; "
        f"{_remedy(schema, feature, support)}"
    )


def _whole(schema: Schema, feature: int) -> bool:
    low = schema.minimum.flat[feature]
    kind = schema.kinds[feature]
    return low == round(low) if kind == "constant" else kind in ("binary", "count", "integer")


def _remedy(schema: Schema, feature: int, support: Support) -> str:
    family = families(schema)[feature]
    arguments = {"DiscretizedLogistic": f"levels={levels(schema)}", "Normal": 'scale="feature"'}
    if schema.is_picture:
        arguments["Normal"] = 'scale="shared"'
    use = f"use {family}({arguments.get(family, '')})"
    scalable = (support.lower, support.upper, support.integer) == (0, 1, False) and schema.minimum.min() >= 0
    if scalable and schema.shares_range:
        return f"divide by {schema.maximum.max():g} or {use}"
    return use


def _constant_error(schema: Schema, constant: list[int]) -> InputError:
    how = ""
    if schema.columns is not None:
        listed = [schema.columns[feature] for feature in constant]
        names, how = quoted(listed), f", {leaving_out(listed)}"
    else:
        names = ", ".join(str(feature) for feature in constant[:5])
        names += f" and {len(constant) - 5} more" if len(constant) > 5 else ""
    what, them = (f"column {names} is", "it") if len(constant) == 1 else (f"columns {names} are", "them")
    remedy = f"leave {them} out{how}"
    if schema.is_picture:
        what, remedy = (
            f"{schema.describe(constant[0])} and {len(constant) - 1} more are",
            "use normal(scale=shared)",
        )
    return InputError(
        f"{what} the same in every row, so a scale learned for each feature would shrink to nothing there; {remedy}"
    )
