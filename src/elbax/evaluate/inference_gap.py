"""Where a posterior loses nats: its family against its encoder."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from elbax.core.distributions import kl_divergence, sample_with_density
from elbax.core.vae import VAEModule
from elbax.core.xla import prng
from elbax.types import Batch

_STEPS = 300
_DRAWS = 8
# What fitting a row costs, in passes through the network.
LOCAL_PASSES = _STEPS * _DRAWS
_JUDGED = 8  # times as many draws as a step takes


class RowwisePosterior(NamedTuple):
    """Bounds of the encoder's posterior, and of the best posterior of its family, nats, each (n,).

    Their difference is the amortization gap; what the best one lacks of log p(x) is the approximation gap
    (arXiv 1801.03558).
    """

    encoded: np.ndarray
    best: np.ndarray


def fit_rowwise_posteriors(
    module: VAEModule, rows: Batch, beta: float = 1.0, seed: int = 0
) -> RowwisePosterior:
    """Optimise what the encoder returns for each row alone, by the ELBO with this weight of the KL.

    Both posteriors are judged by the same draws, which the optimization has not seen.

    Args:
        module: whose encoder; its decoder does not move.
        rows: few: all are optimized at once, in memory.
        beta: weight of the KL.
        seed: of the draws.
    """
    found = _fit(module, rows, np.float32(beta), np.uint32(seed))
    return RowwisePosterior(*(np.asarray(each) for each in found))


@eqx.filter_jit
def _fit(module, rows: Batch, beta, seed):
    rows = jax.tree.map(lambda column: column.astype(jnp.float32), rows)  # bytes too
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

    def total(encoded, keys):
        return -jax.vmap(bound)(encoded, rows, keys).sum()

    optimizer = optax.adam(optax.cosine_decay_schedule(0.03, _STEPS))

    def step(i, carry):
        encoded, state = carry
        noise = jax.vmap(jax.random.fold_in, (0, None))(keys, i)
        updates, state = optimizer.update(jax.grad(total)(encoded, noise), state)
        return optax.apply_updates(encoded, updates), state

    best, _ = jax.lax.fori_loop(0, _STEPS, step, (encoded, optimizer.init(encoded)))

    def judge(i, sums):
        noise = jax.vmap(jax.random.fold_in, (0, None))(keys, _STEPS + i)
        return tuple(
            each + jax.vmap(bound)(e, rows, noise) / _JUDGED
            for each, e in zip(sums, (encoded, best), strict=True)
        )

    return jax.lax.fori_loop(0, _JUDGED, judge, (jnp.zeros(len(rows.x)), jnp.zeros(len(rows.x))))
