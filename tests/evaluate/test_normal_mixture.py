"""Normals that fill gaps: their conditionals are exact, and they are learned from rows with gaps."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from elbax.evaluate import NormalMixture

RNG = np.random.default_rng(0)
COVARIANCE = np.array([[1.0, 0.6, 0.3], [0.6, 2.0, -0.5], [0.3, -0.5, 1.5]])
MEAN = np.array([1.0, -2.0, 5.0])
NUMBERS, KINDS = (0, 0, 0), ("mean",) * 3


def exact(x, observed, there):
    """Mean and covariance of the other columns given those there, by the definition."""
    gone = ~there
    weights = COVARIANCE[np.ix_(gone, there)] @ np.linalg.inv(COVARIANCE[np.ix_(there, there)])
    mean = MEAN[gone] + (x[there] - MEAN[there]) @ weights.T
    return mean, COVARIANCE[np.ix_(gone, gone)] - weights @ COVARIANCE[np.ix_(there, gone)]


@pytest.fixture(scope="module")
def planted():
    x = RNG.multivariate_normal(MEAN, COVARIANCE, 4000)
    observed = RNG.random(x.shape) > 0.3
    return x, observed, NormalMixture.fit(np.where(observed, x, 99.0), observed, NUMBERS)


def test_mean_and_covariance_are_those_of_the_law_though_cells_are_gone(planted):
    _, _, normal = planted
    np.testing.assert_allclose(normal.columns.center + normal.columns.scale * normal.means[0], MEAN, atol=0.12)
    np.testing.assert_allclose(
        np.outer(normal.columns.scale, normal.columns.scale) * normal.covariances[0], COVARIANCE, atol=0.2
    )


@pytest.mark.parametrize("there", [[True, True, False], [False, True, False], [False, False, False]])
def test_fills_are_exact_conditional_means_and_draws_spread_around_them(planted, there):
    _, _, normal = planted
    there, row = np.array(there), np.array([[2.0, -1.0, 4.0]])
    mean, covariance = exact(row[0], None, there)
    filled = normal.impute(row, there[None], KINDS)[0]
    np.testing.assert_array_equal(filled[there], row[0, there])
    np.testing.assert_allclose(filled[~there], mean, atol=0.15)
    draws = normal.draw(row, there[None], 4000, 0, np.zeros((1, 2)))[0][:, ~there]
    np.testing.assert_allclose(draws.mean(axis=0), filled[~there], atol=0.1)
    np.testing.assert_allclose(np.cov(draws.T).reshape(covariance.shape), covariance, atol=0.25)


def test_filled_rows_are_nearly_as_near_as_can_be(planted):
    x, observed, normal = planted
    filled = normal.impute(np.where(observed, x, 0.0), observed, KINDS)
    best = x.copy()
    for i, there in enumerate(observed):
        best[i, ~there] = exact(x[i], None, there)[0]
    ours, least = (np.square(values - x)[~observed].mean() for values in (filled, best))
    assert ours < 1.03 * least


def test_intervals_of_draws_cover(planted):
    x, observed, normal = planted
    draws = normal.draw(np.where(observed, x, 0.0)[:500], observed[:500], 200, 0, np.arange(1000).reshape(500, 2))
    low, high = np.quantile(draws, [0.025, 0.975], axis=1)
    inside = ((low <= x[:500]) & (x[:500] <= high))[~observed[:500]]
    assert 0.92 < inside.mean() < 0.98


def test_draws_of_a_row_depend_on_its_number_and_not_on_its_neighbors(planted):
    x, observed, normal = planted
    numbers = np.stack([np.zeros(20), np.arange(20)], axis=1)
    together = normal.draw(x[:20], observed[:20], 3, 7, numbers)
    alone = np.concatenate([normal.draw(x[[i]], observed[[i]], 3, 7, numbers[[i]]) for i in range(20)])
    np.testing.assert_allclose(together, alone, rtol=1e-9)
    gone = ~observed[:20].all(axis=1)
    assert not np.allclose(together[gone], normal.draw(x[:20], observed[:20], 3, 8, numbers)[gone])


def test_levels_follow_numbers_and_numbers_follow_levels():
    level = RNG.integers(0, 3, 2000)
    x = np.column_stack([level, 4.0 * level + RNG.normal(size=2000)])
    observed = RNG.random(x.shape) > 0.2
    normal = NormalMixture.fit(x, observed, (3, 0))
    levels = normal.impute(np.array([[0.0, 0.0], [0.0, 8.0]]), np.array([[False, True]] * 2), ("mode", "mean"))
    assert levels[:, 0].tolist() == [0, 2]
    numbers = normal.impute(np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([[True, False]] * 2), ("mode", "mean"))
    np.testing.assert_allclose(numbers[:, 1], [0.0, 8.0], atol=0.3)
    draws = normal.draw(np.zeros((1, 2)), np.zeros((1, 2), bool), 4000, 0, np.zeros((1, 2)))[0]
    assert set(draws[:, 0]) == {0, 1, 2} and np.corrcoef(draws.T)[0, 1] > 0.7
    assert draws[:, 1].min() >= x[observed[:, 1], 1].min() and draws[:, 1].max() <= x[observed[:, 1], 1].max()


def test_the_median_of_ordered_levels_is_their_middle():
    level = np.repeat([0.0, 1.0, 2.0], [45, 10, 45])
    x, observed = np.column_stack([level, np.zeros(100)]), np.ones((100, 2), bool)
    normal = NormalMixture.fit(x, observed, (3, 0))
    gone = np.array([[False, True]])
    assert normal.impute(x[:1], gone, ("median", "mean"))[0, 0] == 1
    assert normal.impute(x[:1], gone, ("mode", "mean"))[0, 0] in (0, 2)


def test_a_mixture_fills_as_its_law_does():
    """Two parallel lines: which of them a row is on follows from two columns, and the third from the line."""
    line, along = RNG.integers(0, 2, 1500), RNG.normal(size=1500)
    x = np.column_stack([along, along + 6.0 * line, np.where(line, -2.0, 2.0) * along]) + 0.2 * RNG.normal(
        size=(1500, 3)
    )
    observed = np.ones(x.shape, bool)
    observed[::3, 2] = observed[1::5, 0] = False
    errors = []
    for n_components in (1, 2):
        normals = NormalMixture.fit(x, observed, NUMBERS, n_components=n_components)
        errors.append(np.square(normals.impute(x, observed, KINDS) - x)[:, 2][::3].mean())
    assert errors[1] < 0.04 + 4 * 0.04 / 2 + 0.05 < errors[0]  # noise of the column, and of what the line tells of it
    np.testing.assert_allclose(np.sort(normals.weights), np.sort([line.mean(), 1 - line.mean()]), atol=0.02)
    row = np.array([[0.0, 3.0, 0.0]])
    draws = normals.draw(row, np.zeros((1, 3), bool), 3000, 0, np.zeros((1, 2)))[0]
    upper = draws[:, 1] - draws[:, 0] > 3.0
    assert abs(upper.mean() - line.mean()) < 0.05
    assert np.corrcoef(draws[upper][:, [0, 2]].T)[0, 1] < -0.9 < 0.9 < np.corrcoef(draws[~upper][:, [0, 2]].T)[0, 1]


def test_columns_that_are_constant_empty_or_equal_do_no_harm():
    one = RNG.normal(size=200)
    x = np.column_stack([one, one, np.full(200, 3.0), np.zeros(200)])
    observed = np.ones(x.shape, bool)
    observed[::2, 1] = observed[1::3, 2] = False
    observed[:, 3] = False
    normal = NormalMixture.fit(x, observed, (0,) * 4)
    filled = normal.impute(x, observed, ("mean",) * 4)
    assert np.isfinite(filled).all()
    assert np.abs(filled[:, 1] - one).mean() < 0.03  # shrunk by three of 200 rows, within the range that was seen
    np.testing.assert_allclose(filled[:, 2], 3.0)


def test_weights_count_as_repeated_rows():
    x = RNG.normal(size=(60, 2))
    observed = RNG.random(x.shape) > 0.2
    weight = np.tile([1.0, 3.0], 30)
    weighted = NormalMixture.fit(x, observed, (0, 0), sample_weight=weight)
    repeated = NormalMixture.fit(*(np.repeat(part, weight.astype(int), axis=0) for part in (x, observed)), (0, 0))
    means = [normal.columns.center + normal.columns.scale * normal.means[0] for normal in (weighted, repeated)]
    np.testing.assert_allclose(*means, atol=5e-3)


def test_density_of_the_whole_law(planted):
    """The learned normal scores rows as scipy's of the true law does, but for what 4,000 rows cannot tell."""
    x, _, normal = planted
    own = multivariate_normal(
        normal.columns.center + normal.columns.scale * normal.means[0],
        np.outer(normal.columns.scale, normal.columns.scale) * normal.covariances[0],
    )
    assert own.logpdf(x).mean() > multivariate_normal(MEAN, COVARIANCE).logpdf(x).mean() - 0.01


@pytest.mark.parametrize("shares", [(0.9, 0.08, 0.02), (0.45, *[0.05] * 11)])
def test_levels_are_drawn_as_often_as_they_occur(shares):
    level = RNG.choice(len(shares), 4000, p=shares)
    x = np.column_stack([level, (level == 1) + 2 * RNG.normal(size=4000)])
    normal = NormalMixture.fit(x, np.ones(x.shape, bool), (len(shares), 0))
    gone = np.array([[False, True]]) & np.ones((1500, 1), bool)
    drawn = normal.draw(x[:1500], gone, 4, 0, np.arange(3000).reshape(1500, 2))[..., 0].ravel()
    found = np.bincount(drawn.astype(int), minlength=len(shares)) / drawn.size
    np.testing.assert_allclose(found, np.bincount(level, minlength=len(shares)) / 4000, atol=0.015)


def test_two_levels_are_drawn_together_as_they_occur():
    """The second level equals the first one in nine rows of ten, and so it is where both are gone."""
    first = RNG.integers(0, 3, 3000)
    second = np.where(RNG.random(3000) < 0.9, first, RNG.integers(0, 3, 3000))
    x = np.column_stack([first, second]).astype(float)
    normal = NormalMixture.fit(x, np.ones(x.shape, bool), (3, 3))
    drawn = normal.draw(x[:1], np.zeros((1, 2), bool), 5000, 0, np.zeros((1, 2)))[0]
    assert np.mean(drawn[:, 0] == drawn[:, 1]) == pytest.approx(np.mean(first == second), abs=0.03)


@pytest.fixture(scope="module")
def rain():
    """Wet days are three of ten, more where the other column is high, and their amounts follow it."""
    other = RNG.normal(size=3000)
    wet = RNG.random(3000) < np.clip(0.3 + 0.15 * other, 0.0, 1.0)
    x = np.column_stack([other, np.where(wet, 10 + 2 * other + RNG.normal(size=3000), 0.0)])
    observed = np.column_stack([np.ones(3000, bool), RNG.random(3000) < 0.8])
    return x, observed, NormalMixture.fit(x, observed, (0, 0), (False, True))


def test_a_spike_is_drawn_as_often_as_it_occurs_and_amounts_keep_their_law(rain):
    x, observed, normal = rain
    gone = ~observed[:, 1]
    drawn = normal.draw(x[gone], observed[gone], 20, 0, np.arange(2 * gone.sum()).reshape(-1, 2))[..., 1].ravel()
    true = x[gone, 1]
    assert np.mean(drawn == 0) == pytest.approx(np.mean(true == 0), abs=0.04)
    assert drawn[drawn != 0].mean() == pytest.approx(true[true != 0].mean(), abs=0.4)
    assert drawn[drawn != 0].std() == pytest.approx(true[true != 0].std(), rel=0.15)


@pytest.mark.parametrize(("other", "median", "mean"), [(0.0, 0.0, 3.0), (3.0, 15.0, 0.75 * 16.0)])
def test_what_is_typical_of_a_spike(rain, other, median, mean):
    _, _, normal = rain
    row, gone = np.array([[other, 0.0]]), np.array([[True, False]])
    assert normal.impute(row, gone, ("mean", "median"))[0, 1] == pytest.approx(median, abs=1.0)
    assert normal.impute(row, gone, ("mean", "mean"))[0, 1] == pytest.approx(mean, abs=0.8)
    draws = normal.draw(row, gone, 4000, 0, np.zeros((1, 2)))[0, :, 1]
    assert np.median(draws) == pytest.approx(median, abs=1.2) and draws.mean() == pytest.approx(mean, abs=1.0)


def test_columns_that_few_rows_know_are_learned_from_these():
    x = np.column_stack([RNG.normal(size=20_000), 1e6 + RNG.normal(size=20_000)])
    observed = np.ones(x.shape, bool)
    observed[:, 1] = False
    observed[RNG.choice(20_000, 40, replace=False), 1] = True
    normal = NormalMixture.fit(x, observed, (0, 0))
    filled = normal.impute(x, observed, ("mean", "mean"))[~observed[:, 1], 1]
    low, high = x[observed[:, 1], 1].min(), x[observed[:, 1], 1].max()
    assert low <= filled.min() and filled.max() <= high and abs(filled.mean() - 1e6) < 0.5


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_there_are_no_more_components_than_different_rows(rows):
    x = np.resize([[0.0], [1.0]], (rows, 1))
    normal = NormalMixture.fit(x, np.ones(x.shape, bool), (2,), n_components=5)
    assert len(normal.weights) == min(rows, 2)
    assert normal.impute(x[:1], np.array([[False]]), ("mode",))[0, 0] in (0, 1)
