"""Which likelihoods suit which features, and which cannot have made them."""

from __future__ import annotations

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
    if likelihood.n_columns is not None and (likelihood.n_columns,) != schema.event_shape:
        raise InputError(
            f"{type(likelihood).__name__} names {likelihood.n_columns} columns of a table, but x has rows of shape "
            f"{schema.event_shape}; name every column once"
        )
    endless = []
    for feature in range(schema.n_features):
        part = likelihood.part_of(feature)
        _check_support(schema, feature, part)
        # A probability is at most 1, a density has no bound: only the latter can grow for ever.
        scale = part.location_scale
        if scale is not None and scale.scale == "feature" and not part.support.integer:
            endless += [feature] if schema.kinds[feature] == "constant" else []
    if endless:
        raise _constant_error(schema, endless)


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
