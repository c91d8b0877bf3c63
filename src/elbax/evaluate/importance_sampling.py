"""Importance sampling from the posterior: log p(x) with errors, from as many samples as wanted."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.objectives import SAMPLES, log_weight_function
from elbax.core.vae import VAEModule
from elbax.evaluate.batching import SCORING_BATCH, duplicate_index, hashed_row_keys, map_batches
from elbax.evaluate.inference import decoder_size
from elbax.evaluate.weighted_estimate import WeightedEstimate
from elbax.types import Batch

# Samples of each row in one call, and rows of which all weights are kept at a time.
_TRIPS, _ROWS = 16, 1024


def importance(module: VAEModule, rows: Batch, k: int, seed: int = 0) -> WeightedEstimate:
    """Estimate log p(x) of each row from k posterior samples, with its errors and its curve over k, nats.

    It is `log_likelihood` with all weights looked at, but rows that repeat have noise of their own, so that errors of
    means hold; 1,024 rows' weights, 4 k bytes each, are held at a time.
    """
    whole, found = (rows, duplicate_index(rows)), []
    for start in range(0, len(rows.x), _ROWS):
        part = jax.tree.map(lambda column, start=start: column[start : start + _ROWS], whole)
        found.append(WeightedEstimate.of(_weights(module, part, k, np.asarray(seed, np.uint32))))
    return WeightedEstimate.joined(found)


def _weights(module: VAEModule, rows: tuple[Batch, np.ndarray], k: int, seed: np.ndarray) -> np.ndarray:
    """Log-weights, (n, k)."""
    width = SAMPLES * decoder_size(module, rows[0].context)
    parts = [
        map_batches(
            lambda block, first=first: _some(module, block, seed, np.asarray(first, np.int32)),
            rows,
            width,
            SCORING_BATCH,
        )
        for first in range(0, -(-k // SAMPLES), _TRIPS)
    ]
    return np.concatenate(parts, axis=1)[:, :k]


@eqx.filter_jit
def _some(module, block, seed, first):
    rows, before = block
    weigh = log_weight_function(module, rows, hashed_row_keys(seed, rows, before))
    _, found = jax.lax.scan(lambda trip, _: (trip + 1, weigh(trip)), first, None, _TRIPS)
    return jnp.moveaxis(found, 0, 1).reshape(len(rows.x), -1)
