"""Approximation and amortization gap: the encoder's posterior against the best one of its family."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from elbax.core.distributions import kl_divergence, sample_with_density
from elbax.core.vae import VAEModule
from elbax.core.xla import prng
from elbax.core.xla.row_counts import padded_size, repeat_rows
from elbax.types import Batch

_STEPS = 300
_DRAWS = 8
LOCAL_PASSES = _STEPS * _DRAWS  # passes through the network per row
_EVALUATION_BATCHES = 8  # of _DRAWS samples each


class RowwisePosterior(NamedTuple):
    """ELBO of the encoder's posterior, and of the best posterior of its family, nats, each (n,).

    best - encoded is the amortization gap, log p(x) - best the approximation gap (arXiv 1801.03558).
    """

    encoded: np.ndarray
    best: np.ndarray


def fit_rowwise_posteriors(module: VAEModule, rows: Batch, beta: float = 1.0, seed: int = 0) -> RowwisePosterior:
    """Optimize the posterior's parameters of each row by the ELBO, starting from the encoder's outputs.

    Both posteriors are scored with the same draws, which the optimization has not used.

    Args:
        module: the model; its weights do not change.
        rows: few rows, since all are optimized at once in memory.
        beta: weight of the KL.
        seed: seed of the draws.
    """
    n = len(rows.x)
    rows = jax.tree.map(lambda column: repeat_rows(np.asarray(column), padded_size(n, per_doubling=4)), rows)
    fitted = _fit(module, rows, np.float32(beta), np.uint32(seed))
    return RowwisePosterior(*(np.asarray(scores)[:n] for scores in fitted))


@eqx.filter_jit
def _fit(module, rows: Batch, beta, seed):
    rows = jax.tree.map(lambda column: column.astype(jnp.float32), rows)  # images may be bytes
    encoded = jax.vmap(module.encode)(rows)  # (rows, latent, P)
    prior = module.prior_distribution()
    keys = jax.random.split(prng.key(seed), len(rows.x))

    def bound(encoded, row, key):
        q = module.posterior.distribution(encoded)

        def draw(key):
            z, log_q = sample_with_density(q, key)
            log_prob = module.log_prob(module.decode(z, row.context), row.x, row.observed)
            return log_prob - beta * kl_divergence(q, prior, z, log_q).sum()

        return jax.vmap(draw)(jax.random.split(key, _DRAWS)).mean()

    def loss(encoded, keys):
        return -jax.vmap(bound)(encoded, rows, keys).sum()

    optimizer = optax.adam(optax.cosine_decay_schedule(0.03, _STEPS))

    def step(i, carry):
        encoded, state = carry
        step_keys = jax.vmap(jax.random.fold_in, (0, None))(keys, i)
        updates, state = optimizer.update(jax.grad(loss)(encoded, step_keys), state)
        return optax.apply_updates(encoded, updates), state

    best, _ = jax.lax.fori_loop(0, _STEPS, step, (encoded, optimizer.init(encoded)))

    def add_scores(i, sums):
        step_keys = jax.vmap(jax.random.fold_in, (0, None))(keys, _STEPS + i)
        return tuple(
            total + jax.vmap(bound)(parameters, rows, step_keys) / _EVALUATION_BATCHES
            for total, parameters in zip(sums, (encoded, best), strict=True)
        )

    zeros = jnp.zeros(len(rows.x))
    return jax.lax.fori_loop(0, _EVALUATION_BATCHES, add_scores, (zeros, zeros))
