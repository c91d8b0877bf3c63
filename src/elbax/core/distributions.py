"""Distributions that NumPyro lacks or has for small numbers only, and the softplus that all share."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jax.scipy.special import gammaln
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray
from numpyro.distributions import Distribution, constraints
from numpyro.distributions.util import promote_shapes, validate_sample

__all__ = [
    "ContinuousBernoulli",
    "DiscretizedLogistic",
    "NegativeBinomialCounts",
    "PoissonCounts",
    "levelled",
    "softplus",
]


@jax.custom_jvp
def softplus(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Compute log(1 + exp(x)) without overflow.

    `jax.nn.softplus` also guards against inf - inf, and its gradient keeps what was computed on the way to the value;
    that costs more than the gradient's own formula, the logistic function. The two agree for every finite x.

    Example:
        >>> import jax.numpy as jnp
        >>> float(softplus(jnp.array(1000.0)))
        1000.0
    """
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


softplus.defjvp(lambda at, along: (softplus(*at), jax.nn.sigmoid(at[0]) * along[0]))


def levelled(x: Float[Array, "..."], most: float) -> Float[Array, "..."]:
    """The same up to ``most`` and growing like a logarithm beyond, so that one large exponent cannot overflow.

    Unlike a clip, it lets gradients pass.

    Example:
        >>> float(levelled(jnp.array(3.0), 16.0)), round(float(levelled(jnp.array(1e6), 16.0)), 2)
        (3.0, 29.82)
    """
    return jnp.minimum(x, most) + jnp.log1p(jnp.maximum(x - most, 0))


def _even_series(x: Array, *coefficients: float) -> Array:
    """Evaluate the polynomial c0 + c1 x² + c2 x⁴ and so on."""
    return jnp.polyval(jnp.asarray(coefficients[::-1], x.dtype), x**2)


class ContinuousBernoulli(Distribution):
    """The continuous Bernoulli on [0, 1], p(x) = C(λ) λˣ (1 - λ)¹⁻ˣ with logit(λ) = η (arXiv 1907.06845).

    Every closed form is 0/0 at η = 0. Near it a series is used instead, and the argument of the closed form
    is replaced by 1 *before* the choice, so that the branch not taken cannot make a gradient NaN.

    Args:
        logits: η, any real number.
        validate_args: as for every NumPyro distribution.

    Example:
        >>> import jax.numpy as jnp
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
        """The distribution of a mean, which has no closed form: read from a grid; its mean is that to within 1e-4.

        The grid ends half a grey level of 256 from 0 and 1; means beyond it are taken for its ends.

        Example:
            >>> round(float(ContinuousBernoulli.with_mean(0.388).mean), 4)
            0.388
        """
        mean = jnp.asarray(mean, float)
        sizes = np.geomspace(1e-3, 510, 10_000)
        means = 1 / sizes + np.exp(-sizes) / np.expm1(-sizes)  # of negative logits: they fall from 1/2
        size = jnp.interp(jnp.minimum(mean, 1 - mean), means[::-1], sizes[::-1])
        return cls(jnp.where(mean < 0.5, -size, size))

    def _near_zero(self, radius: float) -> tuple[Array, Array, Array]:
        """Where |η| < radius, η for a series valid there, and η for a closed form valid elsewhere."""
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
        # By symmetry: with the exponent never positive, nothing overflows.
        size = jnp.abs(large)
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
        # Solve for η < 0 and mirror: y = -log(1 - p + p exp(-size)) / size, p = q or 1 - q.
        p, rest = jnp.where(large > 0, 1 - q, q), jnp.where(large > 0, q, 1 - q)
        moderate = size < 1
        direct = jnp.log1p(p * jnp.expm1(-jnp.where(moderate, size, 1.0)))
        steep = jnp.logaddexp(jnp.log(rest), jnp.log(p) - jnp.where(moderate, 1.0, size))
        y = -jnp.where(moderate, direct, steep) / size
        return jnp.where(near, series, jnp.clip(jnp.where(large > 0, 1 - y, y), 0.0, 1.0))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Draw by inverting the cdf."""
        # Exact zeros would make log(0) meet itself in the gradient of icdf.
        tiny = jnp.finfo(self.logits.dtype).tiny
        uniform = jax.random.uniform(key, sample_shape + self.batch_shape, self.logits.dtype, minval=tiny)
        return self.icdf(uniform)


class DiscretizedLogistic(Distribution):
    """A logistic density summed over bins of width one around 0, 1, …, levels - 1 (arXiv 1701.05517).

    The first and last bins take the tails, so the masses sum to one. With a = (k + ½ - loc) / scale and
    b = (k - ½ - loc) / scale, σ(a) - σ(b) = σ(a) σ(-b) (1 - exp(-1/scale)): its logarithm is a sum of three
    terms, none of which cancels, so values and gradients stay exact however far out in the tails k lies.

    Args:
        loc: location of the logistic density, in levels.
        scale: its scale, in levels, positive; its standard deviation is 1.81 times this.
        levels: number of values.
        validate_args: as for every NumPyro distribution.

    Example:
        >>> import jax.numpy as jnp
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
        """Whole numbers from 0 to levels - 1."""
        return constraints.integer_interval(0, self.levels - 1)

    @validate_sample
    def log_prob(self, value: ArrayLike) -> Array:
        """Log probability of each value, in nats."""
        first, last = jnp.equal(value, 0), jnp.equal(value, self.levels - 1)
        below_upper_edge = -softplus((self.loc - value - 0.5) / self.scale)
        above_lower_edge = -softplus((value - self.loc - 0.5) / self.scale)
        width = jnp.log(-jnp.expm1(-1 / self.scale))
        below_upper_edge = jnp.where(last, 0.0, below_upper_edge)
        above_lower_edge = jnp.where(first, 0.0, above_lower_edge)
        return below_upper_edge + above_lower_edge + jnp.where(first | last, 0.0, width)

    def _survival(self) -> tuple[Array, Array]:
        """The values k = 1, …, levels - 1 and P(X >= k) along a new last axis."""
        k = jnp.arange(1, self.levels, dtype=self.loc.dtype)
        return k, jax.nn.sigmoid((self.loc[..., None] - k + 0.5) / self.scale[..., None])

    @property
    def mean(self) -> Array:
        """E[x] = Σₖ P(X >= k): one sigmoid per level, exact."""
        return self._survival()[1].sum(-1)

    @property
    def variance(self) -> Array:
        """Var[x] = Σₖ (2k - 1) P(X >= k) - E[x]²."""
        k, survival = self._survival()
        # Around the mean, so that large values do not cancel: E(x-m)² = m² + Σ (2(k - m) - 1) P(X >= k).
        mean = survival.sum(-1)
        return mean**2 + ((2 * (k - mean[..., None]) - 1) * survival).sum(-1)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Draw whole numbers (as floats): a logistic draw, rounded, then clipped to the levels."""
        noise = jax.random.logistic(key, sample_shape + self.batch_shape, self.loc.dtype)
        return jnp.clip(jnp.round(self.loc + self.scale * noise), 0, self.levels - 1)


# From here on Stirling's series holds to the last digit, and below it log Γ does.
_LARGE = 16.0


class PoissonCounts(dist.Poisson):
    """NumPyro's Poisson, whose log-probabilities hold in single precision however large the counts are.

    Of x log λ - λ - log Γ(x + 1) the terms cancel, a nat of error at a million. Here they are the distance from the
    best rate for x, which is x itself, and the log-probability there (Loader 2000, Fast and accurate computation of
    binomial probabilities).

    Args:
        log_rate: log λ, any real number.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(PoissonCounts(jnp.log(1e6)).log_prob(1e6)), 3)  # -log(2π 1e6) / 2
        -7.827
    """

    pytree_data_fields = ("log_rate",)

    def __init__(self, log_rate: ArrayLike, *, validate_args: bool | None = None):
        self.log_rate = jnp.asarray(log_rate, float)
        super().__init__(jnp.exp(self.log_rate), validate_args=validate_args)

    @validate_sample
    def log_prob(self, value: ArrayLike) -> Array:
        """Log probability of each value, in nats."""
        excess = value - self.rate
        log_ratio = _log_ratio(excess, self.rate, lambda: jnp.log(_positive(value)) - self.log_rate)
        return _of_counts(value, self.log_rate, log_ratio) + excess


class NegativeBinomialCounts(dist.NegativeBinomialLogits):
    """NumPyro's negative binomial by its mean μ and dispersion α, of variance μ + αμ²; see `PoissonCounts`.

    Args:
        log_mean: log μ, any real number.
        dispersion: α, positive.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(NegativeBinomialCounts(jnp.log(1e6), 0.01).log_prob(1e6)), 3)
        -12.433
    """

    pytree_data_fields = ("log_mean",)

    def __init__(self, log_mean: ArrayLike, dispersion: ArrayLike, *, validate_args: bool | None = None):
        self.log_mean, dispersion = promote_shapes(
            jnp.asarray(log_mean, float), jnp.asarray(dispersion, float)
        )
        logits = self.log_mean + jnp.log(dispersion)
        super().__init__(jnp.broadcast_to(1 / dispersion, logits.shape), logits, validate_args=validate_args)

    @validate_sample
    def log_prob(self, value: ArrayLike) -> Array:
        """Log probability of each value, in nats."""
        r, mean = self.total_count, jnp.exp(self.log_mean)
        n, excess = value + r, value - mean
        wider = _log_ratio(-excess, n, lambda: jnp.log(r + mean) - jnp.log(n))  # of r + μ and r + x
        log_ratio = _log_ratio(
            r * excess, n * mean, lambda: jnp.log(_positive(value)) - self.log_mean + wider
        )
        others = _stirling(n) - _stirling(r) + 0.5 * jnp.log(r / n) - r * wider
        return _of_counts(value, self.log_mean - wider, log_ratio) + others


def _of_counts(x: ArrayLike, log_rate: Array, log_ratio: Array) -> Array:
    """The sum x (log_rate - 1) - log Γ(x + 1), by the ``log_ratio`` of x to that rate where x is large."""
    large = x > _LARGE
    many, few = jnp.where(large, x, _LARGE), jnp.where(large, 0.0, x)
    by_ratio = -many * log_ratio - 0.5 * jnp.log(2 * jnp.pi * many) - _stirling(many)
    return jnp.where(large, by_ratio, few * (log_rate - 1) - gammaln(few + 1))


def _positive(x: ArrayLike) -> Array:
    """Stand-ins for zeros where a logarithm is not used."""
    return jnp.where(jnp.asarray(x) > 0, x, 1.0)


def _log_ratio(excess: Array, of: Array, direct: Callable[[], Array]) -> Array:
    """The logarithm of 1 + excess / of: by the excess where that is the smaller, else by what has it directly."""
    near = jnp.abs(excess) < 0.5 * of
    small = jnp.where(near, excess, 0.0) / jnp.where(near, of, 1.0)
    return jnp.where(near, jnp.log1p(small), direct())


def _stirling(x: ArrayLike) -> Array:
    """What Stirling's formula leaves out of log Γ(x + 1), x > 0."""
    large = x > _LARGE
    inverse = 1 / jnp.where(large, x, _LARGE)
    series = inverse * (1 / 12 - inverse**2 * (1 / 360 - inverse**2 / 1260))
    small = jnp.where(large, 1.0, x)
    exact = gammaln(small + 1) - (small + 0.5) * jnp.log(small) + small - 0.5 * jnp.log(2 * jnp.pi)
    return jnp.where(large, series, exact)
