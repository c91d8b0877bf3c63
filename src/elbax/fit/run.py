"""Carrying out a plan: restarts of which the best is kept, or one pass over the rows."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from elbax.callbacks.base import taking_part
from elbax.callbacks.progress_bar import ProgressBar
from elbax.core.custom_networks import structure_text
from elbax.core.serialization import to_bytes
from elbax.core.vae import VAEModule
from elbax.data import MemoryMappedRows, Schema
from elbax.errors import TrainingError
from elbax.files import make_folder
from elbax.fit.outcome import Outcome
from elbax.fit.plan import FitPlan
from elbax.train.checkpoint import Checkpoint
from elbax.train.config import TrainConfig
from elbax.train.hosts import is_first
from elbax.train.pretraining import make_target_codes
from elbax.train.trainer import Carried, Fitted, Progress, train
from elbax.types import Batch, Summary


@dataclass(frozen=True)
class Checkpoints:
    """Where the training state of each restart is kept, and how often it is written."""

    folder: Path
    seconds: float
    fingerprint: bytes

    @classmethod
    def make(
        cls,
        folder: Path,
        seconds: float,
        plan: FitPlan,
        schemas: tuple[Schema, Schema | None],
        data: tuple[Batch, Batch | None],
        start: VAEModule | None,
    ) -> "Checkpoints":
        """Make the folder, and name what decides the run, so that no other run resumes its state.

        Of more than 65,536 rows, evenly spaced ones stand for all; of rows on disk 1,024.

        Raises:
            InputError: the folder cannot be made, or the likelihood is a Python function.
        """
        digest = hashlib.sha256(plan.digest())
        configs = [None if schema is None else schema.to_config() for schema in schemas]
        digest.update(json.dumps(configs, sort_keys=True, default=str).encode())
        for column in jax.tree.leaves(data):
            most = 1024 if isinstance(column, MemoryMappedRows) else 65_536
            digest.update(np.ascontiguousarray(column[:: max(1, len(column) // most)]).data)
        if start is not None:
            digest.update(to_bytes(start) + structure_text(start).encode())
        if is_first():
            make_folder(folder)
        return cls(folder, seconds, digest.digest())

    def of(self, restart: int) -> Checkpoint:
        """The file of one restart."""
        return Checkpoint(self.folder / f"restart-{restart}.safetensors", self.seconds, self.fingerprint)


@dataclass(frozen=True)
class FitResult:
    """What a fit returns.

    Attributes:
        module: the trained module.
        history: one row per epoch, nats per row.
        carried: optimizer state that `partial_fit` continues from.
        plan: what was done.
        outcome: how it went.
        failure: the error of the kept restart, or None.
    """

    module: VAEModule
    history: pd.DataFrame
    carried: Carried
    plan: FitPlan
    outcome: Outcome
    failure: TrainingError | None = None


class _Restart(NamedTuple):
    fitted: Fitted
    failure: TrainingError | None


def run(
    plan: FitPlan,
    summary: Summary,
    rows: Batch,
    held_out: Batch | None,
    *,
    start: VAEModule | None = None,
    callbacks: tuple[Callable[[Progress], None], ...] = (),
    checkpoints: Checkpoints | None = None,
    show_progress: bool = False,
) -> FitResult:
    """Train once for each seed and keep the best: by bound, restarts that failed last.

    Args:
        plan: what to do.
        summary: of the data.
        rows: to train on.
        held_out: to validate on, or None.
        start: the module to continue from; by default a new one for each seed.
        callbacks: called with the progress.
        checkpoints: where the state is saved and resumed from.
        show_progress: whether a terminal shows a progress bar.
    """
    restarts = []
    for index, seed in enumerate(plan.seeds):
        config, rows_taught = plan.for_seed(seed), rows
        module = start
        if module is None:
            module = plan.build_module(summary, seed)
            rows_taught = _with_target_codes(plan, config, summary, rows)
        if rows_taught.target_codes is None:
            config = replace(config, pretraining_steps=0)
        try:
            with (
                ProgressBar(enabled=show_progress) as bar,
                taking_part(callbacks, plan.describe(index)),
            ):
                fitted = train(
                    module,
                    plan.build_objective(),
                    rows_taught,
                    config,
                    validation=held_out,
                    checkpoint=None if checkpoints is None else checkpoints.of(index),
                    listeners=(bar, *callbacks),
                )
            restarts.append(_Restart(fitted, None))
        except TrainingError as error:  # the other restarts may do better
            restarts.append(_Restart(error.fitted, error))
    finished = [restart for restart in restarts if restart.failure is None] or restarts
    best = max(finished, key=lambda restart: restart.fitted.bound)
    return _result(plan, restarts, best, held_out)


def run_pass(plan: FitPlan, rows: Batch, start: VAEModule, carried: Carried | None) -> FitResult:
    """Make the one pass over the rows of a plan from `resolve_pass`, continuing from a module and optimizer state."""
    fitted = train(start, plan.build_objective().after_warmup(), rows, plan.train, carried=carried)
    only = _Restart(fitted, None)
    return _result(plan, [only], only, None)


def _with_target_codes(plan: FitPlan, config: TrainConfig, summary: Summary, rows: Batch) -> Batch:
    """The rows with the codes that both networks are pretrained on, where the plan has steps for that."""
    if config.pretraining_steps == 0:
        return rows
    rng = np.random.default_rng(config.seed)
    codes = make_target_codes(rows.x, summary, plan.model.latent_dim, plan.init, rng, rows.context)
    return rows._replace(target_codes=codes)


def _result(plan: FitPlan, restarts: list[_Restart], best: _Restart, held_out: Batch | None) -> FitResult:
    fitted, index = best.fitted, next(i for i, restart in enumerate(restarts) if restart is best)
    bounds = [float(restart.fitted.bound) for restart in restarts]
    others = [bound for i, bound in enumerate(bounds) if i != index]
    margin = bounds[index] - max(others) if others else np.nan
    epochs = len(fitted.history)
    outcome = Outcome(
        restart=index,
        seed=plan.seeds[index],
        bounds=tuple(bound if np.isfinite(bound) else None for bound in bounds),
        margin=margin if np.isfinite(margin) else None,
        epochs=epochs,
        best_epoch=epochs if fitted.state.best is None else int(fitted.state.best_epoch),
        stopped_early=bool(fitted.state.stopped),
        seconds=float(fitted.history["seconds"].iloc[-1]) if epochs else 0.0,
        failure=None if best.failure is None else str(best.failure),
        n_trained=plan.split.n_trained,
        n_held_out=0 if held_out is None else len(held_out.x),
    )
    return FitResult(fitted.module, fitted.history, fitted.carried, plan, outcome, best.failure)
