"""The largest bound on log p(x) that a likelihood allows."""

from math import prod

import numpy as np

from elbax.core.log_ratios import log_jacobian
from elbax.core.vae import VAEModule
from elbax.types import Batch

# The mean of importance weights exceeds their expectation by a factor of e^20 with probability 2e-9 at most (Markov).
_SLACK = 20.0
_ROUNDING = 1e-5  # of a sum of log-densities in float32


def highest_bound(module: VAEModule, rows: Batch | None = None) -> np.ndarray:
    """The largest bound on log p(x) that is possible, nats: of each row, (n,) or (); without rows, of any complete row.

    p(x) is a mean of p(x|z), which the likelihood bounds (`highest_log_prob`). Rounding and the noise of importance
    sampling are allowed for. It is infinite if unknown: densities of shares have no bound that holds for any row.
    """
    highest, jacobian = module.likelihood.highest_log_prob(prod(module.event_shape)), np.zeros(())
    if rows is not None and rows.observed is not None:
        highest = np.where(np.asarray(rows.observed, bool).reshape(len(rows.observed), -1), highest, 0.0)
    if module.log_ratios:
        codes = None if rows is None else np.asarray(rows.x, np.float32)
        jacobian = np.inf if codes is None else np.asarray(log_jacobian(module.log_ratios, codes))
    size = np.abs(highest).sum(axis=-1) + np.abs(jacobian)
    return highest.sum(axis=-1) + jacobian + _SLACK + _ROUNDING * size


def highest_of_any_cells(module: VAEModule) -> float:
    """The largest bound that is possible whichever cells of a row are missing, nats."""
    if module.log_ratios:
        return np.inf
    highest = np.maximum(module.likelihood.highest_log_prob(prod(module.event_shape)), 0.0)
    return float(highest.sum() * (1 + _ROUNDING) + _SLACK)
