"""Active units: the latent dimensions that vary with the data."""

from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np

from elbax.core.distributions import kl_divergence, moments, sample_with_density
from elbax.core.vae import VAEModule
from elbax.evaluate.batching import map_batches
from elbax.evaluate.inference import encoder_size, posterior_moments
from elbax.types import Batch

_ACTIVE = 0.01


class ActiveUnits(NamedTuple):
    """Use of each latent dimension.

    Attributes:
        variance: variance of the posterior mean over the data, (latent,).
        kl: KL(q(z_j|x) || N(0, 1)) of a normal with the posterior's moments, mean over the data, nats, (latent,).
            Bounded posteriors (sphere, classes, codes) have one joint KL; each dimension gets an equal share.
        least: variance above which a dimension is active, (latent,); see `least_variance`.
    """

    variance: np.ndarray
    kl: np.ndarray
    least: np.ndarray

    @property
    def active(self) -> np.ndarray:
        """Which dimensions are active."""
        return self.variance > self.least


def active_units(module: VAEModule, rows: Batch) -> ActiveUnits:
    """Measure every latent dimension on these rows."""
    mean, variance = posterior_moments(module, rows)
    if module.posterior.bounded:
        joint = np.asarray(map_batches(lambda block: _kl(module, block), rows, encoder_size(module, rows)))
        kl = np.full(variance.shape, joint[:, None] / module.latent_dim)
    else:
        # A point posterior has no variance, hence no finite KL. Like its objective, leave it out.
        safe = np.where(variance > 0, variance, 1.0)
        kl = np.where(variance > 0, 0.5 * (safe + mean**2 - 1.0 - np.log(safe)), 0.0)
    return ActiveUnits(mean.var(axis=0), kl.mean(axis=0), least_variance(module))


def least_variance(module: VAEModule) -> np.ndarray:
    """Least variance of an active unit's mean, (latent,): 0.01 (arXiv 1509.00519), times the prior's if bounded."""
    if not module.posterior.bounded:
        return np.full(module.latent_dim, _ACTIVE)
    return _ACTIVE * np.asarray(moments(module.prior_distribution()).variance)


@eqx.filter_jit
def _kl(module, rows):
    prior = module.prior_distribution()

    def one(row):
        posterior = module.posterior.distribution(module.encode(row))
        z, log_q = sample_with_density(posterior, jax.random.key(0))
        return kl_divergence(posterior, prior, z, log_q).sum()

    return jax.vmap(one)(rows)
