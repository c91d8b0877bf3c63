"""How `VAE.fit` and `VAE.partial_fit` train: a plan and a seed for each restart, and the best one is kept."""

from collections.abc import Iterable
from dataclasses import replace
from math import ceil
from typing import NamedTuple

import jax
import numpy as np

from elbax.core.objectives import PriorFit, choose_objective
from elbax.core.vae import VAEModule
from elbax.data import evenly_spaced
from elbax.errors import TrainingError
from elbax.evaluate.maps import posterior_moments
from elbax.fitting import build, describe_fit, give_head_start, open_checkpoint
from elbax.parameters import make_plan
from elbax.train.callbacks import taking_part
from elbax.train.engine import Carried, Fitted, train
from elbax.train.hosts import is_first
from elbax.train.progress import ProgressBar
from elbax.train.recipe import Plan, Recipe
from elbax.types import Batch

__all__ = ["Outcome", "train_pass", "train_prior", "train_restarts"]

# Of the second stage, which fits a prior alone.
_STARTING_ROWS, _PRIOR_BATCH, _PRIOR_STEPS = 10_000, 256, 2000


class Outcome(NamedTuple):
    """What a restart came to, its seed, and the error that ended it early, if any."""

    fitted: Fitted
    seed: int
    failure: TrainingError | None


def train_restarts(
    vae, rows: Batch, held_out: Batch | None, seeds: Iterable[int], start: VAEModule | None, callbacks: tuple
) -> Outcome:
    """Train once for each seed and return the best outcome: by bound, those that failed last.

    Args:
        vae: the estimator, which knows its schema and likelihood.
        rows: what to train on.
        held_out: what to validate on.
        seeds: one for each restart.
        start: the module to go on from, or None to build one.
        callbacks: told of the progress.
    """
    outcomes = []
    for restart, seed in enumerate(seeds):
        plan = make_plan(vae, vae.schema_, len(rows.x), int(seed))
        try:
            outcomes.append(
                Outcome(_train(vae, rows, held_out, plan, restart, start, callbacks), plan.seed, None)
            )
        except TrainingError as error:  # the other restarts may do better
            outcomes.append(Outcome(error.fitted, plan.seed, error))
    finished = [outcome for outcome in outcomes if outcome.failure is None]
    return max(finished or outcomes, key=lambda outcome: outcome.fitted.bound)


def train_pass(vae, rows: Batch, seed: int, start: VAEModule, carried: Carried | None) -> Fitted:
    """Make one pass over the rows with a constant learning rate, going on from a module and what was carried."""
    plan = make_plan(vae, vae.schema_, len(rows.x), seed)
    recipe = replace(plan.recipe, schedule="constant", patience=None)
    plan = replace(plan, recipe=recipe, epochs=1, head_start=0)
    objective = choose_objective(vae.objective, vae.get_params(deep=False), vae.posterior)
    return train(start, objective.when_settled(), rows, plan, carried=carried)


def train_prior(vae, rows: Batch, held_out: Batch | None, seed: int) -> VAEModule:
    """The estimator's module with the prior it now names, fitted to draws of the posteriors; all else stays."""
    few = jax.tree.map(lambda column: column[evenly_spaced(len(column), _STARTING_ROWS)], rows)
    mean, variance = posterior_moments(vae.module_, few)
    z = mean + np.sqrt(variance) * np.random.default_rng(seed).normal(size=mean.shape)
    module = replace(vae.module_, prior=build(vae, seed).prior.started(z, seed))
    batch_size = min(_PRIOR_BATCH, len(rows.x))
    epochs = ceil(_PRIOR_STEPS / ceil(len(rows.x) / batch_size))
    recipe = Recipe(schedule="cosine", patience=epochs)  # the best on held-out rows is kept
    return train(
        module, PriorFit(), rows, Plan(recipe, epochs, batch_size, 3e-3, seed), validation=held_out
    ).module


def _train(vae, rows: Batch, held_out, plan: Plan, restart: int, start, callbacks) -> Fitted:
    objective = choose_objective(vae.objective, vae.get_params(deep=False), vae.posterior)
    checkpoint = open_checkpoint(vae, rows, held_out, plan, restart, start)
    if start is None:
        rows = give_head_start(vae, rows, plan)
    if rows.target_codes is None:
        plan = replace(plan, head_start=0)
    settings = describe_fit(vae, plan, restart, len(rows.x))
    with ProgressBar(enabled=bool(vae.verbose) and is_first()) as bar, taking_part(callbacks, settings):
        return train(
            start or build(vae, plan.seed),
            objective,
            rows,
            plan,
            validation=held_out,
            checkpoint=checkpoint,
            listeners=(bar, *callbacks),
        )
