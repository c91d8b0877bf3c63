"""The maps a VAE gives: data to latents, latents to data, and draws from the model."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from elbax.core.vae import VAEModule
from elbax.evaluate.blocks import map_blocks

__all__ = ["decode", "encode", "generate", "posterior_moments", "reconstruct"]


def encode(module: VAEModule, x: np.ndarray) -> np.ndarray:
    """Posterior means, (n, *event) → (n, latent)."""
    return posterior_moments(module, x)[0]


def posterior_moments(module: VAEModule, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances of q(z|x), each (n, latent)."""
    return map_blocks(lambda block: _moments(module, block), x)


def decode(module: VAEModule, z: np.ndarray) -> np.ndarray:
    """Decoder means E[x|z] in the data's own units, (n, latent) → (n, *event)."""
    return map_blocks(lambda block: _means(module, block), z, _width(module))


def reconstruct(module: VAEModule, x: np.ndarray) -> np.ndarray:
    """Decoder means at the posterior means, (n, *event) → (n, *event)."""
    return decode(module, encode(module, x))


def generate(module: VAEModule, n: int, seed: int, *, noise: bool = True) -> np.ndarray:
    """Draw z from the prior and x from p(x|z), or E[x|z] where ``noise`` is off: (n, *event)."""
    seed_array = np.asarray(seed, np.uint32)
    return map_blocks(
        lambda rows: _draws(module, rows, seed_array, noise), np.arange(n, dtype=np.float32), _width(module)
    )


def _width(module: VAEModule) -> int:
    return module.center.tree.size * module.likelihood.outputs_per_feature


@eqx.filter_jit
def _moments(module, x):
    def one(x):
        q = module.posterior.distribution(module.encode(x))
        return q.mean, q.variance

    return jax.vmap(one)(x)


@eqx.filter_jit
def _means(module, z):
    return jax.vmap(lambda point: module.likelihood.mean(module.decode(point)))(z)


@eqx.filter_jit
def _draws(module, rows, seed, noise: bool):
    key = jax.random.key(seed)

    def one(row):
        z_key, x_key = jax.random.split(jax.random.fold_in(key, row.astype(jnp.uint32)))
        outputs = module.decode(module.prior_distribution().sample(z_key))
        return module.likelihood.sample(x_key, outputs) if noise else module.likelihood.mean(outputs)

    return jax.vmap(one)(rows)
