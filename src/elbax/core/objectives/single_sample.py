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
)
from elbax.core.vae import VAEModule
from elbax.core.xla.prng import row_keys
from elbax.types import Batch, Terms


class ForwardPass(NamedTuple):
    """One pass of a batch through the module: the ingredients of a loss.

    Attributes:
        module, batch: the module and its rows.
        encoded: the encoder's outputs, (batch, n, P).
        z: a posterior sample of each row, (batch, latent).
        reconstruction: -log p(x|z), (batch,), nats.
        kl: KL(q(z|x) || p(z)), (batch, latent), nats; (batch, 1) for joint distributions.
        neg_log_q: -log q(z|x), (batch,), nats: the encoder's loss in pretraining.
        progress: the fraction of planned steps done.
        key: for further draws.
        auxiliary: the objective's auxiliary parameters, or None.
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
        """Apply a function to the posterior q(z|x) of every row, and stack the results."""
        return jax.vmap(lambda encoded: function(self.module.posterior.distribution(encoded)))(self.encoded)


class AbstractSingleSample(AbstractObjective):
    """A loss made of one posterior sample of each row; held-out rows are scored by the plain ELBO."""

    dropout = True  # in training; not annotated, since subclasses may have a field of this name

    @abstractmethod
    def loss(self, forward: ForwardPass) -> Float[Array, " batch"]:
        """The loss of each row, nats; a term of the whole batch is added to every row."""

    def __call__(self, module, batch, key, progress, auxiliary=None) -> ObjectiveValue:
        forward = forward_pass(module, batch, row_keys(key, len(batch.x)), dropout=self.dropout, training=True)
        forward = forward._replace(progress=progress, key=jax.random.fold_in(key, 0), auxiliary=auxiliary)
        loss = with_pretraining(batch, self.loss(forward), forward.reconstruction + forward.neg_log_q)
        return ObjectiveValue(loss, Terms(forward.reconstruction, forward.kl.sum(axis=1)))

    def held_out(self, module, batch, keys) -> tuple[Array, Terms]:
        terms = self.bound(module, batch, keys)
        return terms.elbo, terms

    @staticmethod
    def bound(module: VAEModule, batch: Batch, keys: PRNGKeyArray) -> Terms:
        """The terms of the plain ELBO, without dropout, with one key per row."""
        forward = forward_pass(module, batch._replace(target_codes=None), keys, dropout=False)
        return Terms(forward.reconstruction, forward.kl.sum(axis=1))


def forward_pass(
    module: VAEModule, batch: Batch, keys: PRNGKeyArray, *, dropout: bool, training: bool = False
) -> ForwardPass:
    """Pass a batch through the module, with one key per row; in training a table shows it fewer cells and columns."""
    batch = jax.vmap(module.hide_cells)(batch, keys) if training else batch
    prior = module.prior_distribution()

    def one(row: Batch, key):
        encoded, q, z, log_q, log_prob = module.sample_posterior(row, key, dropout=dropout, training=training)
        kl = kl_divergence(q, prior, z, log_q)
        if isinstance(q, dist.Delta):  # a point is pretrained like the mean of a normal of unit variance
            q, log_q = dist.Normal(q.mean, 1.0), None
        return encoded, z, -log_prob, kl, -log_density(q, z, log_q)

    return ForwardPass(module, batch, *jax.vmap(one)(batch, keys))
