"""Notes on limits of the data: a scale at its floor, and unused latent dimensions."""

import numpy as np

from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements
from elbax.doctor.rules.common import allows_latents

_AT_FLOOR = 1.5  # a scale is at its floor below this multiple of it


@rule("scale-at-floor", "the learned noise level has reached its floor: the data have no noise to learn")
def scale_at_floor(m: Measurements) -> Finding | None:
    """A learned scale that cannot decrease further."""
    likelihood = m.record.module.likelihood
    scale = likelihood.location_scale
    if scale is None or not scale.is_learned or likelihood.support.integer:
        return None  # masses of integers are at most 1 at any scale
    unit = np.broadcast_to(m.record.schema.summary.unit, m.rows.x.shape[1:])
    variance = m.forward["variance"].mean(axis=0)
    measured = np.ravel(variance >= np.finfo(np.float32).tiny)  # units below 1e-19 square to numbers that are lost
    relative = np.where(measured, np.ravel(np.sqrt(variance) / unit), np.inf)
    if likelihood.loadings is not None:  # the floor is that of the noise without its factors
        relative = relative / np.sqrt(1 + np.square(likelihood.loadings).sum(axis=1))
    floors = np.broadcast_to(scale.floors, relative.shape)
    share = float((relative < _AT_FLOOR * floors).mean())
    if share == 0:
        return None
    return scale_at_floor.finding(
        share,
        0.0,
        f"{share:.0%} of the features have a noise level at the floor of {np.median(floors):.2g} of their spread, "
        f"so the ELBO measures the floor",
        "compare such models by reconstruction, or raise the floor to the noise you expect",
        confidence=0.95,
        source="arXiv 2006.13202",
        note=True,
    )


@rule("inactive-units", "some latent dimensions are not used", quick=True)
def inactive_units(m: Measurements) -> Finding | None:
    """Latent dimensions that do not vary with the rows."""
    active, total = int(m.active.sum()), len(m.active)
    if active == total or not m.record.has_kl:
        return None
    fewer = active if allows_latents(m, active) else None
    ignored = "" if active else f"the latents are ignored (KL {m.kl:.3f} nats): "
    advice = f"{f'latent_dim={fewer}' if fewer else 'fewer'} would suffice"
    return inactive_units.finding(
        total - active,
        0,
        f"{ignored}{total - active} of {total} latent dimensions have a posterior mean that hardly varies",
        advice if active else "the data have no structure that latents could encode",
        {"latent_dim": fewer} if fewer else {},
        confidence=0.95,
        source="arXiv 1509.00519",
        note=active > 0,
    )
