"""Rules about counts: numbers that are none, and latents that only hold their total."""

import numpy as np

from elbax.data import trace_of_counts
from elbax.doctor import counts
from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements, filled

_DEPTH, _COMMON, _COLUMNS = 0.6, 0.7, 5
_ROWS = 1000


@rule("not-counts", "a count likelihood on numbers that are no counts, or counts that were transformed", quick=True)
def not_counts(m: Measurements) -> Finding | None:
    """Numbers that no count distribution has, and numbers made of counts under a likelihood for real numbers."""
    x = m.all_rows[:_ROWS]
    columns = m.count_columns[m.count_columns < x.shape[1]]
    if len(columns):
        return _no_counts(m, x[:, columns].astype(np.float64), columns)
    schema = m.record.schema
    # Codes of a table with kinds are levels, and integers beside amounts: squares of them say nothing.
    trace = None if schema.is_image or schema.table is not None else trace_of_counts(x)
    if trace is None:
        return None
    return not_counts.finding(
        1.0,
        0.0,
        f"the numbers were made of counts: {trace}; a density of real numbers puts most of its mass where no value can "
        "be",
        "fit the counts themselves: a likelihood for counts is then chosen, and exposure='total' takes their depth out "
        "of the latents",
        confidence=0.9,
        source="arXiv 1709.02082",
    )


def _no_counts(m: Measurements, x: np.ndarray, columns: np.ndarray) -> Finding | None:
    """The finding for columns of a count likelihood."""
    asked = m.record.settings["likelihood_reason"] == "chosen by name"
    changes = {"likelihood": "auto"} if asked else {}
    if (worst := counts.underdispersion(x)) is not None:
        column, ratio = worst
        return not_counts.finding(
            0.5 / ratio,
            1.0,
            f"the variance of {m.record.schema.describe(int(columns[column]))} is {ratio:.2g} of its mean, and a "
            "likelihood of counts has at least 1: it is a score, a code, a year or a share of a fixed total",
            "use likelihood='normal' or a categorical one",
            changes,
            confidence=0.9,
        )
    factors = [counts.common_factor(values) for values in x.T]
    if (factor := max(factors)) > 1:
        name = m.record.schema.describe(int(columns[int(np.argmax(factors))]))
        return not_counts.finding(
            factor,
            1.0,
            f"all values of {name} are multiples of {factor}, and the likelihood draws the integers in between",
            f"divide the column by {factor}",
            confidence=0.9,
        )
    return None


@rule("depth-latent", "a latent holds little but the depth of the rows: the total of their counts")
def depth_latent(m: Measurements) -> Finding | None:
    """Latents that follow the total of a row's counts, with which all columns rise alike."""
    columns = m.count_columns
    if len(columns) < _COLUMNS or m.collapsed or m.record.module.exposure:
        return None
    x, decoded = filled(m.rows)[:, columns], m.forward["reconstruction"].reshape(len(m.rows.x), -1)[:, columns]
    depth = counts.depth_of(x.astype(np.float64), m.forward["mean"].astype(np.float64), decoded)
    if depth is None or depth.correlation < _DEPTH or depth.common < _COMMON:
        return None
    return depth_latent.finding(
        depth.correlation,
        _DEPTH,
        f"the latents predict the log of a row's total with a correlation of {depth.correlation:.2f}, most by latent "
        f"{depth.latent}, and {depth.common:.0%} of the columns rise with it alike: rows differ in depth (exposure, "
        "size of the sample), and the latents are spent on that",
        "use exposure='total', or name the exposure of each row, unless the total itself is of interest",
        {"exposure": "total"} if len(columns) == m.record.schema.n_features else {},
        confidence=0.8,
        source="arXiv 1709.02082",
    )
