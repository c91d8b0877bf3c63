"""Rows with gaps from the start to the outcome of a fit; with all cells observed they are complete rows."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal

import elbax
from elbax import evaluate
from elbax.core.likelihoods import Categorical, Mixed, Normal
from elbax.core.objectives import ELBO
from elbax.data import Schema
from elbax.errors import InputError
from elbax.evaluate.simple_models import SimpleModels
from elbax.fit import selection
from elbax.fit.choices import check_parameters
from elbax.fit.plan import FitPlan, resolve
from elbax.fit.run import run
from elbax.fit.starts import Starts
from elbax.train import trainer
from elbax.train.config import TrainConfig
from elbax.types import Batch

RNG = np.random.default_rng(0)
SMALL = {"hidden": (8,), "random_state": 0, "verbose": 0}
X = (RNG.normal(size=(240, 2)) @ RNG.normal(size=(2, 6)) + 0.5 * RNG.normal(size=(240, 6)) + 3).astype(np.float32)
OBSERVED = RNG.random(X.shape) < 0.7
LEVELS = (0, 3, 0)
TABLE = np.column_stack([X[:, 0], np.digitize(X[:, 1], [2.5, 3.5]), X[:, 2]]).astype(np.float32)
LIKELIHOOD = Mixed((Normal(), Categorical(3)), ((0, 2), (1,)))


def plan_of(x, levels, gaps=True, **settings):
    parameters = check_parameters(elbax.VAE(**{**SMALL, **settings}).get_params())
    schema = Schema.of(x)
    return resolve(parameters, schema, None, len(x), 0, levels=levels, gaps=gaps), schema.summary


def marginal(module, x, observed):
    """Log-density of the observed cells of each row under a module whose decoder is linear and normal, (n,)."""
    at = lambda z: np.asarray(module.mean(module.decode(jnp.asarray(z, jnp.float32))), np.float64)  # noqa: E731
    mean = at(np.zeros(2))
    loadings = np.stack([at(z) - mean for z in np.eye(2)], axis=1)
    noise = np.asarray(module.variance(module.decode(jnp.zeros(2))), np.float64)
    covariance = loadings @ loadings.T + np.diag(noise)
    return np.array(
        [
            multivariate_normal(mean[seen], covariance[np.ix_(seen, seen)]).logpdf(row[seen]) if seen.any() else 0.0
            for row, seen in zip(x, observed, strict=True)
        ]
    )


def test_the_start_is_a_bound_on_the_density_of_the_observed_cells():
    plan, summary = plan_of(X, (0,) * 6, likelihood="normal")
    assert (plan.init, plan.inputs.size) == ("linear", 12)
    rows = Batch(np.where(OBSERVED, X, 99.0), OBSERVED)
    starts = Starts.of(plan, summary, rows)
    module = starts.module("linear", rows, 0)
    exact = marginal(module, X, OBSERVED)
    bound, weighted = evaluate.elbo(module, rows, 0, 64).elbo, evaluate.log_likelihood(module, rows, 500)
    assert bound.mean() < exact.mean() + 0.02
    assert weighted.mean() == pytest.approx(exact.mean(), abs=0.03)
    constant = evaluate.constant_log_density(module.likelihood, summary, rows)
    assert bound.mean() > constant + 0.5 * (exact.mean() - constant)


def test_values_that_stand_in_gaps_leave_no_trace():
    plan, summary = plan_of(X, (0,) * 6, likelihood="normal")
    module = plan.build_module(summary, 0)
    values = [
        evaluate.elbo(module, Batch(np.where(OBSERVED, X, fill).astype(np.float32), OBSERVED), 3, apart=True)
        for fill in (0.0, 50.0)
    ]
    np.testing.assert_array_equal(values[0].elbo, values[1].elbo)


def test_rows_with_all_cells_observed_are_complete_rows():
    plan, summary = plan_of(TABLE, LEVELS, likelihood=LIKELIHOOD)
    whole, masked = Batch(TABLE), Batch(TABLE, np.ones(TABLE.shape, bool))
    config, fits = TrainConfig(2, 32, 1e-2, seed=0, patience=2), []
    for rows in (whole, masked):
        start = Starts.of(plan, summary, rows).module("linear", rows, 0)
        held_out = jax.tree.map(lambda column: column[:50], rows)
        fits.append(trainer.train(start, ELBO(), rows, config, validation=held_out))
    for name in ("loss", "val_elbo"):
        np.testing.assert_allclose(fits[0].history[name], fits[1].history[name], rtol=1e-5)
    first, second = (evaluate.elbo(fits[0].module, rows, 1).elbo for rows in (whole, masked))
    np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-4)


def test_a_fit_of_rows_with_gaps_goes_through_folds_and_ladder(monkeypatch):
    monkeypatch.setattr(selection, "_FEWEST_STEPS", 1)
    plan, summary = plan_of(TABLE, LEVELS, likelihood=LIKELIHOOD, epochs=4, validation_fraction=0.2)
    observed = OBSERVED[:, :3]
    rows, held_out = plan.split.divide(Batch(np.where(observed, TABLE, 0.0).astype(np.float32), observed))
    result = run(plan, summary, rows, held_out)
    assert result.outcome.gain is not None and result.outcome.init == "linear"
    ladder = result.outcome.ladder
    assert [model.name for model in ladder.models] == ["independent columns"] and "missing values" in ladder.note
    assert ladder.models[0].difference.mean > -0.1


def test_simple_models_of_training_rows_with_gaps_say_what_they_leave_out():
    plan, summary = plan_of(X, (0,) * 6, likelihood="normal")
    simple = SimpleModels.of(plan.likelihood.prepare(summary), summary, Batch(X, OBSERVED), Batch(X))
    assert simple.train is None and "without missing values" in simple.note


def test_a_plan_of_a_table_is_saved_and_described():
    plan, _ = plan_of(TABLE, LEVELS, likelihood=LIKELIHOOD)
    assert (plan.init, plan.init_reason) == ("linear", "maps along the data are of numbers without gaps")
    again = FitPlan.from_json(plan.to_json())
    assert (again.levels, again.gaps) == (LEVELS, True) and again.digest() == plan.digest()
    assert plan.describe()["inputs"] == "2 numbers, 3 levels of 1 column, mask of gaps"
    assert "inputs" not in plan_of(X, ())[0].describe()
    with pytest.raises(InputError, match="'linear' or 'random', since maps along the data are of numbers"):
        plan_of(TABLE, LEVELS, likelihood=LIKELIHOOD, init="geodesic")


def test_complete_numbers_start_exactly_as_before():
    plain, summary = plan_of(X, (), False, likelihood="normal", init="linear")
    table, _ = plan_of(X, (0,) * 6, False, likelihood="normal", init="linear")
    rows = Batch(X)
    modules = [Starts.of(plan, summary, rows).module("linear", rows, 0) for plan in (plain, table)]
    for one, other in zip(*map(jax.tree.leaves, modules), strict=True):
        np.testing.assert_array_equal(one, other)
