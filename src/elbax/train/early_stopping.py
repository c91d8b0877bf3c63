"""Early stopping: keep the best parameters, and stop when patience runs out."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from elbax.core.objectives import AbstractObjective
from elbax.train.state import LoopConstants, TrainState


def keep_best(
    state: TrainState,
    value: Float[Array, ""],
    epoch: Int[Array, ""],
    objective: AbstractObjective,
    constants: LoopConstants,
) -> TrainState:
    """Keep the parameters with the best validation bound, or those of the epoch to keep, which was chosen before.

    Patience counts only after the objective's warmup.
    """
    # Until a value is finite the current parameters are kept, never the untrained ones.
    value = jnp.where(jnp.isfinite(value), value, -jnp.inf)
    better = (value > state.best_value) | (state.best_value == -jnp.inf)
    best_epoch = jnp.where(better, epoch, state.best_epoch)
    total_epochs = constants.total_steps // constants.n_batches
    keep = jnp.where(constants.kept_epoch < 0, better, epoch == constants.kept_epoch)
    waiting_since = jnp.maximum(best_epoch, (objective.warmup_end * total_epochs).astype(jnp.int32))
    return state._replace(
        best=jax.tree.map(lambda new, old: jnp.where(keep, new, old), state.params, state.best),
        best_value=jnp.where(better, value, state.best_value),
        best_epoch=best_epoch,
        stopped=(epoch - waiting_since >= constants.patience) & (epoch >= constants.kept_epoch),
    )
