"""Objectives that draw one posterior sample of each row."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from elbax.core.distributions import kl_divergence, log_density
from elbax.core.objectives.base import (
    AbstractObjective,
    ObjectiveValue,
    with_pretraining,
    without_target_codes,
)
from elbax.core.vae import VAEModule
from elbax.core.xla.prng import row_keys
from elbax.types import Batch, Terms


class ForwardPass(NamedTuple):
    """A batch that has passed through the module, and what a loss may be made of.

    Attributes:
        module: the module.
        batch: its rows.
        encoded: what the encoder returned, (batch, n, P).
        z: a posterior sample of each row, (batch, latent).
        reconstruction: -log p(x|z), (batch,), nats.
        kl: KL(q(z|x) || p(z)), (batch, latent), nats; (batch, 1) for joint distributions.
        neg_log_q: -log q(z|x), (batch,), nats: what a pretraining lowers.
        progress: the fraction of the planned steps that is done.
        key: for further draws.
        auxiliary: what the objective trains beside the module, or None.
    """

    module: VAEModule
    batch: Batch
    encoded: Float[Array, "batch n P"]
    z: Float[Array, "batch latent"]
    reconstruction: Float[Array, " batch"]
    kl: Float[Array, "batch terms"]
    neg_log_q: Float[Array, " batch"]
    progress: Float[Array, ""] | None = None
    key: PRNGKeyArray | None = None
    auxiliary: PyTree = None

    def map_posteriors(self, function: Callable[[dist.Distribution], Any]) -> Any:
        """Apply a function of q(z|x) to every row's, and stack what it returns."""
        return jax.vmap(lambda encoded: function(self.module.posterior.distribution(encoded)))(self.encoded)


class AbstractSingleSample(AbstractObjective):
    """A loss made of one posterior sample of each row; held-out rows are scored by the plain ELBO."""

    # Whether units are dropped while training. Not annotated: a field of this name may take its place.
    dropout = True

    @abstractmethod
    def loss(self, forward: ForwardPass) -> Float[Array, " batch"]:
        """The loss of each row, nats; what belongs to the batch as a whole is added to every row."""

    def __call__(
        self,
        module: VAEModule,
        batch: Batch,
        key: PRNGKeyArray,
        progress: Float[Array, ""],
        auxiliary: PyTree = None,
    ) -> ObjectiveValue:
        """Score a batch with one posterior sample per example."""
        batch = without_target_codes(batch, progress)
        forward = forward_pass(module, batch, row_keys(key, len(batch.x)), dropout=self.dropout)
        forward = forward._replace(progress=progress, key=jax.random.fold_in(key, 0), auxiliary=auxiliary)
        loss = with_pretraining(batch, self.loss(forward), forward.reconstruction + forward.neg_log_q)
        return ObjectiveValue(loss, Terms(forward.reconstruction, forward.kl.sum(axis=1)))

    def held_out(
        self, module: VAEModule, batch: Batch, keys: PRNGKeyArray
    ) -> tuple[Float[Array, " batch"], Terms]:
        """The ELBO itself, whatever the loss."""
        terms = self.bound(module, batch, keys)
        return terms.elbo, terms

    @staticmethod
    def bound(module: VAEModule, batch: Batch, keys: PRNGKeyArray) -> Terms:
        """The terms of the plain ELBO, without dropout, with one key per example."""
        forward = forward_pass(module, batch._replace(target_codes=None), keys, dropout=False)
        return Terms(forward.reconstruction, forward.kl.sum(axis=1))


def forward_pass(module: VAEModule, batch: Batch, keys: PRNGKeyArray, *, dropout: bool) -> ForwardPass:
    """Pass a batch through the module, with one key per row."""
    prior = module.prior_distribution()

    def one(row: Batch, key):
        sampled = module.sample_posterior(row, key, dropout=dropout)
        q, z = sampled.posterior, sampled.z
        # A point has no density; it learns like the mean of a normal of unit variance.
        spread = dist.Normal(q.mean, 1.0) if isinstance(q, dist.Delta) else q
        return sampled.encoded, z, -sampled.log_prob, kl_divergence(q, prior, z), -log_density(spread, z)

    return ForwardPass(module, batch, *jax.vmap(one)(batch, keys))
