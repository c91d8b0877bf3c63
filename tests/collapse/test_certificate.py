"""The certificate of collapse against closed forms, brute force, and the mixtures it speaks of."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp

from elbax.collapse import collapse_certificate, critical_scale, log_d_surface
from elbax.core.likelihoods import (
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    CrossEntropy,
    Custom,
    Normal,
    Poisson,
    StudentT,
    SumOfSquares,
)
from elbax.errors import InputError
from elbax.types import Summary

RNG = np.random.default_rng(0)
U = (np.arange(1000) + 0.5) / 1000
T = 3 * np.pi * (U - 0.5)
CURVE = np.column_stack([(1 + np.sin(T)) / 2, (np.sign(T) * (np.cos(T) - 1) + 2) / 4])
REAL = RNG.normal(size=(60, 3)) @ RNG.normal(size=(3, 3)) + 4
SKEWED = np.array([[-1.0]] * 6 + [[0.0]] * 3 + [[6.0]])


def summary_of(x):
    std = x.std(axis=0)
    return Summary(x.mean(0), std, x.min(0), x.max(0), x.mean(0), np.where(std > 0, std, 1.0), 0 * std)


def fixed(variance, **options):
    return Normal("fixed", value=math.sqrt(variance), **options)


def log_d_by_hand(x, y, m, variance):
    """Log D of normals, for outputs y (g, d)."""
    near, far = (np.square(x[None] - point[:, None]).sum(-1) for point in (y, m[None]))
    return logsumexp((far - near) / (2 * variance), axis=1) - math.log(len(x))


# The notebook's curve


def test_the_curve_has_the_spectrum_that_was_measured():
    certificate = collapse_certificate(SumOfSquares(), CURVE)
    assert certificate.top_eigenvalue == pytest.approx(0.1361, abs=1e-4)
    assert certificate.scale_squared == pytest.approx(0.5)


@pytest.mark.parametrize("likelihood", [SumOfSquares(), CrossEntropy(), fixed(0.1365)], ids=lambda part: part.name)
@pytest.mark.parametrize("method", ["grid", "search"])
def test_collapse_is_the_optimum_of_the_curve(likelihood, method):
    certificate = collapse_certificate(likelihood, CURVE, method=method)
    assert certificate.collapse_is_optimal
    assert certificate.supremum == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(certificate.where, CURVE.mean(axis=0), atol=1e-4)
    assert (certificate.gain_bound is None) == (method == "search")
    assert certificate.gain_bound is None or 0 <= certificate.gain_bound < 1e-3


@pytest.mark.parametrize("method", ["grid", "search", "covariance"])
def test_a_little_less_noise_and_the_latents_pay(method):
    certificate = collapse_certificate(fixed(0.1360), CURVE, method=method)
    assert not certificate.collapse_is_optimal
    by_hand = log_d_by_hand(CURVE, certificate.where[None], certificate.constant, 0.1360)
    assert certificate.log_supremum == pytest.approx(by_hand[0], abs=1e-12) and by_hand > 0


@pytest.mark.parametrize("link", ["identity", "sigmoid", "tanh"])
@pytest.mark.parametrize("method", ["grid", "search"])
def test_critical_scale_of_the_curve(link, method):
    assert 0.1360 < critical_scale(Normal(link=link), CURVE, method=method) ** 2 < 0.1365


def test_the_proper_likelihoods_of_the_curve_do_not_collapse():
    for likelihood in (ContinuousBernoulli(), Normal("network")):
        assert not collapse_certificate(likelihood, CURVE).collapse_is_optimal


def test_a_collapsed_fit_of_the_curve_is_trapped():
    learned = Normal("shared").prepare(summary_of(CURVE)._replace(unit=np.full(2, 0.35)))
    there = collapse_certificate(learned, CURVE, scale="collapsed")
    assert there.scale_squared == pytest.approx(CURVE.var(axis=0).mean())
    assert there.scale_squared == pytest.approx(0.1227, abs=1e-4)
    assert not there.collapse_is_optimal and "trap" in there.statement
    assert there.critical_scale_squared == pytest.approx(0.1361, abs=1e-4)


# Closed forms


def test_normal_data_have_their_top_eigenvalue_as_critical_value():
    from scipy.stats import norm

    z = norm.ppf((np.arange(40) + 0.5) / 40)
    x = np.stack(np.meshgrid(1.7 * z, 0.6 * z), axis=-1).reshape(-1, 2)
    x = x @ np.array([[0.8, 0.6], [-0.6, 0.8]]) + 100
    top = np.linalg.eigvalsh(np.cov(x.T, bias=True))[-1]
    assert critical_scale(Normal(), x) ** 2 == pytest.approx(top, rel=1e-5)


@pytest.mark.parametrize("a", [1e-6, 0.7, 1e6])
@pytest.mark.parametrize("method", ["grid", "search", "covariance"])
def test_two_points_have_their_squared_distance_from_the_middle(a, method):
    # cosh(t) <= exp(t²/2): D exceeds one nowhere once the variance is a².
    x = np.array([[-a], [a]])
    assert critical_scale(Normal(), x, method=method) == pytest.approx(a, rel=1e-4)


def test_skewed_data_stay_worth_encoding_beyond_the_top_eigenvalue():
    y = np.linspace(-1, 6, 10_001)[:, None]
    low, high = SKEWED.var(), 100.0
    assert log_d_by_hand(SKEWED, y, SKEWED.mean(0), low).max() > 0.01
    for _ in range(60):
        middle = (low + high) / 2
        pays = log_d_by_hand(SKEWED, y, SKEWED.mean(0), middle).max() > 1e-10
        low, high = (middle, high) if pays else (low, middle)
    for method in ("grid", "search"):
        assert critical_scale(Normal(), SKEWED, method=method) ** 2 == pytest.approx(high, rel=1e-4)
    assert high > 1.05 * SKEWED.var()
    certificate = collapse_certificate(fixed(0.999 * high), SKEWED)
    assert not certificate.collapse_is_optimal and certificate.curvature < 1
    assert collapse_certificate(fixed(1.001 * high), SKEWED).collapse_is_optimal


def test_independent_bits_are_not_worth_encoding():
    bits = np.stack(np.meshgrid([0, 0, 0, 1], [0, 1, 1], [0, 1]), axis=-1).reshape(-1, 3)
    certificate = collapse_certificate(Bernoulli(), bits)
    assert certificate.collapse_is_optimal
    assert certificate.curvature == pytest.approx(1) == certificate.critical_kl_weight
    np.testing.assert_allclose(certificate.constant, [0.25, 2 / 3, 0.5], atol=1e-8)


@pytest.mark.parametrize("method", ["grid", "search"])
def test_two_equal_bits(method):
    # D = 2 (pq + (1-p)(1-q)): 2 at the corners. With a weight w the corner has ½ 4^(1/w): critical at 2.
    certificate = collapse_certificate(Bernoulli(), np.array([[0, 0], [1, 1]]), method=method)
    assert not certificate.collapse_is_optimal
    assert certificate.supremum == pytest.approx(2, rel=1e-6)
    assert certificate.critical_kl_weight == pytest.approx(2, rel=1e-4)
    assert abs(np.subtract(*certificate.where)) < 1e-6


def test_two_equal_categories():
    # At a corner one row of three has density 1 instead of 1/9.
    x = np.repeat(np.arange(3.0), 4)[:, None] * np.ones(2)
    certificate = collapse_certificate(Categorical(3), x)
    assert certificate.method == "search"
    assert 0.95 * 3 < certificate.supremum < 3 + 1e-9


def test_counts_by_brute_force():
    x = np.array([[0.0]] * 3 + [[1.0]] * 4 + [[9.0]])
    rate = np.linspace(1e-9, 9, 100_001)
    m = x.mean()
    by_hand = logsumexp(x * np.log(rate / m) - (rate - m), axis=0) - math.log(len(x))
    certificate = collapse_certificate(Poisson(), x)
    assert certificate.log_supremum == pytest.approx(by_hand.max(), rel=1e-6)
    assert certificate.where[0] == pytest.approx(rate[by_hand.argmax()], abs=1e-3)
    assert certificate.constant[0] == pytest.approx(m)


@pytest.mark.parametrize("method", ["grid", "search"])
def test_outputs_out_of_reach_do_not_count(method):
    # A sigmoid cannot pass 1, so the best constant presses against it though the mean is 1.75.
    x = np.array([[0.5], [3.0]])
    certificate = collapse_certificate(fixed(0.3, link="sigmoid"), x, method=method)
    y = np.linspace(0, 1, 10_001)[:, None]
    by_hand = log_d_by_hand(x, y, np.ones(1), 0.3)
    assert certificate.constant == pytest.approx(1)
    assert certificate.log_supremum == pytest.approx(by_hand.max(), abs=1e-9)
    free = collapse_certificate(fixed(0.3), x, method=method)
    assert free.log_supremum > certificate.log_supremum + 0.1


# What the theorem says


@pytest.mark.parametrize("variance", [0.5, 0.15, 0.13, 0.08, 0.02])
def test_no_mixture_gains_more_than_log_d_and_some_gains_where_it_exceeds_zero(variance):
    """The best mixture of outputs, found by expectation maximization, is what the certificate bounds."""
    x = CURVE[::10]
    atoms = np.stack(np.meshgrid(np.linspace(0, 1, 25), np.linspace(0, 1, 25)), axis=-1).reshape(-1, 2)
    atoms = np.vstack([x.mean(axis=0), atoms])
    log_density = -np.square(x[:, None] - atoms).sum(-1) / (2 * variance)
    constant, top = log_density[:, 0].mean(), log_density.max(axis=1)
    density = np.exp(log_density - top[:, None])
    weights = np.full(len(atoms), 1 / len(atoms))
    for _ in range(1000):
        weights *= (density / (density @ weights)[:, None]).mean(axis=0)
    gain = (np.log(density @ weights) + top).mean() - constant
    certificate = collapse_certificate(fixed(variance), x)
    assert gain <= certificate.gain_bound + 1e-12
    assert (gain > 1e-4) == (not certificate.collapse_is_optimal)


def test_the_grid_bound_holds_between_the_nodes():
    x = RNG.standard_t(3, size=(200, 1))
    for variance in (0.05, 1.0, 30.0):
        certificate = collapse_certificate(fixed(variance), x)
        y = np.linspace(x.min(), x.max(), 10_001)[:, None]
        highest = log_d_by_hand(x, y, x.mean(0), variance).max()
        assert highest <= certificate.gain_bound
        assert certificate.log_supremum == pytest.approx(max(highest, 0), abs=1e-4)


def test_the_kl_weight_scales_the_variance_of_a_normal():
    half = collapse_certificate(fixed(0.05), CURVE, kl_weight=2.0)
    whole = collapse_certificate(fixed(0.1), CURVE)
    assert half.log_supremum == pytest.approx(whole.log_supremum)
    assert half.critical_scale_squared == pytest.approx(whole.critical_scale_squared / 2)
    assert half.critical_kl_weight == pytest.approx(2 * whole.critical_kl_weight)
    assert half.gain_bound == pytest.approx(2 * whole.gain_bound)


@pytest.mark.parametrize("factor", [0.9, 1.1])
@pytest.mark.parametrize(
    "likelihood", [CrossEntropy(), Poisson(), StudentT(), Normal("feature")], ids=lambda part: part.name
)
def test_the_critical_weight_is_where_the_verdict_turns(likelihood, factor):
    x = np.round(4 * CURVE[::5]) if isinstance(likelihood, Poisson) else CURVE[::5]
    critical = collapse_certificate(likelihood, x).critical_kl_weight
    assert collapse_certificate(likelihood, x, kl_weight=factor * critical).collapse_is_optimal == (factor > 1)


# Rows, scales and units


def test_each_feature_may_have_its_own_scale():
    x = CURVE * [1.0, 1000.0]
    likelihood = Normal("feature", initial_scale=1.2).prepare(summary_of(x))
    certificate = collapse_certificate(likelihood, x)
    stds = np.asarray(likelihood.distribution(jnp.zeros(2)).scale)
    top = np.linalg.eigvalsh(np.cov((x / stds).T, bias=True))[-1]
    assert certificate.scale_squared is certificate.top_eigenvalue is certificate.critical_scale_squared is None
    assert certificate.curvature == pytest.approx(top, rel=1e-6) == certificate.critical_kl_weight
    warmup_end = collapse_certificate(likelihood, x, scale="collapsed")
    assert warmup_end.curvature == pytest.approx(np.linalg.eigvalsh(np.corrcoef(x.T))[-1])


def test_units_do_not_matter():
    wanted = collapse_certificate(fixed(0.1), CURVE)
    for unit in (1e-8, 1e8):
        found = collapse_certificate(fixed(0.1 * unit**2), unit * CURVE)
        assert found.log_supremum == pytest.approx(wanted.log_supremum, rel=1e-6)
        away = np.linalg.norm(wanted.where - wanted.constant)  # either way: the curve is symmetric
        assert np.linalg.norm(found.where - found.constant) == pytest.approx(unit * away, rel=1e-3)


def test_constant_columns_do_not_matter():
    padded = np.column_stack([np.full(len(CURVE), 7.0), CURVE])
    wanted, found = (collapse_certificate(fixed(0.1), x) for x in (CURVE, padded))
    assert found.method == "grid" and found.log_supremum == pytest.approx(wanted.log_supremum)
    np.testing.assert_allclose(found.where, [7, *wanted.where])
    bits = np.column_stack([np.ones(4), [0, 0, 1, 1], [0, 1, 0, 1]])
    assert collapse_certificate(Bernoulli(), bits).collapse_is_optimal


def test_images_wider_than_they_are_many():
    x = RNG.normal(size=(40, 30, 30, 1))
    x[:20] += 1
    certificate = collapse_certificate(fixed(1.0), x, method="covariance")
    top = np.linalg.eigvalsh(np.cov(x.reshape(40, -1), bias=True) + 0)
    flat = x.reshape(40, -1) - x.reshape(40, -1).mean(axis=0)
    top = np.linalg.eigvalsh(flat @ flat.T / 40)[-1]
    assert certificate.top_eigenvalue == pytest.approx(top)
    assert certificate.where.shape == (30, 30, 1)
    search = collapse_certificate(fixed(1.0), x)
    assert search.log_supremum >= certificate.log_supremum - 1e-9


@pytest.mark.parametrize("structure", [0.0, 1.0])
def test_storing_rows_is_told_from_structure(structure):
    """Wide noise can be stored row by row; only two clumps pay for rows that were not looked at."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(400, 60)) + structure * np.repeat([[-1.0], [1.0]], 200, axis=0)
    certificate = collapse_certificate(fixed(1.2), x)
    assert not certificate.collapse_is_optimal and certificate.effective_rows < 3
    assert (certificate.held_out_log_d > 0) == (structure > 0)
    assert certificate.only_stores_rows == ("storing single rows" in certificate.statement) == (structure == 0)


def test_log_d_for_unseen_rows_needs_some_rows():
    assert collapse_certificate(fixed(0.5), CURVE[::60]).held_out_log_d is None
    assert collapse_certificate(fixed(0.05), CURVE).held_out_log_d == pytest.approx(
        collapse_certificate(fixed(0.05), CURVE).log_supremum, abs=0.5
    )


def test_large_data_are_sampled_and_said_to_be():
    x = RNG.normal(size=(5000, 3))
    first, again, other = (collapse_certificate(fixed(4.0), x, seed=seed) for seed in (0, 0, 1))
    assert first.n_rows == 2000 and first.n_rows_given == 5000 and "2000 of the 5000 rows" in first.statement
    assert first.top_eigenvalue == again.top_eigenvalue != other.top_eigenvalue
    wide = collapse_certificate(Normal("network"), RNG.normal(size=(600, 400)), method="covariance")
    assert wide.n_rows == 250


def test_statements_tell_proof_from_evidence():
    optimal = [collapse_certificate(fixed(1.0), CURVE, method=m).statement for m in ("grid", "search", "covariance")]
    assert "gains more than" in optimal[0] and "no proof" not in optimal[0]
    assert "evidence and no proof" in optimal[1]
    assert "second-order test" in optimal[2] and "0.1361 or more" in optimal[2]
    paying = collapse_certificate(fixed(0.1), CURVE).statement
    assert "proves" in paying and "0.1361" in paying
    assert "D = 1 + 8e-07 > 1" in collapse_certificate(fixed(0.136), CURVE).statement
    learned = Normal("shared", initial_scale=1.0)
    assert "can still change" in collapse_certificate(learned, CURVE).statement
    assert "asked about" in collapse_certificate(learned, CURVE, scale=0.2).statement


def test_a_supremum_beyond_floats_is_infinite():
    certificate = collapse_certificate(fixed(1e-8), CURVE)
    assert certificate.supremum == math.inf and certificate.log_supremum > 1e6


def test_the_surface_is_log_d():
    surface = log_d_surface(SumOfSquares(), CURVE, scale=None)
    y = np.array([[surface.first[100], surface.second[400]]])
    assert surface.log_d[100, 400] == pytest.approx(log_d_by_hand(CURVE, y, surface.constant, 0.5)[0])
    # Log D is zero at the constant, but for rounding, and negative elsewhere.
    highest = np.unravel_index(surface.log_d.argmax(), surface.log_d.shape)
    there = surface.first[highest[0]], surface.second[highest[1]]
    np.testing.assert_allclose(there, surface.constant, atol=1e-9)
    assert surface.log_d[highest] == pytest.approx(0, abs=1e-12)
    assert np.delete(surface.log_d.ravel(), surface.log_d.argmax()).max() < -1e-6
    narrow = log_d_surface(Normal("shared"), CURVE, scale=0.2)
    assert narrow.log_d.max() > 1


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((SumOfSquares(), CURVE, {"kl_weight": 0}), "kl_weight must be a positive number"),
        ((SumOfSquares(), CURVE, {"method": "gird"}), "unknown method 'gird'; did you mean 'grid'"),
        ((SumOfSquares(), REAL, {"method": "grid"}), "'grid' needs at most two features"),
        (
            (Custom(lambda x, m: abs(x - m)), CURVE, {"method": "covariance"}),
            "needs a log-density with a second",
        ),
        ((Bernoulli(), REAL > 4, {"scale": 1.0}), "scale is for normals"),
        ((Normal("network"), CURVE, {"scale": 1.0}), "scale is for normals"),
        ((fixed(1.0), CURVE, {"scale": "collapsed"}), "this one is fixed"),
        ((SumOfSquares(), CURVE, {"scale": "collapsed"}), "this one is fixed"),
        ((Normal(), CURVE, {"scale": "wide"}), "'collapsed' or None; got 'wide'"),
        ((Normal(), CURVE, {"scale": -1.0}), "a positive number, 'collapsed' or None; got -1.0"),
        ((Normal(), CURVE[:1], {}), "at least two rows"),
        ((Normal(), CURVE[:, 0], {}), r"shape \(n, \*event\)"),
        ((Normal(), np.full((3, 2), np.nan), {}), "NaN or infinite"),
        ((Normal(), np.ones((3, 2)), {}), "all rows of x are the same"),
        ((Bernoulli(), REAL, {}), "values to which bernoulli gives no density"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments, message):
    likelihood, x, options = arguments
    with pytest.raises(InputError, match=message):
        collapse_certificate(likelihood, np.asarray(x, float), **options)


def test_a_surface_needs_a_plane():
    with pytest.raises(InputError, match="two features that vary"):
        log_d_surface(SumOfSquares(), REAL)
