"""Rows on disk read as if they were in memory, and files that cannot be mapped are decoded to the same rows."""

import builtins
import gc
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pandas as pd
import pytest

from elbax.data import (
    Schema,
    as_array,
    decoded_memmap,
    keep_on_disk,
    load,
    load_context,
    memory_mapped,
    random_subsample,
)
from elbax.data.memory_mapped import MemoryMappedRows
from elbax.data.readers import tables
from elbax.data.readers import zarr as zarr_reader
from elbax.errors import InputError, MissingExtraError

zarr = pytest.importorskip("zarr")


@pytest.fixture
def everything_is_large(monkeypatch):
    for module in (memory_mapped, tables, zarr_reader):
        monkeypatch.setattr(module, "ON_DISK_BYTES", 1)
    for module in (decoded_memmap, tables, zarr_reader):
        monkeypatch.setattr(module, "PIECE_VALUES", 40)
    monkeypatch.setattr(memory_mapped, "_EXTENT_BYTES", 100)


def mapped(folder, array):
    np.save(folder / "rows.npy", array)
    return np.load(folder / "rows.npy", mmap_mode="r")


ARRAYS = {
    "single": np.random.default_rng(0).normal(size=(90, 3)).astype(np.float32),
    "double": np.random.default_rng(0).normal(size=(90, 3)),
    "big-endian": np.random.default_rng(0).normal(size=(90, 3)).astype(">f4"),
    "half": np.random.default_rng(0).normal(size=(90, 3)).astype(np.float16),
    "truth": np.random.default_rng(0).integers(0, 2, (90, 3)).astype(bool),
    "wide": np.random.default_rng(0).integers(0, 2**40, (90, 3)),
    "narrow": np.random.default_rng(0).integers(0, 200, (90, 3)),
    "images": np.random.default_rng(0).integers(0, 255, (90, 4, 5), np.uint8),
    "columns first": np.asfortranarray(np.random.default_rng(0).normal(size=(90, 3))),
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.usefixtures("everything_is_large")
def test_stored_rows_read_like_an_array(tmp_path, name):
    array = np.ascontiguousarray(as_array(ARRAYS[name])[0])  # sums round as their order has it
    rows = keep_on_disk(as_array(mapped(tmp_path, ARRAYS[name]))[0])
    assert isinstance(rows, MemoryMappedRows)
    assert (rows.shape, rows.dtype, rows.nbytes) == (array.shape, array.dtype, array.nbytes)
    np.testing.assert_array_equal(rows, array)
    rng = np.random.default_rng(1)
    for wanted in (
        slice(7, 31),
        slice(None, None, 7),
        rng.integers(0, 90, 200),
        rng.permutation(90),
        np.array([], int),
    ):
        np.testing.assert_array_equal(rows[wanted], array[wanted])
    kinds = (Schema.of(rows), Schema.of(array))
    assert kinds[0].to_config() == kinds[1].to_config()


@pytest.mark.usefixtures("everything_is_large")
def test_rows_left_out_are_never_read(tmp_path):
    array, rng = ARRAYS["single"], np.random.default_rng(0)
    rows = keep_on_disk(mapped(tmp_path, array))
    first = np.sort(rng.permutation(90)[:20])
    left = np.delete(array, first, axis=0)
    np.testing.assert_array_equal(rows.without(first), left)
    np.testing.assert_array_equal(rows.without(first)[[50, 3, 3]], left[[50, 3, 3]])
    second = np.array([0, 1, 33, 69])  # of those that are left
    np.testing.assert_array_equal(rows.without(first).without(second), np.delete(left, second, axis=0))


@pytest.mark.usefixtures("everything_is_large")
def test_division_is_that_of_an_array(tmp_path):
    images = ARRAYS["images"][..., None]
    rows = keep_on_disk(mapped(tmp_path, images), divisor=255.0)
    np.testing.assert_array_equal(rows, np.asarray(images, np.float32) / np.float32(255))


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux to count pages")
def test_a_pass_leaves_no_pages_behind(tmp_path):
    array = np.ones((2**20, 16), np.float32)  # 64 MiB
    rows = keep_on_disk(mapped(tmp_path, array))
    del array

    def mapped_mib():
        """Pages of the file that count as this process's memory."""
        lines = iter(Path("/proc/self/smaps").read_text().splitlines())
        found = [next(x for x in lines if x.startswith("Rss")) for line in lines if "rows.npy" in line]
        return sum(int(line.split()[1]) for line in found) / 1024

    total = sum(float(rows[start : start + 2**16].sum()) for start in range(0, len(rows), 2**16))
    assert total == rows.size and mapped_mib() < 1
    rows[np.random.default_rng(0).permutation(len(rows))[:1000]]
    assert mapped_mib() < 1
    assert rows.source.sum() == rows.size and mapped_mib() > 60  # the measure itself works


def test_changes_to_a_private_map_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(memory_mapped, "ON_DISK_BYTES", 1)
    np.save(tmp_path / "rows.npy", ARRAYS["single"])
    private = np.load(tmp_path / "rows.npy", mmap_mode="c")
    private[5] = 7
    rows = keep_on_disk(private)
    assert (rows[5:6] == 7).all() and (rows[5:6] == 7).all()


def test_small_maps_and_copies_of_maps_are_plain_arrays(tmp_path, monkeypatch):
    small = mapped(tmp_path, ARRAYS["single"])
    assert keep_on_disk(small) is small
    monkeypatch.setattr(memory_mapped, "ON_DISK_BYTES", 1)
    copied = small.copy()
    assert isinstance(copied, np.memmap) and keep_on_disk(copied) is copied


FRAMES = {
    "floats": pd.DataFrame(ARRAYS["double"], columns=["a", "b", "c"]),
    "integers, then a gap": pd.DataFrame({"a": range(90), "b": pd.array([*range(89), None], "Int64")}),
    "bytes and truth": pd.DataFrame({"a": np.arange(90, dtype=np.uint8), "b": np.arange(90) % 2 == 0}),
    "beyond 32 bits in the end": pd.DataFrame({"a": [*range(89), 2**40]}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_spooled_parquet_is_parquet(tmp_path, request, name):
    frame = FRAMES[name].assign(kind=["u", "v"] * 45, given=np.arange(90.0))
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=17)
    whole = load(tmp_path / "t.parquet", label="kind", context=["given"])
    request.getfixturevalue("everything_is_large")
    rows = load(tmp_path / "t.parquet", label="kind", context=["given"])
    assert isinstance(rows.x, np.memmap) != ("gap" in name) and not isinstance(whole.x, np.memmap)
    np.testing.assert_array_equal(pd.DataFrame(rows.x).astype(float), whole.x.astype(float))
    assert rows.columns == whole.columns and rows.labels.tolist() == whole.labels.tolist()
    pd.testing.assert_frame_equal(rows.context, whole.context)


@pytest.mark.usefixtures("everything_is_large")
def test_large_parquet_fails_in_the_same_words(tmp_path):
    FRAMES["floats"].assign(kind="u").to_parquet(tmp_path / "t.parquet")
    assert load(tmp_path / "t.parquet").columns == ("a", "b", "c", "kind")  # text is read into memory
    with pytest.raises(InputError, match="no column 'kid' in .*; did you mean 'kind'"):
        load(tmp_path / "t.parquet", label="kid")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1nope")
    with pytest.raises(InputError, match="cannot read .*bad.parquet as Parquet"):
        load(tmp_path / "bad.parquet")


@pytest.mark.parametrize("name", ["single", "double", "truth", "images"])
@pytest.mark.parametrize("large", [False, True])
def test_zarr_is_read_whole_or_spooled(tmp_path, request, name, large):
    if large:
        request.getfixturevalue("everything_is_large")
    array = ARRAYS[name]
    zarr.create_array(tmp_path / "one.zarr", data=array, chunks=(11, *array.shape[1:]))
    found = load(tmp_path / "one.zarr").x
    assert isinstance(found, np.memmap) == large
    np.testing.assert_array_equal(found, as_array(array)[0])
    assert load(tmp_path / "one.zarr").name == "one"


def test_zarr_groups_are_like_npz_archives(tmp_path):
    zarr.save_group(tmp_path / "g.zarr", x=ARRAYS["single"], y=np.arange(90), beside=np.arange(90.0))
    found = load(tmp_path / "g.zarr", context=["beside"])
    np.testing.assert_array_equal(found.x, ARRAYS["single"])
    assert found.labels.tolist() == list(range(90)) and list(found.context.columns) == ["beside"]
    assert len(load_context(tmp_path / "g.zarr", ["beside"])) == 90
    with pytest.raises(InputError, match="no array 'other' in .*; it holds"):
        load(tmp_path / "g.zarr", label="other")


def test_what_is_no_zarr_store_is_named(tmp_path, monkeypatch):
    (tmp_path / "bad.zarr").mkdir()
    with pytest.raises(InputError, match="cannot read .*bad.zarr as a Zarr store"):
        load(tmp_path / "bad.zarr")
    real = builtins.__import__

    def refuse(name, *arguments, **options):
        if name == "zarr":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"reading .zarr needs zarr: pip install elbax\[zarr\]"):
        load(tmp_path / "bad.zarr")


def test_the_decoded_memmap_is_in_the_cache_folder_and_has_no_name(tmp_path, monkeypatch):
    monkeypatch.setenv("ELBAX_CACHE", str(tmp_path / "cache"))
    opened = []
    real = decoded_memmap.TemporaryFile
    monkeypatch.setattr(decoded_memmap, "TemporaryFile", lambda dir: opened.append(dir) or real(dir=dir))
    rows = decoded_memmap.decode_to_memmap(lambda: iter([np.ones((2, 3)), np.zeros((1, 3))]))
    assert opened == [tmp_path / "cache"] and not list(opened[0].iterdir())
    np.testing.assert_array_equal(rows, [[1] * 3] * 2 + [[0] * 3])
    del rows
    gc.collect()
    monkeypatch.setenv("ELBAX_CACHE", "")
    assert (
        decoded_memmap.decode_to_memmap(lambda: iter([np.ones((2, 3))])).shape == (2, 3) and opened[1] == gettempdir()
    )


def test_a_few_of_many_rows():
    chosen = random_subsample(np.random.default_rng(0), 10**10, 1000)
    assert len(np.unique(chosen)) == 1000 and (np.diff(chosen) > 0).all()
    # Uniform: a standard error of the mean is 10^10 / √12 / √1000.
    assert abs(chosen.mean() - 5e9) < 4 * 1e10 / np.sqrt(12 * 1000)
    assert random_subsample(np.random.default_rng(0), 5, 9).tolist() == [0, 1, 2, 3, 4]
