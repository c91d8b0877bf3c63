"""Rules that compare the model with simple ones: independent columns, pPCA, factor analysis, a full normal."""

from typing import Any

from elbax.doctor.finding import Finding, rule
from elbax.doctor.measurements import Measurements
from elbax.doctor.rules.common import FRESH, allows_latents
from elbax.evaluate import SimpleModel

_FACTORS = "let the noise be correlated, likelihood='normal(factors=auto)'"
_LEAST, _SHARE = 0.1, 1e-4  # least difference that matters: nats, and share of the log-density


@rule("worse-than-simple", "a simple model of the same size gives the data a higher density", quick=True)
def worse_than_simple(m: Measurements) -> Finding | None:
    """An ELBO below independent columns, pPCA or factor analysis with as many latents."""
    ladder = m.ladder
    if ladder is None or not (better := [model for model in ladder.same_size if _is_better(model)]):
        return None
    best = max(better, key=lambda model: model.log_likelihood.mean)
    others = [model.name for model in better if model is not best]
    also = f"; also below {' and '.join(others)}" if others else ""
    return worse_than_simple.finding(
        -best.difference.mean,
        _threshold(best),
        f"on {ladder.rows_text} the ELBO is {ladder.elbo.mean:.2f} nats a row, {-best.difference.mean:.2f} ± "
        f"{best.difference.error:.2f} below {best.name} ({best.log_likelihood.mean:.2f}){also}",
        "train with the default settings, or use the simple model",
        _default_training(m),
        confidence=0.95,
        source="arXiv 1911.02469",
    )


@rule("too-few-latents", "the columns are tied in more ways than there are latents", quick=True)
def too_few_latents(m: Measurements) -> Finding | None:
    """A normal with full covariance that is better on held-out rows, and so is factor analysis with more latents."""
    ladder, latent_dim = m.ladder, m.record.module.latent_dim
    if ladder is None or not ladder.held_out or ladder.needed is None or ladder.needed <= latent_dim:
        return None
    full = ladder.full_normal
    if full is None or not _is_better(full):
        return None
    possible, keeps = allows_latents(m, ladder.needed), latent_dim < 4 and m.record.module.likelihood.is_normal
    return too_few_latents.finding(
        -full.difference.mean,
        _threshold(full),
        f"on {ladder.rows_text} a normal with full covariance has {-full.difference.mean:.2f} ± "
        f"{full.difference.error:.2f} nats a row more than the ELBO, {ladder.elbo.mean:.2f}; by factor analysis the "
        f"rows ask for {ladder.needed} latents instead of {latent_dim}",
        f"latent_dim={ladder.needed}" + (f"; to keep a map of {latent_dim}, {_FACTORS}" if keeps else ""),
        {"latent_dim": ladder.needed} if possible else {},
        source="Ledoit and Wolf 2004",
    )


def _is_better(model: SimpleModel) -> bool:
    """Whether a simple model is better than the VAE by more than errors and rounding."""
    return model.better_by > 0 and -model.difference.mean > _threshold(model)


def _threshold(model: SimpleModel) -> float:
    return max(_LEAST, _SHARE * abs(model.log_likelihood.mean))


def _default_training(m: Measurements) -> dict[str, Any]:
    """The settings of a default fit, and a learned noise level for each column."""
    scale = m.record.module.likelihood.location_scale
    likelihood = FRESH if scale is not None and scale.scale in ("fixed", "shared") else {}
    training = {"epochs": None, "learning_rate": None, "batch_size": None, "patience": None, "schedule": "cosine"}
    return {"init": "auto", "output_bias": True, **likelihood, **training, "beta": 1.0, "dropout": None}
