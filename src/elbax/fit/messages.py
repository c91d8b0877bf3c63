"""What a fit says before it trains."""

from collections.abc import Iterator, Mapping
from typing import Any

from elbax.data import Schema, data_warnings, removal_sentence, take_evenly, trace_of_counts
from elbax.data.row_weights import effective_rows, uneven_weights
from elbax.fit.choices import AS_OBJECT, BY_NAME
from elbax.fit.cost import Cost
from elbax.fit.plan import FitPlan
from elbax.fit.split import FEWEST_TO_SPLIT
from elbax.fit.unused_settings import unused_settings
from elbax.types import Batch

_LOOKED_AT = 1000  # rows that may have been made of counts
_MOST_SHOWN = 40  # columns of a table


def messages(
    parameters: Mapping[str, Any],
    plan: FitPlan,
    schema: Schema,
    cost: Cost | None,
    rows: Batch,
    *,
    continues: bool,
) -> Iterator[str]:
    """Sentences about choices, data, cost and settings without effect.

    Args:
        parameters: as `check_parameters` returned them.
        plan: the plan made of them.
        schema: the data's columns.
        cost: that of the fit, if it was estimated.
        rows: the rows of the fit, which may have been made of counts.
        continues: whether the fit continues an earlier one, which has said the rest.
    """
    if not continues:
        yield from _of_data(parameters, plan, schema)
        yield from _of_counts(plan, schema, rows)
    if cost is not None and cost.is_long:
        yield f"cost: {cost}; fewer epochs, narrower layers or smaller rows make it less"
    if uneven := uneven_weights(effective_rows(rows.weight), plan.split.n_rows):
        yield f"{uneven}, so that few of them decide the fit; bring the largest weights down"
    yield from unused_settings(parameters, plan)
    split = plan.split
    if not split.external and split.n_held_out == 0 and split.n_rows < FEWEST_TO_SPLIT:
        yield f"{split.n_rows} rows are too few to hold some out, so the fit is not validated"


def _of_data(parameters: Mapping[str, Any], plan: FitPlan, schema: Schema) -> Iterator[str]:
    if schema.table is not None:
        yield describe_columns(schema)
    if parameters["axes"] is None and schema.axes.names == "cyx":
        yield f"axes: cyx, channels first (each row is an {schema.axes.describe()})"
    if parameters["verbose"] != "progress" and plan.likelihood_reason not in (AS_OBJECT, BY_NAME):
        yield f"likelihood: {plan.likelihood_reason}"
    if schema.table is not None and plan.model.decoder_sees != "none":
        yield f"decoder: {_seen(plan)}"
    if schema.removal is not None:
        yield f"ties: {removal_sentence(schema)}"
    yield from data_warnings(schema)


def _seen(plan: FitPlan) -> str:
    """What columns see, and how such a decoder is trained."""
    seen = {"any": "any others", "before": "those before it"}[plan.model.decoder_sees]
    dropout, train = plan.model.dropout, plan.train
    return (
        f"each column sees {seen} beside the latents; dropout {dropout:g}, weight decay {train.weight_decay:g}, "
        f"batches of {train.batch_size}"
    )


def describe_columns(schema: Schema) -> str:
    """The columns of a table with kinds: a line for each."""
    overview = schema.overview()
    shown = overview.head(_MOST_SHOWN)
    gaps = [f"{share:.1%}" if share else "" for share in shown["gaps"]]
    cells = [("column", "kind", "gaps", "why"), *zip(shown["column"], shown["kind"], gaps, shown["why"], strict=True)]
    widths = [max(len(str(row[i])) for row in cells) for i in range(3)]
    lines = [
        "  ".join([*(str(cell).ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in cells
    ]
    more = len(overview) - len(shown)
    return "\n".join(line.rstrip() for line in [*lines, *([f"… and {more} more columns"] if more else [])])


def _of_counts(plan: FitPlan, schema: Schema, rows: Batch) -> Iterator[str]:
    """Says that the numbers of a table were made of counts."""
    plain = schema.axes.is_table and schema.table is None and schema.removal is None
    if not plain or plan.likelihood.support.integer:
        return
    if (trace := trace_of_counts(take_evenly(rows, _LOOKED_AT).x)) is not None:
        yield (
            f"not-counts: the numbers were made of counts: {trace}; fit the counts themselves (layer= of AnnData), "
            "with exposure='total'"
        )
