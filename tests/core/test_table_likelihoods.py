"""Likelihoods of tables against scipy, sums, and draws that are rejected."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.special import logsumexp
from scipy import stats
from scipy.special import log_ndtr

from elbax.core.distributions import NegativeBinomialCounts, PoissonCounts
from elbax.core.intervals import log_normal_mass
from elbax.core.likelihoods import (
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    DiscretizedLogistic,
    Histogram,
    LogNormal,
    Mixed,
    NegativeBinomial,
    Normal,
    Poisson,
    RoundedNormal,
    StudentT,
    ZeroInflatedNegativeBinomial,
)
from elbax.data.grid import make_grid, make_level_grid
from elbax.errors import InputError
from elbax.types import Summary

N = 20_000
RNG = np.random.default_rng(0)


def summary_of(columns, levels=()):
    """The summary of columns (n,), some of levels."""
    x = np.stack(columns, axis=1)
    grids = tuple(make_level_grid(c, int(c.max()) + 1) if j in levels else make_grid(c) for j, c in enumerate(columns))
    spacing = np.array([grid.step for grid in grids])
    std = np.where(x.std(0) > 0, x.std(0), 1.0)
    return Summary(x.mean(0), x.std(0), x.min(0), x.max(0), x.mean(0), std, spacing, grids=grids)


def spiked(n):
    return np.where(RNG.random(n) < 0.6, 0.0, RNG.gamma(2.0, 5.0, n))


SHAPES = {
    "points": RNG.poisson(3, 1000).astype(float),
    "tenths": RNG.normal(0, 4, 300).round(1),
    "whole": np.round(RNG.lognormal(7, 1, 1000)),
    "real": RNG.normal(3, 2, 1000),
    "spiked": spiked(1000),
    "few": RNG.choice([0.1, 0.7, 2**0.5], 100),
    "rows": RNG.normal(size=7),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_histogram_has_a_mass_of_one(shape):
    values = SHAPES[shape]
    summary = summary_of([values])
    grid, part = summary.grids[0], Histogram().prepare(summary)
    outputs = part.initial_outputs(summary) + RNG.normal(size=grid.size).astype(np.float32)
    density = jax.jit(jax.vmap(lambda x: jnp.exp(part.log_prob(outputs, x))))
    spread = grid.maximum - grid.minimum
    if grid.step:
        reach = np.arange(-20_000, round(spread / grid.step) + 20_001)
        total = np.asarray(density(jnp.asarray(grid.minimum + grid.step * reach, jnp.float32)[:, None]), float).sum()
        steps = spread / grid.step
        left = 2 / (grid.n + 1) * steps / (steps + 20_000)
    else:
        edges = np.unique(np.concatenate([grid.points, grid.low, grid.high]))
        middle = (edges[1:] + edges[:-1]) / 2
        inner = np.asarray(density(jnp.asarray(middle, jnp.float32)[:, None]), float) @ np.diff(edges)
        points = np.asarray(density(jnp.asarray(grid.points, jnp.float32)[:, None]), float).sum()
        far = np.geomspace(1e-6, 1e6, 4000) * spread
        tails = 0.0
        for x in (grid.minimum - far, grid.maximum + far):
            tails += np.trapezoid(np.asarray(density(jnp.asarray(x, jnp.float32)[:, None]), float), far)
        total, left = inner + points + tails, 0.0
    assert total + left == pytest.approx(1, abs=3e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_histogram_starts_as_the_training_marginal(shape):
    values = SHAPES[shape]
    summary = summary_of([values])
    grid, part = summary.grids[0], Histogram().prepare(summary)
    outputs = jnp.asarray(part.initial_outputs(summary))
    keys = jax.random.split(jax.random.key(0), N)
    draws = np.asarray(jax.jit(jax.vmap(lambda key: part.sample(key, outputs)))(keys))[:, 0]
    assert grid.minimum - 1e-5 <= draws.min() and draws.max() <= grid.maximum * (1 + 1e-6) + 1e-5
    if grid.step:
        steps = (draws - grid.minimum) / grid.step
        np.testing.assert_allclose(steps, steps.round(), atol=0.01)
    for value in grid.points:
        assert np.isclose(draws, value).mean() == pytest.approx(np.isclose(values, value).mean(), abs=0.03)
    mean, variance = float(part.mean(outputs)[0]), float(part.distribution(outputs).variance[0])
    assert draws.mean() == pytest.approx(mean, abs=float(5 * draws.std() / N**0.5))
    assert draws.var() == pytest.approx(variance, rel=0.15)
    assert np.isfinite(part.log_prob(outputs, jnp.asarray([grid.maximum + 1e4]))) or grid.is_levels


def test_a_histogram_of_levels_knows_no_order_and_no_other_levels():
    summary = summary_of([RNG.choice(3, 100).astype(float), RNG.choice(5, 100).astype(float)], levels=(0, 1))
    part = Histogram((3, 5)).prepare(summary)
    outputs = jnp.asarray([0.0, 3, 1, 0, 0, 0, 2, 0])
    x = jnp.asarray([1.0, 4.0])
    expected = Categorical(3).log_prob(outputs[:3], x[:1]) + Categorical(5).log_prob(outputs[3:], x[1:])
    np.testing.assert_allclose(part.log_prob(outputs, x), expected, rtol=1e-5)
    np.testing.assert_array_equal(part.mean(outputs), [1, 3])
    np.testing.assert_array_equal(part.mode(outputs), [1, 3])
    assert part.log_prob(outputs, jnp.asarray([7.0, 0.0])) == -np.inf
    np.testing.assert_array_equal(part.excludes(np.array([[3.0, 0.0], [0.5, 4.0]])), [[True, False], [True, False]])


def test_a_histogram_needs_grids():
    summary = summary_of([SHAPES["real"]])
    with pytest.raises(InputError, match="column 0 has no grid"):
        Histogram().prepare(summary._replace(grids=None))
    with pytest.raises(InputError, match="sizes"):
        Histogram((3,)).prepare(summary)
    with pytest.raises(InputError, match="prepare"):
        Histogram().n_outputs(1)


def test_many_features_are_summed_without_a_matrix():
    import elbax.core.distributions.histogram as module

    summary = summary_of([SHAPES["points"]] * 3)
    part = Histogram().prepare(summary)
    outputs, x = jnp.asarray(part.initial_outputs(summary)), jnp.asarray([1.0, 2.0, 5.0])
    expected = part.log_prob_per_feature(outputs, x)
    most, module._MOST_SUMMED_BY_MATMUL = module._MOST_SUMMED_BY_MATMUL, 0
    try:
        np.testing.assert_allclose(part.log_prob_per_feature(outputs, x), expected, rtol=1e-5)
    finally:
        module._MOST_SUMMED_BY_MATMUL = most


def test_normal_masses_are_exact_in_the_tails():
    low = np.float32([-300, -40, -3, -0.3, 0, 0.2, 5, 20, 1000])[:, None]
    width = np.float32([1e-6, 1e-3, 0.5, 3, 100])[None]

    @jax.jit
    def value_and_slopes(low, width):
        own = lambda a, w: log_normal_mass(a, a + w, w)  # noqa: E731
        slopes = jax.grad(lambda a, w: own(a, w).sum(), (0, 1))(low, width)
        return own(low, width), slopes

    found, slopes = value_and_slopes(*np.broadcast_arrays(low, width))
    a, b = low.astype(float), low.astype(float) + width.astype(float)
    left, right = np.where(a > 0, -b, a), np.where(a > 0, -a, b)
    with np.errstate(all="ignore"):
        tail = log_ndtr(right) + np.log(-np.expm1(log_ndtr(left) - log_ndtr(right)))
        expected = np.where(right > 0, np.log(stats.norm.cdf(b) - stats.norm.cdf(a)), tail)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert all(np.isfinite(slope).all() for slope in slopes)


def test_rounded_and_log_normals_against_scipy():
    tenths = summary_of([SHAPES["tenths"]])
    part = RoundedNormal("fixed", value=0.7).prepare(tenths)
    loc, x = tenths.center[0] + tenths.unit[0] * 0.2, np.float32(tenths.minimum[0]) + 0.1 * np.arange(60)
    found = jax.vmap(lambda x: part.log_prob(jnp.asarray([0.2]), x[None]))(jnp.asarray(x, jnp.float32))
    normal = stats.norm(loc, 0.7)
    np.testing.assert_allclose(found, np.log(normal.cdf(x + 0.05) - normal.cdf(x - 0.05)), rtol=2e-3, atol=2e-3)
    positive = Summary(*(np.array([v]) for v in (3.0, 1.0, 0.5, 9.0, 3.0, 1.0, 0.0)))
    part = LogNormal("fixed", value=0.5).prepare(positive)
    log_loc = float(part.location_scale(jnp.asarray([[0.3]]))[0][0])
    expected = stats.lognorm(0.5, scale=np.exp(log_loc))
    for x in (0.01, 1.0, 40.0):
        assert float(part.log_prob(jnp.asarray([0.3]), jnp.asarray([x]))) == pytest.approx(expected.logpdf(x), rel=1e-4)
    assert float(part.mean(jnp.asarray([0.3]))[0]) == pytest.approx(expected.mean(), rel=1e-4)


def test_zero_inflated_counts_against_scipy():
    part = ZeroInflatedNegativeBinomial()
    mean, zero = np.exp(1.5), 1 / (1 + np.exp(0.4))
    counts = stats.nbinom(10, 10 / (10 + mean))
    for x in (0, 1, 7):
        expected = np.log((1 - zero) * counts.pmf(x) + zero * (x == 0))
        assert float(part.log_prob(jnp.asarray([1.5, -0.4]), jnp.asarray([float(x)]))) == pytest.approx(
            expected, rel=1e-4
        )


@pytest.mark.parametrize("mean", [0.3, 40.0, 5e4, 3e6])
def test_tails_of_counts(mean):
    log_mean = np.float32(np.log(mean))
    mean = float(np.exp(np.float64(log_mean)))
    for own, exact in (
        (PoissonCounts(log_mean), stats.poisson(mean)),
        (NegativeBinomialCounts(log_mean, 0.2), stats.nbinom(5, 1 / (1 + 0.2 * mean))),
    ):
        x = np.round(exact.ppf([0.001, 0.2, 0.5, 0.9, 0.999]))
        below, above = own.tails(jnp.asarray(x, jnp.float32))
        np.testing.assert_allclose(below, exact.cdf(x), rtol=0.03, atol=2e-3)
        np.testing.assert_allclose(above, exact.sf(x), rtol=0.03, atol=2e-3)


LEVELS = summary_of([SHAPES["points"][:300], SHAPES["tenths"], spiked(300), RNG.choice(3, 300) * 1.0], levels=(3,))
POSITIVE = Summary(*(np.full(2, v) for v in (3.0, 1.0, 0.5, 9.0, 3.0, 1.0, 0.5)))
MIXED = Mixed((Normal(), Categorical(3), Poisson()), ((2,), (0,), (1,)))
INF = np.inf
EVENTS = {
    "normal": (Normal(), POSITIVE, [3.0, -INF], [4.0, INF], None),
    "normal-tail": (Normal(), POSITIVE, [4.5, 4.0], [INF, 4.2], None),
    "student_t": (StudentT(), POSITIVE, [3.0, -INF], [INF, 2.5], None),
    "log_normal": (LogNormal(), POSITIVE, [-1.0, 3.0], [2.5, INF], None),
    "rounded_normal": (RoundedNormal(), POSITIVE, [3.0, -INF], [4.0, 2.6], None),
    "poisson": (Poisson(), POSITIVE, [0.0, 2.5], [1.0, INF], None),
    "negative_binomial": (NegativeBinomial(), POSITIVE, [3.0, 2.0], [INF, 2.0], None),
    "zinb": (ZeroInflatedNegativeBinomial(), POSITIVE, [0.0, 2.0], [1.0, INF], None),
    "discretized_logistic": (DiscretizedLogistic(levels=8), POSITIVE, [0.0, 3.0], [2.0, 7.0], None),
    "continuous_bernoulli": (ContinuousBernoulli(), POSITIVE, [0.7, -INF], [1.0, 0.4], None),
    "bernoulli": (Bernoulli(), POSITIVE, [1.0, -INF], [1.0, INF], None),
    "categorical": (Categorical(3), POSITIVE, [-INF, -INF], [INF, INF], [[True, False, True], [True, True, True]]),
    "histogram": (
        Histogram(),
        LEVELS,
        [2.0, -3.0, 0.0, -INF],
        [5.0, 1.25, 4.0, INF],
        [[True, True, True]] * 3 + [[True, False, True]],
    ),
    "histogram-point": (Histogram(), LEVELS, [2.0, -INF, 0.0, -INF], [2.0, INF, 0.0, INF], None),
    "mixed": (
        MIXED,
        POSITIVE.of([0, 0, 0]),
        [-INF, 2.0, 2.5],
        [INF, 3.0, INF],
        [[False, True, True], [True] * 3, [True] * 3],
    ),
}


@pytest.mark.parametrize("name", EVENTS)
def test_events_against_draws_that_are_rejected(name, n=4000):
    likelihood, summary, low, high, allowed = EVENTS[name]
    part = likelihood.prepare(summary)
    rng = np.random.default_rng(1)
    start = part.initial_outputs(summary)
    outputs = jnp.asarray(start + 0.3 * rng.normal(size=(2, len(start))), jnp.float32)
    low, high = (np.asarray(end, np.float32) for end in (low, high))
    allowed = None if allowed is None else np.array(allowed)

    @jax.jit
    def draws(key):
        within, free = jax.random.split(key)
        sampled = jax.vmap(lambda k: part.sample_within(k, outputs, low, high, allowed))(jax.random.split(within, n))
        everything = jax.vmap(lambda k: part.sample(k, outputs))(jax.random.split(free, n))
        return sampled, everything, part.log_mass(outputs, low, high, allowed)

    sampled, everything, log_mass = (np.asarray(array, float) for array in draws(jax.random.key(0)))
    slack = 1e-5 * np.maximum(np.abs(low), 1)
    kept = (everything >= low - slack) & (everything <= high + 1e-5 * np.maximum(np.abs(high), 1))
    kept = np.where(np.isinf(low) & np.isinf(high), True, kept)
    if allowed is not None:
        for j in np.flatnonzero(~allowed.all(axis=1)):
            kept[..., j] = allowed[j, everything[..., j].astype(int)]
    share, mass = kept.mean(axis=0), np.exp(log_mass)
    np.testing.assert_allclose(mass, share, atol=5 * 0.5 / n**0.5)
    within = (sampled >= low - slack) & (sampled <= high + 1e-5 * np.maximum(np.abs(high), 1))
    assert within.all()
    for row in range(2):
        for j in range(len(low)):
            expected, found = everything[kept[:, row, j], row, j], sampled[:, row, j]
            if len(expected) < 200:
                continue
            grid = np.unique(expected)
            gap = np.abs(
                np.searchsorted(np.sort(expected), grid, "right") / len(expected)
                - np.searchsorted(np.sort(found), grid, "right") / n
            ).max()
            assert gap < 2.2 / min(len(expected), n) ** 0.5, (row, j)


def test_modes_are_most_probable():
    for name, (likelihood, summary, *_) in EVENTS.items():
        if name in ("histogram", "histogram-point", "mixed", "continuous_bernoulli", "normal-tail"):
            continue
        part = likelihood.prepare(summary)
        start = part.initial_outputs(summary)
        outputs = jnp.asarray(start + 0.3 * np.random.default_rng(1).normal(size=len(start)), jnp.float32)
        mode = part.mode(outputs)
        step = 1.0 if part.support.integer else 0.5 if name == "rounded_normal" else 0.05
        best = part.log_prob_per_feature(outputs, mode)
        for other in (mode - step, mode + step):
            inside = ~part.support.excludes(np.asarray(other))
            value = part.log_prob_per_feature(outputs, jnp.where(inside, other, mode))
            assert (value <= best + 1e-5).all(), name


def test_the_loss_of_a_histogram_is_least_at_the_shares_of_the_rows():
    """The gradient of the mean log-density by the outputs is zero at the observed shares."""
    values = SHAPES["spiked"]
    summary = summary_of([values])
    part, grid = Histogram().prepare(summary), summary.grids[0]
    shares = jnp.log(jnp.asarray(grid.shares * (grid.n + grid.size / 2) - 0.5, jnp.float32))
    x = jnp.asarray(values, jnp.float32)[:, None]
    slope = jax.grad(lambda outputs: jax.vmap(lambda x: part.log_prob(outputs, x))(x).mean())(shares)
    np.testing.assert_allclose(slope, 0, atol=1e-5)
    assert np.isfinite(logsumexp(shares))
