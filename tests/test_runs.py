"""Run folders and the settings that reproduce them."""

import inspect
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from elbax import VAE, data, report
from elbax.cli.app import app
from elbax.errors import InputError
from elbax.runs.config import RunConfig, read_preset, read_toml
from elbax.runs.folder import Run, rows_of
from elbax.runs.results import measure, measure_run, write_metrics

SMALL = {"hidden": (8,), "epochs": 2, "seed": 3}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    settings = RunConfig.of({"data": "s-curve", **SMALL})
    run = Run.create(settings, tmp_path_factory.mktemp("runs") / "a")
    run.train()
    return run


def test_defaults_are_the_estimators():
    signature = inspect.signature(VAE)
    for entry in fields(RunConfig):
        if not entry.metadata["own"]:
            assert entry.default == signature.parameters[entry.name].default, entry.name


def test_a_plain_autoencoder_has_no_bounds(tmp_path):
    run = Run.create(RunConfig.of({"data": "s-curve", "posterior": "point", **SMALL}), tmp_path / "a")
    run.train()
    vae = run.load()
    assert vae.outcome_.ladder is None
    assert set(measure(vae, run.parts()["train"])) == {"reconstruction", "active_units", "n_rows"}
    write_metrics(run, measure_run(run, vae))
    show = CliRunner().invoke(app, ["info", str(run.folder)])
    assert show.exit_code == 0 and "reconstruction (nats per row)" in show.stdout
    content = report.collect(vae, data.load("s-curve").x)
    assert set(content.metrics["training"]) == {"reconstruction"} and "no bound" in content.note
    page = report.render(content)
    assert not any(word in page for word in ("log p(x), estimated", "KL of each latent", "ELBO = "))


def test_toml_gives_the_same_settings(tmp_path):
    for layer in (
        {},
        read_preset("notebook"),
        {"clip_norm": 1, "label": "a", "report": False},
        {"decoder_hidden": [9, 3]},
    ):
        settings = RunConfig.of({"data": "digits"}, layer)
        (tmp_path / "a.toml").write_text(settings.to_toml())
        assert RunConfig.of(read_toml(tmp_path / "a.toml")) == settings


def test_the_preset_trains_to_the_end():
    assert RunConfig.of({"data": "mnist"}, read_preset("notebook")).estimator_arguments()["patience"] == 0


def test_a_run_equals_the_estimator(run):
    x = data.load("s-curve").x
    vae = VAE(hidden=(8,), epochs=2, random_state=3, verbose=0).fit(x)
    np.testing.assert_array_equal(run.load().transform(x), vae.transform(x))


def test_the_folder_opens_again(run):
    again = Run.open(run.folder)
    assert again.settings == run.settings
    assert {path.name for path in run.folder.iterdir()} == {
        "checkpoints",
        "config.json",
        "config.toml",
        "history.csv",
        "model.safetensors",
    }
    assert again.load().checkpoint_dir is None


def test_parts_are_what_was_trained_and_validated_on(run):
    metrics = measure_run(run, run.load())
    assert metrics["train"]["n_rows"] + metrics["validation"]["n_rows"] == 300
    assert metrics["validation"]["seen"] is True  # the linear model was kept, and fitted to all rows
    # Equal for a linear model, up to the draws of both.
    assert metrics["validation"]["log_likelihood"] >= metrics["validation"]["elbo"] - 0.05
    assert "bits_per_dim" not in metrics["train"]


def test_divide_by_is_undone(tmp_path):
    settings = RunConfig.of({"data": "digits", "divide_by": 16})
    run = Run.create(settings, tmp_path / "a")
    assert run.dataset.x.max() == 1
    assert run.in_data_units(run.dataset.x).max() == 16


def test_labels_may_be_missing_later(tmp_path):
    (tmp_path / "a.csv").write_text("a,kind\n" + "".join(f"{i},{i % 2}\n" for i in range(5)))
    (tmp_path / "b.csv").write_text("a\n1\n2\n")
    settings = RunConfig.of({"data": str(tmp_path / "a.csv"), "label": "kind"})
    run = Run.create(settings, tmp_path / "run")
    assert run.dataset.columns == run.read(str(tmp_path / "b.csv")).columns == ("a",)
    assert run.read(str(tmp_path / "b.csv")).labels is None
    with pytest.raises(InputError, match="no file"):
        run.read(str(tmp_path / "c.csv"))


def test_a_refused_fit_leaves_nothing_behind(tmp_path):
    run = Run.create(RunConfig.of({"data": "digits", "likelihood": "bernoulli"}), tmp_path / "new" / "run")
    with pytest.raises(InputError, match="Bernoulli"):
        run.train()
    assert list(tmp_path.iterdir()) == []


def test_free_folders_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = [Run.create(RunConfig.of({"data": "iris"})).folder.name for _ in range(2)]
    assert made == ["iris-1", "iris-2"]


def test_weights_and_groups_are_columns_that_are_no_part_of_x(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(80, 2)), columns=["a", "b"])
    table["patient"] = [f"P{i}" for i in np.repeat(np.arange(20), 4)]
    table["copies"] = rng.integers(0, 3, 80)
    table.to_csv(tmp_path / "visits.csv", index=False)
    settings = {"data": str(tmp_path / "visits.csv"), "hidden": (4,), "epochs": 1, "posterior": "point"}
    apart = {"weights": "copies", "validation_groups": "patient"}
    run = Run.create(RunConfig(**settings, **apart), tmp_path / "run")
    vae = run.train()
    again = Run.open(tmp_path / "run")
    parts = again.parts()
    assert list(vae.schema_.columns) == ["a", "b"] and len(again.dataset.x) == (table["copies"] > 0).sum()
    assert not set(parts["train"].groups) & set(parts["validation"].groups) and len(parts["validation"].x) > 0
    held_out = parts["validation"]
    reconstruction = vae.measure_elbo(rows_of(held_out))["reconstruction"]
    expected = np.average(reconstruction, weights=held_out.weights)
    assert measure(vae, held_out)["reconstruction"] == pytest.approx(expected)
    with pytest.raises(InputError, match="weights='copies' needs a table, .npz or .zarr; digits has no columns"):
        Run.create(RunConfig(data="digits", weights="copies"), tmp_path / "digits")
    with pytest.raises(InputError, match="no column 'patients' in .*; did you mean 'patient'"):
        Run.create(RunConfig(**settings, validation_groups="patients"), tmp_path / "other")


def test_the_last_rows_of_a_run_are_validated_on(tmp_path):
    np.savetxt(tmp_path / "x.csv", np.random.default_rng(0).normal(size=(40, 2)), delimiter=",")
    settings = RunConfig(data=str(tmp_path / "x.csv"), hidden=(4,), epochs=1, posterior="point", validation="last")
    run = Run.create(settings, tmp_path / "run")
    run.train()
    np.testing.assert_array_equal(run.parts()["validation"].x, run.dataset.x[-4:])
    assert RunConfig.of({"data": "x", "validation": "last"}).to_options() == ["x", "--validation=last"]
