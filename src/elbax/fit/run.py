"""Running a plan: restarts, of which the best is kept, or one pass over the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from elbax.callbacks.base import callbacks_running
from elbax.callbacks.progress_bar import ProgressBar
from elbax.core.vae import VAEModule
from elbax.data import StreamedRows
from elbax.data.row_weights import effective_rows
from elbax.errors import TrainingError
from elbax.evaluate import measure_ladder
from elbax.fit.folds import fold_size
from elbax.fit.outcome import Outcome, is_rising
from elbax.fit.paired import PairedGain, row_bounds
from elbax.fit.plan import FitPlan
from elbax.fit.selection import (
    Selection,
    can_keep_start,
    choose_end,
    least_gain,
    linear_module,
    select,
    short_patience,
)
from elbax.fit.starts import Starts
from elbax.processes import return_memory
from elbax.train.checkpoint import Checkpoint
from elbax.train.config import TrainConfig
from elbax.train.trainer import OptimizerState, Progress, TrainResult, train
from elbax.types import Batch, Summary

_GROWTH = (2, 4)


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
    best_epoch: int | None = None
    gain: PairedGain | None = None
    n_judged: int = 0  # rows of the gain
    judged: VAEModule | None = None  # the module that has not seen the held-out rows, where the kept one has


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
    """Train once per seed, from ``start`` or from the plan's, and keep the restart with the best bound.

    Where training gains too little over the linear model, that is kept. A failed restart is kept only if all failed.
    ``optimizer_state`` is that of the fit that ``start`` comes from.
    """
    objective = plan.build_objective()
    starts = Starts.of(plan, summary, rows)
    selection = Selection("continued") if start is not None else select(starts, objective, rows, held_out)
    restarts: list[_Restart] = []
    for index, (seed, checkpoint) in enumerate(zip_longest(plan.seeds, checkpoints)):
        module = starts.module(selection.init, rows, seed) if start is None else start
        _return_memory(rows)
        config, size = _training(starts, selection, rows, seed)
        try:
            with (
                ProgressBar(enabled=show_progress) as bar,
                callbacks_running(callbacks, plan.describe(index)),
            ):
                training = _train_and_grow(
                    plan.grows and selection.kept_epoch is None,
                    module,
                    objective,
                    rows._replace(target_codes=starts.codes),
                    config,
                    validation=held_out,
                    optimizer_state=optimizer_state,
                    checkpoint=checkpoint,
                    listeners=(bar, *callbacks),
                    validation_size=size,
                )
            restarts.append(_ended(starts, selection, training, (rows, held_out), seed))
        except TrainingError as error:  # the other restarts may do better
            restarts.append(_Restart(error.result, error))
    finished = [restart for restart in restarts if restart.failure is None] or restarts
    best = max(finished, key=lambda restart: restart.training.bound)
    result = _fit_result(plan, restarts, best, held_out, selection)
    result = replace(result, outcome=replace(result.outcome, effective_rows=effective_rows(rows.weight)))
    if best.failure is not None:
        return result
    _return_memory(rows)
    ladder = measure_ladder(best.judged or best.training.module, summary, rows, held_out, result.outcome.seed)
    return replace(result, outcome=replace(result.outcome, ladder=ladder))


def _return_memory(rows: Batch) -> None:
    """Between the parts of a fit to rows that are streamed, since they may leave little memory."""
    if isinstance(rows.x, StreamedRows):
        return_memory()


def _train_and_grow(grows: bool, module, objective, rows: Batch, config: TrainConfig, **options) -> TrainResult:
    """Train, and go on to twice and four times the plan while the held-out bound is still rising."""
    training = train(module, objective, rows, config, **options)
    for factor in _GROWTH if grows else ():
        n_steps = config.n_steps(len(rows.x)) * factor // 2
        # A resumed fit may be beyond this part of the plan already.
        if int(training.state.step) <= n_steps and not is_rising(training.rise, _whole_rise(training)):
            break
        longer = replace(config, epochs=factor * config.epochs, patience=factor * config.patience)
        try:
            training = train(module, objective, rows, longer, earlier=training, **options)
        except TrainingError:  # the plan itself has ended well
            break
    return training


def _whole_rise(training: TrainResult) -> tuple[float, float] | None:
    """The rise of the held-out bound since the first epoch, to which a rise at the end is compared."""
    history = training.history
    if "val_loss" not in history:
        return None
    return float(history["val_loss"].iloc[0] - history["val_loss"].min()), 0.0


def _training(starts: Starts, selection: Selection, rows: Batch, seed: int) -> tuple[TrainConfig, int]:
    """The training of a restart, which keeps the epoch chosen on folds, if any; and the size of their held-out rows."""
    config = starts.config(selection.init, seed)
    if selection.kept_epoch is None:
        return config, 0
    return replace(config, kept_epoch=selection.kept_epoch, patience=short_patience(starts.plan)), fold_size(
        len(rows.x)
    )


def _ended(
    starts: Starts, selection: Selection, training: TrainResult, data: tuple[Batch, Batch | None], seed: int
) -> _Restart:
    """The restart with its trained weights, or with the linear model if they gain too little over it."""
    objective, (rows, held_out) = starts.plan.build_objective(), data
    epoch, gain, n_judged = selection.kept_epoch, selection.gain, len(rows.x)
    if gain is None and held_out is not None and selection.init != "continued" and can_keep_start(starts, objective):
        kept, gain = choose_end(starts, objective, training.module, rows, held_out, seed)
        epoch, n_judged = None if kept else 0, len(held_out.x)
    judged = None
    if epoch == 0:
        size = 0 if selection.kept_epoch is None else fold_size(len(rows.x))
        judged = starts.module("linear", rows, seed)
        bound = float(row_bounds(judged, objective, held_out, seed, size).mean())
        training = replace(training, module=linear_module(starts, rows, held_out, seed), bound=bound)
    return _Restart(training, None, epoch, gain, n_judged, judged)


def run_pass(plan: FitPlan, rows: Batch, start: VAEModule, optimizer_state: OptimizerState | None) -> FitResult:
    """Run a plan of `resolve_pass`: one pass over the rows from a module and an optimizer state."""
    objective = plan.build_objective().after_warmup()
    restart = _Restart(train(start, objective, rows, plan.train, optimizer_state=optimizer_state))
    return _fit_result(plan, [restart], restart, None, Selection("continued"))


def _fit_result(
    plan: FitPlan, restarts: list[_Restart], best: _Restart, held_out: Batch | None, selection: Selection
) -> FitResult:
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
        best_epoch=_best_epoch(best, epochs),
        stopped_early=bool(training.state.stopped),
        seconds=float(training.history["seconds"].iloc[-1]) if epochs else 0.0,
        failure=None if best.failure is None else str(best.failure),
        n_trained=plan.split.n_trained,
        n_held_out=0 if held_out is None else len(held_out.x),
        init=selection.init,
        rival=selection.rival,
        lead=None if selection.lead is None else tuple(selection.lead),
        gain=None if best.gain is None else tuple(best.gain),
        needed=None if best.gain is None else least_gain(best.n_judged) * best.gain.error,
        rise=training.rise,
        growth=max(1, -(-epochs // plan.train.epochs)),
    )
    return FitResult(training, best.failure, plan, outcome)


def _best_epoch(restart: _Restart, epochs: int) -> int:
    if restart.best_epoch is not None:
        return restart.best_epoch
    state = restart.training.state
    return epochs if state.best is None else int(state.best_epoch)
