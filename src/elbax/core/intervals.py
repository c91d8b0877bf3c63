"""Probabilities of intervals, and draws within them."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf, ndtr
from jaxtyping import Array, ArrayLike, Bool, PRNGKeyArray

Tails = Callable[[Array], tuple[Array, Array]]  # P(X <= x) and P(X > x), each exact where it is small

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_HALVINGS = 48
_FARTHEST = 40.0  # of the hyperbolic coordinate: e⁴⁰ standard deviations
_LOG_TWO_PI = float(np.log(2 * np.pi))
_TINY = float(np.finfo(np.float32).tiny)


class Coordinates(NamedTuple):
    """Where draws are searched: around ``center``, in steps that grow with the distance in units of ``spread``."""

    center: Array
    spread: Array


def log_normal_mass(low: ArrayLike, high: ArrayLike, width: ArrayLike | None = None) -> Array:
    """The log of Φ(high) - Φ(low), nats, exact far out in the tails and for narrow intervals.

    An interval on one side of zero has the density at its end near zero times ∫ exp(-y t - t²/2) dt, a quadrature of
    positive numbers; one around zero is a sum of two positive numbers.

    Args:
        low: the lower end, which may be infinite.
        high: the upper end, likewise.
        width: their difference, if it is known more exactly.

    Example:
        >>> round(float(log_normal_mass(-1.0, 1.0)), 4)  # log(0.6827)
        -0.3817
    """
    low, high = jnp.broadcast_arrays(jnp.asarray(low, float), jnp.asarray(high, float))
    width = high - low if width is None else width
    around = ~((low > 0) | (high < 0))
    inner = jnp.where(around, 0.5 * (erf(high * 0.5**0.5) - erf(low * 0.5**0.5)), 1.0)
    center = jnp.log(jnp.maximum(inner, _TINY))
    near = jnp.where(around, 0.0, jnp.where(low > 0, low, -high))
    # Beyond this length the integrand has fallen by e⁻²⁰.
    length = jnp.minimum(jnp.where(around, 1.0, width), 20 / jnp.maximum(near, 3.0))
    t = length[..., None] * (0.5 + 0.5 * _NODES)
    integral = (jnp.exp(-t * (near[..., None] + 0.5 * t)) * (0.5 * _WEIGHTS)).sum(axis=-1)
    tail = -0.5 * (jnp.square(near) + _LOG_TWO_PI) + jnp.log(jnp.maximum(length, _TINY)) + jnp.log(integral)
    return jnp.where(around, center, tail)


def normal_tails(x: Array) -> tuple[Array, Array]:
    """Φ(x) and 1 - Φ(x)."""
    return ndtr(x), ndtr(-x)


def log_mass(tails: Tails, low: Array, high: Array, *, integer: bool = False) -> Array:
    """The log of P(low <= X <= high), nats; ends may be infinite."""
    below, above = _at_ends(tails, low, high, integer)
    mass = jnp.where(below[0] < 0.5, above[0] - below[0], below[1] - above[1])
    return jnp.where(mass > 0, jnp.log(jnp.where(mass > 0, mass, 1.0)), -jnp.inf)


def draw_within(
    key: PRNGKeyArray, tails: Tails, low: Array, high: Array, where: Coordinates, *, integer: bool = False
) -> Array:
    """Draw X given low <= X <= high by bisection; the shape is that of the center."""
    shape = jnp.shape(where.center)
    below, above = _at_ends(tails, low, high, integer)
    from_below = below[0] < 0.5
    mass = jnp.where(from_below, above[0] - below[0], below[1] - above[1])
    target = jax.random.uniform(key, shape) * mass
    spread = jnp.clip(where.spread, 1e-30, 1e30)
    at = lambda t: where.center + spread * jnp.sinh(t)  # noqa: E731
    ends = (jnp.clip(jnp.arcsinh((end - where.center) / spread), -_FARTHEST, _FARTHEST) for end in (low, high))

    def halve(_, bracket):
        left, right = bracket
        middle = 0.5 * (left + right)
        x = jnp.clip(at(middle), low, high)
        reached, left_over = tails(jnp.floor(x) if integer else x)
        enough = jnp.where(from_below, reached - below[0], below[1] - left_over) >= target
        return jnp.where(enough, left, middle), jnp.where(enough, middle, right)

    bracket = tuple(jnp.broadcast_to(end, shape) for end in ends)
    x = at(jax.lax.fori_loop(0, _HALVINGS, halve, bracket)[1])
    x = jnp.round(x) if integer else x
    return jnp.clip(x, *((jnp.ceil(low), jnp.floor(high)) if integer else (low, high)))


def _at_ends(tails: Tails, low: Array, high: Array, integer: bool) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """The tails below an interval and up to its end."""
    last, end = (jnp.ceil(low) - 1, jnp.floor(high)) if integer else (low, high)
    below, above = (tails(jnp.where(jnp.isfinite(x), x, 0.0)) for x in (last, end))
    return (
        (jnp.where(jnp.isneginf(low), 0.0, below[0]), jnp.where(jnp.isneginf(low), 1.0, below[1])),
        (jnp.where(jnp.isposinf(high), 1.0, above[0]), jnp.where(jnp.isposinf(high), 0.0, above[1])),
    )


def level_logits(logits: Array, low: Array, high: Array, allowed: Bool[Array, "d K"] | None) -> Array:
    """Logits of levels 0, 1, … (*n, d, K) with minus infinity for those outside a range or not allowed."""
    levels = jnp.arange(logits.shape[-1])
    inside = (levels >= low[..., None]) & (levels <= high[..., None])
    if allowed is not None:  # another feature may have more levels
        inside &= allowed[..., np.minimum(np.arange(logits.shape[-1]), allowed.shape[-1] - 1)]
    return jnp.where(inside, logits, -jnp.inf)
