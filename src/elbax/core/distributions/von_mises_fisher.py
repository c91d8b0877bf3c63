"""Distributions on the unit sphere, with densities per surface area."""

from math import lgamma, log, pi

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints

_NODES = 256


def log_area(dim: int) -> float:
    """Log of the surface area of the unit sphere in ``dim`` dimensions."""
    return log(2) + dim / 2 * log(pi) - lgamma(dim / 2)


class UniformSphere(dist.Distribution):
    """The uniform distribution on the unit sphere in ``dim`` dimensions.

    Example:
        >>> round(float(UniformSphere(2).log_prob(jnp.array([1.0, 0.0]))), 3)
        -1.838
    """

    support = constraints.real_vector

    def __init__(self, dim: int):
        super().__init__((), (dim,))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        return _normalize(jax.random.normal(key, (*sample_shape, *self.event_shape)))

    def log_prob(self, value: Float[Array, "*draws dim"]) -> Float[Array, "*draws"]:
        return jnp.full(value.shape[:-1], -log_area(value.shape[-1]))


class VonMisesFisher(dist.Distribution):
    """p(z) ∝ exp(concentration · direction·z) on the unit sphere (arXiv 1804.00891).

    The angle θ between z and the direction has a density ∝ exp(concentration · cos θ) sin(θ)^(dim-2). Its table gives
    normalizer, moments and inverse distribution function with gradients, in any dimension.

    Args:
        direction: a unit vector, (dim,), at least two dimensions.
        concentration: positive.

    Example:
        >>> distribution = VonMisesFisher(jnp.array([1.0, 0.0, 0.0]), jnp.array(2.0))
        >>> round(float(distribution.log_prob(jnp.array([1.0, 0.0, 0.0]))), 3)  # log(2 / (4 π sinh 2)) + 2
        -1.126
    """

    support = constraints.real_vector

    def __init__(self, direction: Float[Array, " dim"], concentration: Float[Array, ""]):
        self.direction, self.concentration = direction, concentration
        dim = direction.shape[0]
        super().__init__((), (dim,))
        reach = jnp.minimum(pi, jnp.sqrt((3 * dim + 90) / concentration))  # beyond, the mass vanishes in float32
        self._angles = reach * (jnp.arange(_NODES) + 0.5) / _NODES  # midpoints of cells
        self._width = reach / _NODES
        log_density = self._log_of_angle(self._angles) + jnp.log(self._width)
        self._log_mass = jax.nn.logsumexp(log_density)  # relative to exp(concentration): no exponent is positive
        self._masses = jnp.exp(log_density - self._log_mass)

    def _log_of_angle(self, angle: Array) -> Array:
        return (self.event_shape[0] - 2) * jnp.log(jnp.sin(angle)) - 2 * self.concentration * jnp.sin(angle / 2) ** 2

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Draw the angle by its inverse distribution function, and an orthogonal direction."""
        angle_key, side_key = jax.random.split(key)
        edges = self._width * jnp.arange(_NODES + 1)
        below = jnp.concatenate([jnp.zeros(1), jnp.cumsum(self._masses)])
        angle = jnp.interp(jax.random.uniform(angle_key, sample_shape) * below[-1], below, edges)[..., None]
        side = jax.random.normal(side_key, (*sample_shape, *self.event_shape))
        side = self._orthogonal(_normalize(self._orthogonal(side)))  # twice: once may leave little but rounding errors
        return jnp.cos(angle) * self.direction + jnp.sin(angle) * _normalize(side)

    def _orthogonal(self, z: Float[Array, "*draws dim"]) -> Float[Array, "*draws dim"]:
        return z - (z @ self.direction)[..., None] * self.direction

    def log_prob(self, value: Float[Array, "*draws dim"]) -> Float[Array, "*draws"]:
        # 1 - cos as half the squared distance: as a difference it would lose digits at high concentrations.
        return -0.5 * self.concentration * jnp.square(value - self.direction).sum(axis=-1) + self._log_peak

    @property
    def _log_peak(self) -> Array:
        """Log density at the direction."""
        return -self._log_mass - log_area(self.event_shape[0] - 1)

    @property
    def mean_cosine_distance(self) -> Array:
        """E[1 - direction · z]."""
        return (self._masses * 2 * jnp.sin(self._angles / 2) ** 2).sum()

    @property
    def mean_cosine(self) -> Array:
        """E[direction · z], a ratio of Bessel functions."""
        return 1 - self.mean_cosine_distance

    @property
    def mean(self) -> Array:
        return self.mean_cosine * self.direction

    @property
    def variance(self) -> Array:
        orthogonal = (self._masses * jnp.sin(self._angles) ** 2).sum() / (self.event_shape[0] - 1)
        along = (self._masses * (jnp.cos(self._angles) - self.mean_cosine) ** 2).sum()
        return along * self.direction**2 + orthogonal * (1 - self.direction**2)

    @property
    def center(self) -> Array:
        return self.direction


def _normalize(z: Float[Array, "... dim"]) -> Float[Array, "... dim"]:
    return z * jax.lax.rsqrt(jnp.square(z).sum(axis=-1, keepdims=True) + 1e-20)  # a vector can vanish by rounding


@dist.kl_divergence.register(VonMisesFisher, UniformSphere)
def _(q: VonMisesFisher, p: UniformSphere) -> Array:
    return -q.concentration * q.mean_cosine_distance + q._log_peak + log_area(p.event_shape[0])
