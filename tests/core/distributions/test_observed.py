import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from elbax.core.distributions import ContinuousBernoulli, DiscretizedLogistic
from elbax.core.numerics import softplus

LOGITS = [
    -1e4,
    -300.0,
    -20.0,
    -0.51,
    -0.49,
    -0.0101,
    -0.0099,
    -1e-6,
    0.0,
    1e-3,
    0.4,
    0.6,
    1.0,
    5.0,
    90.0,
    1e4,
]


def logit(p):
    return np.log(p) - np.log1p(-p)


def gradient(function):
    return jax.jit(jax.vmap(jax.grad(function)))


def test_softplus_is_jax_softplus_with_its_gradient():
    x = jnp.array([-1e4, -90.0, -1.0, -1e-9, 0.0, 1e-9, 2.0, 90.0, 1e4])
    np.testing.assert_allclose(softplus(x), jax.nn.softplus(x), rtol=1e-6)
    np.testing.assert_allclose(jax.vmap(jax.grad(softplus))(x), jax.nn.sigmoid(x), rtol=1e-6)


def test_continuous_bernoulli_published_values():
    d = ContinuousBernoulli(logit(0.2))
    np.testing.assert_allclose(d.mean, 0.38801414, rtol=1e-6)
    np.testing.assert_allclose(d.variance, 0.07589778, rtol=1e-5)
    np.testing.assert_allclose(d.log_normalizer, 0.83746, atol=1e-5)


def test_continuous_bernoulli_at_zero_is_uniform():
    d = ContinuousBernoulli(0.0)
    np.testing.assert_allclose(d.log_prob(jnp.array([0.0, 0.3, 1.0])), 0, atol=1e-6)
    np.testing.assert_allclose([d.mean, d.variance, d.cdf(0.3), d.icdf(0.3)], [1 / 2, 1 / 12, 0.3, 0.3], rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.floats(-50, 50))
def test_continuous_bernoulli_against_quadrature(eta):
    log_c = -np.log(integrate.quad(lambda x: np.exp(eta * x - special.softplus(eta)), 0, 1)[0])

    def moment(f):
        return integrate.quad(lambda x: f(x) * np.exp(eta * x - special.softplus(eta) + log_c), 0, 1)[0]

    mean = moment(lambda x: x)
    d = ContinuousBernoulli(eta)
    np.testing.assert_allclose(d.log_normalizer, log_c, atol=3e-6)
    np.testing.assert_allclose(d.mean, mean, rtol=1e-5)
    np.testing.assert_allclose(d.variance, moment(lambda x: (x - mean) ** 2), rtol=3e-5)


@pytest.mark.parametrize("function", ["log_normalizer", "mean", "variance", "cdf", "icdf", "log_prob"])
def test_continuous_bernoulli_values_and_gradients_are_finite(function):
    def value(eta):
        found = getattr(ContinuousBernoulli(eta), function)
        return found(jnp.float32(0.37)) if callable(found) else found

    values, gradients = jax.jit(jax.vmap(jax.value_and_grad(value)))(jnp.array(LOGITS))
    assert np.isfinite(values).all() and np.isfinite(gradients).all()


def test_continuous_bernoulli_gradient_of_log_normalizer_is_half_minus_mean_identity():
    # d/dη of log ∫ p = 0 gives d log C / dη = σ(η) - E[x].
    eta = jnp.linspace(-8, 8, 333)
    found = gradient(lambda e: ContinuousBernoulli(e).log_normalizer)(eta)
    np.testing.assert_allclose(found, jax.nn.sigmoid(eta) - ContinuousBernoulli(eta).mean, atol=2e-6)


def test_continuous_bernoulli_icdf_inverts_cdf():
    eta, q = jnp.array(LOGITS)[:, None], jnp.linspace(0, 1, 41)
    d = ContinuousBernoulli(jnp.broadcast_to(eta, (len(LOGITS), 41)))
    x = d.icdf(q)
    assert (x >= 0).all() and (x <= 1).all() and (jnp.diff(x, axis=1) >= 0).all()
    # One float32 step of x near 1 moves the cdf by up to |η| times that step.
    tolerance = 2e-6 + np.maximum(LOGITS, 0)[:, None] * 1.2e-7
    assert (np.abs(d.cdf(x) - q) <= tolerance).all()


def test_continuous_bernoulli_gradients_of_icdf_follow_the_implicit_function():
    # F(icdf(q; η); η) = q gives d icdf / dη = -(dF/dη) / f.
    eta = jnp.array([-6.0, -1.2, -0.3, -0.005, 0.0, 0.005, 0.02, 0.9, 1.1, 4.0])
    found = gradient(lambda e: ContinuousBernoulli(e).icdf(0.3))(eta)
    x = ContinuousBernoulli(eta).icdf(0.3)
    slope = gradient(lambda e, v: ContinuousBernoulli(e).cdf(v))(eta, x)
    np.testing.assert_allclose(found, -slope / jnp.exp(ContinuousBernoulli(eta).log_prob(x)), atol=2e-5)


def test_continuous_bernoulli_samples_have_its_moments():
    d = ContinuousBernoulli(jnp.array([-8.0, 0.0, 1.0, 8.0]))
    x = d.sample(jax.random.key(0), (40_000,))
    assert x.shape == (40_000, 4) and x.dtype == jnp.float32
    np.testing.assert_allclose(x.mean(0), d.mean, atol=5 * np.sqrt(np.max(d.variance) / 40_000))
    np.testing.assert_allclose(x.var(0), d.variance, rtol=0.05)


@settings(max_examples=20, deadline=None)
@given(st.floats(-300, 600), st.floats(1e-2, 1e3), st.sampled_from([2, 256]))
def test_discretized_logistic_is_a_distribution_with_its_moments(loc, scale, levels):
    d = DiscretizedLogistic(loc, scale, levels)
    k = np.arange(levels)
    mass = np.exp(np.asarray(d.log_prob(jnp.asarray(k, float)), np.float64))
    mean = (mass * k).sum()
    np.testing.assert_allclose(mass.sum(), 1, rtol=1e-4)
    np.testing.assert_allclose(d.mean, mean, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(d.variance, (mass * (k - mean) ** 2).sum(), rtol=1e-2, atol=1e-2)


def test_discretized_logistic_against_differences_of_the_cdf():
    k, loc, scale = np.arange(8), 2.7, 0.8
    edges = special.expit((np.arange(-1, 8) + 0.5 - loc) / scale)
    edges[0], edges[-1] = 0, 1
    found = DiscretizedLogistic(loc, scale, 8).log_prob(jnp.asarray(k, float))
    np.testing.assert_allclose(found, np.log(np.diff(edges)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("loc", [-1e4, -300.0, 128.0, 600.0, 1e4])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_discretized_logistic_has_gradients_far_in_the_tails(loc, scale):
    def log_mass(loc, scale):
        return DiscretizedLogistic(loc, scale, 256).log_prob(jnp.float32(100.0))

    value, (by_loc, by_scale) = jax.value_and_grad(log_mass, argnums=(0, 1))(loc, scale)
    assert np.isfinite([value, by_loc, by_scale]).all()
    assert np.sign(by_loc) == np.sign(100 - loc)  # always points home


def test_discretized_logistic_samples_are_levels_with_its_moments():
    d = DiscretizedLogistic(jnp.array([-3.0, 0.2, 3.4, 9.0]), jnp.array([1.0, 0.05, 1.5, 2.0]), 8)
    x = d.sample(jax.random.key(0), (40_000,))
    assert set(np.unique(x)) <= set(range(8))
    np.testing.assert_allclose(x.mean(0), d.mean, atol=0.06)
    np.testing.assert_allclose(x.var(0), d.variance, atol=0.15)


def test_distributions_pass_through_jit():
    for d in (ContinuousBernoulli(jnp.ones(3)), DiscretizedLogistic(jnp.ones(3), 1.0, 4)):
        again = jax.jit(lambda d: d)(d)
        np.testing.assert_allclose(again.log_prob(jnp.ones(3)), d.log_prob(jnp.ones(3)))


def test_a_continuous_bernoulli_is_found_by_its_mean():
    means = np.concatenate([np.linspace(1 / 500, 1 - 1 / 500, 200), [0.5]])
    np.testing.assert_allclose(ContinuousBernoulli.with_mean(means).mean, means, atol=1e-4)
