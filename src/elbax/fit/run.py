"""Running a plan: restarts, of which the best is kept, or one pass over the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from elbax.callbacks.base import callbacks_running
from elbax.callbacks.progress_bar import ProgressBar
from elbax.core.vae import VAEModule
from elbax.errors import TrainingError
from elbax.evaluate import measure_ladder
from elbax.fit.noise_factors import start_noise
from elbax.fit.outcome import Outcome
from elbax.fit.plan import FitPlan
from elbax.train.checkpoint import Checkpoint
from elbax.train.config import TrainConfig
from elbax.train.pretraining import make_target_codes
from elbax.train.trainer import OptimizerState, Progress, TrainResult, train
from elbax.types import Batch, Summary


@dataclass(frozen=True)
class FitResult:
    """The result of a fit: the training of the kept restart, its error if it failed, plan and outcome."""

    training: TrainResult
    failure: TrainingError | None
    plan: FitPlan
    outcome: Outcome


class _Restart(NamedTuple):
    training: TrainResult
    failure: TrainingError | None = None
    pretraining_skipped: bool = False


def run(
    plan: FitPlan,
    summary: Summary,
    rows: Batch,
    held_out: Batch | None,
    *,
    start: VAEModule | None = None,
    optimizer_state: OptimizerState | None = None,
    callbacks: tuple[Callable[[Progress], None], ...] = (),
    checkpoints: Sequence[Checkpoint | None] = (),
    show_progress: bool = False,
) -> FitResult:
    """Train once per seed, from ``start`` or a new module, and keep the restart with the best bound.

    ``optimizer_state`` is that of the fit that ``start`` comes from. A failed restart is kept only if all failed.
    """
    restarts: list[_Restart] = []
    for index, (seed, checkpoint) in enumerate(zip_longest(plan.seeds, checkpoints)):
        config, training_rows = plan.for_seed(seed), rows
        module = start
        if module is None:
            module = start_noise(plan.build_module(summary, seed), rows.x)
            training_rows = _with_target_codes(plan, config, summary, rows)
        if training_rows.target_codes is None:
            config = replace(config, pretraining_steps=0)
        skipped = config.pretraining_steps < plan.train.pretraining_steps
        try:
            with (
                ProgressBar(enabled=show_progress) as bar,
                callbacks_running(callbacks, plan.describe(index)),
            ):
                training = train(
                    module,
                    plan.build_objective(),
                    training_rows,
                    config,
                    validation=held_out,
                    optimizer_state=optimizer_state,
                    checkpoint=checkpoint,
                    listeners=(bar, *callbacks),
                )
            restarts.append(_Restart(training, None, skipped))
        except TrainingError as error:  # the other restarts may do better
            restarts.append(_Restart(error.result, error, skipped))
    finished = [restart for restart in restarts if restart.failure is None] or restarts
    best = max(finished, key=lambda restart: restart.training.bound)
    result = _fit_result(plan, restarts, best, held_out)
    if best.failure is not None:
        return result
    ladder = measure_ladder(best.training.module, summary, rows, held_out, result.outcome.seed)
    return replace(result, outcome=replace(result.outcome, ladder=ladder))


def run_pass(plan: FitPlan, rows: Batch, start: VAEModule, optimizer_state: OptimizerState | None) -> FitResult:
    """Run a plan of `resolve_pass`: one pass over the rows from a module and an optimizer state."""
    objective = plan.build_objective().after_warmup()
    restart = _Restart(train(start, objective, rows, plan.train, optimizer_state=optimizer_state))
    return _fit_result(plan, [restart], restart, None)


def _with_target_codes(plan: FitPlan, config: TrainConfig, summary: Summary, rows: Batch) -> Batch:
    """The rows with target codes to pretrain on, if the plan has steps of pretraining."""
    if config.pretraining_steps == 0:
        return rows
    rng = np.random.default_rng(config.seed)
    codes = make_target_codes(rows.x, summary, plan.model.latent_dim, plan.init, rng, rows.context)
    return rows._replace(target_codes=codes)


def _fit_result(plan: FitPlan, restarts: list[_Restart], best: _Restart, held_out: Batch | None) -> FitResult:
    training, index = best.training, next(i for i, restart in enumerate(restarts) if restart is best)
    bounds = [float(restart.training.bound) for restart in restarts]
    others = [bound for i, bound in enumerate(bounds) if i != index]
    margin = bounds[index] - max(others) if others else np.nan
    epochs = len(training.history)
    outcome = Outcome(
        restart=index,
        seed=plan.seeds[index],
        bounds=tuple(bound if np.isfinite(bound) else None for bound in bounds),
        margin=margin if np.isfinite(margin) else None,
        epochs=epochs,
        best_epoch=epochs if training.state.best is None else int(training.state.best_epoch),
        stopped_early=bool(training.state.stopped),
        pretraining_skipped=best.pretraining_skipped,
        seconds=float(training.history["seconds"].iloc[-1]) if epochs else 0.0,
        failure=None if best.failure is None else str(best.failure),
        n_trained=plan.split.n_trained,
        n_held_out=0 if held_out is None else len(held_out.x),
    )
    return FitResult(training, best.failure, plan, outcome)
