"""Linear VAEs, about which everything is known in closed form."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from scipy.stats import multivariate_normal

from elbax.core.likelihoods import Normal
from elbax.core.vae import ModelConfig, VAEModule
from elbax.types import Summary

__all__ = ["Linear", "linear_vae"]


class Linear(NamedTuple):
    """A module for p(z) = N(0, I), p(x|z) = N(Wz + b, σ²I) and q(z|x) = N(Ax + c, diag(v)).

    Attributes:
        module: the module.
        weights: W transposed, (latent, d).
        bias: b.
        sigma: σ.
        gain: A transposed, (d, latent).
        offset: c.
        variance: v.
    """

    module: VAEModule
    weights: np.ndarray
    bias: np.ndarray
    sigma: float
    gain: np.ndarray
    offset: np.ndarray
    variance: np.ndarray

    def draw(self, n: int, seed: int) -> np.ndarray:
        """Rows of the model, (n, d)."""
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(n, len(self.weights)))
        return (z @ self.weights + self.bias + self.sigma * rng.normal(size=(n, len(self.bias)))).astype("f")

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Exact log p(x), (n,)."""
        covariance = self.weights.T @ self.weights + self.sigma**2 * np.eye(len(self.bias))
        return multivariate_normal(self.bias, covariance).logpdf(x)

    @property
    def precision(self) -> np.ndarray:
        """Of the exact posterior, (latent, latent)."""
        return np.eye(len(self.weights)) + self.weights @ self.weights.T / self.sigma**2

    def posterior_mean(self, x: np.ndarray) -> np.ndarray:
        """Of the exact posterior, (n, latent)."""
        return (x - self.bias) @ self.weights.T / self.sigma**2 @ np.linalg.inv(self.precision)

    def encoded_kl(self, x: np.ndarray) -> np.ndarray:
        """KL(q(z|x) || p(z|x)), (n,): what the ELBO loses."""
        off = x @ self.gain + self.offset - self.posterior_mean(x)
        quadratic = np.einsum("ni,ij,nj->n", off, self.precision, off)
        trace = np.diag(self.precision) @ self.variance
        log_ratio = np.log(self.variance).sum() + np.linalg.slogdet(self.precision)[1]
        return 0.5 * (trace + quadratic - len(self.variance) - log_ratio)

    @property
    def family_kl(self) -> float:
        """The same for the best normal of independent dimensions: what the family loses."""
        return float(0.5 * (np.log(np.diag(self.precision)).sum() - np.linalg.slogdet(self.precision)[1]))


def linear_vae(d: int = 6, latent: int = 2, sigma: float = 0.4, shift: float = 0.2, stretch: float = 1.3) -> Linear:
    """A linear VAE with correlated posterior dimensions, whose encoder is off by a shift and a stretched variance."""
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(latent, d)), rng.normal(size=d)
    weights[1:] += weights[0]  # so that posterior dimensions are correlated
    precision = np.eye(latent) + weights @ weights.T / sigma**2
    gain = weights.T / sigma**2 @ np.linalg.inv(precision)
    offset, variance = shift - bias @ gain, stretch / np.diag(precision)
    zeros, ones = np.zeros(d), np.ones(d)
    summary = Summary(zeros, ones, zeros, ones, zeros, ones, zeros)
    architecture = ModelConfig(latent_dim=latent, hidden=(), activation="linear", output_bias=False)
    module = VAEModule.build(architecture, Normal(scale="fixed", value=sigma), summary, rng)
    head = np.stack([gain, np.zeros_like(gain)], axis=2)
    module = eqx.tree_at(
        lambda m: (m.encoder.head.weight, m.encoder.head.bias, m.decoder.head.weight, m.decoder.head.bias),
        module,
        (
            jnp.asarray(head.reshape(d, -1), jnp.float32),
            jnp.asarray(np.stack([offset, np.log(variance)], axis=1).ravel(), jnp.float32),
            jnp.asarray(weights, jnp.float32),
            jnp.asarray(bias, jnp.float32),
        ),
    )
    return Linear(module, weights, bias, sigma, gain, offset, variance)
