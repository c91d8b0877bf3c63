"""Columns in other units than those of the training rows are named; rows that are merely other rows are not."""

import re

import numpy as np
import pytest

from elbax.data import Schema, describe_other_units

RNG = np.random.default_rng(0)
NAMES = ("height", "income", "visits", "member", "rain")


def rows(n, rng=RNG):
    return np.column_stack(
        [
            rng.normal(170, 10, n),
            rng.lognormal(8, 1.5, n),
            rng.poisson(4, n),
            rng.random(n) < 0.01,
            np.where(rng.random(n) < 0.9, 0, rng.gamma(2, 5, n)),
        ]
    ).astype(float)


SCHEMA = Schema.of(rows(2000), columns=NAMES)


@pytest.mark.parametrize(
    ("column", "factor", "said"),
    [
        (0, 1000, "column 'height' of X is about 1,0.. times as large"),
        (1, 1000, "column 'income' of X is about .* times as large"),
        (0, 0.01, "column 'height' of X is about a 100th of its size"),
        (2, 100, "column 'visits' of X is about 1?.. times as large"),
    ],
)
def test_a_column_in_other_units_is_named_with_the_factor(column, factor, said):
    x = rows(40)
    x[:, column] *= factor
    assert re.match(said, describe_other_units(SCHEMA, x))


def test_a_shifted_column_is_named_with_its_distance():
    x = rows(40)
    x[:, 0] -= 1000
    assert "column 'height' of X lies about 100 standard deviations" in describe_other_units(SCHEMA, x)


@pytest.mark.parametrize("n", [1, 3, 20, 200])
def test_other_rows_are_not(n):
    rng = np.random.default_rng(n)
    for _ in range(20):
        assert describe_other_units(SCHEMA, rows(n, rng), fewest=1) is None


def test_a_subset_of_the_rows_is_not():
    x = rows(2000)
    for subset in (x[x[:, 3] > 0], x[x[:, 4] > 0], x[x[:, 4] == 0], x[x[:, 1] > np.quantile(x[:, 1], 0.95)]):
        assert describe_other_units(SCHEMA, subset) is None


def test_a_few_rows_may_all_be_unusual():
    assert describe_other_units(SCHEMA, 1000 * rows(5)) is None
    assert describe_other_units(SCHEMA, 1000 * rows(5), fewest=1) is not None
