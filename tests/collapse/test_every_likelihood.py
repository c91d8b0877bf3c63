"""Certificates of every likelihood, from its log_prob alone."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.core.test_likelihoods import CASES as CONSTRUCTORS

from elbax.collapse import collapse_certificate, general_density_ratios
from elbax.collapse.density_ratios import NormalDensityRatios, log_d
from elbax.collapse.general_density_ratios import GeneralDensityRatios
from elbax.core.likelihoods import (
    LIKELIHOODS,
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    CrossEntropy,
    Custom,
    DiscretizedLogistic,
    Mixed,
    NegativeBinomial,
    Normal,
    Poisson,
    StudentT,
    SumOfSquares,
)
from elbax.types import Summary

RNG = np.random.default_rng(0)


REAL = RNG.normal(size=(60, 3)) @ RNG.normal(size=(3, 3)) + 4
GRAY = RNG.uniform(0.05, 0.95, size=(60, 3))
COUNTS = RNG.poisson(3, size=(60, 3)).astype(float)
CODES = np.minimum(COUNTS, 2)
CASES = {
    "normal": (Normal(), REAL),
    "normal-network": (Normal("network"), REAL),
    "normal-factors-network": (Normal("network", factors=2), REAL),
    "normal-softplus": (Normal("shared", link="softplus"), REAL),
    "student_t": (StudentT(), REAL),
    "student_t-softplus": (StudentT(link="softplus"), REAL),
    "student_t-network": (StudentT("network", "network"), REAL),
    "bernoulli": (Bernoulli(), (GRAY > 0.5).astype(float)),
    "continuous_bernoulli": (ContinuousBernoulli(), GRAY),
    "cross_entropy": (CrossEntropy(), GRAY),
    "cross_entropy-tanh": (CrossEntropy("tanh"), GRAY),
    "poisson": (Poisson(), COUNTS),
    "negative_binomial": (NegativeBinomial(), COUNTS),
    "discretized_logistic": (DiscretizedLogistic(levels=16), COUNTS),
    "discretized_logistic-network": (DiscretizedLogistic(levels=16, scale="network"), COUNTS),
    "categorical": (Categorical(3), CODES),
    "sum_of_squares": (SumOfSquares(), REAL),
    "custom": (Custom(lambda x, mean: (x - mean) ** 4), REAL),
    "mixed": (Mixed((Normal("network"), Categorical(3), Poisson()), ((2,), (0,), (1,))), None),
    "mixed-narrow": (Mixed((Normal(), Poisson()), ((0, 2), (1,))), None),
}
OWN = {likelihood.name for likelihood, _ in CASES.values()}
CASES |= {
    name: (case.likelihood, case.rows(60)[:, :3])
    for name, case in CONSTRUCTORS.items()
    if case.likelihood.name not in (*OWN, "histogram")  # of tables with grids, which have no certificate yet
}

# Nothing in these is trained; where the network gives the scale, it is an output like any other.
UNTRAINED = {
    *("bernoulli", "continuous_bernoulli", "cross_entropy", "cross_entropy-tanh", "poisson", "categorical"),
    *(
        "normal-network",
        "student_t-network",
        "discretized_logistic-network",
        "mixed",
        "sum_of_squares",
        "custom",
    ),
}


def summary_of(x):
    return Summary(x.mean(0), x.std(0), x.min(0), x.max(0), x.mean(0), x.std(0), 0 * x[0])


def prepared(name):
    likelihood, x = CASES[name]
    if x is None:
        first = CODES if name == "mixed" else REAL
        x = np.column_stack([first[:, 0], COUNTS[:, 1], REAL[:, 2]])
    return likelihood.prepare(summary_of(x)), x


@pytest.mark.parametrize("name", CASES)
def test_the_constant_is_the_best_and_gradients_are_right(name):
    likelihood, x = prepared(name)
    ratios = GeneralDensityRatios(likelihood, x)
    k = ratios.scores.shape[1]
    assert np.abs(ratios.scores.mean(axis=0)).max() < 1e-5
    steps = np.random.default_rng(1).normal(size=(100, k)) * np.repeat([1e-3, 0.3], 50)[:, None]
    steps = np.clip(steps, ratios.lower, ratios.upper)
    log_ratio = ratios.log_ratio(steps)
    assert log_ratio.shape == (100, len(x)) and log_ratio.mean(axis=1).max() < 1e-9
    # Against log_prob itself, at the outputs that a step stands for.
    with jax.enable_x64(True):
        # The likelihood is an argument, as it is there: XLA rounds a constant's exponential in its own way.
        log_prob = eqx.filter_jit(lambda it, outputs: jax.vmap(it.log_prob, (None, 0))(outputs, x))
        at, origin = (log_prob(likelihood, ratios.outputs(v)) for v in (steps[60], np.zeros(k)))
    np.testing.assert_allclose(log_ratio[60], at - origin, rtol=1e-7, atol=1e-9)
    v = steps[60]
    _, gradient = ratios.value_and_gradient(v, 1.3)
    differences = [
        (ratios.value_and_gradient(v + e, 1.3)[0] - ratios.value_and_gradient(v - e, 1.3)[0]) / 2e-5
        for e in 1e-5 * np.eye(k)
    ]
    np.testing.assert_allclose(gradient, differences, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_every_likelihood_has_a_certificate(name):
    likelihood, x = prepared(name)
    certificate = collapse_certificate(likelihood, x)
    assert certificate.method == "search"
    assert certificate.where.shape == certificate.constant.shape == (3,)
    assert np.isfinite(certificate.log_supremum) and 1 <= certificate.effective_rows <= 60 + 1e-9
    assert certificate.collapse_is_optimal == (certificate.critical_kl_weight <= 1 + 1e-4)
    assert certificate.statement.endswith(".")
    has_arrays = bool(jax.tree.leaves(likelihood)) and not name.endswith("-network")
    assert certificate.learned == (name not in UNTRAINED if likelihood.name in OWN else has_arrays)
    ratios = GeneralDensityRatios(likelihood, x)
    steps = np.random.default_rng(1).normal(size=(500, ratios.scores.shape[1])) * np.geomspace(0.1, 5, 500)[:, None]
    elsewhere = log_d(ratios.log_ratio(np.clip(steps, ratios.lower, ratios.upper)))
    assert elsewhere.max() <= certificate.log_supremum + 1e-9


@pytest.mark.parametrize("likelihood", [SumOfSquares(), Normal("fixed", value=0.5), Normal("feature")], ids=str)
def test_the_closed_form_of_normals_is_the_general_one(likelihood):
    likelihood = likelihood.prepare(summary_of(REAL))
    scale = np.asarray(likelihood.distribution(jnp.zeros(3)).scale)
    closed, general = NormalDensityRatios(REAL, scale), GeneralDensityRatios(likelihood, REAL)
    steps = RNG.normal(size=(7, 3))
    np.testing.assert_allclose(closed.log_ratio(steps), general.log_ratio(steps), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(closed.mean(steps[0]), general.mean(steps[0]), rtol=1e-5)
    np.testing.assert_allclose(closed.upper, general.upper, rtol=1e-5)


def two_peaks():
    """Two clumps, the second larger, under a density too narrow and heavy-tailed to see both at once."""
    noise = 0.1 * np.random.default_rng(2).normal(size=(100, 1))
    return StudentT(scale="fixed", value=0.2), np.repeat([[0.0], [10.0]], [45, 55], axis=0) + noise


@pytest.mark.parametrize("method", ["grid", "search"])
@pytest.mark.parametrize("guess", [None, 0.0])
def test_the_best_of_several_constants_is_found(method, guess, monkeypatch):
    likelihood, x = two_peaks()
    if guess is not None:  # start on the lesser peak
        monkeypatch.setattr(general_density_ratios, "_first_guess", lambda rows, ends: np.full(1, guess))
    certificate = collapse_certificate(likelihood, x, method=method)
    assert certificate.constant[0] == pytest.approx(10, abs=0.1)
    assert certificate.where[0] == pytest.approx(0, abs=0.1)


def test_a_search_that_never_settles_says_so(monkeypatch):
    likelihood, x = two_peaks()
    monkeypatch.setattr(general_density_ratios, "_best_constant", lambda rows, ends, start: np.zeros(1))
    with pytest.raises(RuntimeError, match="no best constant output was found for student_t"):
        collapse_certificate(likelihood, x)


def test_every_likelihood_is_tested():
    assert {case[0].name for case in CASES.values()} == {*LIKELIHOODS, "custom"} - {"histogram"}
