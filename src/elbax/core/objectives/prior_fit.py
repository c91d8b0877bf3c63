"""The objective of a prior fitted after training."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array

from elbax.core.distributions import kl_divergence, log_density, sample_with_density
from elbax.core.objectives.base import AbstractObjective, ObjectiveValue
from elbax.core.objectives.gradients import stop_gradient
from elbax.core.vae import VAEModule
from elbax.core.xla.prng import row_keys
from elbax.types import Batch, Terms


class PriorFit(AbstractObjective):
    """-log p(z) at draws z of the posteriors, with all but the prior held fixed (arXiv 1903.05789), nats per row.

    Up to a constant: the KL of the aggregate posterior from the prior. Rows are not decoded; reconstruction is zero.
    """

    name: ClassVar[str] = "prior_fit"
    bounds_rows: ClassVar[bool] = False

    def __call__(self, module, batch, key, progress, auxiliary=None) -> ObjectiveValue:
        fixed = stop_gradient(module)
        keys = row_keys(key, len(batch.x))
        return ObjectiveValue(*_loss_and_terms(fixed, module.prior.distribution(fixed), batch, keys))

    def held_out(self, module, batch, keys) -> tuple[Array, Terms]:
        loss, terms = _loss_and_terms(module, module.prior_distribution(), batch, keys)
        return -loss, terms


def _loss_and_terms(module: VAEModule, prior, batch: Batch, keys) -> tuple[Array, Terms]:
    def one(row: Batch, key):
        q = module.posterior.distribution(module.encode(row))
        z, log_q = sample_with_density(q, key)
        return -log_density(prior, z), kl_divergence(q, prior, z, log_q).sum()

    loss, kl = jax.vmap(one)(batch, keys)
    return loss, Terms(jnp.zeros_like(loss), kl)
