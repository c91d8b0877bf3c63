"""Which cells of a row are to blame for a low density."""

import jax
import numpy as np

from elbax.core.vae import VAEModule
from elbax.evaluate.bounds import log_likelihood
from elbax.evaluate.completion import completions
from elbax.types import Batch

_SAMPLES = 128  # importance samples of each row
_CELLS = 2**10  # left out at a time


def cell_log_probs(module: VAEModule, rows: Batch, seed: int, samples: int = _SAMPLES) -> np.ndarray:
    """Log p(x_j | other cells of the row) of each observed cell, nats, (n, d); NaN where there is a gap.

    The difference of log p(x) with and without the cell, both by importance sampling; see `completions`.
    """
    n, d = len(rows.x), rows.x[0].size
    observed = np.ones((n, d), bool) if rows.observed is None else np.asarray(rows.observed, bool).reshape(n, d)
    complete = log_likelihood(module, rows._replace(observed=observed.reshape(rows.x.shape)), samples, seed)
    result, step = np.full((n, d), np.nan), max(1, _CELLS // d)
    for start in range(0, n, step):
        positions, features = np.nonzero(observed[start : start + step])
        positions = positions + start
        part = jax.tree.map(lambda column, positions=positions: np.asarray(column[positions]), rows)
        left = observed[positions]
        left[np.arange(len(left)), features] = False
        part = part._replace(observed=left.reshape(part.x.shape))
        result[positions, features] = complete[positions] - completions(module, part, seed, samples).log_prob
    return result
