"""The rules that turn measurements into findings; one function a code, in the order of causes."""

import math
from functools import partial
from typing import Any

import numpy as np

from elbax.doctor.finding import Finding
from elbax.doctor.geometry import Faithfulness
from elbax.doctor.measures import Measures
from elbax.doctor.probes import amortization_gap, continued_gain, dropout_gain, with_free_scale

__all__ = ["RULES"]

# A change in the ELBO counts when it exceeds this many nats and this share of what the model gains over a constant.
_NATS, _SHARE = 0.1, 0.05
_FRESH = {"likelihood": "auto", "init": "auto", "output_bias": True}


def _counts(m: Measures) -> float:
    """The change in ELBO, nats per row, from which on it matters."""
    return max(_NATS, _SHARE * max(m.gain, 0.0))


def data_scale(m: Measures) -> Finding | None:
    """Columns that are constant beside others, or that a few outliers dominate."""
    schema = m.case.schema
    if schema.is_picture or schema.shares_range:
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


# Half of a column's variance in one row of two hundred leaves the others no room in its unit; exponentially
# distributed values reach 0.16.
_OUTLIERS = 0.5


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
        _FRESH,
        confidence=1.0,
    )


_REACH = 0.01


def no_kl(m: Measures) -> Finding | None:
    """Training without the KL, or with next to none of it."""
    beta, point = m.case.settings["beta"], m.case.settings["posterior"] == "point"
    if not point and beta >= _LEAST_BETA:
        return None
    found = "the posterior is a point" if point else f"the KL's weight is {beta:g}"
    return Finding(
        "no-kl",
        0.0 if point else beta,
        _LEAST_BETA,
        f"{found}: the latents are free to go anywhere, and the prior says nothing about them",
        "train with the KL: beta=1",
        {"beta": 1.0, "posterior": "diagonal_normal", **_FRESH},
        confidence=1.0,
        source="arXiv 1312.6114",
    )


_LEAST_BETA = 0.02


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
    gain, threshold = continued_gain(with_free_scale(m.case)) - m.continued, _counts(m)
    if not gain.exceeds(threshold):
        return None
    return Finding(
        "scale-too-large",
        gain.nats,
        threshold,
        f"trained on with a free noise level the model gains {gain} more than with this one, so detail is not worth "
        f"its nats here, and samples are noisier than the data",
        "learn the scale from the data",
        _FRESH,
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
        _FRESH,
        confidence=1.0 if c.method == "grid" and c.collapse_is_optimal else 0.95,
        source="arXiv 1911.02469; see docs/doctor/certificate.md",
    )


# Granted variance over mean squared residual.
_STINGY, _GENEROUS = 0.8, 1.1


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
        _FRESH,
        confidence=1.0,
        source="arXiv 1907.06845",
    )


_GREY = 0.01


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
    gain = continued_gain(m.case, beta=1.0)
    if not gain.exceeds(_counts(m)):
        return None
    return Finding(
        "kl-overweight",
        gain.nats,
        _counts(m),
        f"trained on with beta=1 instead of {beta:g}, the model gains {gain}",
        "use beta=1, the evidence lower bound",
        {"beta": 1.0},
        source="arXiv 1804.03599",
    )


def noise_injection(m: Measures) -> Finding | None:
    """Dropout whose noise the model must cover."""
    dropout = m.case.settings["dropout"]
    if dropout == 0:
        return None
    gain, threshold = dropout_gain(m.case), _counts(m)
    if not gain.exceeds(threshold):
        return None
    return Finding(
        "noise-injection",
        gain.nats,
        threshold,
        f"trained on without dropout the model gains {gain} more than with it (dropout={dropout:g})",
        "switch dropout off",
        {"dropout": 0.0},
    )


def collapse_trap(m: Measures) -> Finding | None:
    """Collapse where the certificate names outputs that would pay."""
    if not m.collapsed or not m.kl_counts or not m.latents_pay(m.kl_weight):
        return None
    critical = m.certificate.critical_kl_weight
    stuck = m.case.settings["init"] != "random"
    changes = {"warmup": 0.5, "n_init": 3} if stuck else {"init": "auto", "warmup": 0.0}
    return Finding(
        "collapse-trap",
        float(m.kl_per_unit.sum()),
        0.05,
        f"the KL is {m.kl_per_unit.sum():.3f} nats, yet outputs exist that beat the constant "
        f"(collapse would be right only from a KL weight of {critical:.3g} on)",
        "start from a map of the data (init='auto')"
        if not stuck
        else "raise the KL's weight slowly, with restarts",
        {**changes, "output_bias": True},
        confidence=0.9,
        source="arXiv 1901.05534",
    )


def undertrained(m: Measures) -> Finding | None:
    """A fit that goes on improving."""
    if m.unexplained > _WORSE:
        return Finding(
            "undertrained",
            m.unexplained,
            _WORSE,
            f"reconstructions miss {m.unexplained:.0%} of the data's variance, more than the mean would",
            "train for longer",
            {"epochs": _longer(m)},
        )
    if m.unexplained < 1e-3 or (m.collapsed and not m.latents_pay(m.kl_weight)):
        return None
    gain = m.continued
    if not gain.exceeds(_counts(m)):
        return None
    return Finding(
        "undertrained",
        gain.nats,
        _counts(m),
        f"trained on for up to 30% more steps, the model gains {gain}",
        "train for longer, with a step size that falls to zero",
        _more_training(m),
    )


_WORSE = 1.03


def _more_training(m: Measures) -> dict[str, Any]:
    settled = {"schedule": "cosine", "learning_rate": None, "batch_size": None, "patience": None}
    return {"epochs": _longer(m), **settled}


def _longer(m: Measures) -> int | None:
    """None, the default plan, where fewer epochs were asked for; else three times as many."""
    steps = m.case.plan.epochs * math.ceil(len(m.case.rows.x) / m.case.plan.batch_size)
    return None if steps < 5_000 else 3 * m.case.plan.epochs


def overfit(m: Measures) -> Finding | None:
    """Training rows that are known much better than others."""
    if m.held_out_elbo is None:
        return None
    held_out, error = m.held_out_elbo
    gap, threshold = m.elbo - held_out, max(0.5, 0.3 * abs(m.gain))
    if gap < threshold + 2 * error:
        return None
    changes: dict[str, Any] = {"patience": None}
    if m.case.settings["network"] == "mlp":
        changes["hidden"] = 2 * (max(8, min(_widths(m)) // 2),)
        if m.case.settings["decoder_hidden"] is not None:
            changes["decoder_hidden"] = None
    return Finding(
        "overfit",
        gap,
        threshold,
        f"the ELBO is {m.elbo:.2f} nats on training rows and {held_out:.2f} ± {error:.2f} on held-out rows",
        "use a smaller network, stop at the best validation ELBO, or add rows",
        changes,
    )


def _widths(m: Measures) -> tuple[int, ...]:
    return tuple(layer.weight.shape[-1] for layer in getattr(m.case.module.encoder, "layers", ())) or (64,)


def folded_latent(m: Measures) -> Finding | None:
    """Coordinates that overlap or tear where a faithful map exists, or a loop that none can follow."""
    if m.collapsed or m.drawn_map is None:
        return None
    model, possible = m.drawn_map
    if possible.overlap > _FAITHFUL:
        return None  # no faithful map is known, so this one cannot be blamed
    overlap, torn = 3 * possible.overlap + 0.01, 2 * possible.torn + model.one_cut
    restart = {"init": "auto"} if m.case.settings["init"] == "random" else {"n_init": 5}
    folded = partial(
        Finding,
        "folded-latent",
        advice="start from a map along the data: init='auto'",
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
    return _loop(m, min(model, possible, key=lambda each: each.torn))


def _loop(m: Measures, best: Faithfulness) -> Finding | None:
    """A single coordinate for data that close on themselves, so that even the best map has a cut."""
    if m.case.module.latent_dim > 1 or best.torn <= best.one_cut:
        return None
    return Finding(
        "folded-latent",
        best.torn,
        best.one_cut,
        f"the data close on themselves like a ring: any one-dimensional map must cut them ({best.torn:.1%} of "
        f"neighbouring rows end up far apart)",
        "use one more latent dimension",
        {"latent_dim": 2},
        confidence=0.8,
    )


# Share of the variance that a map may miss and still count as faithful.
_FAITHFUL = 0.1


def aggregate_mismatch(m: Measures) -> Finding | None:
    """Encoded rows that do not fill the prior."""
    # As many rows drawn from the prior itself would differ by about 1.6 / √n in the worst direction.
    threshold = _MISMATCH + 1.6 / math.sqrt(len(m.rows.x))
    if m.case.settings["posterior"] == "point" or m.mismatch < threshold:
        return None
    beta = m.case.settings["beta"]
    changes = {"beta": 1.0} if beta < 1 else _more_training(m)
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


_MISMATCH = 0.1


def amortization(m: Measures) -> Finding | None:
    """An encoder that lags behind its decoder."""
    if m.collapsed or not m.kl_counts:
        return None
    gain, threshold = amortization_gap(m.case), _amortized(m)
    if not gain.exceeds(threshold):
        return None
    wider = tuple(2 * width for width in _widths(m))
    changes = {"hidden": wider} if m.case.settings["network"] == "mlp" else {}
    return Finding(
        "amortization-gap",
        gain.nats,
        threshold,
        f"posteriors optimised row by row gain {gain} over the encoder's",
        "give the encoder more capacity or training",
        changes,
        source="arXiv 1801.03558",
    )


def _amortized(m: Measures) -> float:
    """Nats that any encoder may lose: a share of what it says and of what that brings."""
    return max(0.3, 0.15 * float(m.kl_per_unit.sum()), 0.15 * max(m.gain, 0.0))


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


_AT_FLOOR, _FLOORED = 1.5, 0.0


def inactive_units(m: Measures) -> Finding | None:
    """Latent dimensions that say nothing."""
    active, total = int(m.active.sum()), len(m.active)
    if active == total or not m.kl_counts:
        return None
    return Finding(
        "inactive-units",
        total - active,
        0,
        f"{total - active} of {total} latent dimensions have a posterior mean that hardly varies",
        f"latent_dim={max(1, active)} would say the same"
        if active
        else "the data hold nothing that latents could say",
        {"latent_dim": active} if active else {},
        confidence=0.95,
        source="arXiv 1509.00519",
        note=active > 0,
    )


RULES = (
    data_scale,
    support_mismatch,
    no_kl,
    scale_too_large,
    improper_likelihood,
    kl_overweight,
    noise_injection,
    collapse_trap,
    undertrained,
    overfit,
    folded_latent,
    aggregate_mismatch,
    amortization,
    scale_at_floor,
    inactive_units,
)
