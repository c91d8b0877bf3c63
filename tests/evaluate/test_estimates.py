"""Log p(x) with errors: against the exact value of a linear VAE, over and over."""

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.calibration import annealed, bracketed, calibrate, sampled
from benchmarks.linear_vae import linear_vae
from scipy.special import logsumexp

from elbax import evaluate
from elbax.core.likelihoods import Normal
from elbax.core.vae import ModelConfig, VAEModule
from elbax.errors import InputError
from elbax.evaluate import Convergence, RateDistortion, WeightedEstimate
from elbax.evaluate.estimate import pareto_shape
from elbax.types import Batch, Summary

LINEAR = linear_vae()


@pytest.mark.parametrize(
    ("method", "widest"),
    [(sampled(256), 0.05), (annealed("posterior", 40), 0.08), (annealed("prior", 40), 0.3)],
    ids=["importance sampling", "annealing from the posterior", "annealing from the prior"],
)
def test_the_exact_value_lies_in_the_stated_interval(method, widest):
    found = calibrate(LINEAR, method, repeats=400, rows=10)
    assert found["coverage"] >= 0.95
    assert found["stated_error"] < 1.2 * found["spread"] < widest  # not by being wide
    assert found["bias"] < 0.02


def test_simulated_rows_are_bounded_from_both_ends():
    found = bracketed(LINEAR, repeats=50, rows=20, steps=40, chains=8)
    assert found["holds"] >= 0.95
    assert -0.1 < found["lower_bias"] < 0.005 and -0.005 < found["upper_bias"] < 0.1


def test_the_rate_distortion_curve_is_that_of_the_tempered_posteriors():
    x = LINEAR.draw(400, 3)
    curve = RateDistortion.of(evaluate.anneal(LINEAR.module, Batch(x), start="prior", steps=40), points=5)
    for b, rate, distortion in zip(*curve, strict=True):
        precision = np.eye(2) + b * (LINEAR.precision - np.eye(2))
        covariance = np.linalg.inv(precision)
        mean = b * (x - LINEAR.bias) @ LINEAR.weights.T / LINEAR.sigma**2 @ covariance
        off = x - LINEAR.bias - mean @ LINEAR.weights
        squares = np.square(off).sum(axis=1) + np.trace(LINEAR.weights.T @ covariance @ LINEAR.weights)
        wanted = 0.5 * squares / LINEAR.sigma**2 + 3 * np.log(2 * np.pi * LINEAR.sigma**2)
        kl = 0.5 * (np.trace(covariance) + np.square(mean).sum(axis=1) - 2 + np.linalg.slogdet(precision)[1])
        assert distortion == pytest.approx(wanted.mean(), rel=0.05)
        assert -0.03 < rate - kl.mean() < 0.2  # too high rather than too low
    assert -0.01 < rate + distortion + LINEAR.log_prob(x).mean() < 0.2


def test_the_estimate_is_that_of_score_samples():
    x = LINEAR.draw(30, 0)
    found = evaluate.importance_sampling(LINEAR.module, Batch(x), 100, seed=3)
    np.testing.assert_allclose(
        found.log_likelihood, evaluate.log_likelihood(LINEAR.module, Batch(x), 100, seed=3), atol=1e-4
    )
    assert found.counts.tolist() == [1, 3, 6, 12, 25, 50, 100]
    assert np.diff(found.bounds.mean(axis=0)).min() > 0


def test_the_jackknife_is_that_of_a_mean():
    log_weights = np.random.default_rng(0).normal(size=(3, 7))
    found = WeightedEstimate.of(log_weights)
    for i, row in enumerate(log_weights):
        without = [logsumexp(np.delete(row, j)) - np.log(6) for j in range(7)]
        assert found.variance[i] == pytest.approx(6 / 7 * np.square(without - np.mean(without)).sum())


def test_equal_weights_leave_no_error():
    found = WeightedEstimate.of(np.full((2, 64), -3.0))
    assert found.interval == pytest.approx((-3.0, -3.0)) and found.ess == pytest.approx([64, 64])
    assert found.heavy_share == 0 and found.convergence.rest < 0.1


def test_too_few_samples_are_noticed():
    """Log-weights of a normal of variance 9: at 64 samples far from log E w = 9 / 2, at a million near it."""
    rng = np.random.default_rng(0)
    few = WeightedEstimate.of(3 * rng.normal(size=(200, 64)))
    assert few.convergence.rest > 0.1 and few.heavy_share > 0.3
    assert few.mean.mean + few.convergence.rest == pytest.approx(4.5, abs=0.5)
    near = WeightedEstimate.of(0.3 * rng.normal(size=(200, 64)))
    assert near.convergence.rest < 0.1 and near.heavy_share < 0.1
    assert near.interval[0] < 0.045 < near.interval[1]


def test_what_is_left_follows_the_last_doublings():
    k = 2.0 ** np.arange(3)
    assert Convergence.of(-1 / k[None]).rest == pytest.approx(0.25)  # shrinks as 1/K
    slow = Convergence.of(-(k[None] ** -0.5))
    assert slow.rest == pytest.approx(0.5)  # each doubling gains 2^-½ of the one before: the whole rest
    noisy = Convergence.of(np.cumsum([[0, 0.2, 0.1, 0.05, 0.049]], axis=1))
    assert noisy.most == pytest.approx(0.931, abs=0.001)
    assert noisy.rest == pytest.approx(0.114, abs=0.001)  # not what the last two alone would promise


@pytest.mark.parametrize("shape", [0.1, 0.5, 0.9])
def test_the_tail_of_a_pareto_is_found(shape):
    log_weights = np.random.default_rng(1).exponential(shape, size=(50, 20_000))
    assert pareto_shape(log_weights).mean() == pytest.approx(shape, abs=0.05)


def test_chains_of_other_latents_are_refused():
    with pytest.raises(InputError, match="did you mean 'prior'"):
        evaluate.anneal(LINEAR.module, Batch(LINEAR.draw(2, 0)), start="priors")


@pytest.mark.parametrize(
    "posterior, prior",
    [
        ("von_mises_fisher", "uniform"),
        ("categorical(classes=2)", "uniform"),
        ("quantized(codes=4, code_dim=2)", "uniform"),
        ("point", "standard_normal"),
    ],
)
def test_chains_move_among_real_numbers_only(posterior, prior):
    zeros, ones = np.zeros(3), np.ones(3)
    architecture = ModelConfig(latent_dim=4, hidden=(4,), posterior=posterior, prior=prior)
    summary = Summary(zeros, ones, zeros, ones, zeros, ones, zeros)
    module = VAEModule.build(architecture, Normal(), summary, np.random.default_rng(0))
    assert not evaluate.can_anneal(module)
    with pytest.raises(InputError, match="use importance sampling"):
        evaluate.anneal(module, Batch(np.zeros((2, 3), np.float32)))


def test_a_bound_is_not_called_an_estimate(evaluation):
    assert not any("single point" in warning for warning in evaluation.warnings)
    single = replace(evaluation, single=True)
    assert any("single point" in warning for warning in single.warnings)


def test_rows_that_repeat_have_noise_of_their_own():
    x = LINEAR.draw(3, 0)
    repeated = np.repeat(x, 200, axis=0)
    found = evaluate.importance_sampling(LINEAR.module, Batch(repeated), 16, seed=1)
    once = evaluate.importance_sampling(LINEAR.module, Batch(x), 16, seed=1)
    each = found.log_likelihood.reshape(3, 200)
    np.testing.assert_allclose(each[:, 0], once.log_likelihood, atol=1e-4)
    np.testing.assert_allclose(each.std(axis=1), np.sqrt(found.variance.reshape(3, 200).mean(axis=1)), rtol=0.4)
    ends = evaluate.anneal(LINEAR.module, Batch(repeated[::10]), chains=2, steps=5).estimate.log_likelihood.reshape(
        3, 20
    )
    assert ends.std(axis=1).min() > 0.01
    shared, own = (
        evaluate.elbo(LINEAR.module, Batch(repeated), 1, apart=apart).elbo.reshape(3, 200) for apart in (False, True)
    )
    assert shared.std(axis=1).max() < 1e-3 < 0.1 < own.std(axis=1).min()
    many = evaluate.elbo(LINEAR.module, Batch(x), 1, n_samples=200).elbo
    np.testing.assert_allclose(own.mean(axis=1), many, atol=6 * own.std(axis=1).max() / np.sqrt(200))
