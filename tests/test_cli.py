"""The command line, through Typer's test runner."""

import io
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

from elbax.cli import app, fit
from elbax.errors import Interrupted, TrainingError
from elbax.runs.config import RunConfig, preset_names, read_preset
from elbax.runs.folder import Run
from elbax.runs.results import read_evaluation

SMALL = ("--hidden", "8", "--decoder-hidden", "9,8", "--epochs", "2", "--batch-size", "256")


def elbax(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images") / "run"
    result = elbax("fit", "digits", "--out", folder, *SMALL)
    assert result.exit_code == 0, result.output
    assert "active units:" in result.stdout and "because" in result.stdout
    assert sum(line.startswith("likelihood:") for line in result.output.splitlines()) == 1
    return folder


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"]).assign(kind=["x", "y"] * 30)
    frame = frame.assign(id="text", flat=1.0)
    frame.to_csv(folder / "data.csv", index=False)
    (folder / "fit.toml").write_text(
        f'data = "{folder}/data.csv"\nlabel = "kind"\ndrop = ["id", "flat"]\nepochs = 9\nhidden = [4]\n'
    )
    command = ("fit", "--config", folder / "fit.toml", "--epochs", 2, "--out", folder / "run", "--no-report")
    assert elbax(*command).exit_code == 0
    return folder


def test_a_run_reads_other_image_files_as_it_read_its_own(tmp_path):
    rng = np.random.default_rng(0)
    for kind in ("day", "night"):
        (tmp_path / "own" / kind).mkdir(parents=True)
        for i in range(12):
            values = rng.integers(0, 256, (6, 8 + i % 2, 4), np.uint8)
            Image.fromarray(values).save(tmp_path / "own" / kind / f"{i}.png")
    (tmp_path / "own" / "day" / "12.png").write_bytes(b"")
    (tmp_path / "new").mkdir()
    Image.fromarray(np.full((30, 20), 90, np.uint8)).save(tmp_path / "new" / "gray.png")
    options = ("--size", 5, "--resize", "pad", "--alpha", "black")
    assert "1 of 25 images in" in elbax("fit", tmp_path / "own", *options).output
    run = tmp_path / "run"
    result = elbax("fit", tmp_path / "own", *options, "--skip-unreadable", "--out", run, *SMALL)
    assert result.exit_code == 0, result.output
    assert "24 of 24 images are transparent in places and laid on black" in result.stderr
    assert "laid on black" in (run / "report.html").read_text()
    settings = Run.open(run).settings
    reading = (settings.size, settings.resize, settings.alpha, settings.pixels, settings.skip_unreadable)
    assert reading == ("5x5", "pad", "black", "color", True)
    assert "images: read as color, transparent pixels black, brought to 5x5 (pad)" in elbax("info", run).stdout
    new = Run.open(run).read(str(tmp_path / "new")).x
    assert new.shape == (1, 5, 5, 3)
    assert new[0, :, :, 0].tolist() == [[0, 90, 90, 90, 0]] * 5
    assert elbax("encode", run, tmp_path / "new", "--out", tmp_path / "z.csv").exit_code == 0
    assert list(pd.read_csv(tmp_path / "z.csv")) == ["z1", "z2"]  # as in figures
    assert elbax("encode", run, tmp_path / "new" / "gray.png", "--out", tmp_path / "z.npy").exit_code == 0
    assert elbax("encode", run, tmp_path / "own", "--out", tmp_path / "z.png").exit_code == 0
    assert elbax("encode", run, "digits", "--out", tmp_path / "z.npy").exit_code == 2


def test_a_run_holds_what_it_should(images):
    names = {path.name for path in images.iterdir()}
    assert names == {
        "checkpoints",
        "config.json",
        "config.toml",
        "history.csv",
        "metrics.json",
        "model.safetensors",
        "report.html",
    }
    assert Run.open(images).settings.decoder_hidden == (9, 8)
    metrics = json.loads((images / "metrics.json").read_text())
    wanted = {"elbo", "reconstruction", "kl", "log_likelihood", "active_units", "n_rows", "bits_per_dim"}
    assert wanted <= set(metrics["train"]) and wanted <= set(metrics["validation"])
    assert metrics["seconds"] > 0 and metrics["n_parameters"] > 0


def test_the_written_settings_repeat_the_run(images, tmp_path):
    again = tmp_path / "again"
    command = ("fit", "--config", images / "config.toml", "--no-report")
    assert elbax(*command, "--out", again).exit_code == 0
    assert (again / "model.safetensors").read_bytes() == (images / "model.safetensors").read_bytes()


def test_resuming_a_finished_run_changes_nothing(images):
    before = (images / "model.safetensors").read_bytes()
    assert elbax("fit", "--resume", images).exit_code == 0
    assert (images / "model.safetensors").read_bytes() == before
    assert elbax("fit", "--resume", images, "--epochs", 3).exit_code == 2


def test_options_win_over_the_file(table):
    assert len(pd.read_csv(table / "run" / "history.csv")) == 2
    assert not (table / "run" / "report.html").exists()


@pytest.mark.parametrize(
    "changes",
    [
        *map(read_preset, preset_names()),
        {"context": ["a", "b"], "drop": ["c"], "tracker": "mlflow", "imports": ["json", "csv"]},
    ],
)
def test_settings_are_said_as_options(changes, monkeypatch):
    settings, found = RunConfig.of({"data": "digits"}, changes), []
    monkeypatch.setattr(fit, "_run", lambda resume, settings, *how: found.append(settings))
    assert elbax("fit", *settings.to_options()).exit_code == 0
    assert found == [settings]


def test_rows_without_the_columns_left_out_are_taken_too(table, tmp_path):
    rows = pd.read_csv(table / "data.csv")
    rows[["a", "b", "c"]].to_csv(tmp_path / "rows.csv", index=False)
    for source in (table / "data.csv", tmp_path / "rows.csv"):
        result = elbax("encode", table / "run", source, "--out", tmp_path / f"{source.stem}.npy")
        assert result.exit_code == 0 and "60 rows of 2" in result.stdout, result.output
    np.testing.assert_array_equal(np.load(tmp_path / "data.npy"), np.load(tmp_path / "rows.npy"))


def test_evaluate(images, table):
    assert set(json.loads(elbax("evaluate", images, "--json").stdout)) == {"train", "validation", "units"}
    lines = elbax("evaluate", table / "run", table / "data.csv").stdout.splitlines()
    assert lines[0].split() == ["data"] and lines[1].startswith("ELBO (nats per row)")


def test_a_full_evaluation_is_kept_until_the_model_changes(table, evaluation, monkeypatch):
    asked = []
    monkeypatch.setattr("elbax.evaluate.evaluate_fully", lambda module, rows, **how: asked.append(how) or evaluation)
    run, kept = table / "run", table / "run" / "evaluation.json"
    lines = elbax("evaluate", run, "--full").stdout.splitlines()
    assert lines[0] == "rows\ttrain, 60"  # six validation rows are too few
    assert "log-likelihood\t−4.00 ± 0.20\t40 rows, 64 samples ± 0.01, ESS 30" in lines
    assert lines[-1].startswith("warning\tthe log-likelihood has not converged")
    assert lines[1] == "Bounds on log p(x), nats per row"
    assert {line.count("\t") for line in lines[2:-1]} == {0, 2}
    assert len(asked[0]["train"]) == 54 and asked[0]["data_name"] == "data"
    assert read_evaluation(Run.open(run))[1].to_json() == evaluation.to_json()
    as_json = json.loads(elbax("evaluate", run, "--full", "--json").stdout)
    assert as_json["part"] == "train" and as_json["kl_per_unit"] == [1.5, 1.0] and as_json["warnings"]
    before = kept.read_bytes()
    assert elbax("evaluate", run, table / "data.csv", "--full").exit_code == 0
    assert kept.read_bytes() == before  # other rows are not the run's
    kept.write_bytes(before.replace(b'"model": "', b'"model": "0'))
    assert read_evaluation(Run.open(run)) is None
    kept.write_bytes(before[:50])
    assert "--full" in elbax("report", run).stderr
    kept.unlink()
    kept.mkdir()  # nothing can be written there: what was found is shown first
    result = elbax("evaluate", run, "--full", "--samples", "99")
    assert result.exit_code == 2 and "log-likelihood" in result.stdout and "evaluation.json" in result.stderr
    assert asked[-1]["n_importance"] == 99
    kept.rmdir()


def test_a_full_evaluation_is_one_screen(evaluation):
    console = Console(width=80, record=True, force_terminal=True, file=io.StringIO())
    console.print(evaluation)
    lines = console.export_text().splitlines()
    assert len(lines) < 40 and max(map(len, lines)) <= 80
    assert sum("Bounds on log p(x)" in line for line in lines) == 1
    assert any("warning: the log-likelihood has not converged" in line for line in lines)


@pytest.mark.parametrize("ending", ["npy", "csv", "parquet", "png"])
def test_outputs(images, table, tmp_path, ending):
    for command in (
        ("encode", images, "digits"),
        ("reconstruct", images, "digits"),
        ("sample", images),
    ):
        out = tmp_path / f"{command[0]}.{ending}"
        result = elbax(*command, "--out", out)
        assert result.exit_code == 0, result.output
        assert out.stat().st_size > 0
    out = tmp_path / f"table.{ending}"
    assert elbax("encode", table / "run", table / "data.csv", "--out", out).exit_code == 0
    if ending == "csv":
        assert pd.read_csv(out).shape == (60, 2)
        assert elbax("sample", table / "run", "-n", 7, "--out", out).exit_code == 0
        assert list(pd.read_csv(out)) == ["a", "b", "c"]
    if ending == "png":
        assert "no images" in elbax("sample", table / "run", "--out", out).stderr


def test_info(table):
    assert "latents" in elbax("info", table / "run").stdout


def test_datasets_and_version():
    assert "s-curve" in elbax("datasets").stdout
    assert elbax("--version").stdout.startswith("elbax ")


def test_ctrl_c_says_how_to_go_on(tmp_path, monkeypatch):
    def stop(self, *_, **__):
        (self.checkpoint_dir / "restart-0.safetensors").parent.mkdir()
        (self.checkpoint_dir / "restart-0.safetensors").write_bytes(b"state")
        raise Interrupted(3, 9)

    monkeypatch.setattr("elbax.estimator.VAE.fit", stop)
    result = elbax("fit", "digits", "--out", tmp_path / "run")
    assert result.exit_code == 130
    expected = f"elbax: stopped at epoch 3 of 9; continue with: elbax fit --resume {tmp_path / 'run'}\n"
    assert result.stderr == expected


def test_a_failed_training_keeps_the_last_good_model(tmp_path):
    result = elbax("fit", "s-curve", "--out", tmp_path / "run", *SMALL, "--learning-rate", 1e30, "--no-report")
    assert result.exit_code == 1
    assert "learning rate" in result.stderr and str(tmp_path / "run") in result.stderr
    assert elbax("encode", tmp_path / "run", "s-curve", "--out", tmp_path / "z.npy").exit_code == 0


def test_help_imports_nothing_heavy():
    """How long that takes depends on the machine; how much is imported does not."""
    code = "import sys; from elbax.cli import app; app(['--help'], standalone_mode=False); "
    code += "print(len(sys.modules), [m for m in %r if m in sys.modules], file=sys.stderr)"
    heavy = ("jax", "sklearn", "pandas", "matplotlib", "numpy")
    done = subprocess.run([sys.executable, "-c", code % (heavy,)], capture_output=True, text=True)
    modules, found = done.stderr.split(maxsplit=1)
    assert done.returncode == 0 and found.strip() == "[]" and int(modules) < 500, done.stderr


def test_errors_from_training_carry_no_traceback(monkeypatch):
    def fail(*_, **__):
        raise TrainingError("a\nb")

    monkeypatch.setattr("elbax.runs.folder.Run.open", fail)
    assert elbax("info", "x").stderr == "elbax: a b\n"


def test_columns_are_found_by_name_and_arrays_taken_in_order(table, tmp_path):
    frame = pd.read_csv(table / "data.csv")
    frame[["id", "c", "b", "a"]].assign(more="text").to_csv(tmp_path / "other.csv", index=False)
    np.savez(tmp_path / "rows.npz", x=frame[["a", "b", "c"]].to_numpy())
    written = set()
    for source in (table / "data.csv", tmp_path / "other.csv", tmp_path / "rows.npz"):
        result = elbax("encode", table / "run", source, "--out", tmp_path / "z.csv")
        assert result.exit_code == 0, result.output
        written.add((tmp_path / "z.csv").read_text())
    assert len(written) == 1


def test_a_linear_model_has_no_hidden_layers(table):
    command = ("fit", table / "data.csv", "--label", "kind", "--drop", "id", "--drop", "flat")
    result = elbax(*command, "--hidden", "", "--epochs", "1", "--no-report", "--out", table / "linear")
    assert result.exit_code == 0, result.output
    assert elbax("info", table / "linear").exit_code == 0


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    folder = tmp_path_factory.mktemp("conditional")
    rng = np.random.default_rng(0)
    kind, age = np.array(["cat", "dog"] * 60), rng.uniform(0, 9, 120).round(2)
    frame = pd.DataFrame(rng.normal(size=(120, 2)), columns=["a", "b"]).assign(kind=kind, age=age)
    frame["a"] += 20 * (kind == "dog")
    frame.to_csv(folder / "data.csv", index=False)
    command = ("fit", folder / "data.csv", "--context", "kind", "--context", "age", "--out", folder / "run")
    result = elbax(*command, "--hidden", "16", "--epochs", "200", "--no-report")
    assert result.exit_code == 0, result.output
    return folder


def test_a_run_with_context(conditional):
    run, rows = conditional / "run", conditional / "data.csv"
    assert 'context = [\n    "kind",\n    "age",\n]' in (run / "config.toml").read_text()
    assert "label among 'cat', 'dog'" in elbax("info", run).stdout
    assert not (run / "report.html").exists()
    for command in (("evaluate", run), ("evaluate", run, rows), ("diagnose", run), ("report", run)):
        result = elbax(*command)
        assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(run / "report.html")
    assert "Context of each row" in (run / "report.html").read_text()
    for command in ("encode", "reconstruct"):
        result = elbax(command, run, rows, "--out", conditional / f"{command}.csv")
        assert result.exit_code == 0, result.output
        assert len(pd.read_csv(conditional / f"{command}.csv")) == 120


def test_samples_follow_the_context(conditional):
    run, out = conditional / "run", conditional / "sample.csv"
    means = {}
    for kind in ("cat", "dog"):
        options = ("--context", f"kind={kind}", "--context", "age=4.5", "-n", 50, "--out", out)
        result = elbax("sample", run, *options)
        assert result.exit_code == 0, result.output
        sampled = pd.read_csv(out)
        assert sampled.shape == (50, 2) and list(sampled) == ["a", "b"]
        means[kind] = sampled["a"].mean()
    assert means["dog"] - means["cat"] == pytest.approx(20, abs=3)
    pd.DataFrame({"age": [1.0, 2.0, 3.0], "kind": ["dog", "cat", "dog"], "more": 0}).to_csv(
        conditional / "context.csv", index=False
    )
    assert elbax("sample", run, "--context", conditional / "context.csv", "--out", out).exit_code == 0
    np.testing.assert_array_equal(pd.read_csv(out)["a"] > 10, [True, False, True])
    for options, words in (
        ((), "add --context kind=VALUE --context age=VALUE, or --context FILE"),
        (("--context", "kind=cat"), "no column 'age'"),
        (("--context", "kind=bird", "--context", "age=1"), "known: 'cat', 'dog'"),
        (("--context", "kind=cat", "--context", "age"), "NAME=VALUE"),
        (("--context", "nowhere.csv"), "no file"),
        (("--context", conditional / "context.csv", "-n", 5), "n_samples must be 1"),
    ):
        result = elbax("sample", run, *options, "--out", out)
        assert result.exit_code == 2 and words in result.stderr, result.stderr


def test_windows_of_series(tmp_path):
    x = np.random.default_rng(0).normal(size=(60, 8, 2)) * [1, 300]
    np.save(tmp_path / "windows.npy", x)
    refused = elbax("fit", tmp_path / "windows.npy", "--out", tmp_path / "run", *SMALL)
    assert refused.exit_code == 2 and "axes='tc'" in refused.stderr and not (tmp_path / "run").exists()
    fitted = elbax("fit", tmp_path / "windows.npy", "--axes", "tc", "--out", tmp_path / "run", *SMALL)
    assert fitted.exit_code == 0, fitted.output
    assert "The effect of each latent" in (tmp_path / "run" / "report.html").read_text()
    for name in ("s.npy", "s.png"):
        assert elbax("sample", tmp_path / "run", "--out", tmp_path / name, "-n", 4).exit_code == 0
        assert (
            elbax("reconstruct", tmp_path / "run", tmp_path / "windows.npy", "--out", tmp_path / f"r{name}").exit_code
            == 0
        )
    assert np.load(tmp_path / "s.npy").shape == (4, 8, 2) and np.load(tmp_path / "rs.npy").shape == x.shape


def test_context_of_images_by_class_and_of_arrays(tmp_path):
    run, out = tmp_path / "digits", tmp_path / "out.png"
    options = ("--hidden", "16", "--epochs", "2", "--no-report")
    assert elbax("fit", "digits", "--context", "labels", "--out", run, *options).exit_code == 0
    assert elbax("sample", run, "--context", "labels=3", "-n", 4, "--out", out).exit_code == 0
    assert elbax("encode", run, "digits", "--out", tmp_path / "z.npy").exit_code == 0
    rng = np.random.default_rng(0)
    arrays = {"x": rng.normal(size=(60, 3)), "y": np.arange(60) % 4, "c": rng.normal(size=(60, 4))}
    arrays |= {f"{name}_test": array[:20] for name, array in arrays.items()}
    np.savez(tmp_path / "data.npz", **arrays)
    for name, value in (("y", "y=2"), ("c", tmp_path / "c.npy")):
        np.save(tmp_path / "c.npy", arrays["c"][:5])
        folder, test = tmp_path / name, ("--validation", "test")
        result = elbax("fit", tmp_path / "data.npz", "--context", name, "--out", folder, *options, *test)
        assert result.exit_code == 0, result.output
        result = elbax("sample", folder, "--context", value, "--out", tmp_path / "s.npy")
        assert result.exit_code == 0, result.output
        assert len(np.load(tmp_path / "s.npy")) == (100 if name == "y" else 5)
