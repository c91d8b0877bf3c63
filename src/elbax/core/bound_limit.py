"""The largest bound on log p(x) that a likelihood allows."""

from math import prod

import numpy as np

from elbax.core.vae import VAEModule

# The mean of importance weights exceeds their expectation by a factor of e^20 with probability 2e-9 at most (Markov).
_SLACK = 20.0
_ROUNDING = 1e-5  # of a sum of log-densities in float32


def highest_bound(module: VAEModule, observed: np.ndarray | None = None) -> np.ndarray:
    """The largest bound on log p(x) that is possible, nats: (n,) for a mask (n, *event), else (); infinite if unknown.

    p(x) is a mean of p(x|z), which the likelihood bounds (`highest_log_prob`). Rounding and the noise of importance
    sampling are allowed for.
    """
    highest = module.likelihood.highest_log_prob(prod(module.event_shape))
    if observed is not None:
        highest = np.where(np.asarray(observed, bool).reshape(len(observed), -1), highest, 0.0)
    return highest.sum(axis=-1) + _SLACK + _ROUNDING * np.abs(highest).sum(axis=-1)


def highest_of_any_cells(module: VAEModule) -> float:
    """The largest bound that is possible whichever cells of a row are missing, nats."""
    highest = np.maximum(module.likelihood.highest_log_prob(prod(module.event_shape)), 0.0)
    return float(highest.sum() * (1 + _ROUNDING) + _SLACK)
