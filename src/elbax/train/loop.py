"""The compiled training loop: any number of steps, in one program that never needs to be traced again."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int, PyTree

from elbax.core.objectives import AbstractObjective
from elbax.core.xla import prng
from elbax.train.config import StepConfig
from elbax.train.devices import Devices
from elbax.train.optimizer import SCHEDULES
from elbax.types import Batch, float32

COLUMNS = ("loss", "reconstruction", "kl", "val_bound", "val_reconstruction", "val_kl", "learning_rate")


class TrainState(NamedTuple):
    """Everything training changes; what a checkpoint holds.

    Attributes:
        params: trainable arrays of the module, and of the objective's auxiliary (None where it has none).
        opt_state: the optimizer's state.
        step: steps done; negative in a pretraining.
        sums: loss, reconstruction and KL summed over the current epoch's examples, nats.
        best: the params with the best validation bound so far (None where the last are kept).
        best_value: that bound, nats per example.
        best_epoch: the epoch it was seen after.
        stopped: whether patience ran out.
        failed: loss, reconstruction and KL (mean over the batch) of the step that was not finite; else zeros.
    """

    params: PyTree
    opt_state: PyTree
    step: Int[Array, ""]
    sums: Float[Array, "3"]
    best: PyTree
    best_value: Float[Array, ""]
    best_epoch: Int[Array, ""]
    stopped: Array
    failed: Float[Array, "3"]


class LoopConstants(NamedTuple):
    """Numbers that may differ between fits without compiling again."""

    n_rows: Int[Array, ""]
    n_batches: Int[Array, ""]
    total_steps: Int[Array, ""]
    learning_rate: Float[Array, ""]
    seed: Int[Array, ""]


class Validation(NamedTuple):
    """Held-out rows in blocks of equal size, (blocks, size, ...); ``n_rows`` of them count."""

    blocks: Batch
    n_rows: Int[Array, ""]


def initial_state(params: PyTree, config: StepConfig, pretraining_steps: int = 0) -> TrainState:
    """The state before the first step, which comes ``pretraining_steps`` steps before the first epoch.

    Arrays pass through NumPy so that all have plain types: JAX's weak types would compile the loop once more.
    """
    params = jax.tree.map(float32, params)
    return TrainState(
        params=params,
        opt_state=_initial_opt_state(params, config),
        step=np.asarray(-pretraining_steps, np.int32),
        sums=np.zeros(3, np.float32),
        best=params if config.patience is not None else None,
        best_value=np.asarray(-np.inf, np.float32),
        best_epoch=np.zeros((), np.int32),
        stopped=np.zeros((), bool),
        failed=np.zeros(3, np.float32),
    )


@eqx.filter_jit
def _initial_opt_state(params: PyTree, config: StepConfig) -> PyTree:
    """One program, where each array of zeros would be one."""
    return config.transformation().init(params)


@eqx.filter_jit
def train_steps(
    state: TrainState,
    fixed: PyTree,
    objective: AbstractObjective,
    config: StepConfig,
    devices: Devices,
    constants: LoopConstants,
    data: Batch,
    index: Int[Array, "capacity *batch"],
    n_steps: Int[Array, ""],
    validation: Validation | None,
) -> tuple[TrainState, Float[Array, "rows columns"]]:
    """Run ``n_steps`` steps and return the new state with a table of the epochs that ended, one row each.

    Step s of the fit draws all its noise from ``fold_in(key, s)``, so where one chunk ends and the next begins leaves
    no trace. The loop ends early when a loss is not finite or patience runs out.
    """
    optimizer = config.transformation()
    key = prng.key(constants.seed)
    start = state.step
    end = start + n_steps
    first_epoch = jnp.maximum(start, 0) // constants.n_batches

    def one_step(state: TrainState) -> TrainState:
        batch = state.step % constants.n_batches
        rows = index[state.step - start]  # (batch,) rows of data; or one number, of a whole batch in data
        minibatch = devices.split(jax.tree.map(lambda column: column[rows].astype(jnp.float32), data))
        size = len(minibatch.x)
        counted = batch * size + jnp.arange(size) < constants.n_rows  # (batch,) false for the filling
        count = jnp.minimum(size, constants.n_rows - batch * size)  # known without asking other devices
        progress = state.step / constants.total_steps

        def mean_loss(params):
            module, auxiliary = eqx.combine(params, fixed)
            scored = objective(module, minibatch, jax.random.fold_in(key, state.step), progress, auxiliary)
            sums = jnp.stack([jnp.where(counted, term, 0.0).sum() for term in (scored.loss, *scored.terms)])
            return sums[0] / count, sums

        (_, sums), gradient = jax.value_and_grad(mean_loss, has_aux=True)(state.params)
        direction, opt_state = optimizer.update(gradient, state.opt_state, state.params)
        rate = constants.learning_rate * SCHEDULES[config.schedule](jnp.maximum(progress, 0.0))
        params = optax.apply_updates(state.params, jax.tree.map(lambda d: rate * d, direction))
        failed = jnp.where(jnp.isfinite(sums).all(), jnp.zeros(3), sums / count)
        params, opt_state = devices.whole((params, opt_state))
        return state._replace(
            params=params,
            opt_state=opt_state,
            step=state.step + 1,
            sums=jnp.where(state.step < 0, 0.0, state.sums + sums),
            failed=failed,
        )

    def end_epoch(carry):
        state, table = carry
        epoch = state.step // constants.n_batches
        # Bound, reconstruction, KL.
        held_out = _validate(state.params, fixed, objective, validation, key, devices)
        rate = constants.learning_rate * SCHEDULES[config.schedule]((state.step - 1) / constants.total_steps)
        row = jnp.concatenate([state.sums / constants.n_rows, held_out, rate[None]])
        table = table.at[epoch - 1 - first_epoch].set(row)
        state = state._replace(sums=jnp.zeros(3))
        if config.patience is not None:
            state = _keep_best(state, held_out[0], epoch, objective, config.patience, constants)
        return state, table

    def going(state: TrainState):
        return jnp.all(state.failed == 0.0) & ~state.stopped

    def one_epoch(carry):
        state, table = carry
        stop = jnp.minimum(end, (state.step // constants.n_batches + 1) * constants.n_batches)
        state = jax.lax.while_loop(lambda s: (s.step < stop) & going(s), one_step, state)
        ended = (state.step > 0) & (state.step % constants.n_batches == 0) & going(state)
        return jax.lax.cond(ended, end_epoch, lambda carry: carry, (state, table))

    table = jnp.zeros((len(index) + 1, len(COLUMNS)))
    state, table = jax.lax.while_loop(
        lambda carry: (carry[0].step < end) & going(carry[0]), one_epoch, (state, table)
    )
    # Together: a check of each array would be several programs each to compile.
    finite = jnp.isfinite(ravel_pytree(state.params)[0]).all()
    failed = jnp.where(finite | jnp.any(state.failed != 0.0), state.failed, jnp.nan)
    return state._replace(failed=failed), table


def _validate(
    params, fixed, objective: AbstractObjective, validation: Validation | None, key, devices: Devices
) -> Float[Array, "3"]:
    """Mean bound, reconstruction and KL of the held-out rows, nats, with the same noise at every epoch."""
    if validation is None:
        return jnp.full(3, jnp.nan)
    module, _ = eqx.combine(params, fixed)
    n_blocks, size = validation.blocks.x.shape[:2]
    noise = jax.random.fold_in(key, 2**31)  # no step has this number

    def add_block(i, sums):
        keys = prng.row_keys(jax.random.fold_in(noise, i), size)
        block = devices.split(jax.tree.map(lambda column: column[i].astype(jnp.float32), validation.blocks))
        bound, terms = objective.held_out(module, block, keys)
        counted = i * size + jnp.arange(size) < validation.n_rows
        return sums + jnp.stack([jnp.where(counted, term, 0.0).sum() for term in (bound, *terms)])

    return jax.lax.fori_loop(0, n_blocks, add_block, jnp.zeros(3)) / validation.n_rows


def _keep_best(
    state: TrainState, value, epoch, objective: AbstractObjective, patience: int, constants: LoopConstants
) -> TrainState:
    """Keep the best parameters; patience is counted only once the objective has warmup_end."""
    # Until a first value is finite the current parameters are kept, never the untrained ones.
    value = jnp.where(jnp.isfinite(value), value, -jnp.inf)
    better = (value > state.best_value) | (state.best_value == -jnp.inf)
    best_epoch = jnp.where(better, epoch, state.best_epoch)
    total_epochs = constants.total_steps // constants.n_batches
    waiting_since = jnp.maximum(best_epoch, (objective.warmup_end * total_epochs).astype(jnp.int32))
    return state._replace(
        best=jax.tree.map(lambda new, old: jnp.where(better, new, old), state.params, state.best),
        best_value=jnp.where(better, value, state.best_value),
        best_epoch=best_epoch,
        stopped=epoch - waiting_since >= patience,
    )
