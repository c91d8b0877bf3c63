"""Inference with a fitted model: encoding, decoding, and draws."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.distributions import moments, sample_with_density
from elbax.core.vae import VAEModule
from elbax.evaluate.batching import ModuleCache, largest_array, map_batches, row_numbers
from elbax.types import Batch

_SIZES = ModuleCache()


def encode(module: VAEModule, rows: Batch) -> np.ndarray:
    """Posterior means, (n, latent); see `posterior_moments`."""
    return posterior_moments(module, rows)[0]


def table_inputs(module: VAEModule, rows: Batch) -> np.ndarray:
    """What networks see of rows of a table, without the mask of gaps: numbers standardized, levels one-hot (n, m)."""
    inputs = module.inputs
    assert inputs is not None  # of a table
    seen = map_batches(lambda block: _inputs(module, block), Batch(rows.x, rows.observed), inputs.size)
    return np.asarray(seen)[:, : inputs.n_values]


def posterior_moments(module: VAEModule, rows: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances of q(z|x), each (n, latent); the mode where a mean is no latent point, as on a sphere."""
    return map_batches(lambda block: _moments(module, block), rows, encoder_size(module, rows))


def decode(module: VAEModule, z: np.ndarray, context: np.ndarray | None = None) -> np.ndarray:
    """Decoder means E[x|z] in the data's own units, (n, latent) → (n, *event)."""
    return map_batches(lambda block: _means(module, *block), (z, context), decoder_size(module, context))


def reconstruct(module: VAEModule, rows: Batch) -> np.ndarray:
    """Decoder means at the posterior means, (n, *event)."""
    return decode(module, encode(module, rows), rows.context)


def generate(
    module: VAEModule, n: int, seed: int, *, noise: bool = True, context: np.ndarray | None = None
) -> np.ndarray:
    """Draw z from the prior and x from p(x|z), or E[x|z] without ``noise``: (n, *event)."""
    return simulate(module, n, seed, noise=noise, context=context)[1]


def simulate(
    module: VAEModule, n: int, seed: int, *, noise: bool = True, context: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows as `generate` does, and return their latent points too: (n, latent) and (n, *event)."""
    seed_array, width = np.asarray(seed, np.uint32), decoder_size(module, context)
    return map_batches(lambda block: _draws(module, *block, seed_array, noise), (row_numbers(n), context), width)


def generate_near(module: VAEModule, rows: Batch, n: int, seed: int, *, noise: bool = True) -> np.ndarray:
    """Draw z from posteriors of rows, in turn and random order, and x from p(x|z), or E[x|z]: (n, *event)."""
    positions = np.resize(np.random.default_rng(seed).permutation(len(rows.x)), n)
    rows = jax.tree.map(lambda column: np.asarray(column[positions]), rows)
    seed_array, columns = np.asarray(seed, np.uint32), (row_numbers(len(rows.x)), rows)
    width = max(encoder_size(module, rows), decoder_size(module, rows.context))
    return map_batches(lambda block: _draws_near(module, *block, seed_array, noise), columns, width)


def encoder_size(module: VAEModule, rows: Batch) -> int:
    """Floats in the largest array of encoding one row."""
    row = jax.tree.map(lambda column: np.zeros(column.shape[1:], np.float32), rows)
    shapes = (jax.tree.structure(rows), *(column.shape for column in jax.tree.leaves(row)))
    return _SIZES.get(module, shapes, lambda: largest_array(module.encode, row))


def decoder_size(module: VAEModule, context: np.ndarray | None) -> int:
    """Floats in the largest array of decoding one latent point, or of heads that see other columns."""
    point, entry = np.zeros(module.latent_dim, np.float32), None if context is None else context[0]
    size = _SIZES.get(module, np.shape(entry), lambda: largest_array(module.decode, point, entry))
    return size if module.heads is None else max(size, module.heads.size)


@eqx.filter_jit
def _inputs(module, rows):
    return jax.vmap(module.encoder_inputs)(rows)


@eqx.filter_jit
def _moments(module, rows):
    return jax.vmap(lambda row: tuple(moments(module.posterior.distribution(module.encode(row)))))(rows)


@eqx.filter_jit
def _means(module, z, context):
    return jax.vmap(lambda z, context: module.mean(module.decode(z, context)))(z, context)


@eqx.filter_jit
def _draws(module, numbers, context, seed, noise: bool):
    key = jax.random.key(seed)  # JAX's default generator, which Poisson draws require

    def one(digits, context):
        high, low = digits.astype(jnp.uint32)
        z_key, x_key = jax.random.split(jax.random.fold_in(jax.random.fold_in(key, high), low))
        z = module.prior_distribution().sample(z_key)
        outputs = module.decode(z, context)
        return z, module.sample_x(x_key, outputs) if noise else module.mean(outputs)

    return jax.vmap(one)(numbers, context)


@eqx.filter_jit
def _draws_near(module, numbers, rows: Batch, seed, noise: bool):
    key = jax.random.key(seed)

    def one(digits, row):
        high, low = digits.astype(jnp.uint32)
        z_key, x_key = jax.random.split(jax.random.fold_in(jax.random.fold_in(key, high), low))
        z, _ = sample_with_density(module.posterior.distribution(module.encode(row)), z_key)
        outputs = module.decode(z, row.context)
        return module.sample_x(x_key, outputs) if noise else module.mean(outputs)

    return jax.vmap(one)(numbers, rows)
