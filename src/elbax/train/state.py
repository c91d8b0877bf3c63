"""The state of training, and the constants of one fit."""

from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float, Int, PyTree

from elbax.train.config import StepConfig
from elbax.types import float32


class TrainState(NamedTuple):
    """Everything that training changes; a checkpoint holds it."""

    params: PyTree  # trainable arrays of the module and of the objective's auxiliary (None without one)
    opt_state: PyTree
    step: Int[Array, ""]  # steps done; negative during pretraining
    sums: Float[Array, "3"]  # loss, reconstruction and KL summed over the examples of the current epoch, nats
    best: PyTree  # the params of the best epoch so far, or of the epoch to keep; None if the last are kept
    best_value: Float[Array, ""]  # that bound, nats per row
    best_epoch: Int[Array, ""]  # its epoch
    scores: Float[Array, "2 rows"] | None  # bounds of held-out rows after `LoopConstants.marked_epoch`, and the latest
    stopped: Array  # whether patience ran out
    failed: Float[Array, "3"]  # loss, reconstruction, KL (batch means) of a step that was not finite, else zeros


class LoopConstants(NamedTuple):
    """Numbers that may differ between fits without a new compilation."""

    n_rows: Int[Array, ""]
    n_batches: Int[Array, ""]
    total_steps: Int[Array, ""]
    pretraining_steps: Int[Array, ""]
    marked_epoch: Int[Array, ""]  # with which the last epoch is compared
    kept_epoch: Int[Array, ""]  # the epoch whose parameters are kept, 0 for the start; negative for the best
    learning_rate: Float[Array, ""]
    patience: Int[Array, ""]  # epochs without a better bound before it stops; unused where the last weights are kept
    seed: Int[Array, ""]
    highest_bound: Float[Array, ""]  # bounds above it are impossible; infinite if there is no limit


def initial_state(params: PyTree, config: StepConfig, pretraining_steps: int = 0) -> TrainState:
    """The state before the first step, which has number ``-pretraining_steps``; the first epoch starts at step 0.

    Arrays pass through NumPy because JAX's weak types would compile the loop a second time.
    """
    params = jax.tree.map(float32, params)
    return TrainState(
        params=params,
        opt_state=_initial_opt_state(params, config),
        step=np.asarray(-pretraining_steps, np.int32),
        sums=np.zeros(3, np.float32),
        best=params if config.keeps_best else None,
        best_value=np.asarray(-np.inf, np.float32),
        best_epoch=np.zeros((), np.int32),
        scores=None,
        stopped=np.zeros((), bool),
        failed=np.zeros(3, np.float32),
    )


@eqx.filter_jit
def _initial_opt_state(params: PyTree, config: StepConfig) -> PyTree:
    """Compiled as one program instead of one per array."""
    return config.transformation().init(params)
