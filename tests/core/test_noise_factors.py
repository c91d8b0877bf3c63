"""Noise factors of the normal likelihood against scipy's multivariate normal."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from elbax.collapse import collapse_certificate, critical_scale, log_d_surface
from elbax.collapse.density_ratios import CorrelatedDensityRatios, log_d
from elbax.core.config import from_config, to_config
from elbax.core.likelihoods import LIKELIHOODS, Bernoulli, Mixed, Normal
from elbax.core.likelihoods.noise_factors import joint_log_prob, sequential_log_prob, times_covariance
from elbax.errors import InputError
from elbax.types import Summary

D, K = 6, 3
RNG = np.random.default_rng(0)
LOADINGS, STD = 3 * RNG.normal(size=(D, K)), RNG.uniform(0.2, 1.0, D)
COVARIANCE = LOADINGS @ LOADINGS.T + np.diag(STD**2)
OUTPUTS, X = RNG.normal(size=D), 3 * RNG.normal(size=(5, D))
MEAN = 1 + 2 * OUTPUTS
SUMMARY = Summary(*(np.full(D, value) for value in (1.0, 2.0, -5.0, 5.0, 1.0, 2.0, 0.0)))


@pytest.fixture(scope="module")
def likelihood():
    return Normal(factors=K).prepare(SUMMARY).with_noise(STD, LOADINGS)


def as_float32(*arrays):
    return [jnp.asarray(array, jnp.float32) for array in arrays]


log_prob = eqx.filter_jit(lambda part, *arguments: part.log_prob(*arguments))


def sample(part, outputs):
    """50,000 rows at one set of outputs."""
    draw = eqx.filter_jit(lambda part, outputs: part.sample(jax.random.key(0), outputs))
    return np.asarray(draw(part, np.broadcast_to(np.asarray(outputs), (50_000, len(outputs)))), float)


def test_the_density_is_that_of_a_full_covariance(likelihood):
    outputs, x = as_float32(OUTPUTS, X)
    expected = multivariate_normal(MEAN, COVARIANCE).logpdf(X)
    np.testing.assert_allclose(log_prob(likelihood, outputs, x), expected, rtol=1e-5)
    by_feature = np.asarray(eqx.filter_jit(lambda part: part.log_prob_per_feature(outputs, x))(likelihood))
    np.testing.assert_allclose(by_feature.sum(axis=1), expected, rtol=1e-5)
    # The chain rule: the first three features have the density of their marginal.
    first = multivariate_normal(MEAN[:3], COVARIANCE[:3, :3]).logpdf(X[:, :3])
    np.testing.assert_allclose(by_feature[:, :3].sum(axis=1), first, rtol=1e-5)


def test_observed_cells_have_the_density_of_their_marginal(likelihood):
    observed = np.random.default_rng(1).uniform(size=X.shape) < 0.5
    observed[0], observed[1] = False, True
    found = log_prob(likelihood, *as_float32(OUTPUTS, X), jnp.asarray(observed))
    one_by_one = jax.jit(jax.vmap(likelihood.log_prob, (None, 0, 0)))(*as_float32(OUTPUTS, X), jnp.asarray(observed))
    np.testing.assert_allclose(found, one_by_one, rtol=1e-6)
    for value, x, kept in zip(found, X, observed, strict=True):
        marginal = multivariate_normal(MEAN[kept], COVARIANCE[np.ix_(kept, kept)]) if kept.any() else None
        expected = 0.0 if marginal is None else marginal.logpdf(x[kept])
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-5)


def test_samples_and_variances_have_that_covariance(likelihood):
    (outputs,) = as_float32(OUTPUTS)
    drawn = sample(likelihood, outputs)
    np.testing.assert_allclose(drawn.mean(axis=0), MEAN, atol=0.15)
    np.testing.assert_allclose(np.cov(drawn.T), COVARIANCE, atol=0.03 * np.abs(COVARIANCE).max())
    np.testing.assert_allclose(likelihood.distribution(outputs).variance, np.diag(COVARIANCE), rtol=1e-5)
    np.testing.assert_allclose(likelihood.mean(outputs), MEAN, rtol=1e-5)


def test_float32_suffices_for_strong_and_nearly_equal_factors():
    noise, rng = 1e-3, np.random.default_rng(0)
    loadings = (rng.normal(size=(200, 1)) + 1e-4 * rng.normal(size=(200, K))) / noise
    residual = rng.normal(size=(3, 200)) + rng.normal(size=(3, K)) @ loadings.T
    rounded = [np.asarray(array, np.float32).astype(float) for array in (residual, loadings)]
    expected = multivariate_normal(np.zeros(200), np.eye(200) + rounded[1] @ rounded[1].T).logpdf(rounded[0])
    joint = jax.jit(jax.value_and_grad(lambda r, v: joint_log_prob(r, v).sum(), 1))
    value, slope = joint(*as_float32(residual, loadings))
    assert float(value) == pytest.approx(expected.sum(), abs=0.05)
    assert np.isfinite(slope).all() and np.abs(slope).max() < 100
    by_feature = jax.jit(sequential_log_prob)(*as_float32(residual, loadings))
    np.testing.assert_allclose(by_feature.sum(axis=1), expected, atol=0.05)


def test_gradients_are_finite_at_the_smallest_noise(likelihood):
    tiny = likelihood.with_noise(np.full(D, 1e-9), LOADINGS)
    arrays, static = eqx.partition(tiny, eqx.is_inexact_array)
    outputs, x = as_float32(OUTPUTS, X)
    loss = jax.jit(jax.grad(lambda a, o: eqx.combine(a, static).log_prob(o, x).sum(), (0, 1)))
    gradients = loss(arrays, outputs)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients))
    np.testing.assert_allclose(tiny.location_scale.std, 2 * 1.01 * np.exp(-6), rtol=1e-4)


def test_noise_starts_as_given_whatever_the_scale(likelihood):
    np.testing.assert_allclose(likelihood.location_scale.std, STD, rtol=1e-5)
    shared = Normal("shared", factors=K).prepare(SUMMARY).with_noise(STD, LOADINGS)
    assert shared.location_scale.std == pytest.approx(np.full(D, np.sqrt(np.mean(STD**2))))
    fixed = Normal("fixed", value=0.3, factors=K).prepare(SUMMARY).with_noise(STD, LOADINGS)
    for part in (shared, fixed):
        scale = np.broadcast_to(part.location_scale.std, D)
        expected = np.square(LOADINGS).sum(axis=1) + scale**2
        np.testing.assert_allclose(part.distribution(jnp.zeros(D)).variance, expected, rtol=1e-4)


def test_a_part_of_a_table_may_have_noise_factors(likelihood):
    mixed = Mixed((Bernoulli(), likelihood), ((2,), (0, 1, 3, 4, 5, 6)))
    outputs, x = as_float32(np.append(0.5, OUTPUTS), np.insert(X, 2, 1.0, axis=1))
    expected = Bernoulli().log_prob(outputs[:1], x[:, 2:3]) + likelihood.log_prob(outputs[1:], np.delete(x, 2, axis=1))
    np.testing.assert_allclose(log_prob(mixed, outputs, x), expected, rtol=1e-5)
    assert not mixed.separable and mixed.support_of(2).integer
    drawn = sample(mixed, outputs)
    wanted = np.corrcoef(np.delete(drawn, 2, axis=1).T)
    std = np.sqrt(np.diag(COVARIANCE))
    np.testing.assert_allclose(wanted, COVARIANCE / np.outer(std, std), atol=0.03)


def test_errors_say_what_to_change():
    with pytest.raises(InputError, match="at most 64; got 65; for more, raise latent_dim"):
        Normal(factors=65)
    with pytest.raises(InputError, match="factors must be an integer of at least 0, or 'auto'; got 'some'"):
        Normal(factors="some")
    with pytest.raises(InputError, match="link='identity'.*got link='sigmoid'"):
        Normal(link="sigmoid", factors=2)
    with pytest.raises(InputError, match="fewer than the 6 features; got 6"):
        Normal(factors=6).prepare(SUMMARY)
    with pytest.raises(InputError, match="give a number here, as in factors=4"):
        Normal(factors="auto").prepare(SUMMARY)
    with pytest.raises(InputError, match="loadings from `prepare`"):
        Normal(factors=2).log_prob(jnp.zeros(D), jnp.zeros(D))


def test_without_factors_nothing_is_added():
    assert len(jax.tree.leaves(Normal().prepare(SUMMARY))) == 4  # center, unit, floor and scale
    saved = {key: value for key, value in to_config(Normal()).items() if key != "factors"}
    assert from_config(LIKELIHOODS, saved) == Normal()  # models saved before there were factors


def test_the_certificate_of_collapse_knows_the_correlation(likelihood):
    rng = np.random.default_rng(2)
    noise = rng.multivariate_normal(MEAN, COVARIANCE, size=300)
    certificate = collapse_certificate(likelihood, noise)
    independent = collapse_certificate(Normal("feature").prepare(SUMMARY).with_noise(STD, LOADINGS), noise)
    # What the factors explain needs no latents; without them, it does.
    assert certificate.curvature < 2 < 100 < independent.curvature and certificate.scale_squared is None
    with jax.enable_x64(True):
        ratios = CorrelatedDensityRatios(noise, likelihood.location_scale.std, np.asarray(likelihood.loadings))
        steps = rng.normal(size=(3, D))
        for step, log_ratio in zip(steps, ratios.log_ratio(steps), strict=True):
            one, other = ((ratios.mean(v) - 1) / 2 for v in (step, np.zeros(D)))
            expected = log_prob(likelihood, one, noise) - log_prob(likelihood, other, noise)
            np.testing.assert_allclose(log_ratio, expected, rtol=1e-4, atol=1e-4)
    assert log_d(ratios.log_ratio(steps)).max() <= certificate.log_supremum + 1e-9
    shift = rng.choice([-4.0, 4.0], size=(300, 1)) * STD
    assert not collapse_certificate(likelihood, noise + shift).collapse_is_optimal
    with pytest.raises(InputError, match="scale is for independent noise; this likelihood has 3 noise factors"):
        critical_scale(likelihood, noise)
    pair = Normal(factors=1).prepare(SUMMARY.of([0, 1]))
    with pytest.raises(InputError, match="independent noise"):
        log_d_surface(pair, noise[:, :2])


def test_powers_of_the_covariance_are_exact():
    x = np.random.default_rng(3).normal(size=(4, D))
    covariance = np.eye(D) + LOADINGS @ LOADINGS.T
    np.testing.assert_allclose(times_covariance(x, LOADINGS, 1.0), x @ covariance, rtol=1e-9)
    whitened = times_covariance(x, LOADINGS, -0.5)
    np.testing.assert_allclose(
        np.square(whitened).sum(axis=1), np.einsum("ni,ij,nj->n", x, np.linalg.inv(covariance), x)
    )
