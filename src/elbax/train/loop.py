"""The compiled training loop: any number of steps, traced once."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int, PyTree

from elbax.core.objectives import AbstractObjective
from elbax.core.xla import prng
from elbax.train.config import StepConfig
from elbax.train.devices import Devices
from elbax.train.early_stopping import keep_best
from elbax.train.schedule import SCHEDULES
from elbax.train.state import LoopConstants, TrainState
from elbax.types import Batch

COLUMNS = ("loss", "reconstruction", "kl", "val_bound", "val_reconstruction", "val_kl", "learning_rate")


class Validation(NamedTuple):
    """Held-out rows in blocks of equal size, (blocks, size, ...), of which the first ``n_rows`` rows count."""

    blocks: Batch
    n_rows: Int[Array, ""]


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
    """Run ``n_steps`` steps; return the new state and a table with one row per completed epoch.

    Step s draws its noise from ``fold_in(key, s)``, so results do not depend on where chunks begin and end. The loop
    ends early if a loss is not finite or patience runs out.
    """
    optimizer = config.transformation()
    key = prng.key(constants.seed)
    start = state.step
    end = start + n_steps
    first_epoch = jnp.maximum(start, 0) // constants.n_batches

    def one_step(state: TrainState) -> TrainState:
        batch = state.step % constants.n_batches
        chosen = index[state.step - start]  # (batch,) rows of data, or the number of a batch of streamed data
        minibatch = devices.split(jax.tree.map(lambda column: column[chosen].astype(jnp.float32), data))
        minibatch = _mask_target_codes(minibatch, -state.step / constants.pretraining_steps)
        size = len(minibatch.x)
        counted = batch * size + jnp.arange(size) < constants.n_rows  # (batch,) false for padding
        count = jnp.minimum(size, constants.n_rows - batch * size)  # known without asking other devices
        progress = state.step / constants.total_steps

        def mean_loss(params):
            module, auxiliary = eqx.combine(params, fixed)
            rows = minibatch._replace(weight=None)
            scored = objective(module, rows, jax.random.fold_in(key, state.step), progress, auxiliary)
            sums = _sums((scored.loss, *scored.terms), counted, minibatch.weight)
            return sums[0] / count, sums

        (_, sums), gradient = jax.value_and_grad(mean_loss, has_aux=True)(state.params)
        direction, opt_state = optimizer.update(gradient, state.opt_state, state.params)
        rate = constants.learning_rate * SCHEDULES[config.schedule](jnp.maximum(progress, 0.0))
        params = optax.apply_updates(state.params, jax.tree.map(lambda d: rate * d, direction))
        # In pretraining the KL is one of codes that are no draws.
        absurd = (state.step >= 0) & (-(sums[1] + sums[2]) / count > constants.highest_bound)
        failed = jnp.where(jnp.isfinite(sums).all() & ~absurd, jnp.zeros(3), sums / count)
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
        held_out, latest = _validate(state.params, fixed, objective, validation, key, devices)
        rate = constants.learning_rate * SCHEDULES[config.schedule]((state.step - 1) / constants.total_steps)
        row = jnp.concatenate([state.sums / constants.n_rows, held_out, rate[None]])
        table = table.at[epoch - 1 - first_epoch].set(row)
        absurd = held_out[0] > constants.highest_bound
        failed = jnp.where(absurd, jnp.stack([-held_out[0], *held_out[1:]]), jnp.zeros(3))
        state = state._replace(sums=jnp.zeros(3), failed=failed)
        if state.scores is not None:
            marked = jnp.where(epoch == constants.marked_epoch, latest, state.scores[0])
            state = state._replace(scores=devices.whole(jnp.stack([marked, latest])))
        if config.keeps_best:
            state = keep_best(state, held_out[0], epoch, objective, constants)
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
    state, table = jax.lax.while_loop(lambda carry: (carry[0].step < end) & going(carry[0]), one_epoch, (state, table))
    # One check of all arrays at once: several would compile into several programs.
    finite = jnp.isfinite(ravel_pytree(state.params)[0]).all()
    failed = jnp.where(finite | jnp.any(state.failed != 0.0), state.failed, jnp.nan)
    return state._replace(failed=failed), table


def _mask_target_codes(batch: Batch, share: Float[Array, ""]) -> Batch:
    """Keep the target codes of a share of the rows, which falls from one to zero in pretraining.

    Rows are in random order, so this weighs the loss of pretraining against that of training.
    """
    if batch.target_codes is None:
        return batch
    kept = jnp.arange(len(batch.x)) < share * len(batch.x)
    return batch._replace(target_codes=jnp.where(kept[:, None], batch.target_codes, jnp.nan))


def _validate(
    params, fixed, objective: AbstractObjective, validation: Validation | None, key, devices: Devices
) -> tuple[Float[Array, "3"], Float[Array, " rows"] | None]:
    """Mean bound, reconstruction and KL of the held-out rows, and each row's bound, nats.

    The noise is the same after every epoch.
    """
    if validation is None:
        return jnp.full(3, jnp.nan), None
    module, _ = eqx.combine(params, fixed)
    size = validation.blocks.x.shape[1]
    n_blocks = (validation.n_rows + size - 1) // size  # blocks beyond are padding
    noise = jax.random.fold_in(key, 2**31)  # no step has this number

    def add_block(i, carry):
        sums, rows = carry
        keys = prng.row_keys(jax.random.fold_in(noise, i), size)
        block = devices.split(jax.tree.map(lambda column: column[i].astype(jnp.float32), validation.blocks))
        bound, terms = objective.held_out(module, block._replace(weight=None), keys)
        counted = i * size + jnp.arange(size) < validation.n_rows
        return sums + _sums((bound, *terms), counted, block.weight), rows.at[i].set(bound)

    rows = jnp.zeros(validation.blocks.x.shape[:2])
    sums, rows = jax.lax.fori_loop(0, n_blocks, add_block, (jnp.zeros(3), rows))
    return sums / validation.n_rows, rows.ravel()


def _sums(terms, counted: Array, weight: Array | None) -> Float[Array, " terms"]:
    """The sum of each term over the rows that count, with their weights if there are any."""
    weighted = terms if weight is None else [weight * term for term in terms]
    return jnp.stack([jnp.where(counted, term, 0.0).sum() for term in weighted])
