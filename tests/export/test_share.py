"""`elbax export` and `elbax card`: what they write, and what of the rows it holds."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from elbax.cli import app
from elbax.estimator import load
from elbax.export.folder import Export
from elbax.export.functions import ExportedModel
from elbax.export.schema_record import describe_schema

FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)).round(4), columns=["size", "a|b"])
FRAME = FRAME.assign(kind=["<x>", "y"] * 30)


def elbax(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    FRAME.to_csv(folder / "data.csv", index=False)
    options = ("--hidden", "4", "--epochs", "1", "--no-report")
    result = elbax("fit", folder / "data.csv", *options, "--out", folder / "small")
    assert result.exit_code == 0, result.output
    return folder / "small"


@pytest.fixture
def no_programs(monkeypatch):
    """An export without programs, which the pages of these tests do not need."""

    def record(*arguments, **options):
        schema = describe_schema(ExportedModel(*arguments[:3]), options["title"]) | {"files": {}}
        return Export("onnx", {}, schema, {}, {})

    monkeypatch.setattr("elbax.export.methods.export_model", record)


def rows_in(path):
    """The rows that a page holds."""
    record = json.loads(re.search(r'id="model" type="application/json">(.*?)</script>', path.read_text())[1])
    return np.array([example["x"] for example in record["examples"]], float)


def test_a_page_holds_rows_of_the_data_unless_they_are_to_be_left_out(run, tmp_path, no_programs):
    known = FRAME["size"].to_numpy()
    for options, holds in (((), True), (("--no-rows",), False)):
        result = elbax("export", run, "--html", tmp_path / "page.html", *options)
        assert result.exit_code == 0, result.output
        assert ("no rows of data" in result.output) != holds
        nearest = np.abs(rows_in(tmp_path / "page.html")[:, :1] - known).min(axis=1)
        assert (nearest.max() < 1e-6) == holds


def test_the_command_writes_a_folder(run, tmp_path):
    result = elbax("export", run, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"encoder.onnx", "schema.json", "reader.js"}
    assert json.loads((tmp_path / "out" / "schema.json").read_text())["title"] == "small"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [(("--to", "keras", "--out", "x"), "'keras'; known: mlflow, onnx, stablehlo"), ((), "--html FILE for a page")],
)
def test_wrong_options_are_one_sentence(run, options, sentence):
    result = elbax("export", run, *options)
    assert result.exit_code != 0 and sentence in " ".join(f"{result.output} {result.exception}".split())


def test_mlflow_loads_what_the_command_writes(run, tmp_path):
    pytest.importorskip("mlflow", reason="MLflow is not installed")
    from elbax.service.mlflow_model import mlflow_model

    result = elbax("export", run, "--to", "mlflow", "--out", tmp_path / "model")
    assert result.exit_code == 0, result.output
    assert "mlflow models serve" in result.output
    found = mlflow_model(tmp_path / "model").predict(FRAME[:5])
    expected = load(run).transform(FRAME[:5])
    np.testing.assert_allclose(found[["z1", "z2"]], expected, rtol=1e-4, atol=1e-5)


def test_a_card_says_data_choices_numbers_and_limits(run, tmp_path):
    result = elbax("card", run)
    assert result.exit_code == 0, result.output
    text = (run / "README.md").read_text()
    front = text.split("---\n")[1]
    assert "library_name: elbax" in front and "- tabular" in front
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Use", "Data", "Choices", "Numbers", "Limits"]
    for column, kind in (("size", "real"), ("a\\|b", "real"), ("kind", "category")):
        assert re.search(rf"^\| {re.escape(column)} \| {kind} \|", text, re.MULTILINE)
    assert "&lt;x&gt;" in text and "<x>" not in text
    metrics = json.loads((run / "metrics.json").read_text())
    assert f"{metrics['train']['elbo']:.3f}" in text
    assert "claim of\n  privacy" in text
    tables = [line.count("|") - line.count("\\|") for line in text.splitlines() if line.startswith("|")]
    assert set(tables) <= {3, 4, 5}


def test_a_card_without_rows_shows_none(run, tmp_path):
    shown = f"{FRAME['size'][0]:g}"
    for options, holds in (((), True), (("--no-rows",), False)):
        assert elbax("card", run, "--out", tmp_path / "card.md", *options).exit_code == 0
        text = (tmp_path / "card.md").read_text()
        assert (f"| {shown} |" in text) == holds == ("The first rows" in text) == ("first rows, above" in text)
