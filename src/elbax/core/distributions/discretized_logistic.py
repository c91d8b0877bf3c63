"""The logistic distribution, discretized to integers."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, PRNGKeyArray
from numpyro.distributions import Distribution, constraints
from numpyro.distributions.util import promote_shapes, validate_sample

from elbax.core.numerics import softplus

_SUMMED = 256  # levels that sums go over
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_QUANTILES = np.log1p(_NODES) - np.log1p(-_NODES)  # of the standard logistic, at (1 + node) / 2
_QUANTILE_WEIGHTS = _WEIGHTS / 2


class DiscretizedLogistic(Distribution):
    """A logistic density summed over bins of width one around 0, 1, …, levels - 1 (arXiv 1701.05517).

    The first and last bins include the tails, so the masses sum to one. With a = (k + ½ - loc) / scale and
    b = (k - ½ - loc) / scale, σ(a) - σ(b) = σ(a) σ(-b) (1 - exp(-1/scale)): the three terms of its logarithm do not
    cancel, so values and gradients are exact far out in the tails.

    Args:
        loc: location of the logistic density, in levels.
        scale: its scale, in levels, positive; its standard deviation is 1.81 times this.
        levels: number of values.
        validate_args: as for every NumPyro distribution.

    Example:
        >>> d = DiscretizedLogistic(1.2, 0.5, levels=4)
        >>> round(float(jnp.exp(d.log_prob(jnp.arange(4.0))).sum()), 4)
        1.0
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    pytree_aux_fields = ("levels",)

    def __init__(self, loc: ArrayLike, scale: ArrayLike, levels: int, *, validate_args: bool | None = None):
        self.loc, self.scale = promote_shapes(jnp.asarray(loc, float), jnp.asarray(scale, float))
        self.levels = levels
        shape = jnp.broadcast_shapes(self.loc.shape, self.scale.shape)
        super().__init__(shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> constraints.Constraint:
        return constraints.integer_interval(0, self.levels - 1)

    @validate_sample
    def log_prob(self, value: ArrayLike) -> Array:
        first, last = jnp.equal(value, 0), jnp.equal(value, self.levels - 1)
        below_upper_edge = -softplus((self.loc - value - 0.5) / self.scale)
        above_lower_edge = -softplus((value - self.loc - 0.5) / self.scale)
        width = jnp.log(-jnp.expm1(-1 / self.scale))
        below_upper_edge = jnp.where(last, 0.0, below_upper_edge)
        above_lower_edge = jnp.where(first, 0.0, above_lower_edge)
        return below_upper_edge + above_lower_edge + jnp.where(first | last, 0.0, width)

    def _moments(self) -> tuple[Array, Array]:
        """Mean and variance by integrals in place of sums over levels; both are off by some thousandths."""
        top = self.levels - 1
        mean = self.scale * (softplus(self.loc / self.scale) - softplus((self.loc - top) / self.scale))
        draws = jnp.clip(self.loc[..., None] + self.scale[..., None] * _QUANTILES, 0, top)
        squares = jnp.square(draws - mean[..., None])
        return mean, (squares * _QUANTILE_WEIGHTS).sum(-1) + 1 / 12  # of rounding

    def _survival(self) -> tuple[Array, Array]:
        """The values k = 1, …, levels - 1 and P(X >= k), along a new last axis."""
        k = jnp.arange(1, self.levels, dtype=self.loc.dtype)
        return k, jax.nn.sigmoid((self.loc[..., None] - k + 0.5) / self.scale[..., None])

    @property
    def mean(self) -> Array:
        """E[x] = Σₖ P(X >= k), exact up to 256 levels."""
        if self.levels > _SUMMED:
            return self._moments()[0]
        return self._survival()[1].sum(-1)

    @property
    def variance(self) -> Array:
        """Var[x] = Σₖ (2k - 1) P(X >= k) - E[x]²."""
        if self.levels > _SUMMED:
            return self._moments()[1]
        k, survival = self._survival()
        # Around the mean, so that large values do not cancel: E(x-m)² = m² + Σ (2(k - m) - 1) P(X >= k).
        mean = survival.sum(-1)
        return mean**2 + ((2 * (k - mean[..., None]) - 1) * survival).sum(-1)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Round logistic draws and clip them to the levels; integers as floats."""
        noise = jax.random.logistic(key, sample_shape + self.batch_shape, self.loc.dtype)
        return jnp.clip(jnp.round(self.loc + self.scale * noise), 0, self.levels - 1)
