"""Isometric log-ratios of shares that add up to a total, and the density of one in terms of the other."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


class LogRatios(NamedTuple):
    """Where the log-ratios of a group of shares are in a flat row of codes.

    Attributes:
        start, stop: their positions.
        total: the sum of the shares.
    """

    start: int
    stop: int
    total: float


def contrasts(n: int) -> np.ndarray:
    """The orthonormal contrasts of the logs of n shares, (n - 1, n) (Egozcue and others 2003)."""
    i, places = np.arange(1, n)[:, None], np.arange(n)
    return np.where(places < i, 1.0 / i, np.where(places == i, -1.0, 0.0)) * np.sqrt(i / (i + 1))


def to_log_ratios(shares: np.ndarray) -> np.ndarray:
    """Log-ratios (n, k) of shares (n, k + 1) above 0.

    Example:
        >>> to_shares(to_log_ratios(np.array([[0.2, 0.3, 0.5]]))).round(6)
        array([[0.2, 0.3, 0.5]])
    """
    return np.log(shares) @ contrasts(shares.shape[1]).T


def to_shares(log_ratios: np.ndarray) -> np.ndarray:
    """Shares of 1, (n, k + 1), with log-ratios (n, k)."""
    logs = log_ratios @ contrasts(log_ratios.shape[1] + 1)
    exponentials = np.exp(logs - logs.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def log_jacobian(groups: tuple[LogRatios, ...], codes: Float[Array, "*n d"]) -> Float[Array, "*n"]:
    """What turns a log-density of codes into one of shares, nats: volume of all shares of a group but the last."""
    total = jnp.zeros(codes.shape[:-1])
    for start, stop, whole in groups:
        n = stop - start + 1
        logs = jax.nn.log_softmax(codes[..., start:stop] @ jnp.asarray(contrasts(n), codes.dtype))
        total += -logs.sum(axis=-1) - (n - 1) * np.log(whole) - 0.5 * np.log(n)
    return total
