import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris, load_wine

from elbax.data.repeats import find_repeats, row_groups

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_equal_rows_and_only_they_share_a_group(dtype):
    x = RNG.integers(0, 9, (3000, 3)).astype(dtype)
    groups = row_groups(x)
    _, expected = np.unique(x, axis=0, return_inverse=True)
    pairs = np.unique(np.column_stack([groups, expected.ravel()]), axis=0)
    assert len(pairs) == groups.max() + 1 == expected.max() + 1


def test_zero_has_no_sign():
    assert len(np.unique(row_groups(np.array([[0.0], [-0.0], [1.0]])))) == 2


@pytest.mark.parametrize("x", [load_wine().data, load_digits().images[..., None], RNG.normal(size=(60, 2))])
def test_copies_are_noted(x):
    assert not find_repeats(x).notable
    found = find_repeats(np.concatenate([x, x[: len(x) // 10]]))
    assert found.notable and found.share == pytest.approx(1 / 11, abs=0.01)


@pytest.mark.parametrize(
    "x",
    [
        load_iris().data,
        RNG.integers(0, 2, (500, 3)),
        np.eye(5)[RNG.integers(0, 5, 300)],
        RNG.integers(1, 5, (400, 4)),
        (RNG.random((500, 30)) < 0.03) * 1.0,
    ],
)
def test_rows_of_few_values_repeat_by_chance(x):
    found = find_repeats(x)
    assert found.share > 0 and not found.notable
