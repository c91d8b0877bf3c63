"""Rules about ties between columns and repeated rows."""

from elbax.data.data_advice import open_ties, repeat_sentence, tie_advice, tie_sentences
from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements

_ALONG = "; the density of real numbers grows without bound along a tie, so the noise there is held by its floor alone"


@rule("tied-columns", "a column is determined by others, which samples need not respect")
def tied_columns(m: Measurements) -> Finding | None:
    """Columns that add up to a constant, repeat each other, or are functions of others."""
    schema = m.record.schema
    ties = open_ties(schema)
    if not ties:
        return None
    advice = tie_advice(schema)
    return tied_columns.finding(
        len(ties),
        0,
        "; ".join(tie_sentences(schema, ties)) + (_ALONG if any(tie.is_linear for tie in ties) else ""),
        advice.text,
        advice.changes,
        confidence=0.95,
    )


@rule("repeated-rows", "rows repeat, so that held-out rows may have been trained on")
def repeated_rows(m: Measurements) -> Finding | None:
    """Rows that occur more often than chance explains."""
    repeats = m.record.schema.repeats
    if not repeats.notable:
        return None
    return repeated_rows.finding(
        repeats.share,
        0.02,
        f"{repeat_sentence(m.record.schema)}; {_both_sides(m)}",
        "count copies once, with their number as sample_weight, or pass validation_groups",
        confidence=0.95,
    )


def _both_sides(m: Measurements) -> str:
    share = m.held_out_repeats
    if share is None:
        return "no rows are held out"
    if share == 0:
        return "no held-out row equals a training row"
    return f"{share:.0%} of the held-out rows equal a training row, which flatters every held-out figure"
