"""A glance after every fit: what its history and settings give away without running the model."""

import numpy as np

from elbax.core.likelihoods import Normal, SumOfSquares
from elbax.core.objectives import ELBO
from elbax.doctor.case import Case

__all__ = ["glance"]

_ROWS, _FEATURES = 500, 1000
_COLLAPSED = 0.05
_LATE = 0.1


def glance(case: Case) -> str | None:
    """One sentence on the first thing that looks wrong, or None.

    It reads the history and at most 500 rows and runs no model: what it says is a reason to call `VAE.diagnose`.
    """
    for look in (_no_kl, _collapsed, _grey, _overfit, _undertrained):
        if (sentence := look(case)) is not None:
            return sentence
    return None


def _no_kl(case: Case) -> str | None:
    if case.settings["objective"] != ELBO.name:
        return None  # other objectives have their own means to keep latents together
    if case.settings["posterior"] != "point" and case.settings["beta"] > 0:
        return None
    return "no-kl: nothing ties the latents to the prior, so samples from it need not look like the data"


def _collapsed(case: Case) -> str | None:
    kl = float(case.history["kl"].iloc[-1])
    if case.settings["posterior"] == "point" or not kl < _COLLAPSED:
        return None
    said = f"the latents are ignored (KL {kl:.3f} nats)"
    variance, top = _fixed_variance(case), _top_variance(case)
    if variance is not None and top is not None and variance >= top:
        return (
            f"scale-too-large: {said}, because the fixed noise variance {variance:.3g} exceeds the data's largest "
            f"principal variance {top:.3g}"
        )
    return f"collapse: {said}"


def _fixed_variance(case: Case) -> float | None:
    likelihood = case.module.likelihood
    if isinstance(likelihood, SumOfSquares):
        return 0.5
    if isinstance(likelihood, Normal) and likelihood.location_scale.scale == "fixed":
        return likelihood.location_scale.value**2
    return None


def _top_variance(case: Case) -> float | None:
    x = np.asarray(case.rows.x[:_ROWS], float).reshape(min(len(case.rows.x), _ROWS), -1)
    if x.shape[1] > _FEATURES:
        return None
    return float(np.linalg.svd(x - x.mean(axis=0), compute_uv=False)[0] ** 2 / len(x))


def _grey(case: Case) -> str | None:
    if case.module.likelihood.name != "binary_cross_entropy":
        return None
    x = np.asarray(case.rows.x[:_ROWS])
    share = float(((x > 0) & (x < 1)).mean())
    if share < 0.01:
        return None
    return f"improper-likelihood: {share:.0%} of the values lie between 0 and 1, where cross-entropy is no density"


def _overfit(case: Case) -> str | None:
    history = case.history
    if "val_elbo" not in history or len(history) < 10:
        return None
    best, last = float(history["val_elbo"].max()), float(history["val_elbo"].iloc[-1])
    span = best - float(history["val_elbo"].iloc[0])
    kept_last = case.plan.patience is None
    if not kept_last or best - last < max(0.5, _LATE * max(span, 0.0)):
        return None
    return f"overfit: the validation ELBO fell from {best:.2f} to {last:.2f} nats before training ended"


def _undertrained(case: Case) -> str | None:
    curve = case.history["val_elbo" if "val_elbo" in case.history else "elbo"].to_numpy()
    if len(curve) < 5 or case.plan.schedule != "constant":
        return None
    tenth = max(1, len(curve) // 10)
    late = curve[-tenth:].mean() - curve[-2 * tenth : -tenth].mean()
    if late < _LATE * (curve[-tenth:].mean() - curve[0]) or late < _LATE:
        return None
    return f"undertrained: the last tenth of the epochs still brought {late:.2f} nats"
