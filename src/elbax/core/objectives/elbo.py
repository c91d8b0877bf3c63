"""The evidence lower bound, and its weighted relatives."""

from types import MappingProxyType
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray, PyTree

from elbax.core.laws import divergence, log_terms, together
from elbax.core.objectives.base import AbstractObjective, Scored, taught
from elbax.core.vae import VAEModule
from elbax.types import Batch, Terms, float32

__all__ = ["ELBO", "WARMUP_SHAPES"]

WARMUP_SHAPES = MappingProxyType(
    {
        "linear": lambda r: r,
        "cosine": lambda r: 0.5 - 0.5 * jnp.cos(jnp.pi * r),
        "cyclic": lambda r: r,
    }
)
_CYCLES = 4


class ELBO(AbstractObjective):
    """The negative evidence lower bound, -E log p(x|z) + beta · KL(q(z|x) || p(z)), in nats per example.

    Attributes:
        beta: weight of the KL (arXiv 1804.03599); 1 is the bound itself, 0 an autoencoder.
        free_bits: nats a latent dimension may carry, on average over the batch, without paying (arXiv 1606.04934);
            for laws whose dimensions are not independent, nats that all may carry together.
        warmup: fraction of the fit over which beta rises from zero (for "cyclic": of each of four cycles,
            arXiv 1903.10145); 0 switches it off.
        shape: one of `WARMUP_SHAPES`.
        dropout: whether units are dropped while training, in networks that have a rate for it.
    """

    name: ClassVar[str] = "elbo"
    beta: Float[Array, ""] = eqx.field(converter=float32, default=1.0)
    free_bits: Float[Array, ""] = eqx.field(converter=float32, default=0.0)
    warmup: Float[Array, ""] = eqx.field(converter=float32, default=0.0)
    shape: str = eqx.field(static=True, default="linear")
    dropout: bool = eqx.field(static=True, default=True)

    def kl_weight(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """Weight of the KL after this fraction of the planned steps."""
        phase = (progress * _CYCLES) % 1.0 if self.shape == "cyclic" else progress
        ratio = jnp.clip(phase / jnp.maximum(self.warmup, 1e-9), 0.0, 1.0)
        return self.beta * jnp.where(self.warmup > 0.0, WARMUP_SHAPES[self.shape](ratio), 1.0)

    def __call__(
        self,
        module: VAEModule,
        batch: Batch,
        key: PRNGKeyArray,
        progress: Float[Array, ""],
        helper: PyTree = None,
    ) -> Scored:
        """Score a batch with one posterior sample per example."""
        batch = taught(batch, progress)
        reconstruction, kl, imitation = _terms(
            module, batch, jax.random.split(key, len(batch.x)), dropout=self.dropout
        )
        # Free bits act on the batch mean of each dimension, so that a dimension is on or off for all rows alike; where
        # the KL has one term for all of them, they act on that.
        paid = jnp.where(kl.mean(axis=0) > self.free_bits, kl, self.free_bits)
        cost = self.kl_weight(progress) * paid
        if batch.latent is not None:
            cost = jnp.where(jnp.isnan(batch.latent)[:, : cost.shape[1]], cost, imitation)
        return Scored(reconstruction + cost.sum(axis=1), Terms(reconstruction, kl.sum(axis=1)))

    @property
    def settled(self) -> ArrayLike:
        """Where the warm-up ends."""
        return self.warmup

    def held_out(
        self, module: VAEModule, batch: Batch, keys: PRNGKeyArray
    ) -> tuple[Float[Array, " batch"], Terms]:
        """The ELBO itself, whatever the weights."""
        terms = self.bound(module, batch, keys)
        return terms.elbo, terms

    def validation_loss(self, bound: Array, terms: Terms) -> Array:
        """With the KL's full weight, and no free bits."""
        return terms.reconstruction + float(self.beta) * terms.kl

    @staticmethod
    def bound(module: VAEModule, batch: Batch, keys: PRNGKeyArray) -> Terms:
        """The terms of the plain bound (beta = 1, no dropout), one key per example."""
        reconstruction, kl, _ = _terms(module, batch._replace(latent=None), keys, dropout=False)
        return Terms(reconstruction, kl.sum(axis=1))


def _terms(module: VAEModule, batch: Batch, keys, *, dropout: bool):
    """-log p(x|z), (batch,); the terms of the KL, (batch, latent) or (batch, 1); those of -log q(z|x) likewise."""
    prior = module.prior_distribution()

    def one(batch: Batch, key):
        sampled = module.sample_posterior(
            batch.x, key, context=batch.context, latent=batch.latent, dropout=dropout
        )
        q, z = sampled.posterior, sampled.z
        # A point has no density; it learns like the mean of a normal of unit variance.
        spread = dist.Normal(q.mean, 1.0) if isinstance(q, dist.Delta) else q
        imitation = -log_terms(spread, z, together=together(q, prior))
        return -sampled.log_prob, divergence(q, prior, z), imitation

    return jax.vmap(one)(batch, keys)
