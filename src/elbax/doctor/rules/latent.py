"""Rules about the latent space: its geometry, its distribution, and the encoder."""

import math
from functools import partial

from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements
from elbax.doctor.probes import amortization_gap
from elbax.doctor.rules.common import widths

_FAITHFUL = 0.1  # share of the variance that a faithful map may leave unexplained
_MISMATCH = 0.1


@rule("folded-latent", "the latent coordinates fold or tear the data")
def folded_latent(m: Measurements) -> Finding | None:
    """Coordinates that overlap or tear although a faithful map exists, or data that form a loop."""
    if m.collapsed or m.drawn_map is None:
        return None
    model, possible = m.drawn_map
    if possible.overlap > _FAITHFUL:
        return None  # no faithful map to compare with
    overlap, torn = 3 * possible.overlap + 0.02, 2 * possible.torn + model.one_cut
    if m.record.settings["init"] in ("auto", "geodesic"):
        advice, changes = "keep the best of several fits: n_init=5", {"n_init": 5}
    else:
        advice, changes = "start from a map along the data: init='auto'", {"init": "auto"}
    source = "Tenenbaum, de Silva and Langford 2000"
    folded = partial(folded_latent.finding, advice=advice, changes=changes, source=source)
    if model.overlap > overlap:
        evidence = f"latent neighbors miss {model.overlap:.1%} of the data's variance"
        evidence = f"{evidence}; those of a map along the data, {possible.overlap:.1%}"
        return folded(model.overlap, overlap, evidence)
    if model.torn > torn:
        evidence = f"{model.torn:.1%} of neighboring rows are sent far apart"
        return folded(model.torn, torn, f"{evidence}; a map along the data does so with {possible.torn:.1%}")
    if m.loop is None:
        return None
    return folded_latent.finding(
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
    """Encoded rows that are not distributed like the prior."""
    # Rows drawn from the prior itself would differ by about 1.6 / √n in the worst direction.
    threshold = _MISMATCH + 1.6 / math.sqrt(len(m.rows.x))
    if not m.record.module.posterior.has_density or m.mismatch < threshold:
        return None
    beta = m.record.settings["beta"]
    advice, changes = "use beta=1", {"beta": 1.0}
    if beta >= 1:
        advice = "draw near rows, sample(n, near=X), or fit a prior to them: fit_prior(X), or prior='mixture'"
        changes = {"prior": "mixture(components=10)"}
    return aggregate_mismatch.finding(
        m.mismatch,
        threshold,
        f"between encoded rows and the prior the cumulative distributions differ by up to {m.mismatch:.2f}",
        advice,
        changes,
        confidence=0.85,
        source="arXiv 1705.07120",
    )


@rule("amortization-gap", "the encoder finds worse posteriors than the decoder allows")
def amortization(m: Measurements) -> Finding | None:
    """An encoder with worse posteriors than their family allows."""
    if m.collapsed or not m.record.has_kl:
        return None
    gain, threshold = amortization_gap(m.record), max(0.3, 0.15 * m.kl, 0.15 * m.gain)
    if not gain.exceeds(threshold):
        return None
    wider = tuple(2 * width for width in widths(m))
    changes = {"hidden": wider} if m.record.settings["network"] == "mlp" else {}
    return amortization.finding(
        gain.nats,
        threshold,
        f"posteriors optimized row by row gain {gain} over the encoder's",
        "give the encoder more capacity or training",
        changes,
        source="arXiv 1801.03558",
    )
