"""A table as somebody has it, from the shell: a map, gaps filled, odd rows, new rows, rows of one species."""

import shutil
from pathlib import Path

import palmerpenguins
import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

from elbax import plots
from elbax.cli import app

SMALL = ("--epochs", 15, "--hidden", "16", "--learning-rate", "0.01", "--batch-size", 64)
MEASURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def elbax(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the file, and the run that the first command makes."""
    folder = tmp_path_factory.mktemp("penguins")
    shutil.copy(Path(palmerpenguins.__file__).parent / "data" / "penguins.csv", folder)
    printed = elbax("fit", folder / "penguins.csv", "--label", "species", "--out", folder / "run", *SMALL).output
    assert "bill_length_mm" in printed and "sex" in printed and "report.html" in printed
    return folder


@pytest.fixture(scope="module")
def penguins(folder):
    return pd.read_csv(folder / "penguins.csv")


def test_the_map_is_titled_by_the_species_and_the_page_shows_the_table(folder):
    page = (folder / "run" / "report.html").read_text(encoding="utf-8")
    assert '"labelName": "species"' in page
    for heading in (
        "Columns, real and sampled",
        "Pairs of columns, real and sampled",
        "Gaps",
        "What moves with each latent",
        "The oddest rows",
    ):
        assert f"<h2>{heading}</h2>" in page


def test_gaps_are_filled_in_the_file_as_it_is(folder, penguins):
    elbax("impute", folder / "run", folder / "penguins.csv", "--out", folder / "filled.csv")
    filled = pd.read_csv(folder / "filled.csv")
    assert list(filled.columns) == list(penguins.columns) and not filled.isna().any(axis=None)
    there = penguins.notna()
    pd.testing.assert_frame_equal(filled.where(there), penguins, check_dtype=False)
    assert filled["body_mass_g"].between(2700, 6300).all() and set(filled["sex"]) == {"female", "male"}
    elbax("complete", folder / "run", folder / "penguins.csv", "-n", 2, "--out", folder / "draws.tsv")
    draws = pd.read_csv(folder / "draws.tsv", sep="\t")
    assert list(draws["species"]) == list(penguins["species"].repeat(2)) and not draws.isna().any(axis=None)


def test_new_rows_are_penguins(folder, penguins):
    elbax("sample", folder / "run", "-n", 500, "--out", folder / "new.csv")
    new = pd.read_csv(folder / "new.csv")
    assert list(new.columns) == list(penguins.columns[1:]) and len(new) == 500
    assert set(new["island"]) == set(penguins["island"]) and set(new["year"]) <= {2007, 2008, 2009}
    assert (new[MEASURES].mean() / penguins[MEASURES].mean() - 1).abs().max() < 0.05


def test_rows_of_one_species_though_the_model_never_saw_it(folder, penguins):
    result = elbax("sample", folder / "run", "-n", 300, "--given", "species=Gentoo", "--out", folder / "gentoo.csv")
    assert "123 rows of Gentoo" in result.output or "124 rows of Gentoo" in result.output
    rows = pd.read_csv(folder / "gentoo.csv")
    assert list(rows.columns) == list(penguins.columns) and set(rows["species"]) == {"Gentoo"}
    own = penguins[penguins["species"] == "Gentoo"][MEASURES]
    assert ((rows[MEASURES].mean() - own.mean()) / penguins[MEASURES].std()).abs().max() < 0.35
    both = ("--given", "species=Adelie|Chinstrap", "--given", "sex=female", "--out", folder / "both.csv")
    elbax("sample", folder / "run", "-n", 60, *both)
    rows = pd.read_csv(folder / "both.csv")
    assert set(rows["species"]) == {"Adelie", "Chinstrap"} and set(rows["sex"]) == {"female"}
    for wrong, words in (("Emperor", "known: Adelie, Chinstrap, Gentoo"), ("1..2", "has no range")):
        command = ["sample", str(folder / "run"), "--given", f"species={wrong}", "--out", str(folder / "no.csv")]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 2 and words in result.output


def test_the_map_of_another_label_is_titled_by_it_and_info_has_the_columns(folder, monkeypatch):
    titles = []
    monkeypatch.setattr(plots, "latent_scatter", lambda z, labels: titles.append(labels) or Figure())
    elbax("encode", folder / "run", folder / "penguins.csv", "--label", "sex", "--out", folder / "map.png")
    assert titles[0].name == "sex" and titles[0].isna().sum() == 11
    printed = elbax("info", folder / "run").output
    assert "labels: species" in printed and "flipper_length_mm" in printed and "0.6%" in printed


def test_a_map_of_another_label_odd_rows_and_what_was_fitted(folder):
    elbax("encode", folder / "run", folder / "penguins.csv", "--label", "sex", "--out", folder / "map.png")
    elbax("outliers", folder / "run", folder / "penguins.csv", "--out", folder / "odd.csv")
    assert len(pd.read_csv(folder / "odd.csv")) == 344 and (folder / "map.png").stat().st_size > 10_000
    assert "flipper_length_mm" in elbax("info", folder / "run").output
