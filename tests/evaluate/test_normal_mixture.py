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
    np.testing.assert_allclose(normal.center + normal.scale * normal.mean[0], MEAN, atol=0.12)
    np.testing.assert_allclose(np.outer(normal.scale, normal.scale) * normal.covariance[0], COVARIANCE, atol=0.2)


@pytest.mark.parametrize("there", [[True, True, False], [False, True, False], [False, False, False]])
def test_fills_are_exact_conditional_means_and_draws_spread_around_them(planted, there):
    _, _, normal = planted
    there, row = np.array(there), np.array([[2.0, -1.0, 4.0]])
    mean, covariance = exact(row[0], None, there)
    filled = normal.typical(row, there[None], KINDS)[0]
    np.testing.assert_array_equal(filled[there], row[0, there])
    np.testing.assert_allclose(filled[~there], mean, atol=0.15)
    draws = normal.draw(row, there[None], 4000, 0, np.zeros((1, 2)))[0][:, ~there]
    np.testing.assert_allclose(draws.mean(axis=0), filled[~there], atol=0.1)
    np.testing.assert_allclose(np.cov(draws.T).reshape(covariance.shape), covariance, atol=0.25)


def test_filled_rows_are_nearly_as_near_as_can_be(planted):
    x, observed, normal = planted
    filled = normal.typical(np.where(observed, x, 0.0), observed, KINDS)
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
    levels = normal.typical(np.array([[0.0, 0.0], [0.0, 8.0]]), np.array([[False, True]] * 2), ("mode", "mean"))
    assert levels[:, 0].tolist() == [0, 2]
    numbers = normal.typical(np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([[True, False]] * 2), ("mode", "mean"))
    np.testing.assert_allclose(numbers[:, 1], [0.0, 8.0], atol=0.3)
    draws = normal.draw(np.zeros((1, 2)), np.zeros((1, 2), bool), 4000, 0, np.zeros((1, 2)))[0]
    assert set(draws[:, 0]) == {0, 1, 2} and np.corrcoef(draws.T)[0, 1] > 0.7
    assert draws[:, 1].min() >= x[observed[:, 1], 1].min() and draws[:, 1].max() <= x[observed[:, 1], 1].max()


def test_the_median_of_ordered_levels_is_their_middle():
    level = np.repeat([0.0, 1.0, 2.0], [45, 10, 45])
    x, observed = np.column_stack([level, np.zeros(100)]), np.ones((100, 2), bool)
    normal = NormalMixture.fit(x, observed, (3, 0))
    gone = np.array([[False, True]])
    assert normal.typical(x[:1], gone, ("median", "mean"))[0, 0] == 1
    assert normal.typical(x[:1], gone, ("mode", "mean"))[0, 0] in (0, 2)


def test_a_mixture_fills_as_its_law_does():
    """Two parallel lines: which of them a row is on follows from two columns, and the third from the line."""
    line, along = RNG.integers(0, 2, 1500), RNG.normal(size=1500)
    x = np.column_stack([along, along + 6.0 * line, np.where(line, -2.0, 2.0) * along]) + 0.2 * RNG.normal(
        size=(1500, 3)
    )
    observed = np.ones(x.shape, bool)
    observed[::3, 2] = observed[1::5, 0] = False
    errors = []
    for n_normals in (1, 2):
        normals = NormalMixture.fit(x, observed, NUMBERS, None, n_normals)
        errors.append(np.square(normals.typical(x, observed, KINDS) - x)[:, 2][::3].mean())
    assert errors[1] < 0.04 + 4 * 0.04 / 2 + 0.05 < errors[0]  # noise of the column, and of what the line tells of it
    np.testing.assert_allclose(np.sort(normals.shares), np.sort([line.mean(), 1 - line.mean()]), atol=0.02)
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
    filled = normal.typical(x, observed, ("mean",) * 4)
    assert np.isfinite(filled).all()
    assert np.abs(filled[:, 1] - one).mean() < 0.03  # shrunk by three of 200 rows, within the range that was seen
    np.testing.assert_allclose(filled[:, 2], 3.0)


def test_weights_count_as_repeated_rows():
    x = RNG.normal(size=(60, 2))
    observed = RNG.random(x.shape) > 0.2
    weight = np.tile([1.0, 3.0], 30)
    weighted = NormalMixture.fit(x, observed, (0, 0), weight)
    repeated = NormalMixture.fit(*(np.repeat(part, weight.astype(int), axis=0) for part in (x, observed)), (0, 0))
    means = [normal.center + normal.scale * normal.mean[0] for normal in (weighted, repeated)]
    np.testing.assert_allclose(*means, atol=5e-3)


def test_density_of_the_whole_law(planted):
    """The learned normal scores rows as scipy's of the true law does, but for what 4,000 rows cannot tell."""
    x, _, normal = planted
    own = multivariate_normal(
        normal.center + normal.scale * normal.mean[0], np.outer(normal.scale, normal.scale) * normal.covariance[0]
    )
    assert own.logpdf(x).mean() > multivariate_normal(MEAN, COVARIANCE).logpdf(x).mean() - 0.01
