"""Rules about training: dropout, the start, the number of steps, and memorized rows."""

from typing import Any

from scipy.stats import mannwhitneyu

from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import COLLAPSED_KL, Measurements
from elbax.doctor.probes import dropout_gain
from elbax.doctor.rules.common import counts, longer, more_training, widths

_WORSE = 1.03
_LEVEL = 0.025


@rule("noise-injection", "dropout keeps the noise level up")
def noise_injection(m: Measurements) -> Finding | None:
    """Dropout noise that raises the noise level of the model."""
    dropout = m.record.settings["dropout"]
    if dropout == 0:
        return None
    gain, threshold = dropout_gain(m.record), counts(m)
    if not gain.exceeds(threshold):
        return None
    return noise_injection.found(
        gain.nats,
        threshold,
        f"trained on without dropout the model gains {gain} more than with it (dropout={dropout:g})",
        "switch dropout off",
        {"dropout": 0.0},
    )


@rule("collapse-trap", "the latents are ignored although using them would pay", quick=True)
def collapse_trap(m: Measurements) -> Finding | None:
    """Collapse where the certificate names outputs that would pay."""
    c = m.certificate if m.collapsed and m.record.has_kl else None
    if c is None or not m.latents_pay(m.record.kl_weight):
        return None
    stuck = m.record.settings["init"] != "random"
    # Only the ELBO has a weight to warm up.
    slowly = {"warmup": 0.5} if m.record.uses_elbo else {}
    changes = {**slowly, "n_init": 3} if stuck else {"init": "auto", "warmup": 0.0}
    return collapse_trap.found(
        m.kl,
        COLLAPSED_KL,
        f"the KL is {m.kl:.3f} nats, yet outputs exist that beat the constant "
        f"(collapse would be right only from a KL weight of {c.critical_kl_weight:.3g} on)",
        "start from a map of the data (init='auto')"
        if not stuck
        else ("raise the KL's weight slowly, with restarts" if slowly else "try restarts"),
        {**changes, "output_bias": True},
        confidence=0.9,
        source="arXiv 1901.05534",
    )


@rule("undertrained", "training stopped while the model was still improving", quick=True)
def undertrained(m: Measurements) -> Finding | None:
    """A fit that was still improving when it stopped."""
    if m.unexplained > _WORSE and m.gain <= 0:  # heavy tails can do the former to a good model
        return undertrained.found(
            m.unexplained,
            _WORSE,
            f"reconstructions miss {m.unexplained:.0%} of the data's variance, more than the mean would",
            "train for longer",
            {"epochs": longer(m)},
        )
    if m.unexplained < 1e-3 or (m.collapsed and not m.latents_pay(m.record.kl_weight)):
        return None
    gain = m.continued
    if not gain.exceeds(counts(m)):
        return None
    return undertrained.found(
        gain.nats,
        counts(m),
        m.continued_how.format(gain=gain),
        "train for longer, with a step size that falls to zero",
        more_training(m),
    )


@rule("overfit", "the model knows its training rows better than others", quick=True)
def overfit(m: Measurements) -> Finding | None:
    """Training rows that are much more probable than held-out rows, or held-out rows that get worse."""
    threshold = max(0.5, 0.3 * abs(m.gain))
    if (gap := _gap(m, threshold)) is not None:
        held_out, n = m.elbo - gap, len(m.held_out_elbos)
        evidence = f"the ELBO is {m.elbo:.2f} nats on training rows and {held_out:.2f} on {n} held-out rows"
    elif m.fall is not None and (gap := m.fall[0] - m.fall[1]) > threshold:
        evidence = "the validation ELBO fell from {:.2f} to {:.2f} nats before training ended".format(*m.fall)
    else:
        return None
    changes: dict[str, Any] = {"patience": None}
    if m.record.settings["network"] == "mlp":
        changes["hidden"] = 2 * (max(8, min(widths(m)) // 2),)
        if m.record.settings["decoder_hidden"] is not None:
            changes["decoder_hidden"] = None
    advice = "use a smaller network, stop at the best validation ELBO, or add rows"
    return overfit.found(gap, threshold, evidence, advice, changes)


def _gap(m: Measurements, threshold: float) -> float | None:
    """Nats between training and held-out rows, if they exceed the threshold beyond doubt."""
    if m.held_out_elbos is None:
        return None
    gap = m.elbo - float(m.held_out_elbos.mean())
    # Ranks: a few held-out rows may be so improbable that no average is certain.
    lower = mannwhitneyu(m.elbos - threshold, m.held_out_elbos, alternative="greater").pvalue
    return gap if gap >= threshold and lower <= _LEVEL else None
