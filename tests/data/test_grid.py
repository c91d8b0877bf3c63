import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elbax.data.grid import (
    as_single,
    find_step,
    grid_from_json,
    grid_to_json,
    make_grid,
    make_level_grid,
    possible_values,
    snap,
    with_shares_of,
)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 3000),
    st.sampled_from(["normal", "steps", "counts", "spiked", "few", "single"]),
    st.integers(0, 10),
)
def test_every_training_value_has_exactly_one_code(n, kind, seed):
    rng = np.random.default_rng(seed)
    values = {
        "normal": lambda: rng.normal(size=n),
        "steps": lambda: rng.normal(30, 10, size=n).round(1),
        "counts": lambda: rng.negative_binomial(1, 0.01, size=n),
        "spiked": lambda: np.where(rng.random(n) < 0.8, 0, rng.gamma(2, 5, n)),
        "few": lambda: rng.choice([0.1, 0.7, 2**0.5], n),
        "single": lambda: rng.normal(size=n).astype(np.float32),
    }[kind]()
    grid = make_grid(values)
    np.testing.assert_array_equal(possible_values(grid, grid.points.astype(np.float32)), grid.points)
    at_point = (as_single(values)[:, None] == as_single(grid.points)).any(axis=1)
    values = snap(values, grid.step, grid.minimum) if grid.step else as_single(values)
    inside = (values[:, None] >= grid.low) & (values[:, None] <= grid.high)
    assert (at_point | (inside.sum(axis=1) == 1)).all()
    assert len(grid.low) <= 64 and len(grid.shares) == len(grid.points) + len(grid.low) == grid.size
    assert grid.shares.sum() == pytest.approx(1) and (grid.shares > 0).all()
    assert (np.diff(grid.points) > 0).all() and (grid.high[:-1] < grid.low[1:]).all()
    assert [grid.minimum, grid.maximum] == pytest.approx([values.min(), values.max()], rel=1e-7)
    if grid.step == 0:
        assert (grid.low < grid.high).all()
    again = grid_from_json(json.loads(json.dumps(grid_to_json(grid))))
    for one, other in zip(grid, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_grids_follow_the_values():
    rng = np.random.default_rng(0)
    assert make_grid(rng.normal(size=30_000)).size == 64
    assert make_grid(rng.normal(size=200)).size == 16  # 2 n^(2/5)
    ages = make_grid(rng.integers(17, 91, 30_000))
    assert ages.points.tolist() == list(range(17, 91)) and ages.step == 1 and not len(ages.low)
    spiked = make_grid(np.where(rng.random(3000) < 0.8, 0, rng.gamma(2, 5, 3000)))
    assert spiked.points.tolist() == [0] and spiked.step == 0 and len(spiked.low) > 20
    assert spiked.shares[0] == pytest.approx(0.8, abs=0.03)


def test_weights_count_as_rows():
    values = np.repeat([1.0, 2.0, 3.0], [10, 20, 30])
    weighted = make_grid(np.repeat([1.0, 2.0, 3.0], 20), np.repeat([10.0, 20.0, 30.0], 20))
    np.testing.assert_allclose(weighted.shares, make_grid(values).shares)


@pytest.mark.parametrize(
    "values, step",
    [
        (np.array([39.1, 40.2, 17.3]), 0.1),
        (np.float32([39.1, 40.2, 17.3, 22.7]), 0.1),
        (np.array([0, 25, 75]), 25),
        (np.array([3, 5, 8]), 1),
        (np.array([0.25, 0.5, 1.75]), 0.25),
        (np.pi * np.arange(10), np.pi),
        (2**0.5 * np.float32([0, 2, 3, 7, 8, 12]) - 3, 2**0.5),
        ((np.arange(30) ** 2 - 7.3) / 61.7, 1 / 61.7),  # standardized whole numbers
        (1e6 + np.random.default_rng(0).normal(size=40), 0),
        (np.random.default_rng(0).normal(size=40).astype(np.float32), 0),
        (np.pi * np.arange(5), 0),  # too few to tell
        (np.array([0, 1, 1e9]), 0),  # not told apart in single precision
        (np.array([1.6e9, 1.6e9 + 1]), 0),
        (np.array([2.0, 2.0]), 0),
    ],
)
def test_the_step_of_a_lattice(values, step):
    assert find_step(values) == pytest.approx(step)


def test_levels_without_rows_keep_a_share():
    grid = make_level_grid(np.array([0, 0, 2]), 3)
    np.testing.assert_allclose(grid.shares, np.array([2.5, 0.5, 1.5]) / 4.5)
    assert grid.is_levels


def test_bins_lie_between_points():
    values = np.concatenate([np.linspace(0, 1, 500), np.full(300, 0.5), np.full(300, 0.25)])
    grid = make_grid(values + np.sqrt(2))
    assert len(grid.points) == 2
    for point in grid.points:
        assert not ((grid.low < point) & (point < grid.high)).any()


@pytest.mark.parametrize(
    "draw", [lambda r: r.normal(size=400), lambda r: r.integers(0, 9, 400), lambda r: r.poisson(60, 400)]
)
def test_shares_of_the_same_values_are_the_same_and_of_others_their_own(draw):
    values = draw(np.random.default_rng(0))
    grid = make_grid(values)
    np.testing.assert_allclose(with_shares_of(grid, values.astype(np.float32)).shares, grid.shares)
    weights = np.random.default_rng(1).integers(1, 4, 400)
    weighted, repeated = with_shares_of(grid, values, weights), with_shares_of(grid, np.repeat(values, weights))
    np.testing.assert_allclose(weighted.shares, repeated.shares, atol=0.01)
    half = with_shares_of(grid, values[values <= np.median(values)])
    assert half.size == grid.size and half.shares.sum() == pytest.approx(1) and half.n < grid.n
