"""The importance-weighted bound."""

from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, Int, PRNGKeyArray

from elbax.core.objectives.base import AbstractObjective, Scored, divergence, taught
from elbax.core.objectives.elbo import ELBO
from elbax.core.vae import VAEModule
from elbax.errors import InputError
from elbax.types import Batch, Terms

__all__ = ["IWAE", "SAMPLES", "importance_weighted", "log_weights"]

# How many samples of each row `importance_weighted` decodes at a time.
SAMPLES = 16


class IWAE(AbstractObjective):
    """The negative importance-weighted bound, -log (1/k) Σ p(x, z_i) / q(z_i|x), in nats per example.

    It rises with k from the ELBO to log p(x) (arXiv 1509.00519). Its terms are the ELBO's, averaged over the same
    samples; the loss lies below their sum by what the weighting gains.

    Attributes:
        k: samples of each row.
    """

    name: ClassVar[str] = "iwae"
    k: int = eqx.field(static=True, default=5)

    def __check_init__(self):
        """Check k."""
        if type(self.k) is not int or self.k < 1:
            raise InputError(f"k must be a whole number of at least 1, as in iwae(k=5); got {self.k!r}")

    def __call__(
        self, module: VAEModule, batch: Batch, key: PRNGKeyArray, progress: Float[Array, ""]
    ) -> Scored:
        """Score a batch with k posterior samples per example."""
        batch = taught(batch, progress)
        prior = module.prior_distribution()

        def draw(row: Batch, key):
            network_key, z_key = jax.random.split(key)
            q = module.posterior.distribution(module.encode(row.x, row.context, key=network_key))
            z, log_ratio = _draw(q, prior, z_key, self.k)
            kl = divergence(q, prior, z)  # (latent,), or an estimate (k, latent)
            if row.latent is not None:  # log q(z|x) teaches the encoder a given point
                given = ~jnp.isnan(row.latent)
                z = jnp.where(given, row.latent, z)
                log_ratio = jnp.where(given, q.log_prob(z), log_ratio)
            return z, log_ratio.sum(axis=-1), kl.reshape(-1, kl.shape[-1]).mean(axis=0).sum()

        row_key, sample_key = jax.random.split(key)
        z, log_ratio, kl = jax.vmap(draw)(batch, jax.random.split(row_key, len(batch.x)))
        log_prob = _decoded(module, batch, z, jax.random.split(sample_key, z.shape[0] * self.k))
        bound = jax.nn.logsumexp(log_prob + log_ratio, axis=1) - jnp.log(self.k)
        return Scored(-bound, Terms(-log_prob.mean(axis=1), kl))

    def held_out(
        self, module: VAEModule, batch: Batch, keys: PRNGKeyArray
    ) -> tuple[Float[Array, " batch"], Terms]:
        """The bound with as many samples as in training."""
        at_a_time = min(self.k, SAMPLES)
        bound = importance_weighted(module, batch, keys, jnp.asarray(self.k), at_a_time)
        return bound, ELBO.bound(module, batch, keys)

    def validation_loss(self, bound: Array, terms: Terms) -> Array:
        """Minus the bound."""
        return -bound


def importance_weighted(
    module: VAEModule, batch: Batch, keys: PRNGKeyArray, k: Int[Array, ""], at_a_time: int = SAMPLES
) -> Float[Array, " batch"]:
    """The importance-weighted bound of each example, without dropout, with one key per example.

    Only ``at_a_time`` of each example are decoded together, so neither memory nor the compiled program grows with k.
    """
    weigh = log_weights(module, batch, keys, at_a_time)

    def add(trip, total):
        counted = trip * at_a_time + jnp.arange(at_a_time) < k
        log_weight = jnp.where(counted, weigh(trip), -jnp.inf)  # (batch, at_a_time)
        return jnp.logaddexp(total, jax.nn.logsumexp(log_weight, axis=1))

    start = jnp.full(len(batch.x), -jnp.inf)
    return jax.lax.fori_loop(0, -(-k // at_a_time), add, start) - jnp.log(k)


def log_weights(
    module: VAEModule, batch: Batch, keys: PRNGKeyArray, at_a_time: int = SAMPLES
) -> Callable[[Int[Array, ""]], Float[Array, "batch at_a_time"]]:
    """A function that draws the n-th ``at_a_time`` posterior samples: log p(x, z) - log q(z|x) of each, in nats."""
    prior = module.prior_distribution()
    encoded = jax.vmap(module.encode)(batch.x, batch.context)  # (batch, latent, P)

    def draw(encoded, key):
        z, log_ratio = _draw(module.posterior.distribution(encoded), prior, key, at_a_time)
        return z, log_ratio.sum(axis=-1)

    def weigh(trip):
        z, log_ratio = jax.vmap(draw)(encoded, jax.vmap(jax.random.fold_in, (0, None))(keys, trip))
        return _decoded(module, batch, z) + log_ratio

    return weigh


def _draw(q: dist.Distribution, p: dist.Distribution, key: PRNGKeyArray, k: int):
    """Samples of q, (k, latent), and log p - log q at each, also (k, latent)."""
    z = q.sample(key, (k,))
    return z, p.log_prob(z) - q.log_prob(z)


def _decoded(module: VAEModule, batch: Batch, z: Float[Array, "batch k latent"], keys=None):
    """Log p(x|z) at all samples of all examples, (batch, k), in nats; dropout is on where there are keys."""
    n, k, _ = z.shape
    # One axis for rows and samples: with two, the gradient of each product would copy its operands transposed.
    outputs = jax.vmap(lambda z, context, key: module.decode(z, context, key=key))(
        z.reshape(n * k, -1), _repeated(batch.context, k), keys
    )
    return jax.vmap(module.likelihood.log_prob)(outputs, _repeated(batch.x, k)).reshape(n, k)


def _repeated(column: Array | None, k: int) -> Array | None:
    """Every row k times in a row."""
    if column is None:
        return None
    return jnp.broadcast_to(column[:, None], (len(column), k, *column.shape[1:])).reshape(
        -1, *column.shape[1:]
    )
