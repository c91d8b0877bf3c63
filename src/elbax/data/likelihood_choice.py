"""Choice of a proper likelihood from the data, with the reason in words."""

import numpy as np

from elbax.core.likelihoods import Mixed
from elbax.core.likelihoods.base import AbstractLikelihood
from elbax.data.columns import (
    AbstractColumn,
    Binary,
    Constant,
    Count,
    CountMatrix,
    DeepInteger,
    Integer,
    Levels,
    Proposal,
    Real,
    Unit,
)
from elbax.data.schema import Schema

_MIXED_SHARE = 0.1  # a table within [0, 1] with at least this share of binary columns is no flattened image


def choose_likelihood(schema: Schema) -> tuple[AbstractLikelihood, str]:
    """Choose a likelihood for the data, with a one-line reason.

    Each kind of column proposes its own. Features on one scale, such as pixels, get one likelihood; tables of several
    kinds get one part per likelihood.

    Example:
        >>> likelihood, reason = choose_likelihood(Schema.of(np.eye(4)))
        >>> reason
        'Bernoulli, because all 4 columns hold 0 and 1 only'
    """
    proposals = propose(schema)
    if len(proposals) > 1:
        listed = ", ".join(_in_table(proposal, schema) for proposal in proposals)
        columns = tuple(tuple(proposal.features.tolist()) for proposal in proposals)
        parts = tuple(proposal.likelihood for proposal in proposals)
        return Mixed(parts, columns), f"Mixed, because columns differ: {listed}"
    only = proposals[0]
    noun = "value" if schema.axes.is_window else "pixel" if schema.is_image else "column"
    several = f"both {noun}s hold" if schema.n_features == 2 else f"all {schema.n_features} {noun}s hold"
    subject = f"the {noun} holds" if schema.n_features == 1 else several
    name = type(only.likelihood).__name__
    return only.likelihood, f"{name}, because {subject} {only.reason}{_rounded(only, schema)}"


def propose(schema: Schema) -> list[Proposal]:
    """Propose likelihoods that cover each feature once, ordered by their first feature."""
    # The own scale of a constant feature would shrink to 0.
    shared = schema.is_image or (schema.shares_range and Constant.kind in schema.kinds)
    scale = "channel" if schema.axes.channels > 1 else "shared" if shared else "feature"
    proposals: list[Proposal] = []
    for column in reversed(_columns(schema)):
        proposals += column.propose(proposals, scale)
    merged: dict[str, Proposal] = {}
    for proposal in sorted(proposals, key=lambda proposal: proposal.features[0]):
        same = merged.get(proposal.call, proposal._replace(features=proposal.features[:0]))
        features = np.sort(np.concatenate([same.features, proposal.features]))
        merged[proposal.call] = same._replace(features=features)
    return list(merged.values())


def _columns(schema: Schema) -> tuple[AbstractColumn, ...]:
    """The schema's columns; features on one scale are one column, unless a table has many binary columns."""
    kinds, statistics = schema.kinds, schema.statistics
    varying = len(kinds) - kinds.count(Constant.kind)
    if schema.table is not None or {CountMatrix.kind, DeepInteger.kind, Levels.kind} & set(kinds):
        return schema.blocks
    if Integer.kind in kinds:
        kind = Integer
    elif schema.axes.is_window and Count.kind in kinds and set(kinds) <= {Count.kind, Binary.kind, Constant.kind}:
        kind = Count
        pooled = {"minimum": statistics.minimum.min(), "mean": statistics.mean.mean(), "std": statistics.std.mean()}
        statistics = statistics._replace(**{name: np.full(len(kinds), value) for name, value in pooled.items()})
    elif not schema.shares_range or not (schema.is_image or kinds.count(Binary.kind) < _MIXED_SHARE * varying):
        return schema.blocks
    elif not statistics.within_unit.all():
        kind = Real
    else:
        kind = Binary if statistics.whole.all() else Unit
        statistics = statistics._replace(edge_share=np.full_like(statistics.mean, statistics.edge_share.mean()))
    return (kind(np.arange(schema.n_features), statistics),)


def _in_table(proposal: Proposal, schema: Schema) -> str:
    """Describe a proposal, as in "Normal for 3 columns of real numbers"."""
    n, name = len(proposal.features), type(proposal.likelihood).__name__
    return f"{name} for {n} column{'s' * (n > 1)} of {proposal.content}{_rounded(proposal, schema)}"


def _rounded(proposal: Proposal, schema: Schema) -> str:
    """Name the columns of integers that are treated as real."""
    whole = [feature for feature in proposal.features.tolist() if schema.kinds[feature] == Count.kind]
    if not whole or proposal.likelihood.support.integer:
        return ""
    more = f" and {len(whole) - 1} more" if len(whole) > 1 else ""
    return f" ({schema.describe(whole[0])}{more}: integers, treated as real)"
