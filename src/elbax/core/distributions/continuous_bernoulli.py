"""The continuous Bernoulli distribution on [0, 1]."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, PRNGKeyArray
from numpyro.distributions import Distribution, constraints
from numpyro.distributions.util import validate_sample

from elbax.core.numerics import softplus


def _even_series(x: Array, *coefficients: float) -> Array:
    """Evaluate the polynomial c0 + c1 x² + c2 x⁴ and so on."""
    return jnp.polyval(jnp.asarray(coefficients[::-1], x.dtype), x**2)


class ContinuousBernoulli(Distribution):
    """The continuous Bernoulli on [0, 1], p(x) = C(λ) λˣ (1 - λ)¹⁻ˣ with logit(λ) = η (arXiv 1907.06845).

    Closed forms are 0/0 at η = 0. Near it they are replaced by series, and their argument by 1, so that the branch not
    taken cannot make a gradient NaN.

    Args:
        logits: η, any real number.
        validate_args: as for every NumPyro distribution.

    Example:
        >>> d = ContinuousBernoulli(jnp.log(jnp.array(0.2 / 0.8)))
        >>> round(float(d.mean), 4), round(float(d.variance), 4)
        (0.388, 0.0759)
    """

    arg_constraints = {"logits": constraints.real}
    support = constraints.unit_interval
    reparametrized_params = ["logits"]

    def __init__(self, logits: ArrayLike, *, validate_args: bool | None = None):
        self.logits = jnp.asarray(logits, jnp.result_type(float))
        super().__init__(self.logits.shape, validate_args=validate_args)

    @classmethod
    def with_mean(cls, mean: ArrayLike) -> "ContinuousBernoulli":
        """The distribution with a mean, to within 1e-4; means are kept half a gray level of 256 from 0 and 1."""
        mean = jnp.asarray(mean, float)
        sizes = np.geomspace(1e-3, 510, 10_000)  # of negative logits
        means = 1 / sizes + np.exp(-sizes) / np.expm1(-sizes)  # fall from 1/2
        size = jnp.interp(jnp.minimum(mean, 1 - mean), means[::-1], sizes[::-1])
        return cls(jnp.where(mean < 0.5, -size, size))

    def _near_zero(self, radius: float) -> tuple[Array, Array, Array]:
        """Whether |η| < radius, η for a series valid there, and η for a closed form valid elsewhere."""
        near = jnp.abs(self.logits) < radius
        return near, jnp.where(near, self.logits, 0.0), jnp.where(near, 1.0, self.logits)

    @property
    def log_normalizer(self) -> Array:
        """Log C = log(η / tanh(η/2)), always at least log 2."""
        near, small, large = self._near_zero(0.5)
        large = jnp.abs(large)
        series = _even_series(small, jnp.log(2.0), 1 / 12, -7 / 1440, 31 / 90720, -127 / 4838400)
        closed = jnp.log(large) + jnp.log1p(jnp.exp(-large)) - jnp.log(-jnp.expm1(-large))
        return jnp.where(near, series, closed)

    @validate_sample
    def log_prob(self, value: ArrayLike) -> Array:
        """Log density, x η - softplus(η) + log C, in nats."""
        return value * self.logits - softplus(self.logits) + self.log_normalizer

    @property
    def mean(self) -> Array:
        """E[x] = 1 / (1 - exp(-η)) - 1/η."""
        near, small, large = self._near_zero(0.5)
        series = 0.5 + small * _even_series(small, 1 / 12, -1 / 720, 1 / 30240)
        size = jnp.abs(large)  # by symmetry, so that no exponent is positive
        upper = -1 / jnp.expm1(-size) - 1 / size
        return jnp.where(near, series, jnp.where(large > 0, upper, 1 - upper))

    @property
    def variance(self) -> Array:
        """Var[x] = 1/η² - 1 / (4 sinh²(η/2))."""
        near, small, large = self._near_zero(0.5)
        series = _even_series(small, 1 / 12, -1 / 240, 1 / 6048)
        size = jnp.abs(large)
        closed = 1 / size**2 - jnp.exp(-size) / jnp.expm1(-size) ** 2
        return jnp.where(near, series, closed)

    def cdf(self, value: ArrayLike) -> Array:
        """P(X <= x) = (exp(ηx) - 1) / (exp(η) - 1)."""
        near, small, large = self._near_zero(1e-2)
        x = jnp.clip(value, 0.0, 1.0)
        series = x + small * x * (x - 1) / 2 * (1 + small * (2 * x - 1) / 6)
        size = jnp.abs(large)
        ratio = jnp.expm1(-size * x) / jnp.expm1(-size)
        closed = jnp.where(large > 0, jnp.exp(-size * (1 - x)) * ratio, ratio)
        return jnp.where(near, series, closed)

    def icdf(self, q: ArrayLike) -> Array:
        """The x with cdf(x) = q: log(1 + q (exp(η) - 1)) / η."""
        q = jnp.asarray(q, self.logits.dtype)
        near, small, large = self._near_zero(1e-2)
        series = q + small * q * (1 - q) / 2 * (1 + small * (1 - 2 * q) / 3)
        size = jnp.abs(large)
        # Solved for η < 0 and mirrored: y = -log(1 - p + p exp(-size)) / size, p = q or 1 - q.
        p, rest = jnp.where(large > 0, 1 - q, q), jnp.where(large > 0, q, 1 - q)
        moderate = size < 1
        direct = jnp.log1p(p * jnp.expm1(-jnp.where(moderate, size, 1.0)))
        steep = jnp.logaddexp(jnp.log(rest), jnp.log(p) - jnp.where(moderate, 1.0, size))
        y = -jnp.where(moderate, direct, steep) / size
        return jnp.where(near, series, jnp.clip(jnp.where(large > 0, 1 - y, y), 0.0, 1.0))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        tiny = jnp.finfo(self.logits.dtype).tiny  # exact zeros would give NaN gradients of icdf
        uniform = jax.random.uniform(key, sample_shape + self.batch_shape, self.logits.dtype, minval=tiny)
        return self.icdf(uniform)
