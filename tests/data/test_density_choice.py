"""The likelihood of each column by held-out density: planted columns, one base measure, closed forms."""

from dataclasses import replace

import jax
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from elbax.core.likelihoods import Histogram
from elbax.data import Schema, choose_table_likelihood
from elbax.data.density_choice import _fit_normal, _gain, _linear, _log_counts, _log_interval, _Values, choose_densities
from elbax.data.grid import make_grid, make_level_grid
from elbax.data.marginal import GridMarginal
from elbax.data.predictions import predict
from elbax.data.smoothness import on_manifold
from elbax.types import Summary

N = 800


def rng(seed=0):
    return np.random.default_rng(seed)


def chosen(column, kind, others=None):
    """The name of the likelihood of a planted column beside others."""
    others = rng(9).normal(size=(len(column), 1)) if others is None else others
    x = np.column_stack([column, others])
    grids = [make_grid(x[:, j]) for j in range(x.shape[1])]
    kinds = [kind] + ["real"] * (x.shape[1] - 1)
    return choose_densities(x, np.ones(x.shape, bool), grids, kinds)[0].likelihood.name


def two_humps(n, seed=0):
    return np.where(rng(seed).random(n) < 0.5, rng(seed + 1).normal(-4, 1, n), rng(seed + 1).normal(4, 1, n))


PLANTED = {
    "normal": (lambda r: r.normal(size=N), "real", "normal"),
    "normal in a small unit": (lambda r: 1e-5 * r.normal(size=N) + 3e-4, "real", "normal"),
    "normal on a fine lattice": (lambda r: r.normal(0, 100, N).round(1), "real", "normal"),
    "normal on a coarse lattice": (lambda r: r.normal(0, 3, N).round(), "integer", "rounded_normal"),
    "normal on a lattice of fractions": (lambda r: r.normal(0, 0.5, N).round(1), "real", "rounded_normal"),
    "days": (lambda r: r.normal(1000, 60, N).round(), "datetime", "rounded_normal"),
    "log-normal": (lambda r: r.lognormal(2, 1, N), "positive", "log_normal"),
    "mixture": (lambda r: two_humps(N), "real", "histogram"),
    "uniform": (lambda r: r.uniform(size=N), "real", "histogram"),
    "shares": (lambda r: r.beta(0.5, 0.5, N), "bounded", "histogram"),
    "spike": (lambda r: np.where(r.random(N) < 0.4, 0, r.gamma(2, 5, N)), "spiked", "histogram"),
    "a value of its own": (lambda r: np.where(r.random(N) < 0.2, 1.25, r.normal(size=N)), "real", "histogram"),
    "Poisson": (lambda r: r.poisson(6, N), "count", "poisson"),
    "negative binomial": (lambda r: r.negative_binomial(2, 0.1, N), "count", "negative_binomial"),
    "zero-inflated": (
        lambda r: np.where(r.random(N) < 0.5, 0, r.negative_binomial(3, 0.02, N)),
        "spiked",
        "zero_inflated_negative_binomial",
    ),
    "few odd counts": (lambda r: r.choice([0, 3, 17, 40], N), "count", "histogram"),
}


@pytest.mark.parametrize(("draw", "kind", "expected"), PLANTED.values(), ids=PLANTED)
def test_a_planted_column_gets_its_likelihood(draw, kind, expected):
    votes = [chosen(np.asarray(draw(rng(seed)), float), kind) for seed in range(3)]
    assert votes.count(expected) >= 2, votes


def test_a_normal_given_others_is_seen_under_a_marginal_that_is_none():
    z = two_humps(N)
    assert chosen(z + 0.1 * rng(5).normal(size=N), "real", z[:, None]) == "normal"
    assert chosen(np.exp(z / 4 + 0.1 * rng(5).normal(size=N)), "positive", z[:, None]) == "log_normal"


def test_units_do_not_change_the_choice_on_a_lattice_or_off_it():
    """Masses and densities have one base measure: the choice of a column in another unit is the same."""
    for draw, kind, _ in (PLANTED["normal"], PLANTED["mixture"], PLANTED["log-normal"]):
        x = draw(rng(3))
        assert len({chosen(scale * x, kind) for scale in (1.0, 1e3, 2.0**-9)}) == 1
    steps = rng(3).normal(0, 4, N).round()
    assert {chosen(unit * steps, "real") for unit in (1.0, 0.5, 0.1)} == {"rounded_normal"}


def test_reasons_name_each_column_and_the_part_has_its_columns():
    r = rng(20)
    frame = pd.DataFrame(
        {"a": r.normal(size=N), "pet": r.choice(["x", "y"], N), "b": two_humps(N), "n": r.poisson(4, N)}
    )
    schema = Schema.of_table(frame, columns={"n": "count"})
    likelihood, reason = choose_table_likelihood(schema, schema.encode(frame))
    found = {column: part.name for part, columns in likelihood.for_columns(4) for column in columns}
    assert found == {0: "normal", 1: "histogram", 2: "histogram", 3: "poisson"}
    for name in ("a", "b", "n"):
        assert f"column '{name}': " in reason
    assert "nats a row" in reason and "'pet'" not in reason


def test_gaps_are_no_values():
    x = np.column_stack([rng().normal(size=N), rng(1).normal(size=N)])
    observed = rng(2).random(x.shape) < 0.6
    gone = np.where(observed, x, 1e6)
    grids = [make_grid(gone[observed[:, j], j]) for j in range(2)]
    names = [choice.likelihood.name for choice in choose_densities(gone, observed, grids, ["real", "real"])]
    assert names == ["normal", "normal"]


def test_too_few_rows_take_the_simplest():
    x = np.column_stack([two_humps(12), rng().normal(size=12)])
    grids = [make_grid(column) for column in x.T]
    choice = choose_densities(x, np.ones(x.shape, bool), grids, ["real", "real"])[0]
    assert choice.likelihood.name == "normal" and "fewer than 20 rows" in choice.reason


# Weights


def weighted_table():
    r = rng(30)
    z = r.normal(size=N)
    frame = pd.DataFrame(
        {
            "a": z + 0.3 * r.normal(size=N),
            "humps": two_humps(N, 31),
            "amount": np.exp(1 + z + 0.2 * r.normal(size=N)),
            "n": r.poisson(np.exp(1 + 0.5 * z)),
            "pet": r.choice(["x", "y"], N),
        }
    )
    frame.loc[r.random(N) < 0.1, "a"] = np.nan
    return frame, r.integers(1, 5, N)


def test_whole_weights_choose_as_repeated_rows_do():
    frame, weights = weighted_table()
    schema = Schema.of_table(frame, columns={"n": "count"}, weights=weights.astype(float))
    codes = schema.encode(frame)
    own, reason = choose_table_likelihood(schema, codes, weights=weights)
    repeated = Schema.of_table(frame.loc[frame.index.repeat(weights)], columns={"n": "count"})
    assert repeated.repeats.notable
    same = replace(schema, repeats=repeated.repeats)
    other, other_reason = choose_table_likelihood(same, np.repeat(codes, weights, axis=0))
    assert reason == other_reason and list(own.for_columns(5)) == list(other.for_columns(5))
    assert choose_table_likelihood(schema, codes, weights=7.0 * weights)[1] == reason


def test_rows_of_hardly_any_weight_do_not_change_the_choice():
    x = np.column_stack([np.append(rng().normal(size=N), two_humps(N) * 3), rng(1).normal(size=2 * N)])
    weights = np.repeat([1.0, 1e-9], N)
    grids = [make_grid(column, weights) for column in x.T]
    choices = [choose_densities(x, np.ones(x.shape, bool), grids, ["real", "real"], w) for w in (weights, None)]
    assert [choice[0].likelihood.name for choice in choices] == ["normal", "histogram"]


def test_repeated_rows_are_not_held_out_from_themselves():
    """Copies would predict each other without error."""
    frame, _ = weighted_table()
    copies = pd.concat([frame] * 3, ignore_index=True)
    once, thrice = (Schema.of_table(table, columns={"n": "count"}) for table in (frame, copies))
    expected, found = (choose_table_likelihood(s, s.encode(t))[0] for s, t in ((once, frame), (thrice, copies)))
    assert [part.name for part, _ in found.for_columns(5)] == [part.name for part, _ in expected.for_columns(5)]


def test_a_column_without_values_in_the_rows_that_are_compared_is_a_histogram():
    x = np.column_stack([rng().normal(size=(400, 1)), np.zeros((400, 1))])
    observed = np.ones(x.shape, bool)
    observed[:, 1] = False
    grid = make_grid(np.array([2.0, 4.0, 9.0]))
    for kind in ("positive", "integer", "count", "datetime", "real"):
        choice = choose_densities(x, observed, [make_grid(x[:, 0]), grid], ["real", kind])[1]
        assert choice.likelihood.name == "histogram" and "none of the rows" in choice.reason


# Closed forms


def test_the_normal_is_the_density_of_scipy_and_its_steps_add_up_to_one():
    x = rng().normal(3, 2, 200)
    none = {name: np.zeros((200, 0)) for name in ("value", "score", "log")}
    values = _Values(x, none, make_grid(x), np.zeros(200, int), np.ones(200))
    location, std = _linear(values, values, "value")
    assert location == pytest.approx(x.mean(), rel=1e-5) and std == pytest.approx(x.std(ddof=1), rel=1e-5)
    np.testing.assert_allclose(_fit_normal(values, values), stats.norm.logpdf(x, location, std), rtol=1e-9)
    steps = np.arange(-40.0, 60.0)
    lattice = values._replace(x=np.round(x), grid=make_grid(np.round(x)))
    grid = _Values(steps, {name: np.zeros((100, 0)) for name in none}, lattice.grid, np.zeros(100, int), np.ones(100))
    assert np.exp(_fit_normal(lattice, grid)).sum() == pytest.approx(1)


@pytest.mark.parametrize("bounds", [(-1, 1), (5, 6), (-40, -39), (30, 30.5), (0, 1e-9), (-np.inf, 0), (2, np.inf)])
def test_intervals_of_a_normal_are_those_of_scipy(bounds):
    low, high = np.array(bounds, float)
    tails = stats.norm.logcdf([high, low]) if high <= 0 else stats.norm.logsf([low, high])
    exact = tails[0] + np.log1p(-np.exp(tails[1] - tails[0]))
    assert _log_interval(np.array([low]), np.array([high]))[0] == pytest.approx(exact, rel=1e-5)


def test_counts_are_those_of_scipy():
    x, eta = np.arange(40.0), np.linspace(-1, 1, 40)
    mean = np.exp(1.5 + 0.3 * eta)
    np.testing.assert_allclose(_log_counts(np.array([1.5, 0.3]), x, eta), stats.poisson.logpmf(x, mean))
    r = np.exp(0.7)
    dispersed = stats.nbinom.logpmf(x, r, r / (r + mean))
    np.testing.assert_allclose(_log_counts(np.array([1.5, 0.3, -0.7]), x, eta), dispersed)
    zeros = 1 / (1 + np.exp(0.4))
    mixed = np.log((x == 0) * zeros + (1 - zeros) * np.exp(dispersed))
    np.testing.assert_allclose(_log_counts(np.array([1.5, 0.3, -0.7, -0.4]), x, eta), mixed)


def test_the_gain_has_the_error_of_its_mean():
    one, other = rng().normal(size=400), rng(1).normal(size=400)
    gain, error = _gain(one, other, np.ones(400))
    assert gain == pytest.approx((one - other).mean())
    assert error == pytest.approx(stats.sem(one - other), rel=0.01)


# The coded marginal

COLUMNS = {
    "continuous": rng(4).normal(size=500),
    "lattice": rng(4).normal(0, 30, 500).round(),
    "atoms": np.repeat([0.0, 2.5, 7.0], [20, 50, 30]),
    "spike": np.where(rng(4).random(500) < 0.4, 0, rng(5).gamma(2, 5, 500)),
}


@pytest.mark.parametrize("values", COLUMNS.values(), ids=COLUMNS)
def test_the_marginal_is_that_of_the_histogram_likelihood(values):
    grid = make_grid(values)
    marginal, ones = GridMarginal(grid), np.ones(1)
    summary = Summary(*[ones] * 7, grids=(grid,))
    likelihood = Histogram().prepare(summary)
    x = np.concatenate([values[:50], values.min() - [1.0, 500.0], values.max() + [1.0, 500.0]])
    x = x.astype(np.float32).astype(np.float64)  # in which precision likelihoods see them
    outputs = likelihood.initial_outputs(summary)
    exact = jax.vmap(likelihood.log_prob, (None, 0))(outputs, np.float32(x[:, None]))
    inside = np.log(marginal.shares[marginal.code(x)]) + marginal.log_within(x)
    own = np.where(marginal.is_coded(x), inside, marginal.log_rest(x))
    np.testing.assert_allclose(own, exact, atol=2e-3)


@pytest.mark.parametrize("values", COLUMNS.values(), ids=COLUMNS)
def test_the_distribution_function_rises_from_0_to_1_with_half_of_each_step(values):
    marginal = GridMarginal(make_grid(values))
    x = np.sort(values)
    middle = marginal.middle(x)
    assert (np.diff(middle) >= 0).all() and middle[0] >= 0 and middle[-1] <= 1 + 1e-9
    ranks = (stats.rankdata(values, "average") - 0.5) / len(values)
    assert np.abs(middle - np.sort(ranks)).max() < 0.05
    low, high = marginal.score_ends(x)
    assert (stats.norm.cdf(low) <= middle + 1e-9).all() and (middle <= stats.norm.cdf(high) + 1e-9).all()


# Predictions from other columns


def test_ridge_predictions_are_those_of_least_squares_without_the_own_fold():
    x = rng().multivariate_normal([0, 0, 0], [[1, 0.8, 0.3], [0.8, 1, 0.5], [0.3, 0.5, 1]], 600)
    grids = [make_grid(column) for column in x.T]
    found = predict(x, np.ones(x.shape, bool), grids, 4, np.ones(len(x)))
    design = np.column_stack([np.ones(600), x[:, 1:]])
    for fold in range(4):
        train, test = found.fold != fold, found.fold == fold
        line = np.linalg.lstsq(design[train], x[train, 0], rcond=None)[0]
        own = found.of(0)["value"][test, 0] * x[:, 0].std() + x[:, 0].mean()
        assert np.corrcoef(own, design[test] @ line)[0, 1] > 0.995
        assert np.abs(own - design[test] @ line).mean() < 0.1


def test_predictions_do_not_see_the_column_itself():
    x = rng().normal(size=(400, 3))
    grids = [make_grid(column) for column in x.T]
    for one in predict(x, np.ones(x.shape, bool), grids, 4, np.ones(len(x))).by_column.values():
        assert np.abs(np.corrcoef(one["value"].T, x.T)[:2, 2:]).max() < 0.9  # it follows the others
    found = predict(x, np.ones(x.shape, bool), grids, 4, np.ones(len(x)))
    for j in range(3):
        for k in range(2):
            assert abs(np.corrcoef(found.of(j)["value"][:, k], x[:, j])[0, 1]) < 0.2


def test_labels_predict_numbers():
    label = rng().integers(0, 3, 600)
    x = np.column_stack([label, np.array([-3.0, 0, 5])[label] + rng(1).normal(size=600)])
    grids = [make_level_grid(label, 3), make_grid(x[:, 1])]
    found = predict(x, np.ones(x.shape, bool), grids, 4, np.ones(len(x)))
    assert list(found.by_column) == [1]
    assert np.corrcoef(found.of(1)["value"][:, 0], x[:, 1])[0, 1] > 0.9


# Smooth curves and surfaces


def test_curves_and_surfaces_are_found_and_noise_is_not():
    t, noise, seen = np.linspace(0, 6, 400), rng(1).normal(size=(400, 3)), np.ones((400, 3), bool)
    assert on_manifold(np.column_stack([np.sin(t), np.cos(t), t]), seen).all()
    u, v = rng().random((2, 1000))
    assert on_manifold(np.column_stack([u, v, u**2 + np.sin(v)]), np.ones((1000, 3), bool)).all()
    assert not on_manifold(noise, seen).any()
    assert not on_manifold(np.column_stack([np.sin(t), np.cos(t), t]) + 0.3 * noise, seen).any()
    assert not on_manifold(np.column_stack([np.sin(t), np.cos(t), t])[:40], seen[:40]).any()
