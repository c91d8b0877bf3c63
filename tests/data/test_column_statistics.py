"""The quick looks at rows, by their extremes, against looks at every value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from elbax.core.likelihoods.base import Support
from elbax.data.column_statistics import find_non_finite

SUPPORTS = (Support(), Support(0, 1), Support(0), Support(0, 9, integer=True), Support(0, integer=True))
VALUES = st.floats(width=32) | st.integers(-2, 12).map(float)
ROWS = arrays(np.float32, array_shapes(min_dims=2, max_dims=2), elements=VALUES)


@pytest.mark.parametrize("support", SUPPORTS, ids=str)
@given(x=ROWS | arrays(np.uint8, array_shapes(min_dims=2, max_dims=2)) | ROWS.map(lambda x: x > 0))
def test_what_a_support_excludes(support, x):
    outside = (x < support.lower) | (x > support.upper)
    if support.integer:
        outside |= x != np.round(x.astype(np.float32))
    np.testing.assert_array_equal(support.excludes(x), outside)


def test_a_support_excludes_nothing_of_no_rows():
    assert Support(0, 1).excludes(np.zeros((0, 3))).shape == (0, 3)


@given(x=ROWS | arrays(np.float16, array_shapes(min_dims=2, max_dims=2)))
def test_values_that_are_not_finite(x):
    found = find_non_finite(x)
    assert found.total == (~np.isfinite(x)).sum()
    assert found.features == np.flatnonzero((~np.isfinite(x)).any(axis=0)).tolist()
    assert found.rows == np.flatnonzero((~np.isfinite(x)).any(axis=1))[:4].tolist()


def test_values_that_single_precision_makes_infinite_are_not_finite():
    assert find_non_finite(np.array([[1.0, 1e300], [-1e300, 3e38]])).total == 2
