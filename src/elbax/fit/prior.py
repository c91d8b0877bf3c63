"""The second stage: a prior fitted to encoded rows (arXiv 1903.05789)."""

from dataclasses import replace
from math import ceil

import numpy as np

from elbax.core.config import choose, from_config, to_config
from elbax.core.objectives import PriorFit
from elbax.core.priors import PRIORS, AbstractPrior, Partial
from elbax.core.vae import VAEModule
from elbax.data import take_evenly
from elbax.errors import InputError
from elbax.evaluate.inference import posterior_moments
from elbax.fit.plan import FitPlan
from elbax.train.config import TrainConfig
from elbax.train.trainer import train
from elbax.types import Batch, Summary

_STARTING_ROWS, _BATCH, _STEPS, _LEARNING_RATE = 10_000, 256, 2000, 3e-3
_UNUSED = 0.01  # nats a row, below which a latent dimension stays standard normal


def fit_prior(
    module: VAEModule, plan: FitPlan, prior, summary: Summary, rows: Batch, held_out: Batch | None, seed: int
) -> tuple[VAEModule, FitPlan]:
    """Fit a prior ("mixture", "autoregressive", "flow") to samples of the posteriors; the module with it and its plan.

    Dimensions that the encoder leaves unused stay standard normal: there a fit would only follow its own noise.
    InputError if there is no such prior, or it does not go with the model's latents.
    """
    part = choose(PRIORS, prior)
    if module.posterior.bounded:
        raise InputError(
            f"fit_prior needs latents that can be any point; those of posterior {module.posterior.name!r} cannot"
        )
    mean, variance = posterior_moments(module, take_evenly(rows, _STARTING_ROWS))
    part = _of_active(part, mean, variance)
    z = mean + np.sqrt(variance) * np.random.default_rng(seed).normal(size=mean.shape)
    untrained = _with_prior(plan, part).build_module(summary, seed)
    start = replace(module, prior=untrained.prior.start_from(z, seed))
    batch_size = min(_BATCH, len(rows.x))
    epochs = ceil(_STEPS / ceil(len(rows.x) / batch_size))
    # This patience never stops training, but keeps the best weights on held-out rows.
    config = TrainConfig(epochs, batch_size, _LEARNING_RATE, seed, schedule="cosine", patience=epochs)
    trained = train(start, PriorFit(), rows, config, validation=held_out).module
    # The fit may change settings of the prior, such as its number of components.
    return trained, _with_prior(plan, from_config(PRIORS, to_config(trained.prior)))


def _of_active(prior: AbstractPrior, mean: np.ndarray, variance: np.ndarray) -> AbstractPrior:
    """The prior of the dimensions whose posteriors, with moments (n, latent), depart from the standard normal."""
    with np.errstate(divide="ignore"):  # points have no variance
        kl = 0.5 * (variance + np.square(mean) - 1 - np.log(variance)).mean(axis=0)
    active = np.flatnonzero(kl >= _UNUSED).tolist()
    return prior if len(active) in (0, len(kl)) or isinstance(prior, Partial) else Partial(prior, tuple(active))


def _with_prior(plan: FitPlan, prior) -> FitPlan:
    return replace(plan, model=replace(plan.model, prior=prior))
