import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris, load_wine

from elbax.data import column_statistics, repeats
from elbax.data.memory_mapped import MemoryMappedRows
from elbax.data.repeats import Repeats, find_repeats, row_groups

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
        RNG.poisson(3, (200, 1)),
        RNG.normal(size=(200, 1)).round(1),
        np.repeat(RNG.normal(size=(200, 1)).round(1), 2, axis=1),
        np.eye(2)[RNG.integers(0, 2, 200)],
    ],
)
def test_rows_of_few_values_repeat_by_chance(x):
    found = find_repeats(x)
    assert found.share > 0 and not found.notable


def test_rows_on_disk_are_read_in_pieces(tmp_path, monkeypatch):
    x = RNG.normal(size=(4000, 5, 7)).astype(np.float32)
    x[2000:] = x[:2000]
    np.save(tmp_path / "x.npy", x)
    rows = MemoryMappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"), np.dtype(np.float32), (5, 7))
    expected, pieces, read = find_repeats(x), [], MemoryMappedRows.__getitem__
    monkeypatch.setattr(MemoryMappedRows, "__getitem__", lambda *a: pieces.append(read(*a)) or pieces[-1])
    monkeypatch.setattr(column_statistics, "_CHUNK_VALUES", 10_000)
    monkeypatch.setattr(repeats, "_ENTROPY_ROWS", 50)
    assert find_repeats(rows) == expected == Repeats(0.5, True)
    assert max(map(len, pieces)) < 300
