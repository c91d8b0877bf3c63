"""Lower bounds on log p(x): the ELBO with its terms, and the importance-weighted bound."""

import equinox as eqx
import jax
import numpy as np

from elbax.core.objectives import ELBO, SAMPLES, importance_weighted
from elbax.core.vae import VAEModule
from elbax.evaluate.batching import SCORING_BATCH, duplicate_index, hashed_row_keys, map_batches
from elbax.evaluate.inference import decoder_size, encoder_size
from elbax.types import Batch, Terms


def elbo(module: VAEModule, rows: Batch, seed: int = 0, n_samples: int = 1, apart: bool = False) -> Terms:
    """The terms of the plain bound, nats, each (n,): means over ``n_samples`` posterior samples of each row.

    A row's noise depends on ``seed`` and the row's own values (and its context) only; with ``apart`` rows that repeat
    have noise of their own, so that errors of means hold.
    """
    width = max(encoder_size(module, rows), decoder_size(module, rows.context))
    seeds = np.uint32(seed) + np.arange(n_samples, dtype=np.uint32)
    before = duplicate_index(rows) if apart else np.zeros(len(rows.x), np.float32)
    draws = [map_batches(lambda block, s=s: _elbo(module, *block, s), (rows, before), width) for s in seeds]
    return draws[0] if n_samples == 1 else jax.tree.map(lambda *terms: np.mean(terms, axis=0), *draws)


def log_likelihood(module: VAEModule, rows: Batch, n_importance: int, seed: int = 0) -> np.ndarray:
    """Importance-weighted estimate of log p(x), nats, (n,): log (1/K) Σ p(x, z_k) / q(z_k|x) (arXiv 1509.00519).

    On average it lies below log p(x) and rises towards it with K = ``n_importance``. Memory does not grow with K.
    With a context c of each row it is log p(x|c).
    """
    seed_array, k = np.asarray(seed, np.uint32), np.asarray(n_importance, np.int32)
    width = SAMPLES * decoder_size(module, rows.context)
    return map_batches(
        lambda block: _log_likelihood(module, block, seed_array, k), rows, width, SCORING_BATCH
    )


@eqx.filter_jit
def _elbo(module, rows, before, seed):
    return ELBO.bound(module, rows, hashed_row_keys(seed, rows, before))


@eqx.filter_jit
def _log_likelihood(module, rows, seed, n_importance):
    return importance_weighted(module, rows, hashed_row_keys(seed, rows), n_importance)
