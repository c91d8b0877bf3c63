"""Rules about the loss: likelihood, noise level, and KL weight."""

from elbax.core.objectives import ELBO
from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements, filled
from elbax.doctor.probes import continued_gain, with_free_scale
from elbax.doctor.rules.common import FRESH, least_gain

_LEAST_BETA = 0.02
_UNDERDISPERSED, _OVERDISPERSED = 0.8, 1.1  # variance of the likelihood over the mean squared residual
_GRAY = 0.01


@rule("no-kl", "nothing ties the latents to the prior: an autoencoder, not a generative model", quick=True)
def no_kl(m: Measurements) -> Finding | None:
    """Training without the KL, or with a tiny weight."""
    beta, point = m.record.settings["beta"], not m.record.module.posterior.has_density
    if not point and beta >= _LEAST_BETA or not m.record.uses_elbo:
        return None
    cause = "the posterior is a point" if point else f"the KL's weight is {beta:g}"
    return no_kl.finding(
        0.0 if point else beta,
        _LEAST_BETA,
        f"{cause}: the latents may lie anywhere, and the prior does not describe them",
        "train with the KL: beta=1",
        {"beta": 1.0, **({"posterior": "diagonal_normal"} if point else {}), **FRESH},
        confidence=1.0,
        source="arXiv 1312.6114",
    )


@rule("scale-too-large", "the fixed noise level is too high for these data", quick=True)
def scale_too_large(m: Measurements) -> Finding | None:
    """A fixed scale at which collapse is optimal, or far above the residuals."""
    scale = m.record.module.likelihood.location_scale
    if scale is None or scale.is_learned or not m.record.has_kl:
        return None
    if m.collapsed:
        return _optimal_collapse(m)
    if m.overdispersion is None or m.overdispersion < _UNDERDISPERSED:
        return None  # residuals of an optimal fit are close to a scale that is not too small
    # Less the gain of more training alone.
    gain, threshold = continued_gain(with_free_scale(m.record)) - m.continued, least_gain(m)
    if not gain.exceeds(threshold):
        return None
    return scale_too_large.finding(
        gain.nats,
        threshold,
        f"trained on with a free noise level the model gains {gain} more than with this one, so detail is not worth "
        f"its nats here, and samples are noisier than the data",
        "learn the scale from the data",
        FRESH,
        confidence=0.9,
        source="arXiv 2006.13202",
    )


def _optimal_collapse(m: Measurements) -> Finding | None:
    """A scale at which collapse is optimal, unless it matches the residuals because the data are noise."""
    dispersion, weight, c = m.overdispersion, m.record.kl_weight, m.certificate
    if c is None or dispersion is None or dispersion < _OVERDISPERSED or weight > 1 or m.latents_help(weight):
        return None
    variance, critical = c.scale_squared, c.critical_scale_squared
    shared = variance is not None and critical is not None
    summary = ""
    if shared and critical <= variance:
        summary = f"the fixed noise variance {variance:.3g} exceeds {critical:.3g}, from which on latents do not pay. "
    return scale_too_large.finding(
        float(variance) if shared else c.curvature,
        float(critical) if shared else 1.0,
        summary + c.statement,
        "learn the scale from the data",
        FRESH,
        confidence=1.0 if c.method == "grid" and c.collapse_is_optimal else 0.95,
        source="arXiv 1911.02469; see docs/doctor/certificate.md",
    )


@rule("improper-likelihood", "the loss is not the logarithm of a density on these data", quick=True)
def improper_likelihood(m: Measurements) -> Finding | None:
    """A loss without the normalizer of a density."""
    x = filled(m.rows).reshape(m.rows.x.shape)
    between = float(m.record.module.likelihood.unnormalized(x).mean())
    if between < _GRAY:
        return None
    c = m.certificate if m.collapsed else None
    collapse = f". {c.statement}" if c is not None and c.collapse_is_optimal else ""
    return improper_likelihood.finding(
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
    """A KL weight above one at which latents do not pay off."""
    beta = m.record.settings["beta"]
    if beta <= 1:
        return None
    if m.collapsed:
        if m.latents_help(beta) or not m.latents_help(1.0):
            return None
        return kl_overweight.finding(
            beta,
            1.0,
            f"at beta={beta:g} the best decoder is constant, while at beta=1 using the latents pays",
            "use beta=1, the evidence lower bound",
            {"beta": 1.0},
            confidence=0.95,
            source="arXiv 1911.02469",
        )
    gain = continued_gain(m.record, objective=ELBO(1.0, m.record.settings["free_bits"]))
    if not gain.exceeds(least_gain(m)):
        return None
    return kl_overweight.finding(
        gain.nats,
        least_gain(m),
        f"trained on with beta=1 instead of {beta:g}, the model gains {gain}",
        "use beta=1, the evidence lower bound",
        {"beta": 1.0},
        source="arXiv 1804.03599",
    )
