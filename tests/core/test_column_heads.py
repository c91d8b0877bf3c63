"""Heads that see other columns: densities, draws and completions against enumeration of a small table."""

from itertools import product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from elbax import evaluate
from elbax.core.likelihoods import Categorical, Mixed, Normal
from elbax.core.objectives import ELBO, IWAE
from elbax.core.table_inputs import TableInputs
from elbax.core.vae import ModelConfig, VAEModule
from elbax.train import trainer
from elbax.train.config import TrainConfig
from elbax.types import Batch, Summary

LEVELS = (2, 3, 2)
TABLE = np.array(list(product(*map(range, LEVELS))), np.float32)  # all rows
LIKELIHOOD = Mixed((Categorical(2), Categorical(3)), ((0, 2), (1,)))


def summary(d):
    zeros, ones = np.zeros(d), np.ones(d)
    return Summary(zeros, ones, zeros, ones, zeros, ones, zeros)


def module(sees, likelihood=LIKELIHOOD, levels=LEVELS, seed=0, gaps=False, **config):
    """A module whose heads have large random last layers."""
    config = ModelConfig(2, hidden=(8,), decoder_sees=sees, **config)
    inputs = TableInputs(levels, gaps)
    rng = np.random.default_rng(seed)
    built = VAEModule.build(config, likelihood, summary(len(levels)), rng, inputs=inputs)
    last = tuple(jnp.asarray(rng.normal(size=part.shape), jnp.float32) for part in built.heads.last)
    return eqx.tree_at(lambda m: m.heads.last, built, last)


def outputs_of(built, seed=1):
    return built.decode(jnp.asarray(np.random.default_rng(seed).normal(size=2), jnp.float32))


@pytest.mark.parametrize("sees", ["before", "any"])
def test_densities_add_up_to_one_in_every_order(sees):
    built = module(sees)
    outputs = outputs_of(built)

    @eqx.filter_jit
    def total(key):
        return jnp.exp(jax.vmap(lambda x: built.log_prob(outputs, x, key=key))(TABLE)).sum()

    assert float(total(None)) == pytest.approx(1.0, abs=1e-5)
    for seed in range(8):
        assert float(total(jax.random.key(seed))) == pytest.approx(1.0, abs=1e-5)


def test_orders_and_hidden_columns_are_those_of_the_recipe():
    draws = {}
    for sees in ("before", "any"):
        heads = module(sees).heads
        visible = np.asarray(
            jax.vmap(lambda key, heads=heads: heads.visible(None, key))(jax.random.split(jax.random.key(0), 4000))
        )
        assert not np.any(visible & visible.transpose(0, 2, 1))  # an order
        draws[sees] = visible
    assert not draws["before"][:, np.triu_indices(3)[0], np.triu_indices(3)[1]].any()
    # A column is hidden in .7 of the rows with a mean share of .4; in any order two columns have an order each.
    np.testing.assert_allclose(draws["before"][:, 2].mean(0)[:2], 0.72, atol=0.03)
    np.testing.assert_allclose(draws["any"][:, 2, 0].mean(), 0.75 * 0.72, atol=0.03)
    np.testing.assert_allclose(draws["any"][:, 0, 2].mean(), 0.25 * 0.72, atol=0.03)


def test_heads_depend_on_visible_columns_only():
    numbers = module("any", Normal(), (0,) * 5)
    outputs, x = outputs_of(numbers), jnp.asarray(np.random.default_rng(0).normal(size=5), jnp.float32)
    visible = jnp.asarray(np.random.default_rng(1).random((5, 5)) < 0.5) & ~jnp.eye(5, dtype=bool)

    def add(x):
        return numbers.heads(outputs[-2:], numbers._columns(x, None), visible)

    slopes = np.asarray(jax.jacobian(add)(x))
    assert (slopes[~np.asarray(visible)] == 0).all() and (slopes[np.asarray(visible)] != 0).all()
    unobserved = jnp.asarray([True, False, True, True, False])
    slopes = np.asarray(jax.jacobian(lambda x: numbers.log_prob(outputs, x, unobserved))(x))
    assert (slopes[~np.asarray(unobserved)] == 0).all() and (slopes[np.asarray(unobserved)] != 0).all()


@pytest.mark.parametrize("sees", ["before", "any"])
def test_samples_have_the_probabilities_of_their_density(sees):
    built = module(sees)
    outputs, n = outputs_of(built), 4000
    p = np.asarray(jnp.exp(jax.vmap(lambda x: built.log_prob(outputs, x))(TABLE)), np.float64)
    rows = np.asarray(
        jax.jit(jax.vmap(lambda key: built.sample_x(key, outputs)))(jax.random.split(jax.random.key(0), n))
    )
    counts = (rows[:, None] == TABLE).all(axis=2).sum(axis=0)
    assert stats.chisquare(counts, n * p / p.sum()).pvalue > 1e-3


def test_before_completes_with_the_exact_conditional():
    built = module("before")
    outputs, n, observed = outputs_of(built), 8000, np.array([False, False, True])
    x = jnp.array([0.0, 0.0, 1.0])
    keys = jax.random.split(jax.random.key(2), n)
    rows, weights = jax.jit(jax.vmap(lambda key: built.complete(key, outputs, x, jnp.asarray(observed))))(keys)
    rows, weights = np.asarray(rows), np.exp(np.asarray(weights, np.float64))
    p = np.asarray(jnp.exp(jax.vmap(lambda x: built.log_prob(outputs, x))(TABLE)), np.float64)
    fits = TABLE[:, 2] == 1
    assert (rows[:, 2] == 1).all()
    assert weights.mean() == pytest.approx(p[fits].sum(), abs=4 * weights.std() / np.sqrt(n))
    for row, exact in zip(TABLE[fits], p[fits] / p[fits].sum(), strict=True):
        share = weights * (rows == row).all(axis=1) / weights.sum()
        assert share.sum() == pytest.approx(exact, abs=4 * np.sqrt(exact / n) * weights.max() / weights.mean())


def test_any_completes_given_all_observed_columns():
    """The rest is drawn in table order from heads that see the observed columns too."""
    built = module("any")
    outputs, n, observed = outputs_of(built), 8000, jnp.array([False, False, True])
    x, heads = jnp.array([0.0, 0.0, 1.0]), built.heads
    keys = jax.random.split(jax.random.key(2), n)
    rows, weights = jax.jit(jax.vmap(lambda key: built.complete(key, outputs, x, observed)))(keys)
    np.testing.assert_allclose(weights, float(built.log_prob(outputs, x, observed)), atol=1e-5)

    def log_prob(x):
        visible = jnp.array([[False, False, True], [True, False, True], [False, False, False]])
        own, seen = built._split(outputs)
        return LIKELIHOOD.log_prob_per_feature(own + heads(seen, built._columns(x, None), visible), x)[:2].sum()

    fits = TABLE[TABLE[:, 2] == 1]
    p = np.asarray(jnp.exp(jax.vmap(log_prob)(fits)), np.float64)
    assert p.sum() == pytest.approx(1.0, abs=1e-5)
    counts = (np.asarray(rows)[:, None] == fits).all(axis=2).sum(axis=0)
    assert stats.chisquare(counts, n * p / p.sum()).pvalue > 1e-3


def test_new_heads_add_nothing():
    config = ModelConfig(2, hidden=(8,), decoder_sees="any", linear_skip=True)
    built = VAEModule.build(config, LIKELIHOOD, summary(3), np.random.default_rng(0), inputs=TableInputs(LEVELS))
    without = eqx.tree_at(lambda m: m.heads, built, None)
    z, x = jnp.ones(2), jnp.asarray(TABLE[5])
    expected = without.log_prob(without.decode(z), x)
    np.testing.assert_array_equal(built.log_prob(built.decode(z), x), expected)
    np.testing.assert_array_equal(built.mean(built.decode(z)), without.mean(without.decode(z)))


@pytest.mark.parametrize("objective", [ELBO(), IWAE(3)], ids=["elbo", "iwae"])
def test_heads_learn_in_every_objective(objective):
    built, x = module("any", gaps=True, dropout=0.1), jnp.asarray(TABLE)

    def loss(params, rest):
        return objective(eqx.combine(params, rest), Batch(x), jax.random.key(0), jnp.asarray(1.0)).loss.mean()

    params, rest = eqx.partition(built, eqx.is_inexact_array)
    gradient = eqx.filter_jit(jax.grad(loss))(params, rest)
    for leaf in jax.tree.leaves(gradient.heads):
        assert np.isfinite(leaf).all() and np.any(leaf)


def test_training_with_gaps_hides_cells_from_three_of_ten_rows():
    plain = VAEModule.build(
        ModelConfig(2, hidden=(8,)), LIKELIHOOD, summary(3), np.random.default_rng(0), inputs=TableInputs(LEVELS, True)
    )
    row, keys = Batch(jnp.asarray(TABLE[0]), jnp.array([True, False, True])), jax.random.split(jax.random.key(0), 4000)
    shown = np.asarray(jax.vmap(lambda key: plain.hide_cells(row, key).observed)(keys))
    assert not shown[:, 1].any()
    np.testing.assert_allclose(shown[:, [0, 2]].mean(0), 0.85, atol=0.02)


CHAIN = np.zeros((3000, 3), np.float32)
CHAIN[:, 0] = np.random.default_rng(3).integers(0, 3, 3000)
for _column in (1, 2):  # each the next level of the one before, or else any
    _moved = np.random.default_rng(_column).random(3000) < 0.8
    _any = np.random.default_rng(10 + _column).integers(0, 3, 3000)
    CHAIN[:, _column] = np.where(_moved, (CHAIN[:, _column - 1] + 1) % 3, _any)
CHAIN_ENTROPY = np.log(3) - 2 * (0.8 + 0.2 / 3) * np.log(0.8 + 0.2 / 3) - 4 * (0.2 / 3) * np.log(0.2 / 3)


def chain_module():
    config = ModelConfig(1, hidden=(8,), decoder_sees="before")
    inputs = TableInputs((3, 3, 3), gaps=True)
    return VAEModule.build(config, Categorical(3), summary(3), np.random.default_rng(0), inputs=inputs)


def test_a_chain_of_columns_is_learned_and_resumed():
    """Heads reach its entropy without latents; training that goes on is that of one piece."""
    config, rows = TrainConfig(20, 100, 1e-2, seed=0, schedule="cosine"), Batch(CHAIN[:2000])
    whole = trainer.train(chain_module(), ELBO(), rows, config)
    held_out = evaluate.elbo(whole.module, Batch(CHAIN[2000:]), 0, 4).elbo
    assert held_out.mean() == pytest.approx(-CHAIN_ENTROPY, abs=0.08)  # of independent columns -3.30
    half = trainer.train(chain_module(), ELBO(), rows, config, last_epoch=7)
    again = trainer.train(chain_module(), ELBO(), rows, config, earlier=half)
    for one, other in zip(*(jax.tree.leaves(fit.module) for fit in (whole, again)), strict=True):
        np.testing.assert_array_equal(one, other)
