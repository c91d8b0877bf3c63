"""Rules about where rows lie in the latent space."""

import math
from functools import partial

from elbax.doctor.finding import Finding
from elbax.doctor.measures import Measures
from elbax.doctor.rules.common import more_training

__all__ = ["aggregate_mismatch", "folded_latent"]

# Share of the variance that a map may miss and still count as faithful.
_FAITHFUL = 0.1
_MISMATCH = 0.1


def folded_latent(m: Measures) -> Finding | None:
    """Coordinates that overlap or tear where a faithful map exists, or a loop that none can follow."""
    if m.collapsed or m.drawn_map is None:
        return None
    model, possible = m.drawn_map
    if possible.overlap > _FAITHFUL:
        return None  # no faithful map is known, so this one cannot be blamed
    overlap, torn = 3 * possible.overlap + 0.01, 2 * possible.torn + model.one_cut
    from_map = m.case.settings["init"] in ("auto", "geodesic")
    restart = {"n_init": 5} if from_map else {"init": "auto"}
    folded = partial(
        Finding,
        "folded-latent",
        advice="keep the best of several fits: n_init=5"
        if from_map
        else "start from a map along the data: init='auto'",
        changes=restart,
        source="Tenenbaum, de Silva and Langford 2000",
    )
    if model.overlap > overlap:
        evidence = f"latent neighbours miss {model.overlap:.1%} of the data's variance"
        return folded(
            model.overlap, overlap, f"{evidence}; those of a map along the data, {possible.overlap:.1%}"
        )
    if model.torn > torn:
        evidence = f"{model.torn:.1%} of neighbouring rows are sent far apart"
        return folded(model.torn, torn, f"{evidence}; a map along the data does so with {possible.torn:.1%}")
    if m.loop is None:
        return None
    return Finding(
        "folded-latent",
        m.loop.gap,
        m.loop.step,
        f"the data close on themselves like a ring: both ends of a map along them meet ({m.loop.gap:.2g} apart, in "
        f"units of the data's spread), so that any one-dimensional map must cut them",
        "use one more latent dimension",
        {"latent_dim": 2},
        confidence=0.8,
    )


def aggregate_mismatch(m: Measures) -> Finding | None:
    """Encoded rows that do not fill the prior."""
    # As many rows drawn from the prior itself would differ by about 1.6 / √n in the worst direction.
    threshold = _MISMATCH + 1.6 / math.sqrt(len(m.rows.x))
    if m.case.settings["posterior"] == "point" or m.mismatch < threshold:
        return None
    beta = m.case.settings["beta"]
    changes = {"beta": 1.0} if beta < 1 else more_training(m)
    return Finding(
        "aggregate-mismatch",
        m.mismatch,
        threshold,
        f"between encoded rows and the prior the cumulative distributions differ by up to {m.mismatch:.2f}",
        "use beta=1" if beta < 1 else "train longer; until then draw samples near encoded rows",
        changes,
        confidence=0.85,
        source="arXiv 1705.07120",
    )
