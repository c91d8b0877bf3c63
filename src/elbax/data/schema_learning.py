"""What a schema is made of, learned from rows of numbers or from their context."""

from typing import Any

import numpy as np

from elbax.core.likelihoods.base import Support
from elbax.data.axes import Axes, find_axes
from elbax.data.column_learning import changed, learn_columns, learn_numbers, with_arrangement
from elbax.data.column_statistics import Statistics, measure
from elbax.data.columns import CountMatrix, Integer, as_numbers, sort_by_kind
from elbax.data.context import split_context
from elbax.data.repeats import find_repeats
from elbax.data.streamed_rows import StreamedRows
from elbax.data.tie_removal import TieRemoval, remove_ties
from elbax.data.tie_search import find_ties
from elbax.data.ties import Tie
from elbax.data.value_checks import describe_feature, non_finite_error
from elbax.errors import InputError


def number_fields(
    x: np.ndarray,
    columns: tuple[str, ...] | None,
    axes: Axes | None,
    *,
    kept: Support | None,
    ties: str,
    weights: np.ndarray | None,
    counts: bool,
) -> dict[str, Any]:
    """The fields of the schema of rows of numbers ``x``, (n, …), with the arguments of `Schema.of`.

    Raises:
        InputError: a value is NaN or infinite, there is only one row, nothing varies, or shares of zero have no
            log-ratio.
    """
    if len(x) < 2:
        raise InputError(f"found {len(x)} sample{'s' * (len(x) != 1)} in x; a VAE needs at least 2")
    axes = find_axes(x.shape[1:], x.dtype) if axes is None else axes
    x = with_arrangement(x, axes)
    statistics, bad = measure(x, weights)
    columns = None if columns is None else tuple(columns)
    if statistics is None:
        raise non_finite_error(bad, axes, columns, streamed=isinstance(x, StreamedRows))
    if (statistics.minimum == statistics.maximum).all():
        raise InputError("every feature of x is constant, so there is nothing to learn; pass rows that differ")
    tied, removal, repeats = (), None, find_repeats(x)
    counts = counts and bool(statistics.whole.all() and statistics.minimum.min() >= 0)
    if not counts and axes.is_table and not Integer.matches(statistics, is_image=False).any():
        tied = find_ties(x, statistics, has_copies=repeats.notable)
        removal = _removal(tied, statistics, axes, columns, ties)
    if removal is not None:
        x = changed(x, removal.codes, (removal.n_codes,), removal.dtype(x.dtype))
        statistics, _ = measure(x, weights)
        assert statistics is not None  # codes are finite
    if counts:
        blocks = (CountMatrix(np.arange(len(statistics.mean)), statistics),)
    else:
        blocks = learn_numbers(x, statistics, weights, is_image=axes.is_image, kept=kept)
    blocks = tuple(column.look_again(x, axes.channels) for column in blocks)
    own = {"axes": axes, "columns": columns, "n_rows": len(x), "blocks": blocks}
    return own | {"ties": tied, "repeats": repeats, "removal": removal}


def context_fields(context: Any) -> dict[str, Any]:
    """The fields of the schema of context, one entry for each training row, as `Schema.of_context` takes it."""
    columns, _ = split_context(context)
    first = columns[0]
    if first.values.ndim > 1:
        codes = as_numbers(first.values, first.where)
        axes = Axes("yxc", codes.shape[1:])
        statistics, _ = measure(codes)
        blocks = sort_by_kind(np.arange(int(np.prod(axes.shape))), statistics, is_image=True)
    else:
        axes = Axes("", (len(columns),))
        blocks = learn_columns(columns)
    names = None if first.name is None else tuple(str(column.name) for column in columns)
    return {"axes": axes, "columns": names, "n_rows": len(first.values), "blocks": blocks}


def _removal(
    tied: tuple[Tie, ...], statistics: Statistics, axes: Axes, columns: tuple[str, ...] | None, ties: str
) -> TieRemoval | None:
    """How codes leave tied columns out, if they do."""
    names = [describe_feature(feature, axes, columns) for feature in range(len(statistics.mean))] if tied else []
    return remove_ties(tied, statistics, names, ties)
