"""Fits start at the best linear model: exactly, for every likelihood, and leave it only for a gain."""

from dataclasses import replace
from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.decomposition import FactorAnalysis
from sklearn.model_selection import train_test_split

import elbax
from elbax import evaluate
from elbax.data import Schema
from elbax.errors import InputError
from elbax.evaluate.factor_analysis import factor_analysis, ppca
from elbax.fit import linear_start, selection
from elbax.fit.choices import check_parameters
from elbax.fit.linear_start import start_at_codes
from elbax.fit.outcome import is_rising
from elbax.fit.paired import PairedGain
from elbax.fit.plan import resolve
from elbax.fit.selection import least_gain
from elbax.fit.starts import Starts
from elbax.train.config import TrainConfig
from elbax.types import Batch

RNG = np.random.default_rng(0)
WINE = load_wine().data
CODES = RNG.normal(size=(150, 2))
BITS = (CODES @ RNG.normal(size=(2, 9)) * 2 > RNG.normal(size=(150, 9))).astype(float)
COUNTS = RNG.poisson(np.exp(1 + CODES @ RNG.normal(size=(2, 6)) / 2)).astype(float)
SMALL = {"hidden": (8,), "random_state": 0, "verbose": 0}


def starts(x, context=None, **settings):
    """The starts of a fit to x, and its rows."""
    rows = Batch(x.astype(np.float32), context=context)
    parameters = check_parameters(elbax.VAE(**{**SMALL, **settings}).get_params())
    schema = Schema.of(rows.x)
    plan = resolve(parameters, schema, None, len(x), 0, rows=rows)
    plan = replace(plan, context_shape=None if context is None else context.shape[1:])
    return Starts.of(plan, schema.summary, rows), rows


@pytest.mark.parametrize("scale", ["feature", "shared", "network"])
def test_the_elbo_of_the_start_is_the_exact_log_density(scale):
    started, rows = starts(WINE, likelihood=f"normal(scale={scale})", init="linear")
    module = started.module("linear", rows, 0)
    exact = started.linear_fit(rows.x.astype(float)).log_prob(rows.x)
    scores = evaluate.log_likelihood(module, rows, 2, 0)
    if scale == "shared":  # it has a floor for each column, which moves single rows
        assert abs(scores.mean() - exact.mean()) < 0.1
    else:  # importance weights of the exact posterior are equal
        np.testing.assert_allclose(scores, exact, atol=0.02)
    assert abs(evaluate.elbo(module, rows, 0, 64).elbo.mean() - exact.mean()) < 0.15


def test_of_a_context_only_what_it_does_not_explain_is_left_to_the_latents():
    context = np.eye(3, dtype=np.float32)[np.arange(len(WINE)) % 3]
    x = WINE[:, :4] + 5 * context @ RNG.normal(size=(3, 4))
    started, rows = starts(x, context, init="linear")
    module = started.module("linear", rows, 0)
    exact = started.linear_fit(x - _explained(rows)).log_prob(x - _explained(rows))
    np.testing.assert_allclose(evaluate.log_likelihood(module, rows, 2, 0), exact, atol=0.02)


def _explained(rows):
    from sklearn.linear_model import Ridge

    fitted = Ridge(rows.context.shape[1]).fit(rows.context, rows.x.astype(float))
    return rows.context @ fitted.coef_.T


@pytest.mark.parametrize("x, likelihood", [(BITS, "bernoulli"), (COUNTS, "poisson"), (WINE[:, :4], "student_t")])
def test_other_likelihoods_start_above_their_best_constant(x, likelihood):
    started, rows = starts(x, likelihood=likelihood, init="linear")
    module = started.module("linear", rows, 0)
    constant = evaluate.constant_log_density(module.likelihood, started.summary, rows)
    assert evaluate.elbo(module, rows, 0, 8).elbo.mean() > constant + 0.1


def test_networks_depart_from_the_map_in_its_own_units():
    started, rows = starts(WINE, init="linear")
    decoder = started.module("linear", rows, 0).decoder
    scale = started.linear_fit(rows.x.astype(float)).scale
    np.testing.assert_allclose(decoder.unit.tree, scale / started.summary.unit, rtol=1e-5)
    moved = eqx.tree_at(lambda skip: skip.network.head.bias, decoder, np.ones(13, np.float32))
    z = jnp.zeros(2)
    np.testing.assert_allclose(moved(z) - decoder(z), decoder.unit.tree, rtol=1e-4)
    assert not np.asarray(decoder.change).any()


def test_with_as_many_latents_as_columns_they_explain_most_of_the_noise():
    """The density is that of the best linear model; a quarter of its noise is left to the likelihood."""
    started, rows = starts(WINE[:, :2], init="linear", latent_dim=3)
    module, model = started.module("linear", rows, 0), started.linear_fit(rows.x.astype(float))
    np.testing.assert_allclose(module.likelihood.location_scale.std, model.scale / 4, rtol=1e-3)
    np.testing.assert_allclose(evaluate.log_likelihood(module, rows, 2, 0), model.log_prob(rows.x), atol=0.02)


@pytest.mark.parametrize("noise, expected", [(0.001, 0.25), (0.3, 0.3)])
def test_a_map_along_a_curve_starts_with_the_noise_around_it(noise, expected):
    """That of a linear map is the whole spread: latents would be ignored before the networks learn to bend."""
    angle = np.sort(RNG.uniform(0, 1.8 * np.pi, size=400))
    x = np.column_stack([np.cos(angle), np.sin(angle)])
    started = start_at_codes(
        Batch(x + noise * x.std(axis=0) * RNG.normal(size=x.shape)), angle[:, None] / angle.std() - 1.7
    )
    np.testing.assert_allclose(started.model.scale / x.std(axis=0), expected, rtol=0.2)
    assert (started.unit > 1.5 * started.model.scale).all()  # the linear map's


def test_rectified_units_bend_at_many_places():
    """At the start all would bend at the origin of a single latent, and hardly move from there."""
    started, rows = starts(WINE, init="linear", latent_dim=1)
    layer = started.module("linear", rows, 0).decoder.network.layers[0]
    assert len(np.unique(np.sign(-layer.bias / layer.weight[0]))) == 2 and np.unique(layer.bias).size == 8


@pytest.mark.parametrize("epochs, steps", [(1000, 500), (200, 500), (4000, 1000)])
def test_starts_are_tried_for_a_twentieth_of_the_plan_but_500_steps(monkeypatch, epochs, steps):
    ended = []

    def train(module, *_, last_epoch, **__):
        ended.append(last_epoch)
        return SimpleNamespace(module=module)

    monkeypatch.setattr(selection, "train", train)
    started, rows = starts(WINE[:100], init="auto", epochs=epochs, batch_size=20, validation_fraction=0.0)
    selection.select(started, started.plan.build_objective(), rows, None)
    assert [epoch * 5 for epoch in ended] == [steps, steps]


def test_few_epochs_are_not_worse_than_factor_analysis():
    train, test = WINE[::2], WINE[1::2]
    vae = elbax.VAE(**SMALL, epochs=1).fit(train)
    assert vae.score(test) > FactorAnalysis(2).fit(train).score(test) - 0.2
    assert vae.score(test) > factor_analysis(train, 0).log_prob(test).mean()
    assert vae.outcome_.init == "linear" and vae.outcome_.kept_start and "linear model is kept" in str(vae.outcome_)


@pytest.mark.parametrize("n, d", [(30, 400), (60, 60)])
def test_a_fit_of_few_rows_is_not_below_the_simple_models_of_its_size(n, d):
    """Planted factors: networks that were trained from random weights lost up to 80,000 nats."""
    rng = np.random.default_rng((n, d))
    loadings, noise = rng.normal(size=(3, d)), rng.uniform(0.5, 2, d)
    train, test = (rng.normal(size=(m, 3)) @ loadings + noise * rng.normal(size=(m, d)) for m in (n, 500))
    vae = elbax.VAE(3, hidden=(16,), random_state=0, verbose=0).fit(train)
    elbo = vae.elbo(test, 8)["elbo"].to_numpy()
    for simple in (factor_analysis(train, 0), factor_analysis(train, 3), ppca(train, 3)):
        difference = elbo - simple.log_prob(test)
        assert difference.mean() > -0.1 - 2 * difference.std() / np.sqrt(len(test))
    assert vae.diagnose(train).codes == ("healthy",)


def test_probabilistic_pca_must_lead_by_two_errors(monkeypatch):
    """On these rows it leads by chance, and is worse on others."""
    train, test = train_test_split(WINE, test_size=0.3, random_state=4)
    started, rows = starts(train, init="linear", latent_dim=10)
    chosen = started.linear_fit(rows.x.astype(float))
    assert chosen.name == "factor analysis"
    monkeypatch.setattr(linear_start, "_LEAD", 0.0)
    by_chance = starts(train, init="linear", latent_dim=10)[0].linear_fit(rows.x.astype(float))
    assert by_chance.name == "probabilistic PCA"
    assert chosen.log_prob(test).mean() > by_chance.log_prob(test).mean()


def test_random_networks_start_with_the_noise_of_the_best_constant():
    started, rows = starts(WINE, init="random")
    module = started.module("random", rows, 0)
    np.testing.assert_allclose(module.likelihood.location_scale.std, WINE.std(axis=0), rtol=1e-3)
    given, rows = starts(WINE, init="random", likelihood="normal(initial_scale=0.1)")
    part = given.module("random", rows, 0).likelihood.location_scale
    np.testing.assert_allclose(part.raw, np.log(0.1) / 3, rtol=1e-5)


def test_what_cannot_start_linear_says_why():
    def plan(**settings):
        parameters = check_parameters(elbax.VAE(**{**SMALL, **settings}).get_params())
        return resolve(parameters, Schema.of(WINE), None, len(WINE), 0)

    network = eqx.nn.MLP(in_size=13, out_size=4, width_size=4, depth=1, key=jax.random.key(0))
    assert plan(encoder=network).init_reason == "networks of your own start as you built them"
    assert "no means" in plan(posterior="von_mises_fisher", prior="uniform").init_reason
    assert plan(likelihood="sum_of_squares").init == plan(output_bias=False).init == "random"
    assert plan().init == "auto" and plan(latent_dim=4).init == "linear" and plan(epochs=5).init == "linear"
    for settings, words in (
        ({"init": "pca"}, "init='linear'"),
        ({"init": "linear", "encoder": network}, "networks of your own"),
        ({"init": "linear", "likelihood": "sum_of_squares"}, "a loss"),
    ):
        with pytest.raises(InputError, match=words):
            plan(**settings)


def test_a_gain_must_exceed_its_error_by_more_where_rows_are_few():
    gain = PairedGain.of(np.array([1.0, 2.0, 3.0]), np.zeros(3))
    assert gain.mean == 2.0 and gain.error == pytest.approx(1 / np.sqrt(3))
    assert gain.exceeds(least_gain(20)) and not gain.exceeds(least_gain(10))
    assert not PairedGain.of(np.array([1.0]), np.zeros(1)).exceeds(1.0)
    assert is_rising((0.5, 0.1), None) and not is_rising((0.5, 0.3), None) and not is_rising((0.5, 0.1), (100.0, 1.0))


@pytest.mark.parametrize("reached, chosen", [((10, 10, 100, 100, 100), 100), ((10, 10, 10, 100, 100), 10)])
def test_a_fold_that_stops_does_not_hide_later_epochs_of_most_folds(monkeypatch, reached, chosen):
    """Two folds end on a plateau; the others gain a nat later."""
    last_epochs = iter(reached)

    def train(start, *_, listeners, **__):
        for epoch in range(1, next(last_epochs) + 1):
            listeners[0](SimpleNamespace(between_epochs=True, epoch=epoch, module=epoch / 100))

    config = TrainConfig(epochs=100, batch_size=10, learning_rate=0.01, seed=0, patience=50)
    constant = SimpleNamespace(
        plan=SimpleNamespace(seeds=(0,), train=config), codes=None, module=lambda *_: 0.0, config=lambda *_: config
    )
    monkeypatch.setattr(selection, "train", train)
    monkeypatch.setattr(selection, "row_bounds", lambda module, _, rows, *__: np.full(len(rows.x), module))
    epoch, gain = selection._choose_epoch(constant, "linear", None, Batch(np.zeros((200, 2))))
    assert epoch == chosen
    assert gain.mean == pytest.approx(np.minimum(reached, chosen).mean() / 100, abs=0.005)


def test_a_kept_linear_model_is_fitted_to_the_held_out_rows_too(monkeypatch):
    """Also where a sample of all rows is as large as the training rows."""
    monkeypatch.setattr(selection, "MOST_ROWS", 130)
    started, rows = starts(WINE[:150], init="linear")
    held_out = Batch(WINE[150:170].astype(np.float32) + 5)
    before = started.module("linear", rows, 0)
    after = selection.linear_module(started, rows, held_out, 0)
    assert np.abs(before.decoder.bias.tree - after.decoder.bias.tree).max() > 0.1
    np.testing.assert_array_equal(started.module("linear", rows, 0).decoder.bias.tree, before.decoder.bias.tree)
