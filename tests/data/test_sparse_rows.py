"""Sparse rows are the same rows as dense ones, and stay sparse."""

import numpy as np
import pytest
from scipy import sparse

import elbax
from elbax.data import MemoryMappedRows, SparseRows, as_array, take_evenly
from elbax.data import sparse_rows as module
from elbax.types import Batch

RNG = np.random.default_rng(0)
COUNTS = RNG.poisson(np.exp(RNG.normal(-1, 1, (120, 3)) @ RNG.normal(0, 0.7, (3, 9)))).astype(np.float32)
FORMATS = ["csr", "csc", "coo", "lil", "dok"]


@pytest.fixture
def streamed(monkeypatch):
    """However small a matrix is, it is streamed."""
    monkeypatch.setattr(module, "SPARSE_BYTES", 0)


def memory_mapped(path, x):
    source = np.memmap(path, x.dtype, "w+", shape=x.shape)
    source[:] = x
    return MemoryMappedRows(source, x.dtype, x.shape[1:])


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", [sparse.coo_matrix, sparse.coo_array])
def test_every_format_is_read(streamed, kind, name):
    rows, columns = as_array(kind(COUNTS).asformat(name))
    assert isinstance(rows, SparseRows) and columns is None and rows.shape == COUNTS.shape
    np.testing.assert_array_equal(np.asarray(rows), COUNTS)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool, np.float64, np.float32])
def test_dtypes_are_those_of_dense_arrays(streamed, dtype):
    dense = COUNTS.astype(dtype)
    assert as_array(sparse.csr_array(dense))[0][:].dtype == as_array(dense)[0].dtype


def test_small_matrices_become_arrays():
    rows, _ = as_array(sparse.csr_array(COUNTS))
    assert isinstance(rows, np.ndarray)
    np.testing.assert_array_equal(rows, COUNTS)


@pytest.mark.parametrize(
    "rows", [slice(3, 50, 7), [5, 2, 2, 119], np.arange(10, 20), np.arange(120) % 3 == 0, [-1], slice(0, 0)]
)
def test_rows_are_read_in_the_order_asked_for(streamed, rows):
    x, _ = as_array(sparse.csr_array(COUNTS))
    np.testing.assert_array_equal(x[rows], COUNTS[rows])


def test_rows_left_out_and_functions_of_rows(streamed):
    x, _ = as_array(sparse.csr_array(COUNTS))
    absent = np.array([0, 7, 8, 119])
    left = x.without(absent).then(lambda rows: 2 * rows[:, :4], (4,), np.dtype(np.float32))
    expected = 2 * np.delete(COUNTS, absent, axis=0)[:, :4]
    np.testing.assert_array_equal(left[np.arange(len(left))[::-1]], expected[::-1])


def test_values_stored_twice_add_up(streamed):
    matrix = sparse.coo_array(([1, 2], ([0, 0], [1, 1])), (2, 3))
    np.testing.assert_array_equal(as_array(matrix)[0][:], matrix.toarray())


def test_samples_of_wide_rows_are_bounded(streamed):
    wide = SparseRows(sparse.csr_array((2000, 2**20), dtype=np.float32), np.dtype(np.float32), (2**20,))
    assert take_evenly(Batch(wide), 2000).x.shape == (16, 2**20)


def test_a_sparse_fit_is_the_fit_of_the_same_rows_on_disk(streamed, tmp_path):
    settings = {"hidden": (8,), "epochs": 4, "likelihood": "negative_binomial", "random_state": 0, "verbose": 0}
    x = sparse.csr_array(COUNTS)
    by_disk = elbax.VAE(2, **settings).fit(memory_mapped(tmp_path / "x", COUNTS))
    by_sparse = elbax.VAE(2, **settings).fit(x)
    np.testing.assert_array_equal(by_sparse.history_["loss"], by_disk.history_["loss"])
    np.testing.assert_array_equal(by_sparse.transform(x), by_disk.transform(COUNTS))
    np.testing.assert_array_equal(by_sparse.score_samples(x, 4), by_disk.score_samples(COUNTS, 4))
    np.testing.assert_array_equal(by_sparse.sample(5), by_disk.sample(5))
    np.testing.assert_array_equal(by_sparse.reconstruct(x[:7]), by_disk.reconstruct(COUNTS[:7]))
    assert np.isfinite(by_sparse.partial_fit(x).elbo(x)["elbo"]).all()


def test_weights_of_zero_leave_sparse_rows_out(streamed):
    weights = (np.arange(120) % 4 > 0).astype(float)
    settings = {"hidden": (4,), "epochs": 1, "likelihood": "poisson", "init": "random", "random_state": 0, "verbose": 0}
    left = elbax.VAE(2, **settings).fit(sparse.csr_array(COUNTS), sample_weight=weights)
    kept = elbax.VAE(2, **settings).fit(sparse.csr_array(COUNTS[weights > 0]))
    np.testing.assert_array_equal(left.history_["loss"], kept.history_["loss"])
