"""What several rules share."""

import math
from typing import Any

from elbax.doctor.measures import Measures

__all__ = ["FRESH", "counts", "longer", "more_training"]

# A change in the ELBO counts when it exceeds this many nats and this share of what the model gains over a constant.
_NATS, _SHARE = 0.1, 0.05
FRESH = {"likelihood": "auto", "init": "auto", "output_bias": True}


def counts(m: Measures) -> float:
    """The change in ELBO, nats per row, from which on it matters."""
    return max(_NATS, _SHARE * max(m.gain, 0.0))


def more_training(m: Measures) -> dict[str, Any]:
    """Settings that train for longer, down to a step size of 0."""
    settled = {"schedule": "cosine", "learning_rate": None, "batch_size": None, "patience": None}
    return {"epochs": longer(m), **settled}


def longer(m: Measures) -> int | None:
    """None, the default plan, where fewer epochs were asked for; else three times as many."""
    steps = m.case.plan.epochs * math.ceil(m.case.n_rows / m.case.plan.batch_size)
    return None if steps < 5_000 else 3 * m.case.plan.epochs
