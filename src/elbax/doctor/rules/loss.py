"""Rules about the loss: likelihood, noise level, and the weight of the KL."""

from elbax.core.objectives import ELBO
from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements
from elbax.doctor.probes import continued_gain, with_free_scale
from elbax.doctor.rules.common import FRESH, counts

_LEAST_BETA = 0.02
# Granted variance over mean squared residual.
_STINGY, _GENEROUS = 0.8, 1.1
_GRAY = 0.01


@rule("no-kl", "nothing ties the latents to the prior: an autoencoder, not a generative model", quick=True)
def no_kl(m: Measurements) -> Finding | None:
    """Training without the KL, or with next to none of it."""
    beta, point = m.record.settings["beta"], not m.record.module.posterior.has_density
    if not point and beta >= _LEAST_BETA or not m.record.uses_elbo:
        return None
    found = "the posterior is a point" if point else f"the KL's weight is {beta:g}"
    return no_kl.found(
        0.0 if point else beta,
        _LEAST_BETA,
        f"{found}: the latents are free to go anywhere, and the prior says nothing about them",
        "train with the KL: beta=1",
        {"beta": 1.0, **({"posterior": "diagonal_normal"} if point else {}), **FRESH},
        confidence=1.0,
        source="arXiv 1312.6114",
    )


@rule("scale-too-large", "the fixed noise level is too high for these data", quick=True)
def scale_too_large(m: Measurements) -> Finding | None:
    """A fixed scale at which collapse is the optimum, or far above the residuals."""
    part = m.record.module.likelihood.location_scale
    if part is None or part.is_learned or not m.record.has_kl:
        return None
    if m.collapsed:
        return _collapse_is_right(m)
    if m.overdispersion is None or m.overdispersion < _STINGY:
        return None  # at the optimum of a scale that is not too small, residuals come near to it
    # The gain of more training of the same kind is not due to the scale.
    gain, threshold = continued_gain(with_free_scale(m.record)) - m.continued, counts(m)
    if not gain.exceeds(threshold):
        return None
    return scale_too_large.found(
        gain.nats,
        threshold,
        f"trained on with a free noise level the model gains {gain} more than with this one, so detail is not worth "
        f"its nats here, and samples are noisier than the data",
        "learn the scale from the data",
        FRESH,
        confidence=0.9,
        source="arXiv 2006.13202",
    )


def _collapse_is_right(m: Measurements) -> Finding | None:
    """A scale at which collapse is the optimum; not where it is the scale of the residuals, of data that are noise."""
    granted, weight, c = m.overdispersion, m.record.kl_weight, m.certificate
    if c is None or granted is None or granted < _GENEROUS or weight > 1 or m.latents_pay(weight):
        return None
    variance, critical = c.scale_squared, c.critical_scale_squared
    known = variance is not None and critical is not None
    short = ""
    if known and critical <= variance:
        short = f"the fixed noise variance {variance:.3g} exceeds {critical:.3g}, from which on latents do not pay. "
    return scale_too_large.found(
        float(variance) if known else c.curvature,
        float(critical) if known else 1.0,
        short + c.statement,
        "learn the scale from the data",
        FRESH,
        confidence=1.0 if c.method == "grid" and c.collapse_is_optimal else 0.95,
        source="arXiv 1911.02469; see docs/doctor/certificate.md",
    )


@rule("improper-likelihood", "the loss is not the logarithm of a density on these data", quick=True)
def improper_likelihood(m: Measurements) -> Finding | None:
    """A loss without its normalizer."""
    between = float(m.record.module.likelihood.unnormalized(m.rows.x).mean())
    if between < _GRAY:
        return None
    c = m.certificate if m.collapsed else None
    collapse = f". {c.statement}" if c is not None and c.collapse_is_optimal else ""
    return improper_likelihood.found(
        between,
        _GRAY,
        f"{between:.0%} of the values lie strictly between 0 and 1, where the loss lacks a normalizer that "
        f"depends on the decoded mean{collapse}",
        "use a density: the continuous Bernoulli for gray levels, a normal for measurements",
        FRESH,
        confidence=1.0,
        source="arXiv 1907.06845",
    )


@rule("kl-overweight", "the KL is weighted so heavily that latents do not pay", quick=True)
def kl_overweight(m: Measurements) -> Finding | None:
    """A KL weight above one at which latents do not pay."""
    beta = m.record.settings["beta"]
    if beta <= 1:
        return None
    if m.collapsed:
        if m.latents_pay(beta) or not m.latents_pay(1.0):
            return None
        return kl_overweight.found(
            beta,
            1.0,
            f"at beta={beta:g} the best decoder is constant, while at beta=1 using the latents pays",
            "use beta=1, the evidence lower bound",
            {"beta": 1.0},
            confidence=0.95,
            source="arXiv 1911.02469",
        )
    gain = continued_gain(m.record, objective=ELBO(1.0, m.record.settings["free_bits"]))
    if not gain.exceeds(counts(m)):
        return None
    return kl_overweight.found(
        gain.nats,
        counts(m),
        f"trained on with beta=1 instead of {beta:g}, the model gains {gain}",
        "use beta=1, the evidence lower bound",
        {"beta": 1.0},
        source="arXiv 1804.03599",
    )
