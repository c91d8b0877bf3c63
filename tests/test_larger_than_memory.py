"""Data on disk give what the same data in memory give, bit for bit, and are never held whole."""

import json

import jax
import numpy as np
import pandas as pd
import pytest

import elbax
from elbax.cli import app
from elbax.core.serialization import to_bytes
from elbax.data import memory_mapped
from elbax.data.memory_mapped import MemoryMappedRows
from elbax.data.readers import tables
from elbax.doctor.fit_record import FitRecord
from elbax.fit.split import MOST_HELD_OUT, Split
from elbax.runs import results
from elbax.train import data_loader, shuffle, trainer

SETTINGS = {"hidden": (8,), "init": "random", "epochs": 3, "random_state": 0, "verbose": 0}


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    t = rng.uniform(size=(700, 1))
    return np.hstack([np.sin(6 * t), np.cos(5 * t), t**2, rng.normal(size=(700, 1))]).astype(np.float32)


@pytest.fixture
def on_disk(tmp_path, rows, monkeypatch):
    """The rows in a file that counts as large, and feeds that say whether they stream."""
    np.save(tmp_path / "rows.npy", rows)
    monkeypatch.setattr(memory_mapped, "ON_DISK_BYTES", 1)
    return np.load(tmp_path / "rows.npy", mmap_mode="r")


@pytest.fixture
def streamed(monkeypatch):
    found = []
    make = data_loader.DataLoader.__init__

    def watched(self, *arguments, **options):
        make(self, *arguments, **options)
        found.append(not self.resident)

    monkeypatch.setattr(data_loader.DataLoader, "__init__", watched)
    return found


@pytest.fixture
def blocks(monkeypatch):
    """An order of small blocks, as large data have."""
    for name, value in {
        "_SHUFFLED_BYTES": 1,
        "_BLOCK_BYTES": 7 * 16,
        "_WINDOW_BLOCKS": 5,
    }.items():
        monkeypatch.setattr(shuffle, name, value)


@pytest.mark.parametrize("ordered_by", ["rows", "blocks"])
@pytest.mark.parametrize("context", [None, "labels"])
def test_a_fit_from_disk_is_the_fit_from_memory(rows, on_disk, streamed, request, ordered_by, context):
    if ordered_by == "blocks":
        request.getfixturevalue("blocks")
    context = context and np.arange(len(rows)) % 3
    fits = [elbax.VAE(**SETTINGS).fit(x, context=context) for x in (on_disk, rows)]
    assert streamed == [True, False]
    assert to_bytes(fits[0].module_) == to_bytes(fits[1].module_)
    history = [fit.history_.drop(columns="seconds") for fit in fits]
    pd.testing.assert_frame_equal(*history)
    for ask in ("transform", "score_samples", "elbo"):
        answers = [getattr(fits[0], ask)(x, context=context) for x in (on_disk, rows)]
        np.testing.assert_array_equal(*map(np.asarray, answers))
    cases = [fits[0]._open_fit_record(x, context) for x in (on_disk, rows)]
    jax.tree.map(np.testing.assert_array_equal, *[(case.rows, case.held_out) for case in cases])


def test_large_arrays_stream_from_memory_too(rows, streamed, blocks, monkeypatch):
    monkeypatch.setattr(data_loader, "_RESIDENT_BYTES", 1)
    from_memory = elbax.VAE(**SETTINGS).fit(rows)
    monkeypatch.undo()
    assert streamed == [True]
    assert not np.array_equal(from_memory.transform(rows), elbax.VAE(**SETTINGS).fit(rows).transform(rows))


@pytest.mark.parametrize("init", ["random", "linear", "geodesic"])
def test_a_fit_never_asks_for_many_rows_at_once(init, rows, on_disk, streamed, monkeypatch):
    """With pieces of 50 rows, at most a sample of 200 is read at once."""
    read, most = MemoryMappedRows.__getitem__, []

    def watched(self, wanted):
        found = read(self, wanted)
        most.append(len(found))
        return found

    monkeypatch.setattr(MemoryMappedRows, "__getitem__", watched)
    monkeypatch.setattr(MemoryMappedRows, "__array__", None)  # nothing turns them into an array
    monkeypatch.setattr("elbax.data.column_statistics._CHUNK_VALUES", 200)
    monkeypatch.setattr("elbax.data.column_statistics._SPACED_VALUES", 1)
    monkeypatch.setattr("elbax.train.pretraining.N_LANDMARKS", 60)
    monkeypatch.setattr("elbax.data.tie_search._VALUES", 1)
    monkeypatch.setattr("elbax.data.repeats._STREAMED", 100)
    monkeypatch.setattr("elbax.fit.linear_start.MOST_ROWS", 100)
    monkeypatch.setattr("elbax.fit.selection.MOST_ROWS", 100)
    monkeypatch.setattr("elbax.evaluate.simple_models._most_rows", lambda train: 100)
    monkeypatch.setattr(data_loader, "_STREAM_BYTES", 50 * 16)
    elbax.VAE(**SETTINGS | {"init": init}, batch_size=10).fit(on_disk)
    assert set(streamed) == {True} and max(most) == 200


def test_at_most_so_many_rows_are_held_out():
    assert len(Split.of(99_000, 0.1, 0).held_out()) == 9_900
    chosen = Split.of(2**20 + 1, 0.1, 0).held_out()
    assert len(np.unique(chosen)) == len(Split.of(500_000, 0.1, 0).held_out()) == MOST_HELD_OUT
    assert (np.diff(chosen) > 0).all()
    assert abs(chosen.mean() / 2**20 - 0.5) < 4 / np.sqrt(12 * MOST_HELD_OUT)
    np.testing.assert_array_equal(chosen, Split.of(2**20 + 1, 0.1, 0).held_out())


def test_validation_rows_on_disk_are_bounded(rows, on_disk, monkeypatch):
    monkeypatch.setattr("elbax.fit.rows.MOST_HELD_OUT", 30)
    seen = []
    train = trainer.train
    monkeypatch.setattr("elbax.fit.run.train", lambda *a, **k: [seen.append(k["validation"]), train(*a, **k)][1])
    elbax.VAE(**SETTINGS).fit(rows, validation_data=on_disk)
    assert seen[0].x.shape == (30, 4)


def test_the_doctor_is_shown_some_of_many_rows(rows, on_disk, monkeypatch):
    vae = elbax.VAE(**SETTINGS).fit(on_disk)
    monkeypatch.setattr("elbax.scoring_methods._EXAMINED", 100)
    case = vae._open_fit_record(on_disk)
    assert isinstance(case, FitRecord) and case.rows.x.shape == (100, 4) and case.n_rows == 630


@pytest.mark.parametrize("name", ["big.npy", "big.parquet", "big.zarr"])
def test_the_command_streams_files(tmp_path, rows, streamed, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(memory_mapped, "ON_DISK_BYTES", 1)
    monkeypatch.setattr(tables, "ON_DISK_BYTES", 1)
    monkeypatch.setattr("elbax.data.readers.zarr.ON_DISK_BYTES", 1)
    monkeypatch.setattr(results, "MEASURED_ROWS", 200)
    if name.endswith("zarr"):
        pytest.importorskip("zarr").save_array(tmp_path / name, rows)
    elif name.endswith("npy"):
        np.save(name, rows)
    else:
        pd.DataFrame(rows, columns=["a", "b", "c", "d"]).to_parquet(name)
    reports = "--report" if "parquet" in name else "--no-report"
    app(["fit", name, reports, "--epochs", "2", "--hidden", "8", "--out", "run"], standalone_mode=False)
    assert streamed[0]
    found = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert (found["train"]["n_rows"], found["train"]["measured_rows"]) == (630, 200)
    assert found["validation"]["n_rows"] == 70 and "measured_rows" not in found["validation"]
    assert (tmp_path / "run" / "report.html").exists() == ("parquet" in name)
    vae = elbax.load(tmp_path / "run")
    assert vae.schema_.columns == (("a", "b", "c", "d") if "parquet" in name else None)
    if "npy" in name:
        app(["fit", "--resume", "run"], standalone_mode=False)  # fingerprints agree


@pytest.mark.usefixtures("on_disk")
def test_divided_files_are_divided_arrays(tmp_path, rows, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ["fit", "rows.npy", "--epochs", "1", "--hidden", "8", "--divide-by", "3", "--no-report"]
    app([*arguments, "--out", "disk"], standalone_mode=False)
    monkeypatch.setattr(memory_mapped, "ON_DISK_BYTES", 2**40)
    app([*arguments, "--out", "memory"], standalone_mode=False)
    models = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("disk", "memory")]
    assert models[0] == models[1]
