"""Rows that a CPU device uses where they lie."""

import jax
import numpy as np
import pytest

from elbax.data import without
from elbax.train.data_loader import as_trainable

X = np.arange(300_000.0).reshape(-1, 3)


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other devices have memory of their own")
@pytest.mark.parametrize("make", [lambda: without(X.astype("f"), np.array([0, 7])), lambda: as_trainable(X)])
def test_rows_to_train_on_are_not_copied_once_more(make):
    rows = make()
    assert rows.dtype == np.float32
    assert jax.device_put(rows).block_until_ready().unsafe_buffer_pointer() == rows.ctypes.data


def test_left_out_rows():
    np.testing.assert_array_equal(without(X, np.array([7, 0])), np.delete(X, [0, 7], axis=0))
    assert as_trainable(X).tolist() == X.astype(np.float32).tolist()
