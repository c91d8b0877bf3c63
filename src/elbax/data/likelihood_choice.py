"""Choosing a proper likelihood from the data, and saying why."""

from collections.abc import Callable

from elbax.core.likelihoods.base import AbstractLikelihood
from elbax.data.schema import Schema
from elbax.data.support import families, levels

__all__ = ["choose_likelihood"]


def choose_likelihood(schema: Schema) -> tuple[AbstractLikelihood, str]:
    """Choose the likelihood that suits the data, with a one-line reason.

    Binary features get a Bernoulli; whole grey levels a discretised logistic; grey levels in [0, 1] a
    continuous Bernoulli (arXiv 1907.06845); counts a negative binomial; everything else a normal with a
    learned scale (arXiv 2006.13202), one for each column of a table and one for all pixels of a picture.
    Tables of several kinds get one part for each.

    Example:
        >>> import numpy as np
        >>> likelihood, reason = choose_likelihood(Schema.of(np.eye(4)))
        >>> reason
        'Bernoulli, because all 4 columns hold 0 and 1 only'
    """
    chosen = families(schema)
    used = list(dict.fromkeys(chosen))
    if len(used) == 1:
        return _build(used[0], schema), f"{used[0]}, because {_why(used[0], schema)}"

    from elbax.core.likelihoods import Mixed

    groups = [tuple(i for i, family in enumerate(chosen) if family == name) for name in used]
    parts = tuple(_build(name, schema) for name in used)
    listed = [f"{name} for {_group(name, group, schema)}" for name, group in zip(used, groups, strict=True)]
    return Mixed(parts, tuple(groups)), f"Mixed, because columns differ: {', '.join(listed)}"


def _build(family: str, schema: Schema) -> AbstractLikelihood:
    from elbax.core import likelihoods

    build: dict[str, Callable[[], AbstractLikelihood]] = {
        "Bernoulli": lambda: likelihoods.Bernoulli(),
        "ContinuousBernoulli": lambda: likelihoods.ContinuousBernoulli(),
        "DiscretizedLogistic": lambda: likelihoods.DiscretizedLogistic(levels=levels(schema)),
        "NegativeBinomial": lambda: likelihoods.NegativeBinomial(),
        "Normal": lambda: likelihoods.Normal(scale=_scale(schema)),
    }
    return build[family]()


def _scale(schema: Schema) -> str:
    """One scale for all where features share a range and some are constant: those alone would need 0."""
    shared = schema.is_picture or (schema.shares_range and "constant" in schema.kinds)
    return "shared" if shared else "feature"


def _why(family: str, schema: Schema) -> str:
    noun = "pixels" if schema.is_picture else "columns"
    all_of = f"all {schema.n_features} {noun}" if schema.n_features > 1 else "the column"
    verb = "hold" if schema.n_features > 1 else "holds"
    if family == "Bernoulli":
        return f"{all_of} {verb} 0 and 1 only"
    if family == "DiscretizedLogistic":
        return f"{all_of} {verb} whole numbers from {schema.minimum.min():g} to {schema.maximum.max():g}"
    if family == "ContinuousBernoulli":
        share = float(schema.edge_share.mean())
        return f"{all_of} {verb} grey levels in [0, 1], {share:.0%} of them exactly 0 or 1"
    if family == "NegativeBinomial":
        return f"{all_of} {verb} counts: whole numbers from 0 up"
    scale = "one scale for all" if _scale(schema) == "shared" else "a scale for each"
    return f"{all_of} {verb} real numbers, with {scale}{_rounded(range(schema.n_features), schema)}"


def _group(family: str, group: tuple[int, ...], schema: Schema) -> str:
    words = {
        "Bernoulli": "of 0 and 1",
        "ContinuousBernoulli": "of shares in [0, 1]",
        "NegativeBinomial": "of counts",
        "Normal": "of real numbers",
    }
    noun = "column" if len(group) == 1 else "columns"
    return f"{len(group)} {noun} {words[family]}" + (_rounded(group, schema) if family == "Normal" else "")


def _rounded(group: range | tuple[int, ...], schema: Schema) -> str:
    """Say which columns of whole numbers are treated as real."""
    whole = [feature for feature in group if schema.kinds[feature] == "count"]
    if not whole:
        return ""
    more = f" and {len(whole) - 1} more" if len(whole) > 1 else ""
    return f" ({schema.describe(whole[0])}{more}: whole numbers, treated as real)"
