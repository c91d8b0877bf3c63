"""The order of rows: each once an epoch, whatever their size, and the same however it is asked for."""

import numpy as np
import pytest

from elbax.train import shuffle
from elbax.train.shuffle import EpochShuffle

# Rows of 100 kB: 2 to a block; of 40 B: 4096 to a block. Both leave a last block that is not full.
SIZES = [(7001, 100_000), (4096 * 700 + 3, 400)]


@pytest.mark.parametrize(("n", "row_bytes"), [(1000, 4), *SIZES])
@pytest.mark.parametrize("shuffle", [True, False])
def test_each_row_comes_once_an_epoch(n, row_bytes, shuffle):
    drawn = EpochShuffle(n, row_bytes, seed=0, shuffle=shuffle)
    assert (drawn.block is None) == (n == 1000)
    epochs = [drawn.rows(epoch, np.arange(n)) for epoch in (0, 1)]
    for rows in epochs:
        np.testing.assert_array_equal(np.sort(rows), np.arange(n))
    assert (epochs[0] != epochs[1]).any() == shuffle


@pytest.mark.parametrize(("n", "row_bytes"), SIZES)
def test_pieces_and_jumps_give_the_same_order(n, row_bytes):
    whole = EpochShuffle(n, row_bytes, seed=3).rows(2, np.arange(n))
    pieces = EpochShuffle(n, row_bytes, seed=3)
    for start in (n // 2, 0, n - 1000):  # as after a resumed epoch
        places = np.arange(start, start + 1000)
        np.testing.assert_array_equal(pieces.rows(2, places), whole[places])
        pieces.rows(3, places)
    np.testing.assert_array_equal(pieces.rows(2, np.arange(n, n + 10)), whole[:10])


def test_large_data_are_read_in_stretches_and_mixed_all_over():
    n, row_bytes = SIZES[1]
    drawn = EpochShuffle(n, row_bytes, seed=0)
    rows = drawn.rows(0, np.arange(10_000))
    assert len(np.unique(rows // drawn.block)) <= shuffle._WINDOW_BLOCKS
    assert np.abs(np.diff(rows)).mean() > n / 10  # neighbors in the order are strangers in the file
    assert abs(rows.mean() / n - 0.5) < 4 / np.sqrt(12 * shuffle._WINDOW_BLOCKS)


def test_small_data_keep_the_permutation_they_always_had():
    expected = np.arange(1000, dtype=np.int32)
    np.random.Generator(np.random.Philox(key=np.asarray([7, 2], np.uint64))).shuffle(expected)
    np.testing.assert_array_equal(EpochShuffle(1000, 3136, seed=7).rows(2, np.arange(1000)), expected)
    assert EpochShuffle(60_000, 3136, seed=0).block is None  # MNIST in single precision
