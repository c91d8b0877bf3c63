"""Rules about training: dropout, initialization, number of steps, and overfitting."""

from typing import Any

from scipy.stats import mannwhitneyu

from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import COLLAPSED_KL, Measurements
from elbax.doctor.probes import dropout_gain
from elbax.doctor.rules.common import least_gain, more_epochs, more_training, widths
from elbax.errors import counted
from elbax.fit.plan import SHORT

_WORSE = 1.03
_LEVEL = 0.025


@rule("noise-injection", "dropout keeps the noise level up")
def noise_injection(m: Measurements) -> Finding | None:
    """Dropout that raises the noise level of the model."""
    dropout = m.record.settings["dropout"]
    if dropout == 0:
        return None
    gain, threshold = dropout_gain(m.record), least_gain(m)
    if not gain.exceeds(threshold):
        return None
    return noise_injection.finding(
        gain.nats,
        threshold,
        f"trained on without dropout the model gains {gain} more than with it (dropout={dropout:g})",
        "switch dropout off",
        {"dropout": 0.0},
    )


@rule("collapse-trap", "the latents are ignored although using them would pay", quick=True)
def collapse_trap(m: Measurements) -> Finding | None:
    """Collapse although the certificate proves that latents pay off."""
    c = m.certificate if m.collapsed and m.record.has_kl else None
    if c is None or not m.latents_help(m.record.kl_weight):
        return None
    init = m.record.settings["init"]
    if init == "random":
        advice, changes = "start from a map of the data (init='auto')", {"init": "auto", "warmup": 0.0}
    elif m.record.start == "linear" and m.record.plan.pretraining_steps:
        advice = "start from a map along the data, at the usual learning rate"
        changes = {"init": "geodesic", "learning_rate": None, "warmup": 0.0}
    elif m.record.uses_elbo:
        advice, changes = "raise the KL's weight slowly, with restarts", {"warmup": 0.5, "n_init": 3}
    else:  # no KL weight to warm up
        advice, changes = "try restarts", {"n_init": 3}
    return collapse_trap.finding(
        m.kl,
        COLLAPSED_KL,
        f"the KL is {m.kl:.3f} nats, yet outputs exist that beat the constant "
        f"(collapse would be right only from a KL weight of {c.critical_kl_weight:.3g} on)",
        advice,
        {**changes, "output_bias": True},
        confidence=0.9,
        source="arXiv 1901.05534",
    )


@rule("undertrained", "training stopped while the model was still improving", quick=True)
def undertrained(m: Measurements) -> Finding | None:
    """A fit that was still improving when it stopped, or too short to improve on the model where it started."""
    n_steps = m.record.plan.n_steps(m.record.n_rows)
    beaten = m.ladder is not None and any(model.better_by for model in m.ladder.same_size)  # a cause of its own
    if m.record.best_epoch == 0 and m.record.start != "random" and n_steps < SHORT and not beaten:
        return undertrained.finding(
            n_steps,
            SHORT,
            f"{counted(m.record.plan.epochs, 'epoch')} of training ({counted(n_steps, 'step')}) ended before a gain "
            "over the linear model could show, so that model is kept",
            "train for longer",
            {"epochs": more_epochs(m)},
        )
    if m.unexplained > _WORSE and m.gain <= 0:  # heavy tails alone can cause the former
        return undertrained.finding(
            m.unexplained,
            _WORSE,
            f"reconstructions miss {m.unexplained:.0%} of the data's variance, more than the mean would",
            "train for longer",
            {"epochs": more_epochs(m)},
        )
    if m.unexplained < 1e-3 or (m.collapsed and not m.latents_help(m.record.kl_weight)):
        return None
    gain = m.continued
    if not gain.exceeds(least_gain(m)):
        return None
    return undertrained.finding(
        gain.nats,
        least_gain(m),
        m.continued_how.format(gain=gain),
        "train for longer, with a step size that falls to zero",
        more_training(m),
    )


@rule("still-rising", "the held-out bound was still rising when training ended", quick=True)
def still_rising(m: Measurements) -> Finding | None:
    """A held-out bound that rose by more than its error up to the last epoch."""
    if m.record.rise is None:
        return None
    nats, error = m.record.rise
    epochs = 2 * m.record.plan.epochs
    return still_rising.finding(
        nats,
        2 * error,
        f"over the second half of the {m.record.plan.epochs:,} epochs the held-out bound still rose by {nats:.2f} ± "
        f"{error:.2f} nats a row",
        f"train for longer: epochs={epochs}, or leave epochs out, and the plan grows until the bound does not rise",
        {**more_training(m), "epochs": epochs},
    )


@rule("overfit", "the model fits its training rows better than others", quick=True)
def overfit(m: Measurements) -> Finding | None:
    """Training rows that are much more probable than held-out rows, or a falling validation ELBO."""
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
        changes |= {"hidden": 2 * (max(8, min(widths(m)) // 2),), "decoder_hidden": None}
    advice = "use a smaller network, stop at the best validation ELBO, or add rows"
    return overfit.finding(gap, threshold, evidence, advice, changes)


def _gap(m: Measurements, threshold: float) -> float | None:
    """ELBO of training rows less that of held-out rows, if significantly above that of constants and a threshold."""
    if m.held_out_elbos is None:
        return None
    gap = m.elbo - float(m.held_out_elbos.mean())
    least = threshold + m.constant_gap
    # A rank test, since a few very improbable held-out rows make the mean uncertain.
    pvalue = mannwhitneyu(m.elbos - least, m.held_out_elbos, alternative="greater").pvalue
    return gap if gap >= least and pvalue <= _LEVEL else None
