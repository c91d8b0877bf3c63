"""Rules about bounds that cannot be true, or that no usual step leaves behind."""

import numpy as np

from elbax.core.bound_limit import highest_bound, highest_of_any_cells
from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements

_USUAL_RATE = 3e-3
_LOST = 1000.0  # nats per feature below the best constant: a residual of 45 times the noise everywhere


@rule("absurd-bound", "a bound on log p(x) is impossible, or so low that no other measure means anything", quick=True)
def absurd_bound(m: Measurements) -> Finding | None:
    """Bounds that are not numbers, higher than the likelihood allows, or lower than any model near the data has."""
    record = m.record
    if not record.module.posterior.has_density:
        return None
    complete = record.rows.observed is None
    highest = float(highest_bound(record.module)) if complete else highest_of_any_cells(record.module)
    bounds = m.all_bounds
    value, limit = np.nan if np.isnan(bounds).any() else float(bounds.max()), highest
    evidence = f"a bound on log p(x) is {value:.3g} nats, where this likelihood allows at most {highest:.3g}"
    if value <= highest:
        value, limit = -m.gain, _LOST * record.schema.n_features
        evidence = f"the ELBO is {value:.3g} nats below the best constant model"
        if value <= limit:
            return None
    if record.uneven_weights:
        return absurd_bound.finding(
            value,
            limit,
            f"{evidence}: {record.uneven_weights}, and the model fits few others",
            "bring the largest weights down",
            confidence=1.0,
        )
    rate = record.plan.learning_rate
    smaller = None if rate > _USUAL_RATE else rate / 10
    return absurd_bound.finding(
        value,
        limit,
        f"{evidence}: the weights are out of proportion, as after steps that are too large (learning_rate={rate:g})",
        f"fit again with learning_rate={smaller:g}" if smaller else "leave the learning rate to its default",
        {"learning_rate": smaller},
        confidence=1.0,
        source="arXiv 1509.00519",
    )
