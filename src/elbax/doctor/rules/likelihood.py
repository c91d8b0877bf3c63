"""Rules about the data and the likelihood: columns, support, scale, normaliser, floor."""

import numpy as np

from elbax.doctor.finding import Finding
from elbax.doctor.measures import Measures
from elbax.doctor.probes import continued_gain, with_free_scale
from elbax.doctor.rules.common import FRESH, counts

__all__ = ["data_scale", "improper_likelihood", "scale_at_floor", "scale_too_large", "support_mismatch"]

# Half of a column's variance in one row of two hundred leaves the others no room in its unit; exponentially
# distributed values reach 0.16.
_OUTLIERS = 0.5
_REACH = 0.01
# Granted variance over mean squared residual.
_STINGY, _GENEROUS = 0.8, 1.1
_GREY = 0.01
_AT_FLOOR, _FLOORED = 1.5, 0.0


def data_scale(m: Measures) -> Finding | None:
    """Columns that are constant beside others, or that a few outliers dominate."""
    schema = m.case.schema
    if schema.is_image or schema.shares_range:
        return None
    constant = [i for i, kind in enumerate(schema.kinds) if kind == "constant"]
    if constant:
        named = ", ".join(schema.describe(i) for i in constant[:3])
        return Finding(
            "data-scale",
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
    return Finding(
        "data-scale",
        float(shares[worst]),
        _OUTLIERS,
        f"the most extreme 0.5% of the rows hold {shares[worst]:.0%} of the variance of {schema.describe(worst)}",
        "correct or clip the outliers, or take logarithms; else try likelihood='student_t'",
        {"likelihood": "student_t"},
        confidence=0.8,
    )


def _extreme_shares(m: Measures) -> np.ndarray:
    """Share of each feature's variance that its most extreme rows hold, one in 200; (d,).

    It is 0 where values are whole or bounded, since such likelihoods cope with rare values.
    """
    x = m.all_rows
    squares = np.sort(np.square(x - np.median(x, axis=0)), axis=0)
    extreme = squares[-max(1, len(x) // 200) :].sum(axis=0) / np.maximum(squares.sum(axis=0), 1e-300)
    supports = [m.case.module.likelihood.support_of(i) for i in range(x.shape[1])]
    bounded = [support.integer or np.isfinite(support.lower) for support in supports]
    return np.where(bounded, 0.0, extreme)


def support_mismatch(m: Measures) -> Finding | None:
    """Data beyond what the decoder's output can reach."""
    low, high = m.case.module.likelihood.output_range
    x = m.rows.x
    width = max(float(x.max() - x.min()), 1e-300)
    beyond = float(((x < low - _REACH * width) | (x > high + _REACH * width)).mean())
    if beyond <= 0.001:
        return None
    return Finding(
        "support-mismatch",
        beyond,
        0.001,
        f"{beyond:.1%} of the values lie outside [{low:g}, {high:g}], all that the decoder can return "
        f"(the data run from {x.min():.3g} to {x.max():.3g})",
        "use a likelihood whose mean has no bounds, or rescale the data",
        FRESH,
        confidence=1.0,
    )


def _fixed_scale(m: Measures) -> bool:
    certificate_scale = m.case.module.likelihood.name == "sum_of_squares"
    return certificate_scale or (m.scale is not None and m.scale.scale == "fixed")


def scale_too_large(m: Measures) -> Finding | None:
    """A fixed scale at which collapse is the optimum, or far above the residuals."""
    if not _fixed_scale(m) or not m.kl_counts:
        return None
    if m.collapsed:
        return _collapse_is_right(m)
    if m.overdispersion is None or m.overdispersion < _STINGY:
        return None  # latents say as much as the scale asks for, so residuals come near to it unless it is too small
    # What more training of the same kind gains is no fault of the scale.
    gain, threshold = continued_gain(with_free_scale(m.case)) - m.continued, counts(m)
    if not gain.exceeds(threshold):
        return None
    return Finding(
        "scale-too-large",
        gain.nats,
        threshold,
        f"trained on with a free noise level the model gains {gain} more than with this one, so detail is not worth "
        f"its nats here, and samples are noisier than the data",
        "learn the scale from the data",
        FRESH,
        confidence=0.9,
        source="arXiv 2006.13202",
    )


def _collapse_is_right(m: Measures) -> Finding | None:
    """A scale that certifies collapse, unless it is that of the residuals: then the data are noise."""
    granted = m.overdispersion
    if granted is None or granted < _GENEROUS or m.kl_weight > 1 or m.latents_pay(m.kl_weight):
        return None
    c = m.certificate
    value = c.scale_squared if c.scale_squared is not None else c.curvature
    critical = c.critical_scale_squared if c.critical_scale_squared is not None else 1.0
    return Finding(
        "scale-too-large",
        float(value),
        float(critical),
        c.statement,
        "learn the scale from the data",
        FRESH,
        confidence=1.0 if c.method == "grid" and c.collapse_is_optimal else 0.95,
        source="arXiv 1911.02469; see docs/doctor/certificate.md",
    )


def improper_likelihood(m: Measures) -> Finding | None:
    """A loss without its normaliser."""
    if m.case.module.likelihood.name != "binary_cross_entropy":
        return None
    x = m.rows.x
    between = float(((x > 0) & (x < 1)).mean())
    if between < _GREY:
        return None
    collapse = f". {m.certificate.statement}" if m.collapsed and m.certificate.collapse_is_optimal else ""
    return Finding(
        "improper-likelihood",
        between,
        _GREY,
        f"{between:.0%} of the values lie strictly between 0 and 1, where cross-entropy lacks a normaliser that "
        f"depends on the decoded mean{collapse}",
        "use a density: the continuous Bernoulli for grey levels, a normal for measurements",
        FRESH,
        confidence=1.0,
        source="arXiv 1907.06845",
    )


def scale_at_floor(m: Measures) -> Finding | None:
    """A learned scale that cannot fall further."""
    if m.scale is None or m.scale.scale == "fixed" or m.case.module.likelihood.support.integer:
        return None  # the masses of whole numbers are bounded by 1, at any scale
    unit = np.broadcast_to(m.case.schema.summary.unit, m.rows.x.shape[1:])
    relative = np.sqrt(m.passed["variance"].mean(axis=0)) / unit
    floors = np.broadcast_to(m.scale.floors, relative.shape)
    share = float((relative < _AT_FLOOR * floors).mean())
    if share <= _FLOORED:
        return None
    return Finding(
        "scale-at-floor",
        share,
        _FLOORED,
        f"{share:.0%} of the features have a noise level at the floor of {np.median(floors):.2g} of their spread, "
        f"so the ELBO measures the floor",
        "compare such models by reconstruction, or raise the floor to the noise you expect",
        confidence=0.95,
        source="arXiv 2006.13202",
        note=True,
    )
