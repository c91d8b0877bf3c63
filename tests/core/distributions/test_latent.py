"""Distributions against SciPy, closed forms and automatic differentiation."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy.special import ive
from scipy.stats import vonmises_fisher

from elbax.core.distributions import (
    OneHot,
    UniformCodebook,
    UniformSphere,
    VectorQuantized,
    VonMisesFisher,
    kl_divergence,
    normal,
)
from elbax.core.distributions.von_mises_fisher import log_area
from elbax.core.flows import KINDS, MaskedAffine, chained
from elbax.core.networks import MLP
from elbax.core.parts import ModelSpec

RNG = np.random.default_rng(0)


def bessel_ratio(dim: int, concentration: float) -> float:
    return ive(dim / 2, concentration) / ive(dim / 2 - 1, concentration)


@pytest.mark.parametrize("dim", [2, 20])
def test_von_mises_fisher(dim):
    direction = RNG.normal(size=dim)
    direction = (direction / np.linalg.norm(direction)).astype(np.float32)
    n = 4000

    @jax.jit
    def measure(concentration):
        distribution = VonMisesFisher(jnp.asarray(direction), concentration)
        z = distribution.sample(jax.random.key(0), (n,))
        kl = kl_divergence(distribution, UniformSphere(dim), z)
        return distribution.mean_cosine, distribution.log_prob(z), z, kl, distribution.variance

    @jax.jit
    def slope(concentration):  # of the mean cosine, through the draws
        return jax.grad(
            lambda c: (VonMisesFisher(jnp.asarray(direction), c).sample(jax.random.key(1), (n,)) @ direction).mean()
        )(concentration)

    for concentration in (0.5, 10.0, 400.0):
        ratio = bessel_ratio(dim, concentration)
        cosine, log_prob, z, (kl,), variance = measure(jnp.asarray(concentration))
        assert cosine == pytest.approx(ratio, rel=1e-4)
        exact = vonmises_fisher(direction.astype(float), concentration)
        z = np.asarray(z, float)
        np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1, rtol=1e-5)
        z = z / np.linalg.norm(z, axis=1, keepdims=True)
        np.testing.assert_allclose(log_prob, exact.logpdf(z), atol=5e-4 * (1 + concentration / 50))
        np.testing.assert_allclose(z.mean(axis=0), ratio * direction, atol=5 * z.std() / np.sqrt(n))
        np.testing.assert_allclose(variance, z.var(axis=0), rtol=0.2, atol=1e-6)
        uniform = float(UniformSphere(dim).log_prob(jnp.asarray(direction)))
        assert kl == pytest.approx(exact.logpdf(z).mean() - uniform, abs=0.1)
        h = 1e-3 * concentration
        wanted = (bessel_ratio(dim, concentration + h) - bessel_ratio(dim, concentration - h)) / (2 * h)
        assert slope(jnp.asarray(concentration)) == pytest.approx(wanted, rel=0.15)


@pytest.mark.parametrize("activation", ["tanh", "glu"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_log_determinant_of_a_flow_is_that_of_its_jacobian(kind, activation):
    rng = np.random.default_rng(0)
    spec = ModelSpec(3, None, rng, lambda i, o, hidden: MLP(i, o, hidden=hidden, activation=activation, rng=rng))
    layers = tuple(MaskedAffine.build(spec, KINDS[kind](3), 2, (8, 8)) for _ in range(2))
    layers = jax.tree.map(lambda leaf: leaf + 0.5 * rng.normal(size=leaf.shape).astype(np.float32), layers)
    x, condition = jnp.array([0.3, -1.2, 0.8]), jnp.array([0.5, -0.1])

    @jax.jit
    def measure(x):
        bijection = chained(layers)
        y, log_det = bijection.transform_and_log_det(x, condition)
        back, inverse_log_det = bijection.inverse_and_log_det(y, condition)
        first = jax.jacobian(lambda x: layers[0].transform(x, condition))(x)
        return (
            log_det,
            jax.jacobian(lambda x: bijection.transform(x, condition))(x),
            back,
            inverse_log_det,
            first,
        )

    log_det, jacobian, back, inverse_log_det, first = map(np.asarray, measure(x))
    assert log_det == pytest.approx(np.linalg.slogdet(jacobian)[1], abs=1e-4)
    assert inverse_log_det == pytest.approx(-log_det, abs=1e-4)
    np.testing.assert_allclose(back, x, atol=1e-5)
    off = first - np.diag(np.diag(first))
    assert np.all(off[np.triu_indices(3)] == 0) and np.any(off != 0)


def test_one_hot():
    logits, n = jnp.asarray(RNG.normal(size=(2, 3)), jnp.float32), 20_000

    @jax.jit
    def measure(logits):
        distribution, uniform = OneHot(logits, 0.7), OneHot(jnp.zeros((2, 3)))
        z = distribution.sample(jax.random.key(0), (n,))
        ratio = distribution.log_prob(z) - uniform.log_prob(z)
        noise = jax.random.gumbel(jax.random.key(1), (2, 3))
        slopes = (
            jax.grad(lambda logits: OneHot(logits, 0.7).sample(jax.random.key(1))[0])(logits),
            jax.grad(lambda logits: jax.nn.softmax((jax.nn.log_softmax(logits) + noise) / 0.7)[0, 0])(logits),
        )
        return (
            z,
            distribution.mean,
            distribution.log_prob(jnp.eye(6)[:3]),
            ratio,
            kl_divergence(distribution, uniform, z),
            slopes,
        )

    z, mean, log_prob, ratio, kl, (slope, relaxed) = map(np.asarray, measure(logits))
    assert set(np.unique(z)) == {0.0, 1.0} and np.all(z.reshape(n, 2, 3).sum(axis=2) == 1)
    np.testing.assert_allclose(z.mean(axis=0), mean, atol=5 * 0.5 / np.sqrt(n))
    np.testing.assert_allclose(np.exp(log_prob).sum(), 1, rtol=1e-5)
    np.testing.assert_allclose(kl, [ratio.mean()], atol=5 * ratio.std() / np.sqrt(n))
    np.testing.assert_allclose(slope, relaxed, rtol=1e-5)  # a derivative is that of the relaxed draw


def test_nearest_codes():
    codebook = jnp.array([[0.0, 0.0], [1.0, 1.0], [-1.0, 2.0]])
    point = jnp.array([0.1, 0.2, 0.9, 1.3])
    prior = UniformCodebook(codebook, 4)
    distribution = VectorQuantized(point, codebook, 0.25)
    np.testing.assert_allclose(distribution.sample(jax.random.key(0)), [0, 0, 1, 1])
    assert distribution.log_prob(jnp.array([[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]])).tolist() == [
        0,
        -np.inf,
    ]
    np.testing.assert_allclose(
        kl_divergence(distribution, prior, distribution.sample(jax.random.key(0), (2,)))[0],
        2 * np.log(3),
        rtol=1e-6,
    )

    def kl(point, codebook):
        distribution = VectorQuantized(point, codebook, 0.25)
        return kl_divergence(distribution, prior, distribution.sample(jax.random.key(0)))[0]

    to_point, to_codes = jax.grad(kl, argnums=(0, 1))(point, codebook)
    gap = np.array([0.1, 0.2, -0.1, 0.3], np.float32)
    np.testing.assert_allclose(to_point, 0.25 * 2 * gap, rtol=1e-5)
    np.testing.assert_allclose(to_codes, [*(-2 * gap.reshape(2, 2)), [0, 0]], rtol=1e-5)
    # Through a draw, the point's derivative is as if nothing had been rounded.
    np.testing.assert_allclose(jax.grad(lambda p: VectorQuantized(p, codebook).sample(None)[1])(point), [0, 1, 0, 0])
    assert np.isin(prior.sample(jax.random.key(0), (50,)).reshape(-1, 2), codebook).all()


@pytest.mark.parametrize("dim", [2, 3])
def test_a_concentrated_von_mises_fisher_is_a_normal_across_its_direction(dim):
    concentration = 1e8
    distribution = VonMisesFisher(jnp.eye(dim)[0], jnp.asarray(concentration))
    z = np.asarray(distribution.sample(jax.random.key(0), (2000,)), np.float64)
    across = np.square(z[:, 1:]).sum(axis=1)
    normal = 0.5 * (dim - 1) * np.log(concentration / (2 * np.pi)) - 0.5 * concentration * across
    np.testing.assert_allclose(distribution.log_prob(z.astype(np.float32)), normal, atol=0.05)
    kl = 0.5 * (dim - 1) * np.log(concentration / (2 * np.pi * np.e)) + log_area(dim)
    assert kl_divergence(distribution, UniformSphere(dim), None)[0] == pytest.approx(kl, abs=0.02)


@pytest.mark.parametrize("most", [30.0, 1e4])
def test_a_log_variance_that_went_too_far_finds_back(most):
    slope = jax.grad(lambda raw: dist.kl_divergence(normal(jnp.array([0.0, raw])), dist.Normal(0.0, 1.0)))(most)
    assert 1 < slope < 1e3
