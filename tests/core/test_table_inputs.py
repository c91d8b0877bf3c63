"""What networks see of tables, and that rows of numbers are seen as before."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from elbax.core.likelihoods import Categorical, Mixed, Normal
from elbax.core.table_inputs import NormalScores, TableInputs
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data.grid import make_grid
from elbax.errors import InputError
from elbax.types import Batch, Summary

RNG = np.random.default_rng(0)
LEVELS = (0, 3, 0, 2)
X = np.column_stack([RNG.normal(5, 2, 60), RNG.integers(0, 3, 60), RNG.gamma(2, 1, 60), RNG.integers(0, 2, 60)])
X = X.astype(np.float32)
OBSERVED = RNG.random(X.shape) < 0.7
LIKELIHOOD = Mixed((Normal(), Categorical(3), Categorical(2)), ((0, 2), (1,), (3,)))


def summary_of(x):
    arrays = (x.mean(0), x.std(0), x.min(0), x.max(0), x.mean(0), x.std(0), np.zeros(x.shape[1]))
    return Summary(*arrays)


def module(inputs, **config):
    config = ModelConfig(2, hidden=(8,), **config)
    return VAEModule.build(config, LIKELIHOOD, summary_of(X), np.random.default_rng(0), inputs=inputs)


def test_inputs_are_those_of_pandas():
    pandas = pytest.importorskip("pandas")
    built = module(TableInputs(LEVELS, gaps=True))
    seen = np.asarray(jax.vmap(built.encoder_inputs)(Batch(jnp.asarray(X), jnp.asarray(OBSERVED))))
    frame = pandas.DataFrame(np.where(OBSERVED, X, np.nan), columns=list("abcd"))
    numbers = ((frame[["a", "c"]] - X.mean(0)[[0, 2]]) / X.std(0)[[0, 2]]).fillna(0.0)
    dummies = pandas.get_dummies(frame[["b", "d"]], columns=["b", "d"]).astype(float)
    expected = np.hstack([numbers, dummies, OBSERVED])
    np.testing.assert_allclose(seen, expected, atol=1e-5)
    assert built.inputs.size == expected.shape[1] and len(built.inputs.columns) == expected.shape[1]


def test_values_of_cells_that_were_not_observed_do_not_matter():
    built = module(TableInputs(LEVELS, gaps=True))
    other = jnp.asarray(np.where(OBSERVED, X, 1.0))
    encode = eqx.filter_jit(lambda rows: jax.vmap(built.encode)(rows))
    np.testing.assert_array_equal(
        encode(Batch(jnp.asarray(X), jnp.asarray(OBSERVED))), encode(Batch(other, jnp.asarray(OBSERVED)))
    )


@pytest.mark.parametrize("gaps", [False, True])
def test_complete_rows_are_rows_with_all_cells_observed(gaps):
    built, x = module(TableInputs(LEVELS, gaps)), jnp.asarray(X)
    seen = jax.vmap(built.encoder_inputs)
    np.testing.assert_array_equal(seen(Batch(x)), seen(Batch(x, jnp.ones(X.shape, bool))))


def test_rows_of_numbers_are_encoded_by_the_program_of_before():
    built, row = module(None), Batch(jnp.asarray(X[0]))
    before = jax.make_jaxpr(lambda x: built.encoder((x - built.center.tree) / built.unit.tree, None, key=None))
    assert str(jax.make_jaxpr(lambda x: built.encode(Batch(x)))(row.x)) == str(before(row.x))
    numbers = module(TableInputs((0, 0, 0, 0)))
    np.testing.assert_array_equal(numbers.encode(row), built.encode(row))


def test_a_prior_of_rows_refuses_tables():
    with pytest.raises(InputError, match="'vamp' learns rows"):
        module(TableInputs(LEVELS), prior="vamp(components=3)")


def test_inputs_describe_themselves():
    assert TableInputs(LEVELS, True).describe() == "2 numbers, 5 levels of 2 columns, mask of gaps"
    assert TableInputs((4,)).describe() == "4 levels of 1 column"


def test_numbers_with_grids_are_normal_scores():
    n = 4000
    x = np.where(RNG.random(n) < 0.6, 0.0, RNG.lognormal(3, 2, n)).astype(np.float32)  # zeros, and a heavy tail
    grid = make_grid(x)
    scores = NormalScores.of([None, grid])
    seen = np.asarray(jax.vmap(scores)(jnp.stack([x, x], axis=1), jnp.zeros((n, 2))))
    expected = stats.norm.ppf((stats.rankdata(x) - 0.5) / n)
    assert (seen[:, 0] == 0).all()
    np.testing.assert_allclose(seen[x == 0, 1], stats.norm.ppf(0.3), atol=0.03)
    assert np.abs(seen[:, 1] - expected).mean() < 0.02 and stats.spearmanr(seen[:, 1], x).statistic > 0.9999
    beyond = scores(jnp.array([0.0, 1e9]), jnp.zeros(2))
    assert float(beyond[1]) == pytest.approx(seen[:, 1].max(), abs=1e-3)


def test_few_and_frequent_values_are_inputs_of_their_own():
    few, spiked = RNG.integers(0, 5, 2000) * 0.5, np.where(RNG.random(2000) < 0.03, 7.0, RNG.normal(size=2000))
    x = np.column_stack([few, spiked, X[0, 1] * np.ones(2000)]).astype(np.float32)
    grids = (make_grid(few), make_grid(spiked), None)
    inputs = TableInputs((0, 0, 3)).prepare(summary_of(x)._replace(grids=grids))
    assert inputs.one_hot == (5, 1, 3) and inputs.size == 11
    seen = np.asarray(jax.vmap(inputs)(jnp.asarray(x), jnp.zeros(x.shape)))
    np.testing.assert_array_equal(seen[:, 2:7], few[:, None] == np.arange(5) * 0.5)
    np.testing.assert_array_equal(seen[:, 7], spiked == 7)
    np.testing.assert_array_equal(seen[:, 8:], x[:, 2:] == np.arange(3))
    assert inputs.columns.tolist() == [0, 1, 0, 0, 0, 0, 0, 1, 2, 2, 2]
