"""Rules about the KL and what it leaves of the latents."""

from elbax.core.objectives import ELBO
from elbax.doctor.finding import Finding
from elbax.doctor.measures import Measures
from elbax.doctor.probes import continued_gain
from elbax.doctor.rules.common import FRESH, counts
from elbax.errors import InputError

__all__ = ["collapse_trap", "inactive_units", "kl_overweight", "no_kl"]

_LEAST_BETA = 0.02


def no_kl(m: Measures) -> Finding | None:
    """Training without the KL, or with next to none of it."""
    beta, point = m.case.settings["beta"], m.case.settings["posterior"] == "point"
    if not point and beta >= _LEAST_BETA or m.case.settings["objective"] != ELBO.name:
        return None  # other objectives have their own means to keep latents together
    found = "the posterior is a point" if point else f"the KL's weight is {beta:g}"
    return Finding(
        "no-kl",
        0.0 if point else beta,
        _LEAST_BETA,
        f"{found}: the latents are free to go anywhere, and the prior says nothing about them",
        "train with the KL: beta=1",
        {"beta": 1.0, **({"posterior": "diagonal_normal"} if point else {}), **FRESH},
        confidence=1.0,
        source="arXiv 1312.6114",
    )


def kl_overweight(m: Measures) -> Finding | None:
    """A KL weight above one at which latents do not pay."""
    beta = m.case.settings["beta"]
    if beta <= 1:
        return None
    if m.collapsed:
        if m.latents_pay(beta) or not m.latents_pay(1.0):
            return None
        return Finding(
            "kl-overweight",
            beta,
            1.0,
            f"at beta={beta:g} the best decoder is constant, while at beta=1 using the latents pays",
            "use beta=1, the evidence lower bound",
            {"beta": 1.0},
            confidence=0.95,
            source="arXiv 1911.02469",
        )
    gain = continued_gain(m.case, objective=ELBO(1.0, m.case.settings["free_bits"]))
    if not gain.exceeds(counts(m)):
        return None
    return Finding(
        "kl-overweight",
        gain.nats,
        counts(m),
        f"trained on with beta=1 instead of {beta:g}, the model gains {gain}",
        "use beta=1, the evidence lower bound",
        {"beta": 1.0},
        source="arXiv 1804.03599",
    )


def collapse_trap(m: Measures) -> Finding | None:
    """Collapse where the certificate names outputs that would pay."""
    if not m.collapsed or not m.kl_counts or not m.latents_pay(m.kl_weight):
        return None
    critical = m.certificate.critical_kl_weight
    stuck = m.case.settings["init"] != "random"
    # Only the ELBO has a weight to warm up.
    slowly = {"warmup": 0.5} if m.case.settings["objective"] == ELBO.name else {}
    changes = {**slowly, "n_init": 3} if stuck else {"init": "auto", "warmup": 0.0}
    return Finding(
        "collapse-trap",
        m.kl,
        0.05,
        f"the KL is {m.kl:.3f} nats, yet outputs exist that beat the constant "
        f"(collapse would be right only from a KL weight of {critical:.3g} on)",
        "start from a map of the data (init='auto')"
        if not stuck
        else ("raise the KL's weight slowly, with restarts" if slowly else "try restarts"),
        {**changes, "output_bias": True},
        confidence=0.9,
        source="arXiv 1901.05534",
    )


def inactive_units(m: Measures) -> Finding | None:
    """Latent dimensions that say nothing."""
    active, total = int(m.active.sum()), len(m.active)
    if active == total or not m.kl_counts:
        return None
    fewer = active if _possible(m, active) else None
    return Finding(
        "inactive-units",
        total - active,
        0,
        f"{total - active} of {total} latent dimensions have a posterior mean that hardly varies",
        f"latent_dim={fewer} would say the same"
        if fewer
        else ("fewer would say the same" if active else "the data hold nothing that latents could say"),
        {"latent_dim": fewer} if fewer else {},
        confidence=0.95,
        source="arXiv 1509.00519",
        note=active > 0,
    )


def _possible(m: Measures, latent_dim: int) -> bool:
    """Whether the posterior could have so many dimensions; some have groups or layers of them."""
    try:
        m.case.module.posterior.encoder_shape(latent_dim)
    except InputError:
        return False
    return latent_dim > 0
