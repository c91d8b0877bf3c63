"""The pretraining: maps of rows that keep distances along the data, and training from them."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import spearmanr

from elbax.core.likelihoods import Normal
from elbax.core.objectives import ELBO, IWAE
from elbax.core.serialization import to_bytes
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data import Schema
from elbax.train import trainer
from elbax.train.config import TrainConfig
from elbax.train.data_loader import DataLoader
from elbax.train.loop import _mask_target_codes
from elbax.train.pretraining import N_LANDMARKS, TargetCodes, make_target_codes
from elbax.types import Batch


def s_curve(u):
    t = 3 * np.pi * (u - 0.5)
    return np.column_stack([(1 + np.sin(t)) / 2, (np.sign(t) * (np.cos(t) - 1) + 2) / 4])


def spiral(u):
    t = 2 * np.pi * (0.3 + 1.7 * u)
    return np.column_stack([t * np.cos(t), t * np.sin(t)])


def helix(u):
    t = 4 * np.pi * u
    return np.column_stack([np.cos(t), np.sin(t), t / 3])


def points(x, latent_dim=1, seed=0):
    found = make_target_codes(x, Schema.of(x).summary, latent_dim, np.random.default_rng(seed))
    return None if found is None else np.asarray(found)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize(("curve", "noise"), [(s_curve, 0), (s_curve, 0.05), (spiral, 0.2), (helix, 0.05)])
def test_a_curve_is_laid_out_in_order(curve, noise, scale):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        u = rng.uniform(size=300)
        x = curve(u)
        z = points(scale * (x + noise * rng.normal(size=x.shape)) + 7 * scale)
        assert abs(spearmanr(z[:, 0], u)[0]) > 0.99


def test_a_circle_is_cut_open_once():
    angle = np.random.default_rng(0).uniform(size=300)
    x = np.column_stack([np.cos(2 * np.pi * angle), np.sin(2 * np.pi * angle)])
    steps = np.diff(angle[np.argsort(points(x)[:, 0])])
    assert np.abs((steps + 0.5) % 1 - 0.5).sum() < 1.0  # one turn and no more


def test_a_surface_is_flattened():
    rng = np.random.default_rng(0)
    u, height = rng.uniform(size=(2, 700))
    t = 1.5 * np.pi * (1 + 2 * u)
    roll = np.column_stack([t * np.cos(t), 20 * height, t * np.sin(t)])
    z = points(roll, 2)
    correlation = np.abs(spearmanr(np.column_stack([z, t, height]))[0][:2, 2:])
    assert correlation.max(axis=0).min() > 0.9


@pytest.mark.parametrize("latent_dim", [2, 4])  # along the data, and by principal components
def test_scores_are_normal_and_equal_rows_meet(latent_dim):
    x = np.random.default_rng(0).normal(size=(200, 4))
    x[100:] = x[:100]  # every row twice
    z = points(x, latent_dim)
    assert np.isfinite(z).all()
    np.testing.assert_array_equal(z[:100], z[100:])
    np.testing.assert_allclose([z.mean(), z.std()], [0, 1], atol=0.05)


def test_groups_far_apart_still_get_finite_points():
    x = np.random.default_rng(0).normal(size=(150, 3))
    x[50:] += 1000
    x[100:] += 1e5
    z = points(x, 1)
    assert np.isfinite(z).all()
    order = np.argsort(z[:, 0]) // 50
    assert (np.diff(order) != 0).sum() == 2  # each group stays together


@pytest.mark.parametrize("rows", [np.zeros((5, 3)) + np.eye(5, 3), np.repeat(np.eye(2), 50, axis=0)])
def test_too_few_distinct_rows_give_no_points(rows):
    assert points(rows, 3) is None


@pytest.mark.parametrize("distinct, latent_dim", [(3, 1), (4, 2), (5, 2), (5, 3), (9, 3)])
def test_a_few_distinct_rows_are_enough(distinct, latent_dim):
    rng = np.random.default_rng(0)
    z = points(rng.normal(size=(distinct, 4))[rng.integers(distinct, size=60)], latent_dim)
    assert z.shape == (60, latent_dim) and np.isfinite(z).all()


def test_of_many_rows_some_are_landmarks():
    z = points(np.random.default_rng(0).normal(size=(N_LANDMARKS + 500, 3)))
    assert np.isfinite(z[:, 0]).sum() == N_LANDMARKS


def problem(pretraining_steps=25):
    x = s_curve(np.random.default_rng(0).uniform(size=90)).astype(np.float32)
    places = np.flatnonzero(np.arange(len(x)) % 3)
    latent = TargetCodes(len(x), places, points(x)[places])
    module = VAEModule.build(
        ModelConfig(latent_dim=1, hidden=(8,)), Normal(), Schema.of(x).summary, np.random.default_rng(0)
    )
    plan = TrainConfig(3, 32, 1e-3, seed=7, patience=4, pretraining_steps=pretraining_steps)
    return module, ELBO(), Batch(x, target_codes=latent), plan


def test_pretraining_comes_before_the_first_epoch():
    module, objective, rows, plan = problem()
    fitted = trainer.train(module, objective, rows, plan, validation=Batch(rows.x[:20]))
    assert len(fitted.history) == 3 and int(fitted.state.step) == 9
    without = trainer.train(module, objective, rows, replace(plan, pretraining_steps=0), validation=Batch(rows.x[:20]))
    assert fitted.history["elbo"].iloc[0] > without.history["elbo"].iloc[0]


def test_rows_without_a_code_are_not_visited_in_pretraining():
    _, _, rows, _ = problem()
    _, before = DataLoader(rows, 5, seed=0).steps(-25, 25)
    _, after = DataLoader(rows, 5, seed=0).steps(0, 25)
    latent = np.asarray(rows.target_codes)
    assert not np.isnan(latent[before[:25], 0]).any()
    assert np.isnan(latent[after[:25], 0]).any()


def test_streamed_and_chunked_pretraining_changes_no_bit(monkeypatch):
    module, objective, rows, plan = problem()
    whole = trainer.train(module, objective, rows, plan)
    streamed = trainer.train(module, objective, rows, plan, resident=False)
    monkeypatch.setattr(trainer, "_GROWTH", 1)
    pieces = trainer.train(module, objective, rows, plan)
    assert to_bytes(whole.state) == to_bytes(streamed.state) == to_bytes(pieces.state)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.0])
def test_the_weight_of_pretraining_is_the_share_of_rows_with_their_codes(share):
    batch = Batch(jnp.zeros((8, 2)), target_codes=jnp.ones((8, 1)))
    codes = _mask_target_codes(batch, jnp.asarray(share)).target_codes
    assert np.isnan(np.asarray(codes)).sum() == 8 * (1 - share)


def test_iwae_pretrains_as_the_elbo_does():
    module, _, rows, _ = problem()
    given = Batch(rows.x[rows.target_codes.rows], target_codes=rows.target_codes.points)
    key, progress = jax.random.key(0), jnp.asarray(-0.1)
    elbo, iwae = (eqx.filter_jit(objective)(module, given, key, progress).loss for objective in (ELBO(), IWAE(4)))
    np.testing.assert_allclose(iwae, elbo, rtol=1e-5)
