"""Rows with cells that were not observed: their densities are of the others, and complete rows leave no trace."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from elbax import evaluate
from elbax.core.likelihoods import (
    Bernoulli,
    Categorical,
    CrossEntropy,
    Custom,
    Mixed,
    NegativeBinomial,
    Normal,
    Poisson,
    StudentT,
)
from elbax.core.objectives import ELBO, IWAE
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data import Schema
from elbax.errors import InputError
from elbax.evaluate.batching import hashed_row_keys
from elbax.train import trainer
from elbax.train.config import TrainConfig
from elbax.types import Batch, Summary

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3)).astype(np.float32) + 2
MASK = RNG.uniform(size=X.shape) < 0.7


def module(x=X, likelihood=None, **architecture):
    architecture = ModelConfig(2, hidden=(8,), **architecture)
    likelihood = Normal() if likelihood is None else likelihood
    return VAEModule.build(architecture, likelihood, Schema.of(x).summary, np.random.default_rng(0))


def test_complete_rows_leave_no_mask_in_the_program():
    x, key, progress = jnp.asarray(X), jax.random.key(0), jnp.asarray(1.0)
    outputs, part = jnp.zeros(3), Bernoulli()
    plain = jax.make_jaxpr(lambda o, x: part.log_prob_per_feature(o, x).sum(axis=-1))(outputs, x[0])
    assert str(jax.make_jaxpr(part.log_prob)(outputs, x[0])) == str(plain)
    built = module(X > 2, Bernoulli())

    def program(batch):
        jaxpr = jax.make_jaxpr(lambda batch: ELBO()(built, batch, key, progress).loss)(batch)
        return len(jaxpr.in_avals), str(jaxpr).count("select_n")

    (n_in, selects), (masked_in, masked_selects) = program(Batch(x)), program(Batch(x, jnp.asarray(MASK)))
    assert (n_in, masked_in) == (1, 2) and masked_selects == selects + 1


@pytest.mark.parametrize("objective", [ELBO(), IWAE(4), IWAE(4, "dreg")], ids=["elbo", "iwae", "dreg"])
def test_a_masked_column_is_a_column_less(objective):
    """Filled with its center, which the encoder sees as zero."""
    full, kept = module(), np.array([0, 2])
    x = np.where(np.arange(3) == 1, np.asarray(full.center.tree), X)
    fewer = eqx.tree_at(
        lambda m: (m.encoder.layers[0].weight, m.encoder.head, m.decoder.layers, m.decoder.head.weight),
        module(X[:, kept]),
        (
            full.encoder.layers[0].weight[kept],
            full.encoder.head,
            full.decoder.layers,
            full.decoder.head.weight[:, kept],
        ),
    )
    observed = np.broadcast_to(np.arange(3) != 1, X.shape)

    @eqx.filter_jit
    def values(module, batch):
        key = jax.random.key(1)
        scored = objective(module, batch, key, jnp.asarray(1.0))
        return (
            scored.loss,
            scored.terms,
            objective.held_out(module, batch, jax.random.split(key, len(batch.x))),
        )

    found = values(full, Batch(jnp.asarray(x), jnp.asarray(observed)))
    for got, wanted in zip(
        jax.tree.leaves(found), jax.tree.leaves(values(fewer, Batch(jnp.asarray(X[:, kept])))), strict=True
    ):
        np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=1e-5)


def test_training_validates_streams_and_leaves_out_what_was_not_observed():
    observed = MASK & (np.arange(3) != 1)
    start = module()
    plan = TrainConfig(3, 32, 1e-2, seed=0)
    nothing = Batch(X[:40], np.zeros((40, 3), bool))
    fits = [
        trainer.train(start, ELBO(), Batch(X, observed), plan, validation=nothing, resident=resident)
        for resident in (True, False)
    ]
    raw, before = (part.likelihood.location_scale.raw for part in (fits[0].module, start))
    assert raw[1] == before[1] and raw[0] != before[0] and raw[2] != before[2]
    for one, other in zip(*(jax.tree.leaves(fit.state) for fit in fits), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (fits[0].history["val_reconstruction"] == 0).all() and (fits[0].history["val_kl"] > 0).all()
    whole = trainer.train(start, ELBO(), Batch(X, np.ones(X.shape, bool)), plan).history["loss"]
    np.testing.assert_allclose(whole, trainer.train(start, ELBO(), Batch(X), plan).history["loss"], rtol=1e-5)
    assert (fits[0].history["reconstruction"] < whole).all()


@pytest.mark.parametrize(
    "likelihood",
    [Normal(), Normal("shared"), Normal("fixed"), StudentT(), NegativeBinomial(), Poisson()],
    ids=str,
)
def test_a_constant_model_is_scored_on_observed_cells(likelihood):
    x = RNG.poisson(4, size=(200, 3)).astype(np.float64)
    summary, observed = Schema.of(x).summary, RNG.uniform(size=x.shape) < 0.6
    found = evaluate.constant_log_density(likelihood.prepare(summary), summary, Batch(x, observed))
    moved = np.where(observed, x, 1 + x)
    again = evaluate.constant_log_density(likelihood.prepare(summary), summary, Batch(moved, observed))
    assert found == pytest.approx(again, rel=1e-6)
    alone = [
        observed[:, j].mean()
        * evaluate.constant_log_density(
            likelihood.prepare(summary.of([j])), summary.of([j]), Batch(x[observed[:, j]][:, [j]])
        )
        for j in range(3)
    ]
    assert found == pytest.approx(sum(alone), abs=0.05 if likelihood == Normal("shared") else 1e-3)


def test_a_mask_is_part_of_what_a_row_is():
    x, masks = jnp.ones((2, 3)), jnp.array([[True, True, False], [True, True, True]])
    keys = hashed_row_keys(0, Batch(x, masks))
    words = [np.asarray(jax.random.key_data(key)).tolist() for key in keys]
    assert words[0] != words[1]


def test_a_wide_categorical_does_not_widen_its_neighbors():
    d = 100
    likelihood = Mixed((Normal(), Categorical(1000)), (tuple(range(d - 1)), (d - 1,)))
    zeros, ones = np.zeros(d), np.ones(d)
    summary = Summary(zeros, ones, zeros, ones, zeros, ones, zeros)
    built = VAEModule.build(ModelConfig(2, hidden=(4,)), likelihood, summary, np.random.default_rng(0))
    outputs = built.decode(jnp.zeros(2))
    assert outputs.shape == (1099,) and built.mean(outputs).shape == (d,)
    assert (likelihood.output_features(d) == d - 1).sum() == 1000


def test_convolutions_refuse_pixels_of_different_widths():
    event = np.zeros((1, 2, 1))
    summary = Summary(event, event + 1, event, event + 1, event, event + 1, event)
    likelihood = Mixed((Normal(), Categorical(4)), ((0,), (1,)))
    with pytest.raises(InputError, match="5 for 1 x 2 pixels; use network='mlp'"):
        VAEModule.build(ModelConfig(network="conv"), likelihood, summary, np.random.default_rng(0))


def test_a_custom_loss_sees_rows_as_they_are():
    shapes, images = [], X.reshape(40, 3, 3, 1)
    loss = lambda x, mean: shapes.append((x.shape, mean.shape)) or ((x - mean) ** 2).sum(axis=(1, 2))  # noqa: E731
    built = module(images, Custom(loss))
    with pytest.raises(InputError, match="one number for each feature"):
        built.log_prob(jnp.zeros(9), jnp.ones((3, 3, 1)), jnp.ones((3, 3, 1)))
    assert float(built.log_prob(jnp.zeros(9), jnp.ones((3, 3, 1)))) == -9
    assert set(shapes) == {((3, 3, 1), (3, 3, 1))}
    each = module(images, Custom(lambda x, mean: (x - mean) ** 2))
    assert float(each.log_prob(jnp.zeros(9), jnp.ones((3, 3, 1)), jnp.eye(3)[..., None])) == -3


def test_losses_leave_cells_out_too():
    outputs, x, observed = jnp.zeros(2), jnp.array([0.3, 0.9]), jnp.array([1.0, 0.0])
    assert float(CrossEntropy().log_prob(outputs, x, observed)) == pytest.approx(np.log(0.5))
