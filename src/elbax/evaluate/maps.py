"""The maps a VAE gives: data to latents, latents to data, and draws from the model."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.distributions import moments
from elbax.core.vae import VAEModule
from elbax.evaluate.blocks import map_blocks, numbered, widest
from elbax.types import Batch

__all__ = [
    "decode",
    "decoder_width",
    "encode",
    "encoder_width",
    "generate",
    "posterior_moments",
    "reconstruct",
    "simulate",
]


def encode(module: VAEModule, x: np.ndarray, context: np.ndarray | None = None) -> np.ndarray:
    """Posterior means, (n, *event) → (n, latent); see `posterior_moments`."""
    return posterior_moments(module, x, context)[0]


def posterior_moments(
    module: VAEModule, x: np.ndarray, context: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances of q(z|x), each (n, latent).

    Where a mean is no possible latent point, as on a sphere, the most likely point stands for it.
    """
    rows = Batch(x, context=context)
    return map_blocks(lambda block: _moments(module, block), rows, encoder_width(module, rows))


def decode(module: VAEModule, z: np.ndarray, context: np.ndarray | None = None) -> np.ndarray:
    """Decoder means E[x|z] in the data's own units, (n, latent) → (n, *event)."""
    return map_blocks(lambda rows: _means(module, rows), _Points(z, context), decoder_width(module, context))


def reconstruct(module: VAEModule, x: np.ndarray, context: np.ndarray | None = None) -> np.ndarray:
    """Decoder means at the posterior means, (n, *event) → (n, *event)."""
    return decode(module, encode(module, x, context), context)


def generate(
    module: VAEModule, n: int, seed: int, *, noise: bool = True, context: np.ndarray | None = None
) -> np.ndarray:
    """Draw z from the prior and x from p(x|z), or E[x|z] where ``noise`` is off: (n, *event)."""
    return simulate(module, n, seed, noise=noise, context=context)[1]


def simulate(
    module: VAEModule, n: int, seed: int, *, noise: bool = True, context: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows as `generate` does, and return the latent points too: (n, latent) and (n, *event)."""
    seed_array = np.asarray(seed, np.uint32)
    rows = _Points(numbered(n), context)
    return map_blocks(
        lambda rows: _draws(module, rows, seed_array, noise), rows, decoder_width(module, context)
    )


class _Points(NamedTuple):
    """What the decoder starts from: latent points, or the numbers of those to draw, and their context."""

    z: np.ndarray
    context: np.ndarray | None


def encoder_width(module: VAEModule, rows: Batch) -> int:
    """Floats in the largest array that encoding one row makes."""
    return widest(module.encode, *(np.asarray(column[:1][0], np.float32) for column in jax.tree.leaves(rows)))


def decoder_width(module: VAEModule, context: np.ndarray | None) -> int:
    """Floats in the largest array that decoding one latent point makes."""
    point = np.zeros(module.latent_dim, np.float32)
    return widest(module.decode, point, None if context is None else context[0])


@eqx.filter_jit
def _moments(module, rows):
    def one(row):
        return tuple(moments(module.posterior.distribution(module.encode(row.x, row.context))))

    return jax.vmap(one)(rows)


@eqx.filter_jit
def _means(module, points):
    return jax.vmap(lambda point: module.likelihood.mean(module.decode(point.z, point.context)))(points)


@eqx.filter_jit
def _draws(module, points, seed, noise: bool):
    key = jax.random.key(seed)  # JAX's own, for Poisson draws know no other

    def one(point):
        high, low = point.z.astype(jnp.uint32)
        z_key, x_key = jax.random.split(jax.random.fold_in(jax.random.fold_in(key, high), low))
        z = module.prior_distribution().sample(z_key)
        outputs = module.decode(z, point.context)
        return z, module.likelihood.sample(x_key, outputs) if noise else module.likelihood.mean(outputs)

    return jax.vmap(one)(points)
