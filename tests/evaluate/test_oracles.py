"""Oracles: the linear VAE against exact probabilistic PCA; bounds that must be ordered."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy.stats import multivariate_normal

from elbax import evaluate
from elbax.core.distributions import kl_divergence
from elbax.core.likelihoods import Normal
from elbax.core.objectives import ELBO, IWAE
from elbax.core.vae import ModelConfig, VAEModule
from elbax.types import Batch, Summary

D, K, SIGMA = 6, 2, 0.4


@pytest.fixture(scope="module")
def linear():
    """A linear VAE whose encoder is the exact posterior of p(x|z) = N(Wz + b, σ²I); data drawn from it."""
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(K, D)), rng.normal(size=D)
    x = (rng.normal(size=(400, K)) @ weights + bias + SIGMA * rng.normal(size=(400, D))).astype(np.float32)
    precision = weights @ weights.T + SIGMA**2 * np.eye(K)
    rotation = np.linalg.eigh(precision)[1]  # in these axes the exact posterior is diagonal
    weights = rotation.T @ weights
    variance = SIGMA**2 / np.linalg.eigvalsh(precision)
    zeros, ones = np.zeros(D), np.ones(D)
    summary = Summary(zeros, ones, zeros, ones, zeros, ones, zeros)
    likelihood = Normal(scale="fixed", value=SIGMA)
    architecture = ModelConfig(latent_dim=K, hidden=(), activation="linear", output_bias=False)
    module = VAEModule.build(architecture, likelihood, summary, rng)
    head = np.zeros((D, K, 2), np.float32)
    head[:, :, 0] = weights.T * variance / SIGMA**2
    mean_bias = -bias @ head[:, :, 0]
    module = eqx.tree_at(
        lambda m: (m.encoder.head.weight, m.encoder.head.bias, m.decoder.head.weight, m.decoder.head.bias),
        module,
        (
            jnp.asarray(head.reshape(D, -1)),
            jnp.asarray(np.stack([mean_bias, np.log(variance)], axis=1).ravel(), jnp.float32),
            jnp.asarray(weights, jnp.float32),
            jnp.asarray(bias, jnp.float32),
        ),
    )
    exact = multivariate_normal(bias, weights.T @ weights + SIGMA**2 * np.eye(D)).logpdf(x)
    return module, x, exact


def test_log_likelihood_of_a_linear_vae_is_that_of_probabilistic_pca(linear):
    module, x, exact = linear
    np.testing.assert_allclose(evaluate.log_likelihood(module, Batch(x), 20), exact, atol=1e-2)


def test_elbo_of_a_linear_vae_with_the_exact_posterior_is_its_log_likelihood(linear):
    module, x, exact = linear
    # One sample per row: the Monte Carlo error of the mean over repeats is about 0.01 nats.
    means = [evaluate.elbo(module, Batch(x), seed).elbo.mean() for seed in range(200)]
    assert np.mean(means) == pytest.approx(exact.mean(), abs=1e-2)


def test_trained_linear_vae_reaches_the_exact_optimum(linear):
    from elbax.train.config import TrainConfig
    from elbax.train.trainer import train

    module, x, _ = linear
    start = VAEModule.build(
        ModelConfig(latent_dim=K, hidden=(), activation="linear"),
        Normal(scale="fixed", value=SIGMA),
        Summary(x.mean(0), x.std(0), x.min(0), x.max(0), x.mean(0), np.ones(D), np.zeros(D)),
        np.random.default_rng(1),
    )
    fitted = train(start, ELBO(), Batch(x), TrainConfig(600, 50, 1e-2, seed=0, schedule="cosine"))
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    top = np.maximum(values[-K:] - SIGMA**2, 0)
    covariance = (vectors[:, -K:] * top) @ vectors[:, -K:].T + SIGMA**2 * np.eye(D)
    best = multivariate_normal(x.mean(0), covariance).logpdf(x).mean()
    assert evaluate.log_likelihood(fitted.module, Batch(x), 200).mean() == pytest.approx(best, abs=1e-2)


def test_the_importance_weighted_bound_rises_with_k(linear):
    module, x, exact = linear
    worse = eqx.tree_at(lambda m: m.encoder.head.bias, module, module.encoder.head.bias + 0.7)
    bounds = [
        np.mean([evaluate.log_likelihood(worse, Batch(x), k, seed).mean() for seed in range(5)])
        for k in (1, 5, 25, 125)
    ]
    assert np.all(np.diff(bounds) > 0)
    assert bounds[-1] < exact.mean() + 0.02


def off(module, shift=0.3):
    """The linear module with an encoder whose outputs are all off by this much."""
    return eqx.tree_at(lambda m: m.encoder.head.bias, module, module.encoder.head.bias + shift)


def losses(objective, module, x, draws):
    """Losses of each row under several draws, (draws, rows)."""
    keys, progress = jax.random.split(jax.random.key(0), draws), jnp.asarray(0.5)
    return np.asarray(jax.jit(jax.vmap(lambda key: objective(module, Batch(x), key, progress).loss))(keys))


def test_the_iwae_loss_is_minus_the_log_likelihood_where_the_posterior_is_exact(linear):
    module, x, exact = linear
    for k in (1, 7):  # all weights are equal then
        np.testing.assert_allclose(-losses(IWAE(k), module, x, 1)[0], exact, atol=1e-3)


def test_the_iwae_bound_rises_with_k_from_the_elbo_to_the_log_likelihood(linear):
    module, x, exact = linear
    means = [-losses(IWAE(k), off(module), x, 40).mean() for k in (1, 5, 25, 125)]
    assert means[0] == pytest.approx(-losses(ELBO(), off(module), x, 40).mean(), abs=0.1)
    assert np.all(np.diff(means) > 0.02)
    assert exact.mean() - 0.1 < means[-1] < exact.mean() + 0.01


def test_the_terms_of_iwae_are_those_of_the_elbo(linear):
    module, x, _ = linear
    keys, progress = jax.random.split(jax.random.key(0), 40), jnp.asarray(0.5)

    def mean_terms(objective):
        return jax.jit(jax.vmap(lambda key: objective(off(module), Batch(x), key, progress).terms))(keys)

    found, wanted = mean_terms(IWAE(8)), mean_terms(ELBO())
    np.testing.assert_allclose(found.kl[0], wanted.kl[0], rtol=1e-5)
    np.testing.assert_allclose(found.reconstruction.mean(), wanted.reconstruction.mean(), atol=0.08)


def test_the_gradient_of_iwae_is_that_of_its_own_loss(linear):
    module, x, _ = linear
    progress, key, step = jnp.asarray(0.5), jax.random.key(1), 1e-2

    @jax.jit
    def loss(shift):
        moved = eqx.tree_at(lambda m: m.decoder.head.bias, off(module, shift), module.decoder.head.bias - shift)
        return IWAE(5)(moved, Batch(x), key, progress).loss.mean()

    found = float(jax.grad(loss)(0.3))
    assert found == pytest.approx(float(loss(0.3 + step) - loss(0.3 - step)) / (2 * step), rel=1e-2)
    assert abs(found) > 1.0


def test_held_out_rows_are_scored_by_the_bound_of_training(linear):
    module, x, _ = linear
    keys = jax.random.split(jax.random.key(3), (20, len(x)))
    for k in (1, 40):  # 40 is no multiple of what is decoded at a time
        bounds = jax.jit(jax.vmap(lambda keys, k=k: IWAE(k).held_out(off(module), Batch(x), keys)[0]))(keys)
        trained = -losses(IWAE(k), off(module), x, 20).mean()
        assert float(bounds.mean()) == pytest.approx(trained, abs=0.15 if k == 1 else 0.03)


def test_all_samples_of_a_batch_are_decoded_by_one_product():
    zeros, ones = np.zeros(12), np.ones(12)
    summary = Summary(zeros, ones, zeros, ones, zeros, ones, zeros)
    module = VAEModule.build(
        ModelConfig(latent_dim=3, hidden=(8,)), Normal("shared"), summary, np.random.default_rng(0)
    )

    def loss(module, x):
        return IWAE(7)(module, Batch(x), jax.random.key(0), jnp.asarray(0.0)).loss.mean()

    program = jax.jit(jax.grad(loss)).lower(module, jnp.zeros((5, 12))).as_text()
    products = [line.split(" : ")[1] for line in program.splitlines() if "dot_general" in line]
    shapes = [line.split("-> tensor<")[1].split("xf32")[0] for line in products]
    assert shapes.count("35x8") == 2 and "35x12" in shapes  # 5 rows, 7 samples; forward, backward, output
    assert "5x8" in shapes  # the encoder sees each row once
    assert all(shape.count("x") <= 1 for shape in shapes)  # no axis of its own for the samples


def test_closed_form_kl_equals_monte_carlo():
    q, p = dist.Normal(jnp.array([0.5, -1.0]), jnp.array([0.3, 1.5])), dist.Normal(jnp.zeros(2), jnp.ones(2))
    z = q.sample(jax.random.key(0), (200_000,))
    monte_carlo = (q.log_prob(z) - p.log_prob(z)).mean(axis=0)
    np.testing.assert_allclose(kl_divergence(q, p, z[0]), monte_carlo, atol=1e-2)


def test_kl_without_a_closed_form_is_estimated():
    q, p = dist.Normal(jnp.zeros(2), jnp.ones(2)), dist.StudentT(5.0, jnp.zeros(2), jnp.ones(2))
    z = jnp.array([0.3, -0.2])
    np.testing.assert_allclose(kl_divergence(q, p, z), q.log_prob(z) - p.log_prob(z), rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "progress", "weight"),
    [
        ("linear", 0.25, 0.5),
        ("cosine", 0.25, 0.5),
        ("cyclic", 0.0625, 0.5),
        ("cyclic", 0.26, 0.08),
        ("linear", 0.9, 1.0),
    ],
)
def test_warmup_weights(shape, progress, weight):
    assert float(ELBO(warmup=0.5, shape=shape).kl_weight(progress)) == pytest.approx(weight, abs=1e-6)
