"""Rules about the data: constant columns, outliers, and values out of reach."""

import numpy as np

from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements
from elbax.doctor.rules.common import FRESH

# Half of a column's variance in one row of two hundred leaves the others no room in its unit; exponentially
# distributed values reach 0.16.
_OUTLIERS = 0.5
_REACH = 0.01


@rule("data-scale", "a column is constant, or outliers or its size dominate it", quick=True)
def data_scale(m: Measurements) -> Finding | None:
    """Columns that are constant beside others, or that a few outliers dominate."""
    schema = m.record.schema
    if schema.is_image or schema.shares_range:
        return None
    constant = [i for i, kind in enumerate(schema.kinds) if kind == "constant"]
    if constant:
        named = ", ".join(schema.describe(i) for i in constant[:3])
        return data_scale.found(
            len(constant),
            0,
            f"{named} never changes in {schema.n_rows:,} rows",
            "leave constant columns out",
            confidence=1.0,
        )
    shares = _extreme_shares(m)
    worst = int(np.argmax(shares))
    if shares[worst] <= _OUTLIERS:
        return None
    return data_scale.found(
        float(shares[worst]),
        _OUTLIERS,
        f"the most extreme 0.5% of the rows hold {shares[worst]:.0%} of the variance of {schema.describe(worst)}",
        "correct or clip the outliers, or take logarithms; else try likelihood='student_t'",
        {"likelihood": "student_t"},
        confidence=0.8,
    )


def _extreme_shares(m: Measurements) -> np.ndarray:
    """Share of each feature's variance that its most extreme rows hold, one in 200; (d,).

    It is 0 where values are whole or bounded, since such likelihoods cope with rare values.
    """
    x = m.all_rows
    squares = np.sort(np.square(x - np.median(x, axis=0)), axis=0)
    extreme = squares[-max(1, len(x) // 200) :].sum(axis=0) / np.maximum(squares.sum(axis=0), 1e-300)
    supports = [m.record.module.likelihood.support_of(i) for i in range(x.shape[1])]
    bounded = [support.integer or np.isfinite(support.lower) for support in supports]
    return np.where(bounded, 0.0, extreme)


@rule("support-mismatch", "the decoder cannot reach the data", quick=True)
def support_mismatch(m: Measurements) -> Finding | None:
    """Data beyond what the decoder's output can reach."""
    low, high = m.record.module.likelihood.output_range
    x = m.rows.x
    width = max(float(x.max() - x.min()), 1e-300)
    beyond = float(((x < low - _REACH * width) | (x > high + _REACH * width)).mean())
    if beyond <= 0.001:
        return None
    return support_mismatch.found(
        beyond,
        0.001,
        f"{beyond:.1%} of the values lie outside [{low:g}, {high:g}], all that the decoder can return "
        f"(the data run from {x.min():.3g} to {x.max():.3g})",
        "use a likelihood whose mean has no bounds, or rescale the data",
        FRESH,
        confidence=1.0,
    )
