"""Rules about the latent space: where rows lie, and how well the encoder finds their places."""

import math
from functools import partial

from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements
from elbax.doctor.probes import amortization_gap
from elbax.doctor.rules.common import more_training, widths

# Share of the variance that a map may miss and still count as faithful.
_FAITHFUL = 0.1
_MISMATCH = 0.1


@rule("folded-latent", "the latent coordinates fold or tear the data")
def folded_latent(m: Measurements) -> Finding | None:
    """Coordinates that overlap or tear where a faithful map exists, or a loop that none can follow."""
    if m.collapsed or m.drawn_map is None:
        return None
    model, possible = m.drawn_map
    if possible.overlap > _FAITHFUL:
        return None  # without a faithful map to compare with
    overlap, torn = 3 * possible.overlap + 0.01, 2 * possible.torn + model.one_cut
    from_map = m.record.settings["init"] in ("auto", "geodesic")
    restart = {"n_init": 5} if from_map else {"init": "auto"}
    folded = partial(
        folded_latent.found,
        advice="keep the best of several fits: n_init=5"
        if from_map
        else "start from a map along the data: init='auto'",
        changes=restart,
        source="Tenenbaum, de Silva and Langford 2000",
    )
    if model.overlap > overlap:
        evidence = f"latent neighbors miss {model.overlap:.1%} of the data's variance"
        return folded(
            model.overlap, overlap, f"{evidence}; those of a map along the data, {possible.overlap:.1%}"
        )
    if model.torn > torn:
        evidence = f"{model.torn:.1%} of neighboring rows are sent far apart"
        return folded(model.torn, torn, f"{evidence}; a map along the data does so with {possible.torn:.1%}")
    if m.loop is None:
        return None
    return folded_latent.found(
        m.loop.gap,
        m.loop.step,
        f"the data close on themselves like a ring: both ends of a map along them meet ({m.loop.gap:.2g} apart, in "
        f"units of the data's spread), so that any one-dimensional map must cut them",
        "use one more latent dimension",
        {"latent_dim": 2},
        confidence=0.8,
    )


@rule("aggregate-mismatch", "encoded rows are not spread like the prior, so samples leave the data")
def aggregate_mismatch(m: Measurements) -> Finding | None:
    """Encoded rows that do not fill the prior."""
    # As many rows drawn from the prior itself would differ by about 1.6 / √n in the worst direction.
    threshold = _MISMATCH + 1.6 / math.sqrt(len(m.rows.x))
    if not m.record.module.posterior.has_density or m.mismatch < threshold:
        return None
    beta = m.record.settings["beta"]
    changes = {"beta": 1.0} if beta < 1 else more_training(m)
    return aggregate_mismatch.found(
        m.mismatch,
        threshold,
        f"between encoded rows and the prior the cumulative distributions differ by up to {m.mismatch:.2f}",
        "use beta=1" if beta < 1 else "train longer; until then draw samples near encoded rows",
        changes,
        confidence=0.85,
        source="arXiv 1705.07120",
    )


@rule("amortization-gap", "the encoder finds worse posteriors than the decoder allows")
def amortization(m: Measurements) -> Finding | None:
    """An encoder that lags behind its decoder."""
    if m.collapsed or not m.record.has_kl:
        return None
    gain, threshold = amortization_gap(m.record), _amortized(m)
    if not gain.exceeds(threshold):
        return None
    wider = tuple(2 * width for width in widths(m))
    changes = {"hidden": wider} if m.record.settings["network"] == "mlp" else {}
    return amortization.found(
        gain.nats,
        threshold,
        f"posteriors optimized row by row gain {gain} over the encoder's",
        "give the encoder more capacity or training",
        changes,
        source="arXiv 1801.03558",
    )


def _amortized(m: Measurements) -> float:
    """Nats that any encoder may lose: a share of the KL and of the gain over a constant."""
    return max(0.3, 0.15 * m.kl, 0.15 * max(m.gain, 0.0))
