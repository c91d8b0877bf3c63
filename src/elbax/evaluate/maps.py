"""The maps a VAE gives: data to latents, latents to data, and draws from the model."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core import randomness
from elbax.core.vae import VAEModule
from elbax.evaluate.blocks import map_blocks
from elbax.types import Batch

__all__ = ["decode", "encode", "generate", "posterior_moments", "reconstruct"]


def encode(module: VAEModule, x: np.ndarray, context: np.ndarray | None = None) -> np.ndarray:
    """Posterior means, (n, *event) → (n, latent)."""
    return posterior_moments(module, x, context)[0]


def posterior_moments(
    module: VAEModule, x: np.ndarray, context: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances of q(z|x), each (n, latent)."""
    return map_blocks(lambda rows: _moments(module, rows), Batch(x, context=context))


def decode(module: VAEModule, z: np.ndarray, context: np.ndarray | None = None) -> np.ndarray:
    """Decoder means E[x|z] in the data's own units, (n, latent) → (n, *event)."""
    return map_blocks(lambda rows: _means(module, rows), _Points(z, context), _width(module))


def reconstruct(module: VAEModule, x: np.ndarray, context: np.ndarray | None = None) -> np.ndarray:
    """Decoder means at the posterior means, (n, *event) → (n, *event)."""
    return decode(module, encode(module, x, context), context)


def generate(
    module: VAEModule, n: int, seed: int, *, noise: bool = True, context: np.ndarray | None = None
) -> np.ndarray:
    """Draw z from the prior and x from p(x|z), or E[x|z] where ``noise`` is off: (n, *event)."""
    seed_array = np.asarray(seed, np.uint32)
    rows = _Points(np.arange(n, dtype=np.float32), context)
    return map_blocks(lambda rows: _draws(module, rows, seed_array, noise), rows, _width(module))


class _Points(NamedTuple):
    """What the decoder starts from: latent points, or the numbers of those to draw, and their context."""

    z: np.ndarray
    context: np.ndarray | None


def _width(module: VAEModule) -> int:
    return module.center.tree.size * module.likelihood.outputs_per_feature


@eqx.filter_jit
def _moments(module, rows):
    def one(row):
        q = module.posterior.distribution(module.encode(row.x, row.context))
        return q.mean, q.variance

    return jax.vmap(one)(rows)


@eqx.filter_jit
def _means(module, points):
    return jax.vmap(lambda point: module.likelihood.mean(module.decode(point.z, point.context)))(points)


@eqx.filter_jit
def _draws(module, points, seed, noise: bool):
    key = randomness.key(seed)

    def one(point):
        z_key, x_key = jax.random.split(jax.random.fold_in(key, point.z.astype(jnp.uint32)))
        outputs = module.decode(module.prior_distribution().sample(z_key), point.context)
        return module.likelihood.sample(x_key, outputs) if noise else module.likelihood.mean(outputs)

    return jax.vmap(one)(points)
