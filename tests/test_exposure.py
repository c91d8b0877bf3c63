"""Exposure: the mean of counts is proportional to it, and latents are free of it."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from typer.testing import CliRunner

import elbax
from elbax import VAE
from elbax.cli import app
from elbax.core.likelihoods import Mixed, NegativeBinomial, Normal, Poisson, ZeroInflatedNegativeBinomial
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data import Schema, take_exposure
from elbax.errors import InputError
from elbax.evaluate import SimpleModels
from elbax.types import Batch

RNG = np.random.default_rng(0)
N, D = 200, 12
DEPTH = np.exp(RNG.normal(0, 0.7, N))
CENTERED = np.log(DEPTH) - np.log(DEPTH).mean()
LATENT = RNG.normal(size=(N, 1))
LATENT -= LATENT.mean() + CENTERED[:, None] * (CENTERED @ LATENT / (CENTERED @ CENTERED))  # exactly uncorrelated
RATE = 4 * np.exp(LATENT @ RNG.choice([-0.7, 0.7], (1, D)) + RNG.normal(0, 0.5, D))
X = RNG.poisson(RATE * DEPTH[:, None])
SMALL = {"hidden": (8,), "epochs": 1, "init": "random", "random_state": 0, "verbose": 0}
LONG = {"hidden": (8,), "epochs": 5, "init": "linear", "random_state": 0, "verbose": 0}


def correlation(z):
    return np.abs(np.corrcoef(z[:, 0], np.log(DEPTH))[0, 1])


def test_the_mean_is_the_exposure_times_the_rate():
    outputs, x, e = RNG.normal(size=(5, 3)).astype(np.float32), RNG.poisson(3, (5, 3)), RNG.uniform(0.1, 9, 5)
    at = Poisson().at_exposure(outputs, np.log(e).astype(np.float32))
    exact = stats.poisson.logpmf(x, e[:, None] * np.exp(outputs))
    np.testing.assert_allclose(Poisson().log_prob_per_feature(at, x), exact, rtol=1e-4)
    likelihood = NegativeBinomial().with_dispersion(0.5, (3,))
    at = likelihood.at_exposure(outputs, np.log(e).astype(np.float32))
    mean = e[:, None] * np.exp(outputs)
    np.testing.assert_allclose(likelihood.mean(at), mean, rtol=1e-4)
    np.testing.assert_allclose(
        likelihood.log_prob_per_feature(at, x), stats.nbinom.logpmf(x, 2, 1 / (1 + mean / 2)), rtol=1e-3, atol=1e-4
    )


def test_additional_zeros_do_not_depend_on_the_exposure():
    likelihood = ZeroInflatedNegativeBinomial().with_dispersion(0.5, (3,))
    outputs = RNG.normal(size=6).astype(np.float32)
    before, after = (likelihood.distribution(out) for out in (outputs, likelihood.at_exposure(outputs, jnp.log(4.0))))
    np.testing.assert_allclose(4 * np.asarray(before.mean), after.mean, rtol=1e-4)


def test_only_counts_are_exposed():
    likelihood = Mixed((Normal(), Poisson()), ((0, 3), (1, 2)))
    assert likelihood.takes_exposure(4).tolist() == [False, True, True, False]
    moved = np.asarray(likelihood.at_exposure(jnp.zeros(likelihood.n_outputs(4)), jnp.log(2.0)))
    owners = likelihood.output_features(4)
    np.testing.assert_allclose(moved[np.isin(owners, (1, 2))], np.log(2), rtol=1e-6)
    assert (moved[np.isin(owners, (0, 3))] == 0).all()
    rows = likelihood.per_exposure(jnp.array([8.0, 8, 8, 8]), jnp.log(2.0))
    np.testing.assert_allclose(rows, [8, 4, 4, 8], rtol=1e-6)


def test_networks_see_counts_per_exposure_and_the_other_context():
    summary = Schema.of(X).summary
    config = ModelConfig(2, hidden=(8,), linear_skip=False)
    module = VAEModule.build(config, Poisson(), summary, np.random.default_rng(0), (2,), exposure=True)
    row, other = Batch(jnp.asarray(X[0], float), context=jnp.array([0.3, 0.0])), jnp.array([0.3, jnp.log(3.0)])
    deeper = Batch(3.0 * row.x, context=other)
    np.testing.assert_allclose(module.encode(row), module.encode(deeper), rtol=1e-4, atol=1e-5)
    z = jnp.ones(2)
    np.testing.assert_allclose(
        3 * module.mean(module.decode(z, row.context)), module.mean(module.decode(z, other)), rtol=1e-4
    )
    changed = module.decode(z, row.context.at[0].add(1.0))
    assert not np.allclose(changed, module.decode(z, row.context))
    alone = VAEModule.build(config, Poisson(), summary, np.random.default_rng(0), (1,), exposure=True)
    plain = VAEModule.build(config, Poisson(), summary, np.random.default_rng(0))
    np.testing.assert_array_equal(alone.decode(z), plain.decode(z))  # networks are those without a context


def test_the_best_constant_is_that_of_a_poisson_regression():
    time = RNG.uniform(0.2, 5, N)
    x = RNG.poisson(np.array([0.5, 3.0, 20.0]) * time[:, None])
    rates = x.sum(axis=0) / time.sum()  # the maximum-likelihood estimate with log time as offset
    exact = stats.poisson.logpmf(x, time[:, None] * rates).sum(axis=1)
    summary = Schema.of(x.astype(float), counts=True).summary
    own = np.log(time / time.mean()).astype(np.float32)
    likelihood = Poisson().prepare(summary)
    scores = SimpleModels.of(
        likelihood, summary, x.astype(np.float32), Batch(x.astype(np.float32)), exposures=(own, own)
    )
    np.testing.assert_allclose(scores.log_probs(1)[0].log_prob, exact, rtol=1e-4, atol=1e-3)
    without = SimpleModels.of(likelihood, summary, x.astype(np.float32), Batch(x.astype(np.float32)))
    assert without.log_probs(1)[0].log_prob.mean() < exact.mean() - 1


def test_independent_counts_come_out_as_a_poisson_regression():
    time = RNG.uniform(0.2, 5, 600)
    x = RNG.poisson(np.array([2.0, 6.0, 20.0]) * time[:, None])
    vae = VAE(1, **{**LONG, "epochs": 5}, likelihood="poisson", exposure="time").fit(x, context={"time": time})
    rates = x.sum(axis=0) / time.sum()
    np.testing.assert_allclose(vae.inverse_transform(np.zeros((1, 1)), context={"time": 1.0})[0], rates, rtol=0.05)
    decoded = vae.reconstruct(x, context={"time": time})
    np.testing.assert_allclose(decoded, time[:, None] * rates, rtol=0.15)


def test_latents_are_free_of_depth():
    free = VAE(1, exposure="total", **LONG).fit(X)
    assert "NegativeBinomial" in free.likelihood_reason_ and correlation(free.transform(X)) < 0.1
    named = VAE(1, exposure="depth", **LONG).fit(X, context={"depth": DEPTH})
    z = named.transform(X, context={"depth": DEPTH})
    assert correlation(z) < 0.1
    assert LinearRegression().fit(z, LATENT).score(z, LATENT) > 0.8
    bound = VAE(1, **LONG).fit(X)
    assert correlation(bound.transform(X)) > 0.3  # so the test can fail
    assert named.outcome_.ladder.elbo.mean > bound.outcome_.ladder.elbo.mean
    drawn = named.sample(2000).sum(axis=1)
    assert 0.5 < np.log(drawn + 1).std() / np.log(X.sum(axis=1) + 1).std() < 1.5
    few, many = (named.sample(2000, context={"depth": depth}).mean() for depth in (0.5, 5.0))
    assert 7 < many / few < 14


def test_latents_are_free_of_a_batch_that_is_given():
    batch = np.arange(N) % 2
    effect = np.where(np.arange(D) % 3 == 0, 1.0, -0.5)
    x = np.random.default_rng(1).poisson(RATE * DEPTH[:, None] * np.exp(batch[:, None] * effect))
    context = np.array(["a", "b"])[batch]
    vae = VAE(1, exposure="total", **LONG).fit(x, context=context)
    z = vae.transform(x, context=context)
    assert np.abs(np.corrcoef(z[:, 0], batch)[0, 1]) < 0.1 and correlation(z) < 0.1
    means = [vae.inverse_transform([[0.0]], context=name)[0] for name in "ab"]
    assert np.corrcoef(np.log(means[1] / means[0]), effect)[0, 1] > 0.9
    without = VAE(1, exposure="total", **LONG).fit(x).transform(x)
    assert np.abs(np.corrcoef(without[:, 0], batch)[0, 1]) > 0.3  # so the test can fail


def test_every_way_to_give_an_exposure_is_one(tmp_path):
    frame = pd.DataFrame(X.astype(float), columns=[f"g{i}" for i in range(D)]).assign(depth=DEPTH)
    options = {**SMALL, "likelihood": "poisson", "exposure": "depth"}
    by_context = VAE(2, **options).fit(X.astype(float), context={"depth": DEPTH})
    by_column = VAE(2, **options).fit(frame)
    np.testing.assert_array_equal(by_column.transform(frame), by_context.transform(X, context={"depth": DEPTH}))
    assert list(by_column.sample(2).columns) == [f"g{i}" for i in range(D)]
    by_column.save(tmp_path / "m")
    loaded = elbax.load(tmp_path / "m")
    np.testing.assert_array_equal(loaded.transform(frame), by_column.transform(frame))
    np.testing.assert_array_equal(loaded.sample(4, random_state=0), by_column.sample(4, random_state=0))
    assert clone(loaded).exposure == "depth"
    assert loaded.plan_.exposure and loaded.context_schema_.exposure.usual == pytest.approx(DEPTH.mean())


def test_a_frame_of_counts_is_the_array_that_it_holds():
    """Also where columns hold few values, which would be levels in a table."""
    rare = np.minimum(X, [1, 2] * (D // 2))
    frame = pd.DataFrame(rare, columns=[f"g{i}" for i in range(D)]).assign(depth=DEPTH)
    by_column = VAE(2, exposure="depth", **SMALL).fit(frame)
    by_context = VAE(2, exposure="depth", **SMALL).fit(rare, context={"depth": DEPTH})
    np.testing.assert_array_equal(by_column.transform(frame), by_context.transform(rare, context={"depth": DEPTH}))
    assert by_column.likelihood_reason_ == by_context.likelihood_reason_


def test_covariates_stand_beside_an_exposure():
    batch = np.where(np.arange(N) % 2 == 0, "a", "b")
    context = pd.DataFrame({"depth": DEPTH, "batch": batch})
    vae = VAE(2, exposure="depth", **SMALL).fit(X, context=context)
    assert vae.plan_.context_shape == (3,)
    assert vae.transform(X, context=context).shape == (N, 2)
    one = vae.inverse_transform(np.zeros((1, 2)), context={"batch": "a"})
    usual = vae.inverse_transform(np.zeros((1, 2)), context={"batch": "a", "depth": DEPTH.mean()})
    np.testing.assert_allclose(one, usual, rtol=1e-5)
    assert vae.sample(7, context={"batch": "b"}).shape == (7, D)
    total = VAE(2, exposure="total", **SMALL).fit(X, context=batch)
    assert total.score_samples(X[:5], 2, context="a").shape == (5,)
    with pytest.raises(InputError, match="batch"):
        vae.sample(2)


def test_sparse_rows_have_the_same_totals():
    dense = VAE(2, exposure="total", **SMALL).fit(X)
    kept = VAE(2, exposure="total", **SMALL).fit(sparse.csr_array(X))
    np.testing.assert_array_equal(dense.transform(X), kept.transform(sparse.csr_array(X)))


def test_a_row_without_counts_has_the_exposure_of_one():
    _, context = take_exposure("total", np.array([[0, 0], [2, 3]]), None)
    assert context.columns[-1].values.tolist() == [1.0, 5.0]


BAD = {
    "unknown": ({"exposure": "depht"}, X, {"depth": DEPTH}, "exposure='depht' is no column.*'depth'"),
    "array": ({"exposure": DEPTH}, X, None, "exposure must be 'total' or the name of a column"),
    "zero": ({"exposure": "depth"}, X, {"depth": np.r_[0.0, DEPTH[1:]]}, "'depth'.* is 0 in row 0"),
    "missing": ({"exposure": "depth"}, X, {"depth": np.r_[np.nan, DEPTH[1:]]}, "missing, NaN or infinite in row 0"),
    "fractions": ({"exposure": "total"}, np.log1p(X), None, "exposure='total' scales counts.*fractions"),
    "images": ({"exposure": "total"}, X, np.zeros((N, 4, 4, 1)), "context of columns, not of images"),
}


@pytest.mark.parametrize(("settings", "x", "context", "message"), BAD.values(), ids=BAD)
def test_bad_exposures_are_named(settings, x, context, message):
    with pytest.raises(InputError, match=message):
        VAE(2, **SMALL, **settings).fit(x, context=context)


def test_an_exposure_is_context_in_the_shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(X, columns=[f"g{i}" for i in range(D)]).to_csv("counts.csv", index=False)

    def run(words: str):
        return CliRunner().invoke(app, words.split())

    assert run("fit counts.csv --exposure total --likelihood poisson --epochs 2 --out run").exit_code == 0
    means = []
    for total in (300, 3000):
        result = run(f"sample run -n 200 --context total={total} --out new.csv")
        assert result.exit_code == 0, result.output
        means.append(pd.read_csv("new.csv").sum(axis=1).mean())
    assert 8 < means[1] / means[0] < 12
    assert "unknown context column 'depth'" in run("sample run --context depth=3 --out new.csv").output
