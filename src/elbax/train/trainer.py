"""Training: a Python loop over compiled chunks of about half a second."""

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np
import pandas as pd
from jaxtyping import PyTree

from elbax.core.bound_limit import highest_bound, highest_of_any_cells
from elbax.core.objectives import AbstractObjective
from elbax.core.vae import VAEModule, split_trainable
from elbax.core.xla.row_counts import padded_size, repeat_rows, roomy_size
from elbax.data.row_weights import effective_rows, uneven_weights
from elbax.errors import InputError, Interrupted, TrainingError
from elbax.processes import check_process
from elbax.train import hosts
from elbax.train.checkpoint import Checkpoint
from elbax.train.compilation import free_compiled_programs
from elbax.train.config import TrainConfig
from elbax.train.data_loader import DataLoader, as_trainable
from elbax.train.devices import Devices
from elbax.train.loop import COLUMNS, Validation, train_steps
from elbax.train.shuffle import row_bytes
from elbax.train.state import LoopConstants, TrainState, initial_state
from elbax.types import Batch, Terms

_CHUNK_SECONDS = 0.5
_MARKED = 0.5  # of the plan, after which held-out rows are compared with the end
_GROWTH = 16
_VALIDATION_BLOCK, _SMALL_BLOCK = 512, 64
_WIDE = 2**18  # bytes of a row, of which even one block holds as few as possible


@dataclass(frozen=True)
class Progress:
    """A report before the first step and after every chunk.

    Attributes:
        step: steps done; negative during pretraining.
        total_steps: steps planned.
        epoch: epochs completed.
        epochs: epochs planned.
        latest: the history's row of the last completed epoch, by column.
        finished: rows of the epochs completed since the last report. The first report of a resumed fit has those from
            before, so every epoch is in exactly one report.
        module: the model with its current weights, which may not be those kept in the end.
    """

    step: int
    total_steps: int
    epoch: int
    epochs: int
    latest: dict[str, float]
    finished: pd.DataFrame = field(repr=False)
    module: VAEModule = field(repr=False)

    @property
    def between_epochs(self) -> bool:
        """Whether an epoch has just ended, or the first is about to begin."""
        return self.step >= 0 and self.step * self.epochs == self.epoch * self.total_steps


class OptimizerState(NamedTuple):
    """State for a further fit of the same module: optimizer, with its state, and the objective's auxiliary arrays."""

    optimizer: str
    opt_state: PyTree
    auxiliary: PyTree


@dataclass(frozen=True)
class TrainResult:
    """The trained module and auxiliary, the last state, and one row of history per epoch.

    ``bound`` compares restarts, nats per row: the best or last validation bound, else the last ELBO. ``rise`` is
    that of held-out rows' bound over the second half of the plan, with its standard error; None if training ended
    earlier.
    """

    module: VAEModule
    auxiliary: PyTree
    state: TrainState
    history: pd.DataFrame
    bound: float
    optimizer: str
    rise: tuple[float, float] | None = None
    table: np.ndarray = field(default_factory=lambda: np.empty((0, len(COLUMNS) + 1)), repr=False)

    @property
    def optimizer_state(self) -> OptimizerState:
        """The state for a further fit of the module."""
        return OptimizerState(self.optimizer, self.state.opt_state, self.state.params[1])


def train(
    module: VAEModule,
    objective: AbstractObjective,
    rows: Batch,
    config: TrainConfig,
    *,
    validation: Batch | None = None,
    optimizer_state: OptimizerState | None = None,
    checkpoint: Checkpoint | None = None,
    listeners: tuple[Callable[[Progress], None], ...] = (),
    shuffle: bool = True,
    resident: bool | None = None,
    devices: Sequence | None = None,
    positions: np.ndarray | None = None,
    last_epoch: int | None = None,
    validation_size: int = 0,
    earlier: TrainResult | None = None,
) -> TrainResult:
    """Fit a module to rows.

    Args:
        module: the module to start from; it is not changed.
        objective: the loss to minimize.
        rows: arrays with one entry per row, or `StreamedRows`, which are streamed.
        config: epochs, batch size, learning rate, optimizer, seed, patience, pretraining steps.
        validation: held-out rows, scored after every epoch; without them patience is ignored.
        optimizer_state: from an earlier fit; ignored if the optimizer or the auxiliary parameters differ.
        checkpoint: where to save the state; a saved state is resumed.
        listeners: called before the first step and after every chunk; ``pauses(epochs)`` of a listener, if any,
            returns epochs after which to call it as well.
        shuffle: whether each epoch visits the rows in a new order.
        resident: whether rows live on the device; by default arrays that are small enough do.
        devices: to train on; by default JAX's default device if set, else all devices of all processes, each of
            which must then make the same call.
        positions: the rows to train on, by default all.
        last_epoch: an epoch of the plan to end with, by default the last.
        validation_size: rows that held-out rows are padded to, so that sets of several sizes share a program.
        earlier: the result of a shorter plan for the same module and rows, or of this plan up to an earlier epoch,
            which is continued instead of the checkpoint.

    Raises:
        HostLostError: another process has ended; the last complete chunk has been saved.
        InputError: the processes do not start from the same rows, settings and weights.
        Interrupted: Ctrl-C was pressed; the last complete chunk has been saved.
        TrainingError: a loss was not finite. Its attribute ``result`` holds the last good state.
    """
    if validation is None:
        config = replace(config, patience=None)
    if max(len(rows.x), config.epochs * ceil(len(rows.x) / config.batch_size)) >= 2**31:
        raise InputError("rows, and steps planned, must be fewer than 2³¹; plan fewer epochs or larger batches")
    check_process()
    free_compiled_programs()
    mesh = Devices.of(_default_devices() if devices is None else devices)
    state, fixed = _untrained(module, objective, config)
    params = state.params
    untrained = OptimizerState(config.optimizer, state.opt_state, params[1])
    if optimizer_state is not None and _same_structure(optimizer_state, untrained):
        # Functions in its structure differ from this model's after pickling.
        saved_state = jax.tree.unflatten(jax.tree.structure(untrained), jax.tree.leaves(optimizer_state))
        params = (params[0], saved_state.auxiliary)
        state = state._replace(params=params, opt_state=saved_state.opt_state)
    blocks = _blocks(validation, mesh, validation_size)
    if blocks is not None:
        n_scored = int(np.prod(blocks.blocks.x.shape[:2]))
        state = state._replace(scores=np.full((2, n_scored), np.nan, np.float32))
    history = np.empty((0, len(COLUMNS) + 1))
    saved = checkpoint.load(state, history.shape[1]) if checkpoint and not earlier else None
    if earlier is not None:
        saved = _continued(earlier, config), earlier.table
    state, history = saved or (state, history)
    if mesh.several_hosts:
        arrays = eqx.filter((state, fixed, objective), eqx.is_array_like)
        hosts.check_same_start(arrays, (config, objective), (rows._replace(target_codes=None), validation))
    options = {"shuffle": shuffle, "resident": resident, "devices": mesh, "positions": positions}
    loader = DataLoader(rows, config.batch_size, config.seed, **options)
    highest = _highest_bound(module, objective, rows, validation)
    trainer = _Trainer(fixed, objective, config, loader, blocks, checkpoint, listeners, highest, last_epoch)
    trainer.n_reported = 0 if earlier is None else len(history)
    trainer.uneven_weights = uneven_weights(effective_rows(rows.weight), len(rows.x))
    state, history = trainer.run(mesh.copies(state), history)
    return trainer.result(state, history)


def untrained_optimizer_state(module: VAEModule, objective: AbstractObjective, config: TrainConfig) -> OptimizerState:
    """The state before the first step of a fit, in the structure of every later one."""
    state, _ = _untrained(module, objective, config)
    return OptimizerState(config.optimizer, state.opt_state, state.params[1])


def _untrained(module: VAEModule, objective: AbstractObjective, config: TrainConfig) -> tuple[TrainState, PyTree]:
    """The state before the first step, and everything in module and auxiliary that is not trained."""
    auxiliary = objective.auxiliary(module, np.random.default_rng((config.seed, 1)))
    params, fixed = split_trainable((module, auxiliary))
    return initial_state(params, config.step, config.pretraining_steps), fixed


class _Trainer:
    """The Python side of the loop: chunk lengths, history, checkpoints and listeners."""

    def __init__(
        self, fixed, objective, config, loader: DataLoader, validation, checkpoint, listeners, highest, last_epoch
    ):
        self.fixed, self.objective, self.config, self.loader = fixed, objective, config, loader
        self.validation, self.checkpoint, self.listeners = validation, checkpoint, listeners
        self.total = config.epochs * loader.n_batches
        self.end = self.total if last_epoch is None else last_epoch * loader.n_batches
        pauses = [listener.pauses(config.epochs) for listener in listeners if hasattr(listener, "pauses")]
        self.pauses = sorted({epoch * loader.n_batches for epochs in pauses for epoch in epochs})
        self.n_reported, self.latest, self.uneven_weights = 0, {}, ""
        self.devices = loader.devices
        self.arguments = (*self.devices.copies((fixed, objective)), config.step, self.devices)
        self.constants = LoopConstants(
            n_rows=np.asarray(loader.n_rows, np.int32),
            n_batches=np.asarray(loader.n_batches, np.int32),
            total_steps=np.asarray(self.total, np.int32),
            pretraining_steps=np.asarray(max(1, config.pretraining_steps), np.int32),
            patience=np.asarray(config.patience or 0, np.int32),
            marked_epoch=np.asarray(_marked_epoch(config), np.int32),
            kept_epoch=np.asarray(-1 if config.kept_epoch is None else config.kept_epoch, np.int32),
            learning_rate=np.asarray(config.peak_rate, np.float32),
            seed=np.asarray(config.seed, np.uint32),
            highest_bound=np.asarray(highest, np.float32),
        )

    def run(self, state: TrainState, history: np.ndarray) -> tuple[TrainState, np.ndarray]:
        """Train to the end; the state and history of the last complete chunk survive any exception."""
        start = first = int(state.step)
        count, rate = 1, None
        began = time.perf_counter() - (history[-1, -1] if len(history) else 0.0)
        rows = self._rows(start, count)
        try:
            self._report(state, history)
            while start < self.end and not bool(state.stopped):
                clock = time.perf_counter()
                next_count = self._up_to_pause(start + count, self._next_count(count, rate))
                if self.devices.several_hosts:
                    next_count = hosts.agree(next_count)
                with hosts.watched():
                    after, table = self._dispatch(state, rows, min(count, self.end - start))
                # The next chunk's rows are drawn while the device works on this one.
                rows = self._rows(start + count, next_count)
                with hosts.watched():
                    failed = np.asarray(after.failed)
                if failed.any():
                    raise self._failure(state, history, failed, int(after.step))
                elapsed = time.perf_counter() - clock
                longer = self._record(history, state, after, np.asarray(table), time.perf_counter() - began)
                # The first chunk includes compilation, so its time does not predict the next.
                rate = elapsed / count if start > first and count > 1 else rate
                # In one statement: Ctrl-C in between would save a history that is ahead of its state.
                (state, history), start, count = (after, longer), int(after.step), next_count
                self._report(state, history)
        except KeyboardInterrupt as error:
            raise Interrupted(len(history), self.config.epochs) from error
        finally:
            if self.checkpoint:
                self.checkpoint.save(state, history)
        return state, history

    def result(self, state: TrainState, history: np.ndarray) -> TrainResult:
        """Put the trained arrays back into the module, and name the history's columns."""
        state = self.devices.own(state)
        params = state.params if state.best is None else state.best
        module, auxiliary = eqx.combine(params, self.fixed)
        bound, optimizer = self._bound(state, history), self.config.optimizer
        return TrainResult(module, auxiliary, state, self._frame(history), bound, optimizer, self._rise(state), history)

    def _rise(self, state: TrainState) -> tuple[float, float] | None:
        if state.scores is None or int(state.step) != self.total:
            return None
        marked, latest = np.asarray(state.scores, np.float64)[:, : int(self.validation.n_rows)]
        if len(latest) < 2 or not np.isfinite([marked, latest]).all():
            return None
        difference = latest - marked
        return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))

    def _bound(self, state: TrainState, history: np.ndarray) -> float:
        if len(history) == 0:
            return -np.inf
        last = dict(zip(COLUMNS, history[-1], strict=False))
        bound = -(last["reconstruction"] + last["kl"]) if self.validation is None else last["val_bound"]
        bound = float(bound if state.best is None else state.best_value)
        return -np.inf if np.isnan(bound) else bound

    def _rows(self, start: int, count: int):
        return self.loader.steps(start, max(0, min(count, self.end - start)))

    def _next_count(self, count: int, rate: float | None) -> int:
        """Steps in the next chunk: grow quickly until a chunk lasts about half a second."""
        wanted = 2 * count if rate is None else min(_GROWTH * count, int(_CHUNK_SECONDS / rate))
        return max(1, min(wanted, self.loader.capacity))

    def _up_to_pause(self, start: int, count: int) -> int:
        """No more steps than up to the next pause of a listener."""
        upcoming = bisect_right(self.pauses, start)
        return min(count, self.pauses[upcoming] - start) if upcoming < len(self.pauses) else count

    def _dispatch(self, state: TrainState, rows, count: int):
        n_steps = np.asarray(count, np.int32)
        return train_steps(state, *self.arguments, self.constants, *rows, n_steps, self.validation)

    def _record(self, history, before: TrainState, after: TrainState, table, seconds: float) -> np.ndarray:
        """Append the epochs that ended in this chunk, and save a checkpoint when it is due."""
        first, last = (max(0, int(state.step)) // self.loader.n_batches for state in (before, after))
        new = np.column_stack([table[: last - first], np.full(last - first, seconds)])
        history = np.concatenate([history, new])
        if self.checkpoint and self.checkpoint.due():
            self.checkpoint.save(after, history)
        return history

    def _report(self, state: TrainState, history: np.ndarray) -> None:
        if not self.listeners:
            return
        finished = self._frame(history[self.n_reported :], self.n_reported)
        self.n_reported = len(history)
        if not finished.empty:
            self.latest = finished.iloc[-1].to_dict()
        module, _ = eqx.combine(self.devices.own(state.params), self.fixed)
        counts = (int(state.step), self.total, len(history), self.config.epochs)
        for listener in self.listeners:
            listener(Progress(*counts, self.latest, finished, module))

    def _frame(self, history: np.ndarray, before: int = 0) -> pd.DataFrame:
        """The rows of some epochs with named columns; the first is epoch ``before + 1``."""
        frame = pd.DataFrame(history, columns=[*COLUMNS, "seconds"])
        frame.insert(0, "epoch", np.arange(before + 1, before + len(frame) + 1))
        frame.insert(4, "elbo", -(frame["reconstruction"] + frame["kl"]))
        if self.validation is None:
            return frame.drop(columns=["val_bound", "val_reconstruction", "val_kl"])
        bound = frame.pop("val_bound").to_numpy()
        terms = Terms(frame["val_reconstruction"].to_numpy(), frame["val_kl"].to_numpy())
        frame.insert(5, "val_loss", self.objective.validation_loss(bound, terms))
        frame.insert(8, "val_elbo", -(frame["val_reconstruction"] + frame["val_kl"]))
        return frame

    def _failure(self, state: TrainState, history, failed: np.ndarray, step: int) -> TrainingError:
        """The error for a loss that is not finite, or a bound above every possible one: epoch, term, likely cause."""
        epoch = max(step - 1, 0) // self.loader.n_batches + 1
        reconstruction, kl = np.isfinite(failed[1:])
        term = "loss" if reconstruction and kl else "kl term" if reconstruction else "reconstruction term"
        what, already = f"the {term} stopped being finite", "a loss that is not finite: check the data's scale"
        if np.isfinite(failed).all():
            highest, value = float(self.constants.highest_bound), -float(min(failed[0], failed[1] + failed[2]))
            what = f"the bound on log p(x) rose to {value:.3g} nats, above the {highest:.3g} that are possible,"
            already = "that: check the data's scale, and a likelihood of your own"
        if step <= 1 - self.config.pretraining_steps:
            cause = f"the data or the initial weights already give {already}"
        else:
            rate, uneven = self.config.peak_rate, self.uneven_weights
            cause = f"the learning rate of {rate:g} is probably too high: divide it by ten, or set clip_norm=1"
            if uneven:
                cause = f"{uneven}, to which the model probably collapsed: bring the largest weights down"
        error = TrainingError(f"{what} in epoch {epoch} (step {step}); {cause}. The last good state has been kept")
        error.result = self.result(state, history)
        return error


def _marked_epoch(config: TrainConfig) -> int:
    """The epoch whose held-out bounds are compared with those at the end."""
    return max(1, int(_MARKED * config.epochs))


def _continued(earlier: TrainResult, config: TrainConfig) -> TrainState:
    """The state of an earlier training, with the bounds of its last epoch marked if a longer plan marks that one."""
    state = earlier.state
    if state.scores is None or len(earlier.table) != _marked_epoch(config):
        return state
    return state._replace(scores=np.stack([state.scores[1], state.scores[1]]))


def _highest_bound(module: VAEModule, objective: AbstractObjective, rows: Batch, validation: Batch | None) -> float:
    """The largest mean bound that is possible in this training; infinite if unknown."""
    if not objective.bounds_rows:
        return np.inf
    complete = all(part is None or part.observed is None for part in (rows, validation))
    return float(highest_bound(module)) if complete else highest_of_any_cells(module)


def _same_structure(a: OptimizerState, b: OptimizerState) -> bool:
    shapes = (
        [(jax.tree_util.keystr(path), np.shape(leaf)) for path, leaf in jax.tree_util.tree_leaves_with_path(tree)]
        for tree in (a, b)
    )
    return a.optimizer == b.optimizer and next(shapes) == next(shapes)


def _default_devices() -> list:
    device = jax.config.jax_default_device
    return jax.devices() if device is None else [device]


def _blocks(validation: Batch | None, devices: Devices, least: int = 0) -> Validation | None:
    """Cut held-out rows into blocks of equal size; copies of the first rows fill the last, and make few sizes."""
    if validation is None:
        return None
    n_rows = len(validation.x)
    most = max(n_rows, least)
    size = _SMALL_BLOCK if most <= _VALIDATION_BLOCK else _VALIDATION_BLOCK
    size = min(size, padded_size(most)) if row_bytes(validation.x) > _WIDE else size
    block_bytes = size * sum(map(row_bytes, jax.tree.leaves(validation)))
    n_blocks = roomy_size(ceil(most / size), block_bytes, _VALIDATION_BLOCK // size)

    def cut(column: np.ndarray):
        padded = repeat_rows(column, n_blocks * size)
        return devices.copy(as_trainable(padded.reshape(n_blocks, size, *column.shape[1:])))

    return Validation(jax.tree.map(cut, validation), np.asarray(n_rows, np.int32))
