"""Lower bounds on log p(x): the ELBO with its terms, the importance-weighted bound, and bits per dimension."""

from math import log

import equinox as eqx
import jax
import numpy as np

from elbax.core.likelihoods import AbstractLikelihood
from elbax.core.objectives import ELBO, SAMPLES, importance_weighted
from elbax.core.vae import VAEModule
from elbax.evaluate.batching import SCORING_BATCH, block_size, duplicate_index, hashed_row_keys, map_batches
from elbax.evaluate.inference import decoder_size, encoder_size
from elbax.types import Batch, Terms


def elbo(module: VAEModule, rows: Batch, seed: int = 0, n_samples: int = 1, apart: bool = False) -> Terms:
    """The terms of the ELBO, nats, each (n,): means over ``n_samples`` posterior samples of each row.

    Noise depends only on ``seed`` and a row's values and context; with ``apart``, that of equal rows is independent.
    """
    width = _width(module, rows)
    seeds = np.uint32(seed) + np.arange(n_samples, dtype=np.uint32)
    duplicates = duplicate_index(rows) if apart else np.zeros(len(rows.x), np.float32)
    draws = [map_batches(lambda block, s=s: _elbo(module, *block, s), (rows, duplicates), width) for s in seeds]
    return draws[0] if n_samples == 1 else jax.tree.map(lambda *terms: np.mean(terms, axis=0), *draws)


def elbo_block(module: VAEModule, rows: Batch) -> int:
    """The number of rows in a block of `elbo`; fewer rows are padded to it."""
    return block_size(jax.tree.leaves(rows), _width(module, rows))


def _width(module: VAEModule, rows: Batch) -> int:
    return max(encoder_size(module, rows), decoder_size(module, rows.context))


def log_likelihood(module: VAEModule, rows: Batch, n_importance: int, seed: int = 0) -> np.ndarray:
    """Importance-weighted estimate of log p(x), nats, (n,): log (1/K) Σ p(x, z_k) / q(z_k|x) (arXiv 1509.00519).

    Its mean is below log p(x), or log p(x|c) with a context c, and rises with K = ``n_importance``. Memory does not.
    """
    seed_array, k = np.asarray(seed, np.uint32), np.asarray(n_importance, np.int32)
    width = SAMPLES * decoder_size(module, rows.context)
    return map_batches(lambda block: _log_likelihood(module, block, seed_array, k), rows, width, SCORING_BATCH)


def is_discrete(likelihood: AbstractLikelihood) -> bool:
    """Whether log p(x) is the logarithm of a probability, so that -log p(x) is a code length."""
    return likelihood.proper and likelihood.support.integer


def bits_per_dim(nats: float, n_features: float) -> float:
    """Convert log p(x), or a bound on it, from nats per row to bits per observed feature; lower is better.

    Example:
        >>> round(bits_per_dim(-693.147, 1000), 4)
        1.0
    """
    return -nats / (n_features * log(2))


@eqx.filter_jit
def _elbo(module, rows, duplicates, seed):
    return ELBO.bound(module, rows, hashed_row_keys(seed, rows, duplicates))


@eqx.filter_jit
def _log_likelihood(module, rows, seed, n_importance):
    return importance_weighted(module, rows, hashed_row_keys(seed, rows), n_importance)
