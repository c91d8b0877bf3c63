"""What each latent dimension carries."""

from typing import NamedTuple

import numpy as np

from elbax.core.vae import VAEModule
from elbax.evaluate.maps import posterior_moments

__all__ = ["ActiveUnits", "active_units"]


class ActiveUnits(NamedTuple):
    """How much each latent dimension is used.

    Attributes:
        variance: variance over the data of the posterior mean, (latent,).
        kl: KL(q(z_j|x) || N(0, 1)) of a normal with the posterior's moments, averaged over the data, nats, (latent,).
    """

    variance: np.ndarray
    kl: np.ndarray

    @property
    def active(self) -> np.ndarray:
        """Which dimensions count as active: variance above 0.01 (arXiv 1509.00519)."""
        return self.variance > 0.01


def active_units(module: VAEModule, x: np.ndarray, context: np.ndarray | None = None) -> ActiveUnits:
    """Measure every latent dimension on the rows ``x`` (n, *event)."""
    mean, variance = posterior_moments(module, x, context)
    # A point posterior has no variance and so no finite KL; like its objective, leave it out.
    safe = np.where(variance > 0, variance, 1.0)
    kl = np.where(variance > 0, 0.5 * (safe + mean**2 - 1.0 - np.log(safe)), 0.0)
    return ActiveUnits(mean.var(axis=0), kl.mean(axis=0))
