"""The six examples of docs/extending.md run, and the files that it names are there."""

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import elbax
from elbax.cli import app
from elbax.core.registry import Registry
from elbax.data.array_files import WRITERS
from elbax.data.columns import COLUMN_KINDS
from elbax.data.readers import READERS
from elbax.doctor import CODES, RULES

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "extending.md"
TABLES = (COLUMN_KINDS, RULES, WRITERS)


def sections():
    """Each heading of the page with its code, one block after the other."""
    parts = re.split(r"^## (.+)\n", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]
    return {
        title: "\n".join(re.findall(r"```python\n(.*?)```", text, re.S))
        for title, text in zip(parts[::2], parts[1::2], strict=True)
    }


@pytest.fixture(autouse=True)
def as_before(tmp_path, monkeypatch):
    """Nothing that an example adds is known to the next."""
    monkeypatch.chdir(tmp_path)
    tables, readers = [*TABLES, *Registry.everything], list(READERS)
    before = [set(table) for table in tables]
    yield
    READERS[:] = readers
    for table, names in zip(tables, before, strict=True):
        for name in set(table) - names:
            del table[name]


def run(title):
    """The names that the example of a section leaves."""
    names: dict = {"__name__": "parts"}
    exec(compile(sections()[title], title, "exec"), names)
    return names


def test_a_likelihood():
    names = run("A likelihood")
    assert elbax.load("model").likelihood_ == names["Laplace"](scale=2)
    np.testing.assert_array_equal(elbax.load("model").transform(names["X"]), names["vae"].transform(names["X"]))


def test_a_column_kind():
    names = run("A column kind")
    schema = names["vae"].context_schema_
    assert schema.kinds == ("weekday",) and schema.input_shape == (7,)
    np.testing.assert_array_equal(schema.encode(names["days"])[:, 0], np.arange(200) % 7)
    assert names["vae"].sample(5, context=names["days"][:1]).shape == (5, 3)


def test_a_data_source():
    run("A data source")
    np.testing.assert_array_equal(elbax.load_data("rows.txt").x, [[1, 2], [3, 4]])


def test_a_doctor_finding():
    names = run("A doctor finding")
    diagnosis = names["diagnosis"]
    (finding,) = (finding for finding in diagnosis.findings if finding.code == "few-rows")
    assert (finding.value, finding.threshold) == (81, 100) and finding.meaning.startswith("there are fewer")
    assert diagnosis.findings[-1] is finding and diagnosis.remedy().latent_dim == 1
    assert "few-rows" not in CODES


def test_a_network():
    names = run("A network")
    vae, x = names["vae"], names["X"]
    assert (
        vae.plan_.network_text() == "encoder given: MLP, 68 parameters; decoder given: built by decoder"
        and f"# {vae.plan_.network_text()!r}" in sections()["A network"]
    )
    loaded = elbax.load("model", encoder=names["encoder"], decoder=names["decoder"])
    np.testing.assert_array_equal(loaded.transform(x), vae.transform(x))
    module = names["named"].module_
    assert type(module.encoder) is type(module.decoder) is names["Sine"]
    assert module.encoder.layers[0].weight.shape == (6, 8)


def test_an_output_format():
    run("An output format")
    assert Path("z.txt").read_text().splitlines()[0] == "a\tb"
    refused = CliRunner().invoke(app, ["sample", "run", "--out", "z.doc"])
    assert re.search(r"ends in \.npy, .*\.txt or \.png", refused.output + str(refused.exception))


def test_the_page_names_files_that_are_there():
    text = PAGE.read_text(encoding="utf-8")
    assert len(sections()) == 6 and all(sections().values())
    rows = re.findall(r"^\| an? .+\|.+\|(.+)\|$", text, re.M)
    assert len(rows) == 6
    for place in re.findall(r"`((?:core|data|doctor|docs|tests)/[^`]*)`", "".join(rows)):
        folder = ROOT if place.startswith(("docs", "tests")) else ROOT / "src" / "elbax"
        assert (folder / place).exists(), place
