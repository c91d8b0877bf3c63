"""Histograms of many features with different numbers of codes, side by side."""

from functools import lru_cache, partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, ArrayLike, Bool, Float, PRNGKeyArray
from numpyro.distributions import constraints

from elbax.types import Grid, float32

_MOST_SUMMED_BY_MATMUL = 2**22  # entries of the matrix that sums the codes of each feature
_BETWEEN = 1e-3  # of a step, by which the end of a range may miss a lattice


class Codes(eqx.Module):
    """Where the values of each code lie, in steps of the feature's lattice, or in its own units without one.

    A value that no training row had, but that may come, lies in no code. All together have a small probability: as
    rank statistics say, each of the n + 1 intervals between and beyond n values holds a new one with probability
    1 / (n + 1). Beyond the range it decays like 1 / distance².

    Attributes:
        low, high: smallest and largest value of each code, (codes,).
        log_within: log-density within each code, nats, (codes,).
        center, variance: mean and variance within each code, in the data's own units, (codes,).
        counted: whether the code holds single values, (codes,).
        origin, step: of each feature's lattice, (d,); the step is zero for continuous features.
        minimum, maximum: of the training values, (d,).
        log_inside: log-probability of all codes, nats, (d,).
        log_between: log-density between the codes, nats, (d,).
        log_tail: log-probability of each side beyond the codes, nats, (d,).
        is_levels: whether values are levels, (d,).
    """

    low: Array
    high: Array
    log_within: Array
    center: Array
    variance: Array
    counted: Array
    origin: Array
    step: Array
    minimum: Array
    maximum: Array
    log_inside: Array
    log_between: Array
    log_tail: Array
    is_levels: Array

    @classmethod
    def of(cls, grids: tuple[Grid, ...]) -> "Codes":
        """The codes of grids, those of a feature beside each other."""
        by_code, by_feature = zip(*map(describe, grids), strict=True)
        codes = (np.concatenate(arrays) for arrays in zip(*by_code, strict=True))
        return cls(*map(float32, codes), *map(float32, np.array(by_feature).T))

    def in_steps(self, x: Float[Array, "*n d"]) -> Float[Array, "*n d"]:
        """Values in steps of their lattice, rounded to it, or unchanged without one."""
        return jnp.where(self.step > 0, jnp.round(self._divided(x)), x)

    def in_units(self, steps: Float[Array, "*n d"]) -> Float[Array, "*n d"]:
        """The inverse of `in_steps`."""
        return jnp.where(self.step > 0, self.origin + self.step * steps, steps)

    def range_in_steps(self, low: Float[Array, " d"], high: Float[Array, " d"]) -> tuple[Array, Array]:
        """The ends of ranges in steps, those of a lattice moved to it."""
        first, last = jnp.ceil(self._divided(low) - _BETWEEN), jnp.floor(self._divided(high) + _BETWEEN)
        return jnp.where(self.step > 0, first, low), jnp.where(self.step > 0, last, high)

    def _divided(self, x: Array) -> Array:
        return (x - self.origin) / jnp.where(self.step > 0, self.step, 1.0)

    def log_rest(self, steps: Float[Array, "*n d"]) -> Float[Array, "*n d"]:
        """Log-density of values without a code, nats."""
        beyond = jnp.maximum(self.minimum - steps, steps - self.maximum)
        far = jnp.maximum(beyond, 0.0) / self._spread
        nearer = jnp.maximum(far - (self.step > 0) / self._spread, 0.0)
        tail = self.log_tail - jnp.log(self._spread) - jnp.log1p(far) - jnp.log1p(nearer)
        return jnp.where(beyond > 0, tail, self.log_between)

    @property
    def highest_rest(self) -> Float[Array, " d"]:
        """The highest value of `log_rest`."""
        return jnp.maximum(self.log_between, self.log_tail - jnp.log(self._spread))

    @property
    def _spread(self) -> Array:
        spread = self.maximum - self.minimum
        return jnp.where(spread > 0, spread, 1.0)


def describe(grid: Grid) -> tuple[tuple, tuple]:
    """The entries of `Codes` for one feature: those by code and those by feature."""
    origin, unit, lattice = (grid.minimum, grid.step, True) if grid.step > 0 else (0.0, 1.0, False)
    steps = lambda values: np.round((values - origin) / unit) if lattice else values  # noqa: E731
    points, lows, highs = map(steps, (grid.points, grid.low, grid.high))
    low, high = np.append(points, lows), np.append(points, highs)
    counted = np.full(len(low), lattice)
    counted[: len(points)] = True
    size = high - low + counted  # values or length
    variance = (np.where(counted, np.square(size) - 1, np.square(size)) / 12) * unit**2
    center = origin + unit * (low + high) / 2
    by_code = low, high, -np.log(size), center, variance, counted
    minimum, maximum = steps(np.array([grid.minimum, grid.maximum]))
    if grid.is_levels:
        return by_code, (origin, grid.step, minimum, maximum, 0.0, -np.inf, -np.inf, True)
    room = max(maximum - minimum + lattice - size[counted == lattice].sum(), 0.0)  # between the codes
    once = (grid.shares[: len(points)] * (grid.n + grid.size / 2) < 2).sum()  # points of one row
    between = min((1 + once + max(len(lows) - 1, 0)) / (grid.n + 1), 0.5) if room > 0 else 0.0
    tail = min(1 / (grid.n + 1), 0.1)
    inside = np.log1p(-between - 2 * tail)
    log_between = np.log(between / room) if room > 0 else -np.inf
    return by_code, (origin, grid.step, minimum, maximum, inside, log_between, np.log(tail), False)


@lru_cache
def _owner(sizes: tuple[int, ...]) -> np.ndarray:
    """The feature that each code belongs to."""
    return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)


@lru_cache(maxsize=8)
def _summing(sizes: tuple[int, ...]) -> np.ndarray:
    return (_owner(sizes)[:, None] == np.arange(len(sizes))).astype(np.float32)


class Histogram(dist.Distribution):
    """A histogram of each feature: a probability for each of its codes, and the training marginal within a code.

    Values between and beyond the codes have a small fixed probability, see `Codes`; samples and moments leave them out.

    Args:
        logits: of all codes, those of a feature beside each other, (*n, codes).
        codes: where the values of codes lie.
        sizes: the number of codes of each feature, (d,).
    """

    support = constraints.real
    pytree_data_fields = ("logits", "codes")
    pytree_aux_fields = ("sizes",)

    def __init__(self, logits: Float[Array, "*n codes"], codes: Codes, sizes: tuple[int, ...]):
        self.logits, self.codes, self.sizes = logits, codes, sizes
        super().__init__((*logits.shape[:-1], len(sizes)))

    def _sum(self, values: Float[Array, "*n codes"]) -> Float[Array, "*n d"]:
        """The sum over the codes of each feature."""
        if values.shape[-1] * len(self.sizes) <= _MOST_SUMMED_BY_MATMUL:  # on accelerators, sums always in one order
            return jnp.matmul(values, _summing(self.sizes), precision="highest")
        return _over_last(jax.ops.segment_sum, values, self.sizes)

    def _largest(self, values: Float[Array, "*n codes"]) -> Float[Array, "*n d"]:
        return _over_last(jax.ops.segment_max, values, self.sizes)

    def _by_code(self, values: ArrayLike) -> Array:
        """Values of features for each of their codes."""
        return jnp.asarray(values)[..., _owner(self.sizes)]

    def _weights(self) -> tuple[Array, Array, Array]:
        """Probabilities of codes up to a factor for each feature, the factors, and the log-weights."""
        shifted = self.logits - self._by_code(jax.lax.stop_gradient(self._largest(self.logits)))
        weights = jnp.exp(shifted)
        return weights, self._sum(weights), shifted

    def log_prob(self, value: Float[Array, "*n d"]) -> Float[Array, "*n d"]:
        steps = self.codes.in_steps(value)
        own = self._by_code(steps)
        hit = (own >= self.codes.low) & (own <= self.codes.high)
        _, total, shifted = self._weights()
        found = self._sum(jnp.where(hit, shifted + self.codes.log_within, 0.0))
        log_prob = found - jnp.log(total) + self.codes.log_inside
        return jnp.where(self._largest(hit.astype(jnp.int32)) > 0, log_prob, self.codes.log_rest(steps))

    @property
    def mode(self) -> Float[Array, "*n d"]:
        """The center of the most probable code."""
        return self._round(self.codes.center[self._argmax(self.logits)])

    @property
    def mean(self) -> Float[Array, "*n d"]:
        """The mean; of levels, the most probable one."""
        weights, total, _ = self._weights()
        mean = self._sum(weights * self.codes.center) / total
        return jnp.where(self.codes.is_levels > 0, self.mode, mean)

    @property
    def variance(self) -> Float[Array, "*n d"]:
        weights, total, _ = self._weights()
        mean = self._sum(weights * self.codes.center) / total
        squares = jnp.square(self.codes.center - self._by_code(mean)) + self.codes.variance
        return self._sum(weights * squares) / total

    def _argmax(self, values: Float[Array, "*n codes"]) -> Array:
        """The position of the largest value among the codes of each feature."""
        is_largest = values >= self._by_code(self._largest(values))
        last = values.shape[-1] - 1
        from_last = np.arange(last, -1, -1, dtype=np.int32)  # also in double precision, where the certificate works
        return last - self._largest(jnp.where(is_largest, from_last, -1))

    def _round(self, x: Array) -> Array:
        """Values on the lattice."""
        return self.codes.in_units(self.codes.in_steps(x))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Float[Array, "*draws d"]:
        return self._draw(key, self.logits, self.codes.low, self.codes.high, sample_shape)

    def _draw(self, key: PRNGKeyArray, logits: Array, low: Array, high: Array, shape: tuple[int, ...] = ()) -> Array:
        """Draw a code of each feature by its logit, and a value between the code's ends, inclusive on lattices."""
        code_key, value_key = jax.random.split(key)
        noise = jax.random.gumbel(code_key, shape + logits.shape, logits.dtype)
        code = self._argmax(logits + noise)
        first, last = low[code], high[code]
        uniform = jax.random.uniform(value_key, code.shape, logits.dtype)
        counted = self.codes.counted[code] > 0
        inside = jnp.where(counted, jnp.floor(uniform * (last - first + 1)), uniform * (last - first))
        return self.codes.in_units(jnp.clip(first + inside, first, last))

    def _restricted(
        self, low: Float[Array, " d"], high: Float[Array, " d"], allowed: Bool[Array, "d K"] | None
    ) -> tuple[Array, Array, Array]:
        """Log-shares of the codes that lie in ranges, and the smallest and largest value that is left of each code."""
        first, last = map(self._by_code, self.codes.range_in_steps(low, high))
        low, high = jnp.maximum(self.codes.low, first), jnp.minimum(self.codes.high, last)
        share = (high - low + self.codes.counted) * jnp.exp(self.codes.log_within)
        inside = high >= low
        if allowed is not None:
            levels = np.concatenate([np.minimum(np.arange(size), allowed.shape[-1] - 1) for size in self.sizes])
            inside &= allowed[_owner(self.sizes), levels] | (self._by_code(self.codes.is_levels) == 0)
        log_share = jnp.where(inside, jnp.log(jnp.where(share > 0, share, 1e-30)), -jnp.inf)
        return jnp.minimum(log_share, 0.0), jnp.where(inside, low, self.codes.low), jnp.where(inside, high, low)

    def log_mass(
        self, low: Float[Array, " d"], high: Float[Array, " d"], allowed: Bool[Array, "d K"] | None = None
    ) -> Float[Array, "*n d"]:
        """Log-probability of samples in ranges, inclusive, or among the levels that are allowed, nats."""
        log_share, _, _ = self._restricted(low, high, allowed)
        weights, total, _ = self._weights()
        mass = self._sum(weights * jnp.exp(log_share)) / total
        return jnp.where(mass > 0, jnp.log(jnp.where(mass > 0, mass, 1.0)), -jnp.inf)

    def sample_within(
        self,
        key: PRNGKeyArray,
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        """Draw given that values lie in ranges, inclusive, or among the levels that are allowed."""
        log_share, first, last = self._restricted(low, high, allowed)
        return self._draw(key, self.logits + log_share, first, last)


def _over_last(reduce, values: Float[Array, "*n codes"], sizes: tuple[int, ...]) -> Float[Array, "*n d"]:
    """A reduction of the codes of each feature, along the last axis."""
    reduce = partial(reduce, segment_ids=_owner(sizes), num_segments=len(sizes), indices_are_sorted=True)
    return jnp.moveaxis(reduce(jnp.moveaxis(values, -1, 0)), 0, -1)
