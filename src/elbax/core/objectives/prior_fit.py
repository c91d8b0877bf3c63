"""What the second stage minimizes: the prior follows the posteriors, and nothing else moves."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from elbax.core.distributions import kl_divergence, log_density
from elbax.core.objectives.base import AbstractObjective, ObjectiveValue
from elbax.core.objectives.gradients import stop_gradient
from elbax.core.vae import VAEModule
from elbax.core.xla.prng import row_keys
from elbax.types import Batch, Terms


class PriorFit(AbstractObjective):
    """-log p(z) at draws z of the posteriors, with all but the prior held fixed (arXiv 1903.05789), nats per example.

    Up to a constant it is the KL of the aggregate posterior from the prior. Rows are not decoded, so the terms'
    reconstruction is zero.
    """

    name: ClassVar[str] = "prior_fit"

    def __call__(
        self,
        module: VAEModule,
        batch: Batch,
        key: PRNGKeyArray,
        progress: Float[Array, ""],
        auxiliary: PyTree = None,
    ) -> ObjectiveValue:
        """Score a batch with one posterior sample per example."""
        fixed = stop_gradient(module)
        keys = row_keys(key, len(batch.x))
        cost, terms = _scored(fixed, module.prior.distribution(fixed), batch, keys)
        return ObjectiveValue(cost, terms)

    def held_out(
        self, module: VAEModule, batch: Batch, keys: PRNGKeyArray
    ) -> tuple[Float[Array, " batch"], Terms]:
        cost, terms = _scored(module, module.prior_distribution(), batch, keys)
        return -cost, terms


def _scored(module: VAEModule, prior, batch: Batch, keys):
    def one(row: Batch, key):
        q = module.posterior.distribution(module.encode(row))
        z = q.sample(key)
        return -log_density(prior, z), kl_divergence(q, prior, z).sum()

    cost, kl = jax.vmap(one)(batch, keys)
    return cost, Terms(jnp.zeros_like(cost), kl)
