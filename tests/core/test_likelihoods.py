import json
import math
from dataclasses import dataclass
from functools import cached_property, partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paramax import NonTrainable
from scipy import stats

from elbax.core.config import from_config, to_config
from elbax.core.distributions import NegativeBinomialCounts, PoissonCounts
from elbax.core.likelihoods import (
    LIKELIHOODS,
    AbstractLikelihood,
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    CrossEntropy,
    Custom,
    DiscretizedLogistic,
    Histogram,
    LogNormal,
    Mixed,
    NegativeBinomial,
    Normal,
    Poisson,
    RoundedNormal,
    StudentT,
    SumOfSquares,
    ZeroInflatedNegativeBinomial,
)
from elbax.core.likelihoods.links import LINKS
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data.grid import make_grid, make_level_grid
from elbax.errors import InputError
from elbax.types import Summary, float32

D, N = 4, 10_000


def summary_of(low, high, unit=None):
    """A summary of D features that lie between low and high."""
    mean = np.linspace(low, high, D + 2)[1:-1]
    unit = np.full(D, (high - low) / 2 if unit is None else unit)
    return Summary(mean, unit / 2, np.full(D, low), np.full(D, high), np.full(D, (low + high) / 2), unit, 0 * unit)


def gridded_summary():
    """A summary of columns of amounts with many zeros, measurements in steps of a half, integers and a category."""
    rng = np.random.default_rng(0)
    spiked = np.where(rng.random(300) < 0.5, 0.0, rng.gamma(2.0, 2.0, 300))
    x = np.stack([spiked, (rng.normal(3, 9, 300) * 2).round() / 2, rng.poisson(2, 300), rng.choice(3, 300)], axis=1)
    grids = (*map(make_grid, x.T[:3]), make_level_grid(x[:, 3], 3))
    spacing = np.array([grid.step for grid in grids])
    return Summary(x.mean(0), x.std(0), x.min(0), x.max(0), x.mean(0), x.std(0), spacing, grids=grids)


@dataclass(frozen=True)
class Case:
    likelihood: AbstractLikelihood
    summary: Summary
    n_outputs: int = D

    @cached_property
    def prepared(self):
        return self.likelihood.prepare(self.summary)

    @cached_property
    def outputs(self):
        """Three sets of outputs near the initial ones, shape (3, outputs)."""
        start = self.prepared.initial_outputs(self.summary)
        noise = np.random.default_rng(0).normal(size=(3, *start.shape))
        return jnp.asarray(start + 0.3 * noise, jnp.float32)

    @cached_property
    def draws(self):
        """Samples for each set of outputs, shape (N, 3, D); made once, since samplers compile slowly."""
        keys = jax.random.split(jax.random.key(1), N)
        return jax.jit(jax.vmap(self.prepared.sample, (0, None)))(keys, self.outputs)

    def rows(self, n):
        """Rows (n, D) for tests of other folders that have none of their own for this likelihood."""
        keys = jax.random.split(jax.random.key(2), n)
        return np.asarray(jax.vmap(self.prepared.sample, (0, None))(keys, self.outputs[0]), float)


UNIT, WIDE, GRAY, COUNT, CODE = (
    summary_of(0.0, 1.0),
    summary_of(-3.0, 7.0),
    summary_of(0, 15),
    summary_of(0, 9),
    summary_of(0, 2),
)
STEPS = summary_of(-3.0, 7.0)._replace(spacing=np.full(D, 0.5))  # a lattice of halves through -3
POSITIVE = summary_of(1.0, 3.0)
GRIDS = gridded_summary()
SIZES = tuple(grid.size for grid in GRIDS.grids)
MIXED = Mixed((Normal("network"), Categorical(3), Poisson()), ((2,), (0,), (3, 1)))

CASES = {
    "bernoulli": Case(Bernoulli(), UNIT),
    "continuous_bernoulli": Case(ContinuousBernoulli(), UNIT),
    "normal": Case(Normal(), WIDE),
    "normal-fixed": Case(Normal("fixed", value=2.5), WIDE),
    "normal-shared": Case(Normal("shared", initial_scale=0.5), WIDE),
    "normal-network": Case(Normal("network"), WIDE, 2 * D),
    "normal-factors": Case(Normal(factors=2), WIDE),
    "normal-factors-network": Case(Normal("network", factors=1), WIDE, 2 * D),
    "normal-sigmoid": Case(Normal(link="sigmoid"), UNIT),
    "student_t": Case(StudentT(), WIDE),
    "student_t-network": Case(StudentT("network", "network"), WIDE, 3 * D),
    "discretized_logistic": Case(DiscretizedLogistic(4), GRAY),
    "discretized_logistic-network": Case(DiscretizedLogistic(levels=16, scale="network"), GRAY, 2 * D),
    "poisson": Case(Poisson(), COUNT),
    "negative_binomial": Case(NegativeBinomial(), COUNT),
    "categorical": Case(Categorical(3), CODE, 3 * D),
    "histogram": Case(Histogram(SIZES), GRIDS, sum(SIZES)),
    "rounded_normal": Case(RoundedNormal(), STEPS),
    "rounded_normal-network": Case(RoundedNormal("network"), STEPS, 2 * D),
    "log_normal": Case(LogNormal(), POSITIVE),
    "log_normal-network": Case(LogNormal("network"), POSITIVE, 2 * D),
    "zero_inflated_negative_binomial": Case(ZeroInflatedNegativeBinomial(), COUNT, 2 * D),
    "mixed": Case(MIXED, COUNT, 2 + 3 + 2),
    "cross_entropy": Case(CrossEntropy(), UNIT),
    "cross_entropy-tanh": Case(CrossEntropy("tanh"), UNIT),
    "sum_of_squares": Case(SumOfSquares(), WIDE),
    "custom": Case(Custom(lambda x, mean: jnp.abs(x - mean), "relu"), WIDE),
}
PROPER = [name for name, case in CASES.items() if case.likelihood.proper and name not in ("mixed", "histogram")]
SAVED = [name for name in CASES if name != "custom"]


@pytest.fixture(params=CASES, ids=str)
def case(request):
    return CASES[request.param]


def test_every_likelihood_is_tested():
    assert {type(case.likelihood) for case in CASES.values()} - {Custom} == set(LIKELIHOODS.values())
    assert all(cls.name == name for name, cls in LIKELIHOODS.items())


def test_shapes(case):
    prepared, outputs = case.prepared, case.outputs
    assert prepared.n_outputs(D) == case.n_outputs
    assert set(prepared.output_features(D)) == set(range(D))
    assert prepared.initial_outputs(case.summary).shape == (case.n_outputs,)
    assert prepared.initial_outputs(case.summary).dtype == np.float32

    @jax.jit  # one program instead of one an operation
    def mean(outputs):
        assert prepared.distribution(outputs[0]).batch_shape == (D,)
        assert prepared.distribution(outputs[None]).batch_shape == (1, 3, D)
        return prepared.mean(outputs[None])

    assert mean(outputs).shape == (1, 3, D)
    assert case.draws.shape == (N, 3, D) and case.draws.dtype == jnp.float32


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("categorical", "histogram", "mixed")])
def test_initial_outputs_have_the_mean_of_the_data(name):
    case = CASES[name]
    mean = case.prepared.mean(jnp.asarray(case.prepared.initial_outputs(case.summary)))
    inside = np.clip(case.summary.mean, *case.likelihood.output_range)
    if "logistic" in name:  # its tails fold into the end levels: E[x] = Σ P(x ≥ level)
        scale = case.summary.std * math.sqrt(3) / math.pi
        inside = stats.logistic(inside, scale).sf(np.arange(1, case.likelihood.levels)[:, None] - 0.5).sum(axis=0)
    np.testing.assert_allclose(mean, inside, atol=2e-3)


def test_samples_are_supported_and_average_to_the_mean(case):
    x, mean = np.asarray(case.draws, np.float64), np.asarray(eqx.filter_jit(case.prepared.mean)(case.outputs))
    lower, upper = case.prepared.output_range
    assert (mean >= lower).all() and (mean <= upper).all()
    assert not case.prepared.excludes(x.reshape(-1, D)).any()
    if not isinstance(case.likelihood, Categorical | Histogram | Mixed) and case.likelihood != CrossEntropy("tanh"):
        # The last term is for a loss whose distribution has no spread.
        np.testing.assert_array_less(np.abs(x.mean(0) - mean), 5 * x.std(0) / math.sqrt(N) + 1e-5)


@pytest.mark.parametrize("name", PROPER)
def test_sums_to_one(name):
    case = CASES[name]
    prepared, outputs = case.prepared, case.outputs[0]
    support = prepared.support
    if support.integer:
        x = np.arange(support.lower, min(support.upper, 400) + 1)
        weight = np.ones_like(x)
    elif isinstance(case.likelihood, RoundedNormal):
        x = -3 + 0.5 * np.arange(-400, 400)
        weight = np.ones_like(x)
    elif isinstance(case.likelihood, LogNormal):
        t = np.linspace(-9, 9, 4001)
        x, weight = np.exp(t), np.exp(t) * (t[1] - t[0])
    elif math.isinf(support.lower):
        t = np.linspace(-9, 9, 4001)
        x, weight = 2 + np.sinh(t), np.cosh(t) * (t[1] - t[0])
    else:
        x = np.linspace(0, 1, 2001)
        weight = np.full_like(x, x[1])
        weight[[0, -1]] /= 2
    grid = jnp.broadcast_to(jnp.asarray(x, jnp.float32)[:, None], (len(x), D))

    @jax.jit
    def density(grid):
        return jnp.exp(jax.vmap(prepared.distribution(outputs).log_prob)(grid))

    density = density(grid.astype(int if support.integer else float))
    np.testing.assert_allclose(np.asarray(density, np.float64).T @ weight, 1, atol=2e-4)


@pytest.mark.parametrize("name", [name for name in (*PROPER, "mixed") if CASES[name].likelihood.separable])
def test_log_prob_is_that_of_the_distribution(name):
    case = CASES[name]
    prepared, outputs, x = case.prepared, case.outputs[0], case.draws[0, 0]
    value = x.astype(int) if name == "categorical" else x
    expected = jax.jit(lambda o, v: prepared.distribution(o).log_prob(v).sum())(outputs, value)
    found = eqx.filter_jit(prepared.log_prob)(outputs, x)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_a_saved_model_knows_its_shapes_without_values(name):
    """`load` traces the building of a module, in which arrays have no values."""
    case = CASES[name]

    def build():
        return VAEModule.build(ModelConfig(2), case.likelihood, case.summary, np.random.default_rng(0))

    traced, built = (
        jax.tree.leaves(eqx.filter(module, has_shape)) for module in (eqx.filter_eval_shape(build), build())
    )
    assert [leaf.shape for leaf in traced] == [leaf.shape for leaf in built]


def has_shape(leaf):
    return hasattr(leaf, "shape")


def test_vmap_agrees_with_one_at_a_time(case):
    prepared, outputs, x = case.prepared, case.outputs, case.draws[0]
    mean, log_prob = eqx.filter_jit(prepared.mean), eqx.filter_jit(prepared.log_prob)
    np.testing.assert_allclose(mean(outputs), jax.vmap(mean)(outputs), rtol=1e-6)
    singles = [log_prob(o, v) for o, v in zip(outputs, x, strict=True)]
    batch = jax.vmap(lambda o, v: log_prob(o, v))(outputs, x)
    np.testing.assert_allclose(batch, singles, rtol=2e-5, atol=1e-5)


def test_a_cell_that_was_not_observed_counts_nothing(case):
    x, other = case.draws[0, 0], case.draws[1, 0]
    observed = jnp.array([True, False, True, False])

    @eqx.filter_jit
    def values(part, outputs):
        each = part.log_prob_per_feature(outputs, x)
        moved = part.log_prob(outputs, jnp.where(observed, x, other), observed)
        return each, part.log_prob(outputs, x), part.log_prob(outputs, x, observed.astype(float)), moved

    each, whole, some, moved = values(case.prepared, case.outputs[0])
    assert each.shape == (D,)
    np.testing.assert_allclose(whole, each.sum(), rtol=1e-5)
    if case.likelihood.separable:  # test_noise_factors.py has the others
        np.testing.assert_allclose(some, each[0] + each[2], rtol=1e-5, atol=1e-6)
    assert some == moved


def test_gradients_are_finite_at_extreme_outputs(case):
    prepared, x = case.prepared, case.draws[0, 0]
    arrays, static = eqx.partition(prepared, eqx.is_inexact_array)

    @jax.jit
    @jax.vmap
    def gradients(outputs):
        return jax.grad(lambda a, o: eqx.combine(a, static).log_prob(o, x), (0, 1))(arrays, outputs)

    signs = jnp.array(np.random.default_rng(0).choice([-1.0, 1.0], (4, case.n_outputs)))
    extremes = jnp.concatenate([50 * signs, jnp.full_like(signs, 50), jnp.full_like(signs, -50), 0 * signs])
    assert all(np.isfinite(g).all() for g in jax.tree.leaves(gradients(extremes)))


@pytest.mark.parametrize("name", SAVED)
def test_config_round_trip(name):
    likelihood = CASES[name].likelihood
    for part in (likelihood, CASES[name].prepared):  # arrays never enter
        config = json.loads(json.dumps(to_config(part)))
        again = from_config(LIKELIHOODS, config)
        assert type(again) is type(likelihood) and to_config(again) == to_config(likelihood)
        assert jax.tree.structure(again) == jax.tree.structure(likelihood)


def test_config_errors_name_what_is_wrong():
    with pytest.raises(InputError, match="unknown likelihood 'bernouli'; did you mean 'bernoulli'"):
        from_config(LIKELIHOODS, {"name": "bernouli"})
    with pytest.raises(InputError, match="'scal'; did you mean 'scale'"):
        from_config(LIKELIHOODS, {"name": "normal", "scal": "fixed"})
    with pytest.raises(InputError, match="custom.loss"):
        to_config(CASES["custom"].likelihood)


# Oracles


def logp(likelihood, outputs, x):
    return float(likelihood.log_prob(jnp.asarray(outputs, jnp.float32), jnp.asarray(x, jnp.float32)))


def test_normal_and_student_t_against_scipy_in_the_datas_own_units():
    x, output = np.array([1.0, -2.0, 4.0, 3.0]), np.array([0.1, -0.3, 0.2, 0.0])
    location = WIDE.center + WIDE.unit * output
    scale = WIDE.unit * (math.exp(-6) + 0.1)  # exp(m + softplus(r - m)) = exp(m) + exp(r)
    df = 2 + math.log1p(math.exp(3))
    spread = math.sqrt(df / (df - 2))  # of a standard Student-t
    for family, density, start in ((Normal, stats.norm, WIDE.std), (StudentT, partial(stats.t, df), WIDE.std / spread)):
        chosen = family(initial_scale=0.1).prepare(WIDE)
        np.testing.assert_allclose(logp(chosen, output, x), density(location, scale).logpdf(x).sum(), rtol=1e-5)
        expected = density(location, start).logpdf(x).sum()  # else the scale starts as that of the best constant
        np.testing.assert_allclose(logp(family().prepare(WIDE), output, x), expected, rtol=2e-3)
    expected = stats.norm(location, 2.5).logpdf(x).sum()
    np.testing.assert_allclose(logp(CASES["normal-fixed"].prepared, output, x), expected, rtol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2000), st.floats(-5, 8))
def test_counts_and_bernoulli_against_scipy(x, output):
    output = float(np.float32(output))
    rate = math.exp(output)
    tolerance = {"rtol": 1e-4, "atol": 5e-3}
    np.testing.assert_allclose(logp(Poisson(), [output], [x]), stats.poisson(rate).logpmf(x), **tolerance)
    expected = stats.nbinom(10, 10 / (10 + rate)).logpmf(x)  # dispersion starts at 1/10
    np.testing.assert_allclose(logp(NegativeBinomial(), [output], [x]), expected, **tolerance)
    expected = stats.bernoulli(1 / (1 + math.exp(-output))).logpmf(x % 2)
    np.testing.assert_allclose(logp(Bernoulli(), [output], [x % 2]), expected, **tolerance)


@pytest.mark.parametrize("mean", [1e-3, 30.0, 1e5, 8e6])
def test_large_counts_keep_their_probability(mean):
    log_mean = np.float32(math.log(mean))
    mean = float(jnp.exp(log_mean))
    for dispersion in (0.0, 0.01, 5.0):
        spread = np.sqrt(mean + dispersion * mean**2)
        x = np.unique(np.round(np.maximum(mean + spread * np.linspace(-6, 6, 25), 0)).astype(np.float32))
        if dispersion:
            r = 1 / float(np.float32(dispersion))
            distribution, wanted = (
                NegativeBinomialCounts(log_mean, dispersion),
                stats.nbinom(r, r / (r + mean)),
            )
        else:
            distribution, wanted = PoissonCounts(log_mean), stats.poisson(mean)
        found = jax.jit(distribution.log_prob)(x)
        np.testing.assert_allclose(found, wanted.logpmf(x.astype(float)), rtol=1e-4, atol=1e-4)


def test_a_normal_far_from_zero_is_as_exact_as_one_near():
    part = Normal("fixed", value=0.1).prepare(summary_of(1e6 - 1, 1e6 + 1))
    x, output = np.full(D, 1e6 + 0.5), np.float32(0.3137)
    expected = D * stats.norm(0, 0.1).logpdf(0.5 - float(output))
    assert logp(part, np.full(D, output), x) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("likelihood", [Normal("network"), StudentT(scale="network", df="network")])
def test_one_large_output_cannot_overflow(likelihood):
    outputs = jnp.full(likelihood.n_outputs(1), 1e4).at[0].set(0.0)
    value, slope = jax.jit(jax.value_and_grad(lambda o: likelihood.log_prob(o, jnp.zeros(1))))(outputs)
    assert np.isfinite(value) and np.isfinite(slope).all() and slope[1] < 0


def test_many_degrees_of_freedom_are_a_normal():
    student = StudentT(initial_scale=0.1).prepare(WIDE)
    student = eqx.tree_at(lambda p: p.raw_df, student, float32(np.full(D, 1e6)))
    outputs, x, normal = student.initial_outputs(WIDE), WIDE.mean, Normal(initial_scale=0.1).prepare(WIDE)
    assert logp(student, outputs, x) == pytest.approx(logp(normal, outputs, x), abs=0.02)


def test_rates_grow_linearly_where_floats_stop_counting():
    outputs = jnp.array([10.0, 16.0, 17.0, 1e6])
    expected = np.exp([10, 16, 16, 16]) * [1, 1, 2, 1e6 - 15]
    np.testing.assert_allclose(Poisson().mean(outputs), expected, rtol=1e-4)
    np.testing.assert_allclose(NegativeBinomial().mean(outputs), expected, rtol=1e-4)


def test_count_starts_at_huge_means():
    summary = summary_of(0, 1e9)
    mean = Poisson().mean(jnp.asarray(Poisson().initial_outputs(summary)))
    np.testing.assert_allclose(mean, summary.mean, rtol=1e-3)


def test_counts_beyond_int32_have_samples_and_means_of_their_size():
    mean = np.array([3e9, 4e11, 7e12, 2.0])
    summary = Summary(mean, mean, mean / 2, 3 * mean, mean, mean, 0 * mean)
    for likelihood, spread in ((Poisson(), np.sqrt(mean)), (NegativeBinomial(), np.sqrt(mean + 0.1 * mean**2))):
        prepared = likelihood.prepare(summary)
        outputs = jnp.asarray(prepared.initial_outputs(summary))
        np.testing.assert_allclose(prepared.mean(outputs), mean, rtol=1e-3)
        np.testing.assert_allclose(prepared.mean(outputs + 1.0), np.e * mean, rtol=1e-3)  # still exponential
        keys = jax.random.split(jax.random.key(0), 4000)
        draws = np.asarray(jax.jit(jax.vmap(prepared.sample, (0, None)))(keys, outputs), np.float64)
        np.testing.assert_allclose(draws.mean(axis=0), mean, rtol=0.1)
        np.testing.assert_allclose(draws.std(axis=0), spread, rtol=0.1)
        assert (draws >= 0).all() and (draws == np.round(draws)).all()
        assert len(np.unique(draws[:, 1])) > 50  # not cut at one number
    mixed = Mixed((Poisson(), Categorical(3)), ((0,), (1,)))
    outputs, x = jnp.array([20.0, 0.0, 0.0, 0.0]), jnp.array([5e9, 1.0])
    np.testing.assert_allclose(mixed.distribution(outputs).log_prob(x).sum(), mixed.log_prob(outputs, x), rtol=1e-5)


def test_slopes_of_counts_are_exact_at_any_size():
    """They were zero from 1e9 on: the square of a product of two counts left float32."""
    mean, factor, dispersion = np.meshgrid(np.geomspace(1, 1e14, 15), [0.01, 0.3, 1.5, 3, 100], [0.01, 1.0, 8.0])
    log_mean, x = np.float32(np.log(mean)), np.float32(np.round(mean * factor))
    slope = jax.jit(jax.vmap(jax.grad(lambda m, a, x: NegativeBinomialCounts(m, a).log_prob(x))))
    found = slope(log_mean.ravel(), np.float32(dispersion.ravel()), x.ravel()).reshape(mean.shape)
    exact_mean = np.exp(log_mean.astype(np.float64))
    np.testing.assert_allclose(found, (x - exact_mean) / (1 + dispersion * exact_mean), rtol=2e-3, atol=2e-3)


def test_no_log_density_is_above_the_highest(case):
    """At outputs near the data's, at wild ones, and at rows of all sizes."""
    prepared, rng = case.prepared, np.random.default_rng(0)
    highest = prepared.highest_log_prob(D)
    assert highest.shape == (D,) and not np.isnan(highest).any()
    assert np.isfinite(highest).all() or isinstance(prepared, Custom)
    outputs = (
        np.asarray(case.outputs[0]) + rng.normal(size=(400, case.n_outputs)) * np.geomspace(1e-3, 1e6, 400)[:, None]
    )
    means = np.asarray(jax.jit(lambda o: prepared.mean(o))(jnp.asarray(outputs, jnp.float32)))
    x = np.clip(np.concatenate([means, case.rows(20)[np.arange(400) % 20]]), *_reach(prepared))
    x = np.where([prepared.support_of(j).integer for j in range(D)], np.round(x), x)
    values = jax.jit(lambda o, x: prepared.log_prob_per_feature(o, x))(
        jnp.asarray(np.tile(outputs, (2, 1)), jnp.float32), jnp.asarray(x, jnp.float32)
    )
    assert (np.nan_to_num(np.asarray(values), nan=-np.inf) <= highest + 1e-3 * (1 + np.abs(highest))).all()


def _reach(likelihood):
    """Values in the support, as float32 allows."""
    supports = [likelihood.support_of(j) for j in range(D)]
    return (np.clip([getattr(s, end) for s in supports], -1e30, 1e30) for end in ("lower", "upper"))


def test_cross_entropy_is_a_continuous_bernoulli_without_its_normalizer():
    outputs, x = jnp.array([-2.0, 0.0, 3.0]), jnp.array([0.2, 0.9, 0.4])
    log_c = ContinuousBernoulli().distribution(outputs).log_normalizer
    found = ContinuousBernoulli().log_prob(outputs, x) - CrossEntropy().log_prob(outputs, x)
    np.testing.assert_allclose(found, log_c.sum(), rtol=1e-5)


def test_cross_entropy_clips_as_keras_does():
    likelihood = CrossEntropy("identity")
    expected = 0.25 * math.log(1e-7) + 0.75 * math.log1p(-1e-7)
    np.testing.assert_allclose(logp(likelihood, [-3.0], [0.25]), expected, rtol=1e-5)
    np.testing.assert_allclose(logp(likelihood, [0.5], [0.25]), math.log(0.5), rtol=1e-5)
    assert float(likelihood.mean(jnp.array([-3.0]))[0]) == -3.0


def test_sum_of_squares_is_a_normal_of_variance_half_less_its_constant():
    outputs, x = jnp.array([1.0, 2.0]), jnp.array([0.5, 4.0])
    constant = stats.norm(0, math.sqrt(0.5)).logpdf(0) * 2
    normal = Normal("fixed", value=math.sqrt(0.5)).log_prob(outputs, x)
    np.testing.assert_allclose(SumOfSquares().log_prob(outputs, x), normal - constant, rtol=1e-5)


def test_custom_may_return_one_number_or_one_for_each_feature():
    outputs, x = jnp.array([1.0, 2.0]), jnp.array([0.5, 4.0])
    each, total = Custom(lambda x, m: (x - m) ** 2), Custom(lambda x, m: ((x - m) ** 2).sum())
    assert each.log_prob(outputs, x) == total.log_prob(outputs, x) == SumOfSquares().log_prob(outputs, x)


# Scales, links and columns


def test_scales_have_a_floor_and_follow_the_unit():
    likelihood = Normal("network", floor=0.01)
    outputs = jnp.array([0.0, -1e6] * D)
    np.testing.assert_allclose(likelihood.distribution(outputs).scale, 0.01, rtol=1e-5)
    np.testing.assert_allclose(likelihood.prepare(WIDE).distribution(outputs).scale, 0.05, rtol=1e-5)


def test_center_and_unit_are_not_trained():
    prepared = CASES["student_t"].prepared
    nodes = jax.tree.leaves(prepared, is_leaf=lambda node: isinstance(node, NonTrainable))
    assert sorted(isinstance(node, NonTrainable) for node in nodes) == [False, False, True, True, True]
    gradient = eqx.filter_grad(lambda part: part.log_prob(jnp.zeros(D), jnp.ones(D)))(prepared)
    assert not np.any(gradient.location_scale.center.tree) and np.all(gradient.location_scale.raw)


@pytest.mark.parametrize("scale, shape", [("shared", ()), ("feature", (6,)), ("network", None)])
def test_a_module_gives_images_their_shape(scale, shape):
    summary = Summary(*(np.full((2, 3, 1), value) for value in (0.5, 0.2, 0.0, 1.0, 0.5, 0.25, 0.0)))
    module = VAEModule.build(ModelConfig(2, hidden=(3,)), Normal(scale), summary, np.random.default_rng(0))
    raw = module.likelihood.location_scale.raw
    assert (None if raw is None else raw.shape) == shape
    outputs = module.decode(jnp.zeros(2))
    assert outputs.shape == (12 if scale == "network" else 6,)
    assert module.mean(outputs).shape == module.variance(outputs).shape == (2, 3, 1)
    assert module.sample_x(jax.random.key(0), outputs).shape == (2, 3, 1)
    assert module.log_prob(outputs, jnp.zeros((2, 3, 1))).shape == ()


@pytest.mark.parametrize("name", LINKS)
def test_links_invert(name):
    link = LINKS[name]
    mean = np.array([0.05, 0.5, 0.9])
    np.testing.assert_allclose(link.forward(jnp.asarray(link.inverse(mean))), mean, rtol=1e-5)
    ends = link.inverse(np.array([-5.0, 0.0, 1.0]))  # out of reach for some
    assert np.isfinite(ends).all()
    reached = np.asarray(link.forward(jnp.asarray([-1e3, 1e3])))
    np.testing.assert_allclose(reached, np.clip([-1e3, 1e3], *link.range))


def test_mixed_sums_its_parts_in_their_columns():
    case = CASES["mixed"]
    outputs, x = case.outputs[0], jnp.array([2.0, 1.0, 0.7, 4.0])
    normal = Normal("network").prepare(COUNT.of([2]))

    @jax.jit
    def parts(outputs, x):
        return (
            normal.log_prob(outputs[:2], x[2:3])
            + Categorical(3).log_prob(outputs[2:5], x[:1])
            + Poisson().log_prob(outputs[:4:-1], x[1::2])
        )

    found = eqx.filter_jit(case.prepared.log_prob)(outputs, x)
    np.testing.assert_allclose(found, parts(outputs, x), rtol=1e-6)


def test_mixed_knows_what_each_column_supports():
    x = np.array([[3.0, 0.5, 0.5, 0.0], [1.0, 2.0, -4.0, -1.0]])
    expected = [[True, True, False, False], [False, False, False, True]]
    np.testing.assert_array_equal(MIXED.excludes(x), expected)
    assert MIXED.support_of(0).upper == 2 and str(MIXED.support_of(1)) == "integers in [0, inf]"


def test_a_mixed_distribution_draws_for_many_rows():
    case = CASES["mixed"]

    @jax.jit
    def draw(key):
        d = case.prepared.distribution(case.outputs)
        x = d.sample(key, (2,))
        return x, d.log_prob(x)

    x, log_prob = draw(jax.random.key(0))
    assert x.shape == log_prob.shape == (2, 3, D) and len(np.unique(x[..., 2])) == 6


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda: Normal("free"), "unknown scale 'free'"),
        (lambda: Normal(link="sigmoidal"), "did you mean 'sigmoid'"),
        (lambda: Normal("fixed", value=0.0), "value to be a positive number; got 0.0"),
        (lambda: Normal(floor=math.nan), "floor"),
        (lambda: Normal(floor=0.0), "floor to be a positive number; got 0.0"),
        (lambda: Normal("fixed", value="abc"), "value must be a number, as in value=0.1; got 'abc'"),
        (lambda: Normal("fixed", value=None), "value must be a number"),
        (lambda: DiscretizedLogistic(bits="abc"), "bits must be an integer of at least 1"),
        (lambda: Categorical(2.5), "levels must be an integer of at least 2"),
        (lambda: StudentT("shared"), "unknown df 'shared'"),
        (lambda: DiscretizedLogistic(scale="fixed"), "unknown scale 'fixed'"),
        (
            lambda: DiscretizedLogistic(levels=1),
            "levels must be an integer of at least 2, as in .*; got 1",
        ),
        (lambda: Categorical(1), "levels must be an integer of at least 2, as in .*; got 1"),
        (lambda: CrossEntropy("logit"), "unknown link 'logit'"),
        (lambda: Mixed((Normal(),), ((0,), (1,))), "got 2 groups for 1 parts"),
        (lambda: Mixed((Normal(), Poisson()), ((0, 1), (1,))), "exactly once"),
        (lambda: Mixed((SumOfSquares(),), ((0,),)), "got 'sum_of_squares'"),
        (lambda: MIXED.support_of(9), "column from 0 to 3; got 9"),
    ],
)
def test_bad_settings(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_a_likelihood_of_ones_own_needs_three_members():
    class Exponential(AbstractLikelihood):
        name = "exponential"
        support = Poisson().support

        def distribution(self, outputs):
            return dist.Exponential(jnp.exp(outputs))

    assert logp(Exponential(), [0.0, 0.0], [1.0, 2.0]) == pytest.approx(-3)


@pytest.mark.parametrize("likelihood", [Normal(), Normal("network"), Normal(factors=2), StudentT("network", "shared")])
@pytest.mark.parametrize("unit", [1e-30, 1e-19, 1e19, 1e30])
def test_units_only_shift_the_log_density(likelihood, unit):
    def value_and_gradients(unit):
        prepared = likelihood.prepare(summary_of(-3.0 * unit, 7.0 * unit))
        arrays, static = eqx.partition(
            prepared, eqx.is_inexact_array, is_leaf=lambda node: isinstance(node, NonTrainable)
        )
        outputs = jnp.asarray(prepared.initial_outputs(summary_of(-3.0 * unit, 7.0 * unit)) + 0.2)
        x = jnp.asarray(np.array([-2.0, 0.5, 3.0, 6.0]) * unit, jnp.float32)
        return jax.value_and_grad(lambda a, o: eqx.combine(a, static).log_prob(o, x), (0, 1))(arrays, outputs)

    (value, gradients), (expected, wanted) = value_and_gradients(unit), value_and_gradients(1.0)
    np.testing.assert_allclose(value, expected - D * math.log(unit), rtol=1e-4)
    for got, want in zip(jax.tree.leaves(gradients), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4)


def test_the_variance_of_mixed_columns_is_each_parts():
    poisson = Poisson()
    likelihood = Mixed((poisson, Normal("fixed", value=2.0)), ((1,), (0,)))
    rate = poisson.distribution(jnp.zeros(1)).variance[0]
    np.testing.assert_allclose(likelihood.distribution(jnp.zeros(2)).variance, [4.0, rate], rtol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_log_ratios_are_affine_in_x_where_the_likelihood_claims_it(name):
    case = CASES[name]
    x = jnp.array([1.0, 2.0, 3.0]) * (0.2 if case.summary is UNIT else 1.0)
    one, other = case.outputs[0], case.outputs[1]

    @jax.jit
    def bend(outputs, others):
        low, middle, high = (
            case.prepared.log_prob(outputs, jnp.full(D, value)) - case.prepared.log_prob(others, jnp.full(D, value))
            for value in x
        )
        return low - 2 * middle + high

    if case.prepared.affine_in_x:
        assert abs(float(bend(one, other))) < 1e-4
    elif name not in ("categorical", "histogram", "mixed", "rounded_normal", "zero_inflated_negative_binomial"):
        # The first three take codes; the last two are affine but for rounding, and but for zeros.
        assert abs(float(bend(one, other))) > 1e-3


def test_log_prob_is_a_density_except_where_it_is_marked():
    x = np.array([[0.0, 0.3, 1.0, 0.7]])
    for name in PROPER:
        assert not CASES[name].prepared.unnormalized(x).any()
    np.testing.assert_array_equal(CrossEntropy().unnormalized(x), [[False, True, False, True]])


@pytest.mark.parametrize("name", ["normal", "normal-shared", "student_t", "sum_of_squares"])
def test_a_free_scale_starts_where_the_fixed_one_was(name):
    likelihood = CASES[name].likelihood
    fixed = SumOfSquares() if name == "sum_of_squares" else type(likelihood)(scale="fixed", value=0.5)
    if name != "sum_of_squares":
        fixed = fixed.prepare(WIDE)
    free = fixed.with_location_scale(fixed.location_scale.with_free_scale())
    assert free.location_scale.is_learned and not fixed.location_scale.is_learned
    outputs = jnp.zeros(D)
    np.testing.assert_allclose(
        np.sqrt(np.broadcast_to(free.distribution(outputs).variance, D)),
        np.sqrt(np.broadcast_to(fixed.distribution(outputs).variance, D)),
        rtol=0.03,  # the soft floor adds a little
    )


@pytest.mark.parametrize("name", ["normal", "normal-shared", "student_t", "discretized_logistic", "sum_of_squares"])
def test_the_scale_in_numpy_is_that_of_the_program(name):
    part = CASES[name].prepared.location_scale
    if part.raw is not None:  # near the floor, usual, and where the logarithm is capped
        raw = jnp.resize(jnp.array([-3.0, 0.1, 20.0]), part.raw.shape)
        part = eqx.tree_at(lambda part: part.raw, part, raw)
    scale = part(jnp.zeros((D, 1)))[1]
    np.testing.assert_allclose(np.broadcast_to(part.std, D), np.broadcast_to(scale, D), rtol=2e-5)


@pytest.mark.parametrize("name", ["normal", "normal-shared", "normal-network"])
def test_the_constant_of_a_normal_has_the_most_probable_scale(name):
    """Against the best of many scales: the common multiple of all units, or one for each feature."""
    case, x = CASES[name], np.random.default_rng(3).normal(2, 3, size=(50, D))
    found = case.prepared.constant_log_probs(case.summary, x).mean()
    mean, unit = case.summary.mean, case.summary.unit
    scales = np.geomspace(0.3, 3, 2001)[:, None, None] * unit
    each = stats.norm.logpdf(x, mean, scales).mean(axis=1)
    best = each.sum(axis=1).max() if name == "normal-shared" else each.max(axis=0).sum()
    assert found == pytest.approx(best, abs=1e-4)


def test_columns_of_a_mixed_likelihood_have_their_own_part():
    names = {column: part.name for part, columns in MIXED.for_columns(4) for column in columns}
    assert [names[column] for column in range(4)] == ["categorical", "poisson", "normal", "poisson"]
    assert len(names) == 4 and list(Normal().for_columns(7)) == [(Normal(), range(7))]
