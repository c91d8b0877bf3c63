"""The importance-weighted bound."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from elbax.core.laws import divergence, log_ratio, log_terms, together
from elbax.core.objectives.base import AbstractObjective, Scored, taught
from elbax.core.objectives.elbo import ELBO
from elbax.core.vae import VAEModule
from elbax.errors import InputError
from elbax.types import Batch, Terms

__all__ = ["IWAE", "SAMPLES", "importance_weighted"]

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
        self,
        module: VAEModule,
        batch: Batch,
        key: PRNGKeyArray,
        progress: Float[Array, ""],
        helper: PyTree = None,
    ) -> Scored:
        """Score a batch with k posterior samples per example."""
        batch = taught(batch, progress)
        prior = module.prior_distribution()

        def draw(row: Batch, key):
            network_key, z_key = jax.random.split(key)
            q = module.posterior.distribution(module.encode(row.x, row.context, key=network_key))
            z = q.sample(z_key, (self.k,))
            log_weight = log_ratio(prior, q, z)  # (k, latent), or (k, 1) for joint laws
            kl = divergence(q, prior, z)  # the same without k where it is no estimate
            if row.latent is not None:  # log q(z|x) teaches the encoder a given point
                given = ~jnp.isnan(row.latent)
                z = jnp.where(given, row.latent, z)
                log_q = log_terms(q, z, together=together(q, prior))
                log_weight = jnp.where(given[: log_q.shape[-1]], log_q, log_weight)
            return z, log_weight.sum(axis=-1), kl.reshape(-1, kl.shape[-1]).mean(axis=0).sum()

        row_key, sample_key = jax.random.split(key)
        z, log_weight, kl = jax.vmap(draw)(batch, jax.random.split(row_key, len(batch.x)))
        log_prob = _decoded(module, batch, z, jax.random.split(sample_key, z.shape[0] * self.k))
        bound = jax.nn.logsumexp(log_prob + log_weight, axis=1) - jnp.log(self.k)
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
    prior = module.prior_distribution()
    encoded = jax.vmap(module.encode)(batch.x, batch.context)  # (batch, latent, P)

    def draw(encoded, key):
        q = module.posterior.distribution(encoded)
        z = q.sample(key, (at_a_time,))
        return z, log_ratio(prior, q, z).sum(axis=-1)

    def add(trip, total):
        z, log_p_over_q = jax.vmap(draw)(encoded, jax.vmap(jax.random.fold_in, (0, None))(keys, trip))
        counted = trip * at_a_time + jnp.arange(at_a_time) < k
        log_weight = jnp.where(
            counted, _decoded(module, batch, z) + log_p_over_q, -jnp.inf
        )  # (batch, at_a_time)
        return jnp.logaddexp(total, jax.nn.logsumexp(log_weight, axis=1))

    start = jnp.full(len(batch.x), -jnp.inf)
    return jax.lax.fori_loop(0, -(-k // at_a_time), add, start) - jnp.log(k)


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
