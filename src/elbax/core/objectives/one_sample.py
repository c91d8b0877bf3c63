"""Objectives that draw one posterior sample of each row."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from elbax.core.distributions import kl_divergence, log_density
from elbax.core.objectives.base import AbstractObjective, Scored, taught, with_teaching
from elbax.core.vae import VAEModule
from elbax.core.xla.prng import row_keys
from elbax.types import Batch, Terms

__all__ = ["AbstractOneSample", "Codes", "encode_batch"]


class Codes(NamedTuple):
    """A batch that has passed through the module, and what a loss may be made of.

    Attributes:
        module: the module.
        batch: its rows.
        encoded: what the encoder returned, (batch, n, P).
        z: a posterior sample of each row, (batch, latent).
        reconstruction: -log p(x|z), (batch,), nats.
        kl: KL(q(z|x) || p(z)), (batch, latent), nats; (batch, 1) for joint distributions.
        imitation: -log q(z|x), (batch,), nats: what a head start lowers.
        progress: the fraction of the planned steps that is done.
        key: for further draws.
        helper: what the objective trains beside the module, or None.
    """

    module: VAEModule
    batch: Batch
    encoded: Float[Array, "batch n P"]
    z: Float[Array, "batch latent"]
    reconstruction: Float[Array, " batch"]
    kl: Float[Array, "batch terms"]
    imitation: Float[Array, " batch"]
    progress: Float[Array, ""] | None = None
    key: PRNGKeyArray | None = None
    helper: PyTree = None

    def each_posterior(self, function: Callable[[dist.Distribution], Any]) -> Any:
        """Apply a function of q(z|x) to every row's, and stack what it returns."""
        return jax.vmap(lambda encoded: function(self.module.posterior.distribution(encoded)))(self.encoded)


class AbstractOneSample(AbstractObjective):
    """A loss made of one posterior sample of each row; held-out rows are scored by the plain ELBO."""

    # Whether units are dropped while training. Not annotated: a field of this name may take its place.
    dropout = True

    @abstractmethod
    def loss(self, codes: Codes) -> Float[Array, " batch"]:
        """The loss of each row, nats; what belongs to the batch as a whole is added to every row."""

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
        codes = encode_batch(module, batch, row_keys(key, len(batch.x)), dropout=self.dropout)
        codes = codes._replace(progress=progress, key=jax.random.fold_in(key, 0), helper=helper)
        loss = with_teaching(batch, self.loss(codes), codes.reconstruction + codes.imitation)
        return Scored(loss, Terms(codes.reconstruction, codes.kl.sum(axis=1)))

    def held_out(
        self, module: VAEModule, batch: Batch, keys: PRNGKeyArray
    ) -> tuple[Float[Array, " batch"], Terms]:
        """The ELBO itself, whatever the loss."""
        terms = self.bound(module, batch, keys)
        return terms.elbo, terms

    @staticmethod
    def bound(module: VAEModule, batch: Batch, keys: PRNGKeyArray) -> Terms:
        """The terms of the plain ELBO, without dropout, with one key per example."""
        codes = encode_batch(module, batch._replace(target_codes=None), keys, dropout=False)
        return Terms(codes.reconstruction, codes.kl.sum(axis=1))


def encode_batch(module: VAEModule, batch: Batch, keys: PRNGKeyArray, *, dropout: bool) -> Codes:
    """Pass a batch through the module, with one key per row."""
    prior = module.prior_distribution()

    def one(row: Batch, key):
        sampled = module.sample_posterior(row, key, dropout=dropout)
        q, z = sampled.posterior, sampled.z
        # A point has no density; it learns like the mean of a normal of unit variance.
        spread = dist.Normal(q.mean, 1.0) if isinstance(q, dist.Delta) else q
        return sampled.encoded, z, -sampled.log_prob, kl_divergence(q, prior, z), -log_density(spread, z)

    return Codes(module, batch, *jax.vmap(one)(batch, keys))
