"""Noise that features share: densities and draws of a normal with covariance I + L Lᵀ, without a d × d matrix.

Values are in units of each feature's own scale, ε = e + L f with e and f standard normal. The columns of the loadings
L, (d, K), are the K factors; they are integrated exactly.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

_LOG_2PI = math.log(2 * math.pi)


def joint_log_prob(
    residual: Float[Array, "*n d"], loadings: Float[Array, "d K"], observed: Array | None = None
) -> Float[Array, "*n"]:
    """Log-density of the observed features of each row, marked by true or 1 (*n, d), or of all; nats.

    With [I; L] = Q R, the Mahalanobis distance is the squared length of [0; residual] without its projection on Q, and
    det(I + LᵀL) = det(R)². Unlike Woodbury's formula this never subtracts two large numbers, and it needs only half
    the digits that LᵀL does, so float32 suffices where factors dominate the noise. A feature that was not observed has
    neither a residual nor loadings, which leaves the exact marginal of the others.
    """
    count = residual.shape[-1]
    if observed is not None:
        mask = observed.astype(residual.dtype)
        residual, loadings = jnp.where(observed.astype(bool), residual, 0.0), mask[..., None] * loadings
        count = mask.sum(axis=-1)
    n_factors = loadings.shape[-1]
    identity = jnp.broadcast_to(jnp.eye(n_factors, dtype=loadings.dtype), (*loadings.shape[:-2], n_factors, n_factors))
    q, r = jnp.linalg.qr(jnp.concatenate([identity, loadings], axis=-2))
    top, rest = q[..., :n_factors, :], q[..., n_factors:, :]
    projection = jnp.einsum("...d,...dk->...k", residual, rest)
    off = residual - jnp.einsum("...k,...dk->...d", projection, rest)
    factors = jnp.einsum("...k,...lk->...l", projection, top)  # their posterior mean, penalized by their prior
    distance = jnp.square(off).sum(axis=-1) + jnp.square(factors).sum(axis=-1)
    log_determinant = 2 * jnp.log(jnp.abs(jnp.diagonal(r, axis1=-2, axis2=-1))).sum(axis=-1)
    return -0.5 * (distance + log_determinant + count * _LOG_2PI)


def sequential_log_prob(residual: Float[Array, "*n d"], loadings: Float[Array, "d K"]) -> Float[Array, "*n d"]:
    """Log-density of each feature given those before it, nats; by the chain rule they sum to the joint log-density.

    A Kalman filter of the factors over features, in Potter's square-root form, which keeps covariances positive.
    """

    def step(state, feature):
        root, mean = state  # of the factors given the features so far: root of the covariance (K, K), mean (*n, K)
        loading, value = feature
        along = root.T @ loading
        variance = 1 + along @ along
        innovation = value - mean @ loading
        moved = root @ along
        root = root - jnp.outer(moved, along) / (variance + jnp.sqrt(variance))
        mean = mean + innovation[..., None] * moved / variance
        return (root, mean), -0.5 * (jnp.square(innovation) / variance + jnp.log(variance) + _LOG_2PI)

    n_factors = loadings.shape[1]
    root = jnp.eye(n_factors, dtype=residual.dtype)
    start = root, jnp.zeros((*residual.shape[:-1], n_factors), residual.dtype)
    _, log_prob = jax.lax.scan(step, start, (loadings, jnp.moveaxis(residual, -1, 0)))
    return jnp.moveaxis(log_prob, 0, -1)


def draw(key: PRNGKeyArray, loadings: Float[Array, "d K"], shape: tuple[int, ...]) -> Float[Array, "*shape d"]:
    """Noise of rows of this shape."""
    own, shared = jax.random.split(key)
    factors = jax.random.normal(shared, (*shape, loadings.shape[1]))
    return jax.random.normal(own, (*shape, len(loadings))) + factors @ loadings.T


def standard_deviations(loadings: Float[Array, "d K"]) -> Float[Array, " d"]:
    """The standard deviation of each feature's noise."""
    return jnp.sqrt(1 + jnp.square(loadings).sum(axis=1))


def times_covariance(x: np.ndarray, loadings: np.ndarray, power: float) -> np.ndarray:
    """Rows x (n, d) times a power of the covariance I + L Lᵀ, in NumPy: -1/2 whitens them, 1/2 undoes that."""
    vectors, values, _ = np.linalg.svd(np.asarray(loadings, np.float64), full_matrices=False)
    return x + (x @ vectors * ((1 + values**2) ** power - 1)) @ vectors.T
