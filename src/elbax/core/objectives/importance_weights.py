"""Importance weights p(x, z) / q(z|x) of posterior samples."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from elbax.core.distributions import kl_divergence, log_density, log_ratio, sample_with_density
from elbax.core.vae import VAEModule
from elbax.types import Batch

SAMPLES = 16  # samples of each row that are decoded at a time when no gradient is taken


class Draws(NamedTuple):
    """Posterior samples of a batch.

    Attributes:
        encoded: the encoder's outputs, (batch, n, P).
        z: samples, (batch, k, latent); all are the target code in rows that have one.
        log_ratio: log p(z) - log q(z|x) of each sample as drawn, (batch, k), nats.
        kl: KL(q(z|x) || p(z)), (batch,), nats.
        neg_log_q: -log q(z|x) of the first sample, (batch,), nats; 0 in a batch without target codes.
    """

    encoded: Float[Array, "batch n P"]
    z: Float[Array, "batch k latent"]
    log_ratio: Float[Array, "batch k"]
    kl: Float[Array, " batch"]
    neg_log_q: Float[Array, " batch"]


def draw(module: VAEModule, batch: Batch, keys: PRNGKeyArray, k: int) -> Draws:
    """Encode each row once, with dropout, and draw k samples."""
    prior = module.prior_distribution()

    def one(row: Batch, key):
        encoder_key, z_key, _ = module.keys(key)
        encoded = module.encode(row, key=encoder_key)
        q = module.posterior.distribution(encoded)
        z, log_q = sample_with_density(q, z_key, (k,))
        ratio = log_ratio(prior, q, z, log_b=log_q).sum(axis=-1)
        kl = kl_divergence(q, prior, z, log_q)
        neg_log_q = jnp.zeros(())
        if row.target_codes is not None:
            z = jnp.where(jnp.isnan(row.target_codes), z, row.target_codes)
            neg_log_q = -log_density(q, z[0])
        return Draws(encoded, z, ratio, kl.reshape(-1, kl.shape[-1]).mean(axis=0).sum(), neg_log_q)

    return jax.vmap(one)(batch, keys)


def log_weights(module: VAEModule, batch: Batch, keys: PRNGKeyArray, k: int) -> Float[Array, "batch k"]:
    """Log weights of k samples of each row, nats, without dropout, with one key per row."""
    n = min(k, SAMPLES)
    weigh = log_weight_function(module, batch, keys, n)
    blocks = jax.lax.map(weigh, jnp.arange(-(-k // n)))  # (trips, batch, n)
    return jnp.moveaxis(blocks, 0, 1).reshape(len(batch.x), -1)[:, :k]


def importance_weighted(
    module: VAEModule, batch: Batch, keys: PRNGKeyArray, k: Int[Array, ""]
) -> Float[Array, " batch"]:
    """The importance-weighted bound of each row, without dropout, with one key per row; memory does not grow with k."""
    weigh = log_weight_function(module, batch, keys)

    def add(trip, total):
        used = trip * SAMPLES + jnp.arange(SAMPLES) < k
        log_weight = jnp.where(used, weigh(trip), -jnp.inf)  # (batch, SAMPLES)
        return jnp.logaddexp(total, jax.nn.logsumexp(log_weight, axis=1))

    start = jnp.full(len(batch.x), -jnp.inf)
    return jax.lax.fori_loop(0, -(-k // SAMPLES), add, start) - jnp.log(k)


def log_weight_function(
    module: VAEModule, batch: Batch, keys: PRNGKeyArray, n: int = SAMPLES
) -> Callable[[Int[Array, ""]], Float[Array, "batch n"]]:
    """A function that returns the log weights of the i-th n samples of each row, (batch, n)."""
    prior = module.prior_distribution()
    encoded = jax.vmap(module.encode)(batch)  # (batch, n, P)

    def one(encoded, key):
        q = module.posterior.distribution(encoded)
        z, log_q = sample_with_density(q, key, (n,), always=True)
        return z, log_ratio(prior, q, z, log_b=log_q).sum(axis=-1)

    def weigh(trip):
        z, ratio = jax.vmap(one)(encoded, jax.vmap(jax.random.fold_in, (0, None))(keys, trip))
        return decoded(module, batch, z) + ratio

    return weigh


def decoded(module: VAEModule, batch: Batch, z: Float[Array, "batch k latent"], keys=None):
    """Log p(x|z) of k samples of each row, (batch, k), nats; as in training if there are keys, (batch, k)."""
    # All samples of a row show their heads the same columns.
    head_keys = None if keys is None or module.heads is None else jax.vmap(module.head_key)(keys[:, 0])

    def one(row: Batch, z, key, head_key):
        return module.log_prob(module.decode(z, row.context, key=key), row.x, row.observed, key=head_key)

    return jax.vmap(jax.vmap(one, (None, 0, 0, None)))(
        batch, z, keys, head_keys
    )  # XLA would write k copies of a repeated x
