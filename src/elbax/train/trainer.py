"""The training engine: a Python loop over compiled chunks that each last about half a second."""

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

from elbax.core.objectives import AbstractObjective
from elbax.core.vae import VAEModule, split_trainable
from elbax.errors import InputError, Interrupted, TrainingError
from elbax.train import hosts
from elbax.train.checkpoint import Checkpoint
from elbax.train.compilation import free_compiled_programs
from elbax.train.config import TrainConfig
from elbax.train.data_loader import DataLoader, as_trainable
from elbax.train.devices import Devices
from elbax.train.loop import COLUMNS, LoopConstants, TrainState, Validation, initial_state, train_steps
from elbax.types import Batch, Terms

_CHUNK_SECONDS = 0.5
_GROWTH = 16
_VALIDATION_BLOCK = 512


@dataclass(frozen=True)
class Progress:
    """Where training stands, before its first step and then at the end of every chunk.

    Attributes:
        step: steps done; negative in the pretraining.
        total_steps: steps planned.
        epoch: epochs finished.
        epochs: epochs planned.
        latest: the last finished epoch's row of the history, by column.
        finished: the rows of all epochs that ended since the last report; the first report of a resumed fit has those
            from before. Over a whole fit every epoch is in one report.
        module: the model with its weights of this moment, which need not be those that are kept in the end.
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


class Carried(NamedTuple):
    """What one fit hands to the next, beside the module.

    Attributes:
        optimizer: the optimizer's name and settings.
        opt_state: its state.
        auxiliary: trainable arrays of the objective's auxiliary, or None.
    """

    optimizer: str
    opt_state: PyTree
    auxiliary: PyTree


@dataclass(frozen=True)
class Fitted:
    """What training returns.

    Attributes:
        module: the trained module.
        auxiliary: what the objective trained beside the module, or None.
        state: where training ended.
        history: one row per epoch.
        bound: what restarts compare, nats per example: the best or last bound of held-out rows, else the last ELBO.
        optimizer: what the state is that of.
    """

    module: VAEModule
    auxiliary: PyTree
    state: TrainState
    history: pd.DataFrame
    bound: float
    optimizer: str

    @property
    def carried(self) -> Carried:
        """What a further fit of the module goes on from."""
        return Carried(self.optimizer, self.state.opt_state, self.state.params[1])


def train(
    module: VAEModule,
    objective: AbstractObjective,
    rows: Batch,
    config: TrainConfig,
    *,
    validation: Batch | None = None,
    carried: Carried | None = None,
    checkpoint: Checkpoint | None = None,
    listeners: tuple[Callable[[Progress], None], ...] = (),
    shuffle: bool = True,
    resident: bool | None = None,
    devices: Sequence | None = None,
) -> Fitted:
    """Fit a module to rows.

    Args:
        module: where to start from; it is not changed.
        objective: what to minimize.
        rows: arrays with one entry per row, or `MemoryMappedRows`, which are streamed.
        config: epochs, batch size, learning rate, optimizer, seed, patience, and the number of pretraining steps.
        validation: held-out rows, scored after every epoch; without them patience is ignored.
        carried: optimizer state from an earlier fit; ignored if the optimizer or the auxiliary parameters differ.
        checkpoint: where to save the state; one found there is resumed.
        listeners: called before the first step and at the end of every chunk. One with a method ``pauses``, which
            takes the planned number of epochs, is also called after each epoch that this returns.
        shuffle: whether each epoch visits the rows in a new order.
        resident: whether rows live on the device; by default arrays that are small enough do.
        devices: what to train on; by default JAX's default device where one is set, else all devices of all
            processes, each of which must then do the same.

    Raises:
        HostLostError: another process has ended; the last complete chunk has been saved.
        InputError: the processes do not start from the same rows, settings and weights.
        Interrupted: somebody pressed Ctrl-C; the last complete chunk has been saved.
        TrainingError: a loss was not finite. Its ``fitted`` attribute holds the last good state.
    """
    if validation is None:
        config = replace(config, patience=None)
    if max(len(rows.x), config.epochs * ceil(len(rows.x) / config.batch_size)) >= 2**31:
        raise InputError(
            "rows, and steps planned, must be fewer than 2³¹; plan fewer epochs or larger batches"
        )
    free_compiled_programs()
    spread = Devices.of(_devices() if devices is None else devices)
    auxiliary = objective.auxiliary(module, np.random.default_rng((config.seed, 1)))
    params, fixed = split_trainable((module, auxiliary))
    state = initial_state(params, config.step, config.pretraining_steps)
    fresh = Carried(config.optimizer, state.opt_state, params[1])
    if carried is not None and _alike(carried, fresh):
        # Functions in its structure differ from this model's after pickling.
        earlier: Carried = jax.tree.unflatten(jax.tree.structure(fresh), jax.tree.leaves(carried))
        state = state._replace(params=(params[0], earlier.auxiliary), opt_state=earlier.opt_state)
    history = np.empty((0, len(COLUMNS) + 1))
    found = checkpoint.load(state, history.shape[1]) if checkpoint else None
    state, history = found or (state, history)
    if spread.several_hosts:
        given = eqx.filter((state, fixed, objective), eqx.is_array_like)
        hosts.check_same_start(given, (config, objective), (rows._replace(target_codes=None), validation))
    loader = DataLoader(
        rows, config.batch_size, config.seed, shuffle=shuffle, resident=resident, devices=spread
    )
    loop = _Loop(fixed, objective, config, loader, _blocks(validation, spread), checkpoint, listeners)
    state, history = loop.run(spread.copies(state), history)
    return loop.result(state, history)


class _Loop:
    """The state of the Python side: how long chunks should be, and who is told."""

    def __init__(
        self, fixed, objective, config: TrainConfig, loader: DataLoader, validation, checkpoint, listeners
    ):
        self.fixed, self.objective, self.config, self.loader = fixed, objective, config, loader
        self.validation, self.checkpoint, self.listeners = validation, checkpoint, listeners
        self.total = config.epochs * loader.n_batches
        asked = [each.pauses(config.epochs) for each in listeners if hasattr(each, "pauses")]
        self.pauses = sorted({epoch * loader.n_batches for epochs in asked for epoch in epochs})
        self.told, self.latest = 0, {}
        self.devices = loader.devices
        self.constant = self.devices.copies((fixed, objective))
        self.constants = LoopConstants(
            n_rows=np.asarray(loader.n_rows, np.int32),
            n_batches=np.asarray(loader.n_batches, np.int32),
            total_steps=np.asarray(self.total, np.int32),
            learning_rate=np.asarray(config.learning_rate, np.float32),
            seed=np.asarray(config.seed, np.uint32),
        )

    def run(self, state: TrainState, history: np.ndarray) -> tuple[TrainState, np.ndarray]:
        """Train to the end; the state and history of the last complete chunk survive any exception."""
        start = first = int(state.step)
        count, rate = 1, None
        began = time.perf_counter() - (history[-1, -1] if len(history) else 0.0)
        rows = self._rows(start, count)
        try:
            self._tell(state, history)
            while start < self.total and not bool(state.stopped):
                clock = time.perf_counter()
                following = self._up_to_pause(start + count, self._next_count(count, rate))
                if self.devices.several_hosts:
                    following = hosts.agree(following)
                with hosts.watched():
                    after, table = self._dispatch(state, rows, min(count, self.total - start))
                # The next chunk's rows are drawn while the device works on this one.
                rows = self._rows(start + count, following)
                with hosts.watched():
                    failed = np.asarray(after.failed)
                if failed.any():
                    raise self._failure(state, history, failed, int(after.step))
                elapsed = time.perf_counter() - clock
                longer = self._record(history, state, after, np.asarray(table), time.perf_counter() - began)
                # The first chunk compiles, so its time says nothing of the next.
                rate = elapsed / count if start > first and count > 1 else rate
                # Together: Ctrl-C between the two would save a history that is ahead of its state.
                (state, history), start, count = (after, longer), int(after.step), following
                self._tell(state, history)
        except KeyboardInterrupt as error:
            raise Interrupted(len(history), self.config.epochs) from error
        finally:
            if self.checkpoint:
                self.checkpoint.save(state, history)
        return state, history

    def result(self, state: TrainState, history: np.ndarray) -> Fitted:
        """Put the trained arrays back into the module, and name the history's columns."""
        state = self.devices.own(state)
        params = state.params if state.best is None else state.best
        module, auxiliary = eqx.combine(params, self.fixed)
        bound, optimizer = self._bound(state, history), self.config.optimizer
        return Fitted(module, auxiliary, state, self._frame(history), bound, optimizer)

    def _bound(self, state: TrainState, history: np.ndarray) -> float:
        if len(history) == 0:
            return -np.inf
        last = dict(zip(COLUMNS, history[-1], strict=False))
        bound = -(last["reconstruction"] + last["kl"]) if self.validation is None else last["val_bound"]
        bound = float(bound if state.best is None else state.best_value)
        return -np.inf if np.isnan(bound) else bound

    def _rows(self, start: int, count: int):
        return self.loader.steps(start, max(0, min(count, self.total - start)))

    def _next_count(self, count: int, rate: float | None) -> int:
        """Steps in the next chunk: grow quickly until a chunk lasts about half a second."""
        wanted = 2 * count if rate is None else min(_GROWTH * count, int(_CHUNK_SECONDS / rate))
        return max(1, min(wanted, self.loader.capacity))

    def _up_to_pause(self, start: int, count: int) -> int:
        """No more steps than lead to where a listener wants to be called next."""
        upcoming = bisect_right(self.pauses, start)
        return min(count, self.pauses[upcoming] - start) if upcoming < len(self.pauses) else count

    def _dispatch(self, state: TrainState, rows, count: int):
        data, index = rows
        fixed, objective = self.constant
        n_steps = np.asarray(count, np.int32)
        step, devices, constants = self.config.step, self.devices, self.constants
        return train_steps(
            state, fixed, objective, step, devices, constants, data, index, n_steps, self.validation
        )

    def _record(self, history, before: TrainState, after: TrainState, table, seconds: float) -> np.ndarray:
        """Append the epochs that ended in this chunk, and checkpoint when it is time."""
        first, last = (max(0, int(state.step)) // self.loader.n_batches for state in (before, after))
        new = np.column_stack([table[: last - first], np.full(last - first, seconds)])
        history = np.concatenate([history, new])
        if self.checkpoint and self.checkpoint.due():
            self.checkpoint.save(after, history)
        return history

    def _tell(self, state: TrainState, history: np.ndarray) -> None:
        if not self.listeners:
            return
        finished = self._frame(history[self.told :], self.told)
        self.told = len(history)
        if not finished.empty:
            self.latest = finished.iloc[-1].to_dict()
        module, _ = eqx.combine(self.devices.own(state.params), self.fixed)
        standing = (int(state.step), self.total, len(history), self.config.epochs)
        for listener in self.listeners:
            listener(Progress(*standing, self.latest, finished, module))

    def _frame(self, history: np.ndarray, before: int = 0) -> pd.DataFrame:
        """Name the columns of some epochs' rows, the first of which is epoch ``before + 1``."""
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
        """Name the epoch, the term and the likely cause of a loss that is not finite."""
        epoch = max(step - 1, 0) // self.loader.n_batches + 1
        reconstruction, kl = np.isfinite(failed[1:])
        what = "loss" if reconstruction and kl else "kl term" if reconstruction else "reconstruction term"
        if step <= 1 - self.config.pretraining_steps:
            cause = "the data or the initial weights already give a loss that is not finite: check the data's scale"
        else:
            cause = (
                f"the learning rate of {self.config.learning_rate:g} is probably too high: divide it by ten, "
            )
            cause += "or set clip_norm=1"
        error = TrainingError(
            f"the {what} stopped being finite in epoch {epoch} (step {step}); {cause}. "
            "The last good state has been kept"
        )
        error.fitted = self.result(state, history)
        return error


def _alike(a: Carried, b: Carried) -> bool:
    paths, others = (
        [
            (jax.tree_util.keystr(path), np.shape(leaf))
            for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
        ]
        for tree in (a, b)
    )
    return a.optimizer == b.optimizer and paths == others


def _devices() -> list:
    chosen = jax.config.jax_default_device
    return jax.devices() if chosen is None else [chosen]


def _blocks(validation: Batch | None, devices: Devices) -> Validation | None:
    """Cut held-out rows into equal blocks, the last one filled up with copies of the first rows."""
    if validation is None:
        return None
    n_rows = len(validation.x)
    size = min(_VALIDATION_BLOCK, n_rows)
    n_blocks = ceil(n_rows / size)

    def cut(column: np.ndarray):
        filled = np.resize(column, (n_blocks * size, *column.shape[1:]))
        return devices.copy(as_trainable(filled.reshape(n_blocks, size, *column.shape[1:])))

    return Validation(jax.tree.map(cut, validation), np.asarray(n_rows, np.int32))
