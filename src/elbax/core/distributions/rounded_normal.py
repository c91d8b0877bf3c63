"""A normal distribution rounded to a lattice."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, PRNGKeyArray
from numpyro.distributions import Distribution, constraints

from elbax.core.intervals import Coordinates, draw_within, log_normal_mass, normal_tails

_BETWEEN = 1e-3  # of a step, by which the end of a range may miss the lattice


class RoundedNormal(Distribution):
    """The nearest value of a lattice to a normal draw: the normal is integrated over a step.

    Args:
        loc, scale: of the normal.
        origin, step: the lattice is origin + step k, k = …, -1, 0, 1, …

    Example:
        >>> round(float(RoundedNormal(0.0, 1.0, 0.0, 0.5).log_prob(0.0)), 3)  # Φ(1/4) - Φ(-1/4)
        -1.622
    """

    support = constraints.real
    pytree_data_fields = ("loc", "scale", "origin", "step")

    def __init__(self, loc: ArrayLike, scale: ArrayLike, origin: ArrayLike, step: ArrayLike):
        self.loc, self.scale = jnp.broadcast_arrays(jnp.asarray(loc, float), jnp.asarray(scale, float))
        self.origin, self.step = origin, step
        super().__init__(self.loc.shape)

    def log_prob(self, value: ArrayLike) -> Array:
        residual = (self.snap(value) - self.loc) / self.scale
        return log_rounded_mass(residual, self.step / self.scale)

    @property
    def mean(self) -> Array:
        """The mean of the normal; that of rounded draws differs by less than a step."""
        return self.loc

    @property
    def variance(self) -> Array:
        """The variance of the normal and that of rounding (Sheppard 1898)."""
        return jnp.square(self.scale) + jnp.square(self.step) / 12

    @property
    def mode(self) -> Array:
        return self.snap(self.loc)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        noise = jax.random.normal(key, sample_shape + self.batch_shape, self.loc.dtype)
        return self.snap(self.loc + self.scale * noise)

    def log_mass(self, low: Array, high: Array) -> Array:
        """The log-probability of ranges, ends inclusive, nats."""
        first, last = self._within(low, high)
        mass = log_normal_mass(*((self._at(end) - self.loc) / self.scale for end in (first - 0.5, last + 0.5)))
        return jnp.where(first <= last, mass, -jnp.inf)

    def sample_within(self, key: PRNGKeyArray, low: Array, high: Array) -> Array:
        """Draw given ranges, ends inclusive."""
        first, last = self._within(low, high)
        ends = ((self._at(end) - self.loc) / self.scale for end in (first - 0.5, last + 0.5))
        where = Coordinates(jnp.zeros_like(self.loc), jnp.ones_like(self.loc))
        draw = self.loc + self.scale * draw_within(key, normal_tails, *ends, where)
        return self._at(jnp.clip(self._nearest(draw), first, last))

    def snap(self, x: ArrayLike) -> Array:
        """The nearest values on the lattice."""
        return self._at(self._nearest(x))

    def _nearest(self, x: ArrayLike) -> Array:
        return jnp.round((x - self.origin) / self.step)

    def _at(self, steps: Array) -> Array:
        return self.origin + self.step * steps

    def _within(self, low: Array, high: Array) -> tuple[Array, Array]:
        """The first and last value of the lattice in ranges, in steps."""
        first, last = (low - self.origin) / self.step - _BETWEEN, (high - self.origin) / self.step + _BETWEEN
        return jnp.ceil(first), jnp.floor(last)


def log_rounded_mass(residual: ArrayLike, width: ArrayLike) -> Array:
    """The log-probability that a standard normal is within half a width of a residual, nats."""
    return log_normal_mass(residual - width / 2, residual + width / 2, width)
