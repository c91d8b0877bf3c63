"""Rules about how it was trained: noise, length, memory, and an encoder that lags behind."""

from typing import Any

from scipy.stats import mannwhitneyu

from elbax.doctor.finding import Finding
from elbax.doctor.measures import Measures
from elbax.doctor.probes import amortization_gap, dropout_gain
from elbax.doctor.rules.common import counts, longer, more_training

__all__ = ["amortization", "noise_injection", "overfit", "undertrained"]

_WORSE = 1.03
_LEVEL = 0.025


def noise_injection(m: Measures) -> Finding | None:
    """Dropout whose noise the model must cover."""
    dropout = m.case.settings["dropout"]
    if dropout == 0:
        return None
    gain, threshold = dropout_gain(m.case), counts(m)
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


def undertrained(m: Measures) -> Finding | None:
    """A fit that goes on improving."""
    if m.unexplained > _WORSE:
        return Finding(
            "undertrained",
            m.unexplained,
            _WORSE,
            f"reconstructions miss {m.unexplained:.0%} of the data's variance, more than the mean would",
            "train for longer",
            {"epochs": longer(m)},
        )
    if m.unexplained < 1e-3 or (m.collapsed and not m.latents_pay(m.kl_weight)):
        return None
    gain = m.continued
    if not gain.exceeds(counts(m)):
        return None
    return Finding(
        "undertrained",
        gain.nats,
        counts(m),
        f"trained on for up to 30% more steps, the model gains {gain}",
        "train for longer, with a step size that falls to zero",
        more_training(m),
    )


def overfit(m: Measures) -> Finding | None:
    """Training rows that are known much better than others."""
    if m.held_out_elbos is None:
        return None
    held_out, threshold = float(m.held_out_elbos.mean()), max(0.5, 0.3 * abs(m.gain))
    gap = m.elbo - held_out
    # Ranks: a few held-out rows may be so improbable that no average is certain.
    lower = mannwhitneyu(m.passed["elbo"] - threshold, m.held_out_elbos, alternative="greater").pvalue
    if gap < threshold or lower > _LEVEL:
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
        f"the ELBO is {m.elbo:.2f} nats on training rows and {held_out:.2f} on {len(m.held_out_elbos)} held-out rows",
        "use a smaller network, stop at the best validation ELBO, or add rows",
        changes,
    )


def _widths(m: Measures) -> tuple[int, ...]:
    return tuple(layer.weight.shape[-1] for layer in getattr(m.case.module.encoder, "layers", ())) or (64,)


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
    return max(0.3, 0.15 * m.kl, 0.15 * max(m.gain, 0.0))
