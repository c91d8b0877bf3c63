"""Importance sampling from the posterior: log p(x) with errors."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.objectives import SAMPLES, log_weight_function
from elbax.core.vae import VAEModule
from elbax.evaluate.batching import SCORING_BATCH, duplicate_index, hashed_row_keys, map_batches
from elbax.evaluate.estimate import WeightedEstimate
from elbax.evaluate.inference import decoder_size
from elbax.types import Batch

_TRIPS, _ROWS = 16, 1024  # batches of samples per compiled call, and rows whose weights are in memory at a time


def importance_sampling(module: VAEModule, rows: Batch, k: int, seed: int = 0) -> WeightedEstimate:
    """Estimate log p(x) of each row from k posterior samples, with its errors and its curve over k, nats.

    Equals `log_likelihood`, except that equal rows get independent noise. Memory is 4 k bytes for each of 1,024 rows.
    """
    columns, parts = (rows, duplicate_index(rows)), []
    for start in range(0, len(rows.x), _ROWS):
        part = jax.tree.map(lambda column, start=start: column[start : start + _ROWS], columns)
        parts.append(WeightedEstimate.of(_log_weights(module, part, k, np.asarray(seed, np.uint32))))
    return WeightedEstimate.concatenate(parts)


def _log_weights(module: VAEModule, rows: tuple[Batch, np.ndarray], k: int, seed: np.ndarray) -> np.ndarray:
    width = SAMPLES * decoder_size(module, rows[0].context)
    parts = [
        map_batches(
            lambda block, first=first: _trips(module, block, seed, np.asarray(first, np.int32)),
            rows,
            width,
            SCORING_BATCH,
        )
        for first in range(0, -(-k // SAMPLES), _TRIPS)
    ]
    return np.concatenate(parts, axis=1)[:, :k]


@eqx.filter_jit
def _trips(module, block, seed, first):
    rows, duplicates = block
    log_weight = log_weight_function(module, rows, hashed_row_keys(seed, rows, duplicates))
    _, log_weights = jax.lax.scan(lambda trip, _: (trip + 1, log_weight(trip)), first, None, _TRIPS)
    return jnp.moveaxis(log_weights, 0, 1).reshape(len(rows.x), -1)
