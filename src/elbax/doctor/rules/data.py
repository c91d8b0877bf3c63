"""Rules about the data: constant columns, outliers, and values outside the output range."""

import numpy as np

from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements, filled
from elbax.doctor.rules.common import FRESH

_OUTLIERS = 0.5  # share of a column's variance in one row of 200; exponentially distributed values reach 0.16
_CHANCE = 1e-3  # that the extremes of p exponential columns count as outliers
_TOLERANCE = 0.01


@rule("data-scale", "a column is constant, or outliers or its size dominate it", quick=True)
def data_scale(m: Measurements) -> Finding | None:
    """Constant columns, and columns that a few outliers dominate."""
    schema = m.record.schema
    if schema.is_image or schema.shares_range:
        return None
    constant = [i for i, kind in enumerate(schema.kinds) if kind == "constant"]
    if constant:
        named = ", ".join(schema.describe(i) for i in constant[:3])
        return data_scale.finding(
            len(constant),
            0,
            f"{named} never changes in {schema.n_rows:,} rows",
            "leave constant columns out",
            confidence=1.0,
        )
    shares = _extreme_shares(m.all_rows)
    most = max(_OUTLIERS, _exponential_share(*m.all_rows.shape))
    dominated = sorted(np.flatnonzero(shares > most).tolist(), key=lambda i: -shares[i])
    worst = next((i for i in dominated if _allows_outliers(m, i)), None)
    if worst is None:
        return None
    share = float(shares[worst])
    return data_scale.finding(
        share,
        most,
        f"the most extreme 0.5% of the rows hold {share:.0%} of the variance of {schema.describe(worst)}",
        "correct or clip the outliers, or take logarithms; else try likelihood='student_t'",
        {"likelihood": "student_t"},
        confidence=0.8,
    )


def _extreme_shares(x: np.ndarray) -> np.ndarray:
    """Share of each feature's variance in its most extreme rows, one in 200, (d,)."""
    squares, count = np.square(x - np.median(x, axis=0)), max(1, len(x) // 200)
    extreme = np.partition(squares, -count, axis=0)[-count:]
    return extreme.sum(axis=0) / np.maximum(squares.sum(axis=0), 1e-300)


def _exponential_share(n: int, n_features: int) -> float:
    """The share that the largest of n exponential values takes in the worst of some columns, but for one case in 1000.

    In few rows the largest value of many columns takes a large share by chance alone.
    """
    largest = (np.log(n * n_features / _CHANCE) - np.log(2)) ** 2  # squared distance from the median
    return float(largest / (n + largest))


def _allows_outliers(m: Measurements, feature: int) -> bool:
    """Whether values are real and unbounded; likelihoods of others model rare values well."""
    support = m.record.module.likelihood.support_of(feature)
    return not support.integer and not np.isfinite(support.lower)


@rule("support-mismatch", "the decoder cannot reach the data", quick=True)
def support_mismatch(m: Measurements) -> Finding | None:
    """Values outside the decoder's output range."""
    low, high = m.record.module.likelihood.output_range
    x = filled(m.rows)
    width = max(float(x.max() - x.min()), 1e-300)
    beyond = float(((x < low - _TOLERANCE * width) | (x > high + _TOLERANCE * width)).mean())
    if beyond <= 0.001:
        return None
    return support_mismatch.finding(
        beyond,
        0.001,
        f"{beyond:.1%} of the values lie outside [{low:g}, {high:g}], all that the decoder can return "
        f"(the data run from {x.min():.3g} to {x.max():.3g})",
        "use a likelihood whose mean has no bounds, or rescale the data",
        FRESH,
        confidence=1.0,
    )
