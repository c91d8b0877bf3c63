"""Noise factors: how many a fit takes, where they start, and what is saved and shown."""

import json
import pickle

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from sklearn.decomposition import FactorAnalysis
from typer.testing import CliRunner

import elbax
from elbax import evaluate
from elbax.cli import app
from elbax.core.likelihoods import Mixed, Normal, Poisson
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data import Schema
from elbax.evaluate.factor_analysis import factor_analysis, ppca
from elbax.evaluate.simple_models import constant_log_density
from elbax.fit.choices import check_parameters
from elbax.fit.noise_factors import choose_factors, start_noise
from elbax.fit.plan import resolve
from elbax.fit.starts import Starts
from elbax.types import Batch

RNG = np.random.default_rng(0)
D, TRUE_RANK = 8, 4


def planted(n, rng=RNG):
    """Rows of a factor model with 4 factors, and its loadings."""
    loadings = np.random.default_rng(7).normal(size=(D, TRUE_RANK))
    return 3 + rng.normal(size=(n, TRUE_RANK)) @ loadings.T + 0.3 * rng.normal(size=(n, D))


X = planted(400)
SCHEMA = Schema.of(X)
SUMMARY = SCHEMA.summary


def test_the_number_is_what_the_latents_leave():
    for latent_dim, expected in ((1, 3), (2, 2), (4, 0)):
        likelihood, reason = choose_factors(Normal(factors="auto"), Batch(X), SUMMARY, latent_dim, 0)
        assert likelihood == Normal(factors=expected)
        assert reason.startswith(f"{expected or 'no'} noise factor")
    assert choose_factors(Normal(), Batch(X), SUMMARY, 2, 0) == (Normal(), "")


def test_weights_count():
    junk = np.random.default_rng(1).normal(size=(100, D)) * 9
    rows = Batch(np.vstack([X, junk]), weight=np.repeat([1.25, 0.0], [400, 100]))
    assert choose_factors(Normal(factors="auto"), rows, SUMMARY, 2, 0)[0] == Normal(factors=2)


def test_few_rows_and_columns_limit_the_number():
    wide = np.random.default_rng(1).normal(size=(10, 40)) @ np.random.default_rng(2).normal(size=(40, 40))
    likelihood, _ = choose_factors(Normal(factors="auto"), Batch(wide), Schema.of(wide).summary, 2, 0)
    assert likelihood.n_factors <= 3
    pair = X[:, :2]
    likelihood, reason = choose_factors(Normal(factors="auto"), Batch(pair), Schema.of(pair).summary, 2, 0)
    assert likelihood.n_factors == 0 and "none beside 2 latents" in reason


def starts(latent_dim=2, **settings):
    """The plan and its starts for X."""
    vae = elbax.VAE(latent_dim, hidden=(4,), random_state=0, **settings)
    plan = resolve(check_parameters(vae.get_params()), SCHEMA, None, len(X), 0, rows=Batch(X))
    return Starts.of(plan, SCHEMA.summary, Batch(X))


def elbo(module):
    return evaluate.elbo(module, Batch(X), 0, 20).elbo.mean()


def test_the_linear_start_is_factor_analysis_of_latents_and_noise_together():
    both = starts(likelihood="normal(factors=auto)", init="linear")
    start = both.module("linear", Batch(X), 0)
    assert start.likelihood.n_factors == 2
    exact = factor_analysis(X, TRUE_RANK).log_prob(X).mean()
    assert elbo(start) == pytest.approx(exact, abs=0.05)


def test_without_a_linear_start_the_noise_is_that_around_the_best_constant():
    for scale, fit in (("feature", factor_analysis), ("shared", ppca)):
        start = starts(likelihood=f"normal(scale={scale}, factors=4)", init="random").module("random", Batch(X), 0)
        likelihood, constant = start.likelihood, start.likelihood.initial_outputs(SCHEMA.summary)
        found = eqx.filter_jit(likelihood.log_prob)(constant, jnp.asarray(X, jnp.float32)).mean()
        options = {} if scale == "feature" else {"unit": SCHEMA.summary.unit}
        assert found == pytest.approx(fit(X, 4, **options).log_prob(X).mean(), abs=0.05)
    unused = starts(likelihood="normal(factors=6)", init="random").module("random", Batch(X), 0).likelihood
    assert (np.abs(unused.loadings) > 0).any(axis=0).all()


def test_the_best_noise_around_a_constant_is_factor_analysis():
    """Without latents the likelihood alone, trained by its gradients, is factor analysis by maximum likelihood."""
    summary = SUMMARY._replace(mean=X.mean(axis=0))
    start = Normal(factors=TRUE_RANK).prepare(summary)
    arrays, static = eqx.partition((start.location_scale.raw, start.loadings), eqx.is_inexact_array)
    leaves, tree = jax.tree.flatten(arrays)
    sizes = np.cumsum([leaf.size for leaf in leaves])[:-1]
    outputs, x = jnp.asarray(start.initial_outputs(summary)), jnp.asarray(X, jnp.float32)

    @jax.jit
    @jax.value_and_grad
    def loss(vector):
        parts = [part.reshape(leaf.shape) for part, leaf in zip(jnp.split(vector, sizes), leaves, strict=True)]
        raw, loadings = eqx.combine(jax.tree.unflatten(tree, parts), static)
        likelihood = eqx.tree_at(lambda it: (it.location_scale.raw, it.loadings), start, (raw, loadings))
        return -likelihood.log_prob(outputs, x).mean()

    def double(vector):
        value, slope = loss(jnp.asarray(vector, jnp.float32))
        return float(value), np.asarray(slope, float)

    result = minimize(double, np.concatenate([np.ravel(leaf) for leaf in leaves]), jac=True, method="L-BFGS-B")
    expected = FactorAnalysis(TRUE_RANK, tol=1e-8, max_iter=10_000).fit(X).score(X)
    assert -result.fun == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("scale", ["feature", "network", "fixed"])
def test_the_best_constant_has_the_factors_too(scale):
    summary = SUMMARY._replace(mean=X.mean(axis=0))
    likelihood = Normal(scale, value=0.3, factors=TRUE_RANK).prepare(summary)
    exact = factor_analysis(X, TRUE_RANK, new_rows=False).log_prob(X).mean()
    assert constant_log_density(likelihood, summary, Batch(X)) == pytest.approx(exact, abs=0.3)
    # Independent columns, of the ladder, have none.
    independent = likelihood.with_factors(0).prepare(summary)
    found, expected = (part.constant_log_probs(summary, X).mean() for part in (likelihood, independent))
    assert found == pytest.approx(expected, abs=1e-4) and found < exact - 3


@pytest.fixture(scope="module")
def fitted():
    settings = {"hidden": (4,), "epochs": 2, "init": "random", "random_state": 0, "verbose": 0}
    return elbax.VAE(2, likelihood="normal(factors=auto)", **settings).fit(X)


def test_the_plan_has_the_number_and_its_reason(fitted, tmp_path):
    assert fitted.likelihood_ == fitted.plan_.likelihood == Normal(factors=2)
    assert "chosen by name, with 2 noise factors beside 2 latents" in fitted.likelihood_reason_
    assert fitted.module_.likelihood.loadings.shape == (D, 2)
    fitted.save(tmp_path / "model")
    again = elbax.load(tmp_path / "model")
    assert again.plan_ == fitted.plan_ and again.get_params()["likelihood"] == "normal(factors=auto)"
    np.testing.assert_array_equal(again.score_samples(X[:5]), fitted.score_samples(X[:5]))
    assert np.isfinite(fitted.sample(5)).all()


def test_a_second_fit_and_passes_keep_the_number(fitted):
    again = pickle.loads(pickle.dumps(fitted)).set_params(warm_start=True).fit(X[::-1])
    assert again.likelihood_ == fitted.likelihood_
    passes = elbax.VAE(**fitted.get_params()).partial_fit(X)
    assert passes.likelihood_ == Normal(factors=2)


def test_a_part_of_a_table_chooses_for_its_columns():
    table = np.column_stack([RNG.poisson(3, size=(400, 1)), X])
    likelihood = Mixed((Poisson(), Normal(factors="auto")), ((0,), tuple(range(1, D + 1))))
    summary = Schema.of(table).summary
    chosen, reason = choose_factors(likelihood, Batch(table), summary, 2, 0)
    assert chosen.parts == (Poisson(), Normal(factors=2)) and "2 noise factors" in reason
    built = VAEModule.build(ModelConfig(2, hidden=(4,)), chosen, summary, np.random.default_rng(0))
    started = start_noise(built, Batch(table)).likelihood.parts[1]
    assert np.abs(started.loadings - built.likelihood.parts[1].loadings).max() > 0.1


def test_the_shell_chooses_too(tmp_path):
    pd.DataFrame(X, columns=list("abcdefgh")).to_csv(tmp_path / "x.csv", index=False)
    options = ("--hidden", "4", "--epochs", "2", "--init", "random", "--out", str(tmp_path / "run"), "--no-report")
    command = ("fit", str(tmp_path / "x.csv"), "--likelihood", "normal(factors=auto)", *options)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "2 noise factors beside 2 latents" in " ".join(result.output.split())
    plan = json.loads((tmp_path / "run" / "config.json").read_text())["plan"]
    assert plan["likelihood"]["factors"] == 2
