"""How surprising cells are given the rest of their row."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.distributions import log_density
from elbax.core.vae import VAEModule
from elbax.data import evenly_spaced
from elbax.evaluate.batching import SCORING_BATCH, join_digits, map_batches, row_numbers
from elbax.evaluate.bounds import log_likelihood
from elbax.evaluate.inference import decoder_size
from elbax.types import Batch

MOST_CELLS = 100  # of a row, each of which is left out once; of wider rows those of a few rows
_SAMPLES, _CELL_SAMPLES = 100, 40  # importance samples of each row, and of each row without a cell
# Shares of the latter that come from the prior, from q of the whole row, and from q without the cell: an encoder that
# has seen complete rows only is too sure without one.
_SHARES = np.array([0.2, 0.4, 0.4])
_FEW_ROWS = 64
_PAIRS = 2**14  # of a row and a cell at a time


class CellScores(NamedTuple):
    """Densities of rows and of their cells.

    Attributes:
        log_prob: importance-weighted log p(x) of each row, nats, (n,).
        cells: log p(x_j | other cells of the row) of each observed cell, nats, (n, d); NaN where there is a gap.
    """

    log_prob: np.ndarray
    cells: np.ndarray


def score_cells(module: VAEModule, rows: Batch, seed: int) -> CellScores:
    """Score rows and their cells; of rows of more than 100 cells only the cells of 64 rows, the others are NaN."""
    n, d = len(rows.x), rows.x[0].size
    log_prob = score(module, rows, seed)
    if d <= MOST_CELLS:
        return CellScores(log_prob, cell_log_probs(module, rows, seed))
    cells, few = np.full((n, d), np.nan), evenly_spaced(n, _FEW_ROWS)
    cells[few] = cell_log_probs(module, jax.tree.map(lambda column: np.asarray(column[few]), rows), seed)
    return CellScores(log_prob, cells)


def score(module: VAEModule, rows: Batch, seed: int) -> np.ndarray:
    """Log p(x) of each row, nats, (n,)."""
    return log_likelihood(module, rows, _SAMPLES, seed).astype(np.float64)


def cell_log_probs(module: VAEModule, rows: Batch, seed: int, samples: int = _CELL_SAMPLES) -> np.ndarray:
    """Log p(x_j | other cells of the row) of each observed cell, nats, (n, d); NaN where there is a gap.

    log p(x) - log p(x without x_j), both by importance sampling with the same latent points.
    """
    n, d = len(rows.x), rows.x[0].size
    observed = np.ones((n, d), bool) if rows.observed is None else np.asarray(rows.observed, bool).reshape(n, d)
    result, step = np.full((n, d), np.nan), max(1, _PAIRS // d)
    rows, seed_array = rows._replace(weight=None, target_codes=None), np.asarray(seed, np.uint32)
    width = samples * decoder_size(module, rows.context)
    for start in range(0, n, step):
        positions, features = np.nonzero(observed[start : start + step])
        positions = positions + start
        part = jax.tree.map(lambda column, positions=positions: np.asarray(column[positions]), rows)
        part = part._replace(observed=observed[positions].reshape(part.x.shape))
        cells = np.eye(d, dtype=bool)[features].reshape(part.x.shape)
        columns = (row_numbers(n * d)[positions * d + features], part, cells)
        result[positions, features] = map_batches(
            lambda block: _without(module, *block, seed_array, samples), columns, width, SCORING_BATCH
        )
    return result


@eqx.filter_jit
def _without(module: VAEModule, numbers, rows: Batch, cells, seed, samples: int):
    """Log p(x) - log p(x without a cell), for pairs of a row and a cell."""
    key, prior = jax.random.key(seed), module.prior_distribution()

    def one(digits, row: Batch, cell):
        keys = jax.random.split(jax.random.fold_in(key, join_digits(digits)), 3)
        assert row.observed is not None  # of pairs
        observed = row.observed.astype(bool)
        rest = observed & ~cell.astype(bool)
        seen = (row._replace(observed=mask) for mask in (observed, rest))
        sources = (prior, *(module.posterior.distribution(module.encode(one)) for one in seen))
        sizes = np.diff(np.round(samples * np.cumsum([0, *_SHARES])).astype(int))
        z = jnp.concatenate([q.sample(k, (int(n),)) for q, k, n in zip(sources, keys, sizes, strict=True)])

        def at(z):
            outputs = module.decode(z, row.context)
            densities = jnp.stack([log_density(q, z) for q in sources])
            ratio = densities[0] - jax.nn.logsumexp(densities + np.log(sizes / samples))
            return jnp.stack([module.log_prob(outputs, row.x, mask) for mask in (observed, rest)]) + ratio

        whole, part = jax.nn.logsumexp(jax.vmap(at)(z), axis=0)
        return whole - part

    return jax.vmap(one)(numbers, rows, cells)
