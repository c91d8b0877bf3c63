"""The readers of schema.json in Python and JavaScript make the numbers that elbax makes, and the cells back."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import elbax.export
from elbax.data import Schema
from elbax.export.schema_record import describe_part

ASSETS = Path(elbax.export.__file__).parent / "assets"
N = 30
_SCRIPT = """
import { Rows } from "%s";
import { readFileSync } from "node:fs";
const { record, rows } = JSON.parse(readFileSync(0, "utf8"));
const reader = new Rows(record);
const codes = reader.encode(rows);
const decoded = reader.decode(codes).map((row) => record.columns ? row : Array.from(row));
console.log(JSON.stringify([Array.from(codes), decoded]));
"""


def python_reader():
    spec = importlib.util.spec_from_file_location("reader", ASSETS / "reader.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_javascript(record, rows):
    if (node := shutil.which("node")) is None:
        pytest.skip("there is no Node to run reader.js")
    script, text = _SCRIPT % (ASSETS / "reader.js").as_uri(), json.dumps({"record": record, "rows": rows})
    run = [node, "--input-type=module", "-e", script]
    done = subprocess.run(run, input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    codes, decoded = json.loads(done.stdout)
    return np.array(codes, float).reshape(len(rows), -1), decoded


def table():
    """A column of each kind, most with gaps; the cells are what JSON holds."""
    rng = np.random.default_rng(0)
    days = (np.datetime64("2020-02-28") + rng.integers(0, 900, N)).tolist()
    size = rng.choice(["s", "m", "l"], N)
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 60, N) + 5000,
            "income": np.exp(rng.normal(8, 1, N)).round(2),
            "rain": np.where(rng.random(N) < 0.5, 0.0, rng.gamma(2, size=N).round(3)),
            "share": rng.uniform(0, 1, N),
            "city": rng.choice(["Bonn", "Köln", "Ulm"], N),
            "member": rng.random(N) < 0.5,
            "since": [day.isoformat() for day in days],
            "german": [day.strftime("%d.%m.%Y") for day in days],
            "number": [int(day.strftime("%Y%m%d")) for day in days],
            "stamp": [f"{day}T07:0{i % 9}:30+02:00" for i, day in enumerate(days)],
            "month": [day.strftime("%Y-%m-01") for day in days],
            "stay": [f"{i % 7} days 0{i % 9}:30:00" for i in range(N)],
            "price": [f"{value:.2f}" for value in rng.gamma(3, size=N)],
            "is_s": (size == "s").astype(int),
            "is_m": (size == "m").astype(int),
            "is_l": (size == "l").astype(int),
            "unit": "kg",
        }
    )
    frame.loc[3:5, "income"] = np.nan
    frame.loc[7:8, "city"] = None
    frame.loc[9, "since"] = None
    frame.loc[11, "german"] = "?"
    return frame


def plain(rows):
    """Records as JSON has them, with gaps as None."""
    return [
        {k: None if v is None or v != v or v == "?" else v for k, v in row.items()}
        for row in json.loads(rows.to_json(orient="records"))
    ]


@pytest.fixture(scope="module")
def learned():
    frame = table()
    return frame, Schema.of_table(frame, informative=True)


def test_python_makes_the_numbers_that_elbax_makes_and_the_cells_back(learned):
    frame, schema = learned
    rows = python_reader().Rows(json.loads(json.dumps(describe_part(schema))))
    codes = rows.encode(plain(frame))
    np.testing.assert_allclose(codes, schema.encode(frame), rtol=1e-6)
    assert {"datetime", "duration", "onehot", "spiked", "constant", "gap"} <= {c["kind"] for c in rows.columns}
    back = pd.DataFrame(rows.decode(codes))
    own = pd.DataFrame(plain(schema.decode(schema.encode(frame))))
    for name in frame:
        if name == "share" or name == "income":
            np.testing.assert_allclose(back[name].astype(float), own[name].astype(float), rtol=1e-6)
        elif name != "stay":
            assert back[name].tolist() == own[name].tolist() or back[name].isna().equals(own[name].isna()), name


def test_javascript_does_what_python_does(learned):
    frame, schema = learned
    record, rows = json.loads(json.dumps(describe_part(schema))), plain(frame)
    reader = python_reader().Rows(record)
    codes, decoded = in_javascript(record, rows)
    expected = reader.encode(rows)
    np.testing.assert_allclose(codes, expected, rtol=1e-6)
    for row, other in zip(decoded, reader.decode(expected), strict=True):
        assert row.keys() == other.keys()
        for name, cell in other.items():
            assert row[name] == (pytest.approx(cell, rel=1e-6) if isinstance(cell, float) else cell), name


def test_zones_count_days_of_their_own():
    days = pd.date_range("2023-03-24", periods=12, freq="D", tz="Europe/Berlin")
    frame = pd.DataFrame({"day": days, "value": np.arange(12.0) ** 1.5})
    schema = Schema.of_table(frame)
    record = json.loads(json.dumps(describe_part(schema)))
    assert record["columns"][0]["zone"] == "Europe/Berlin"
    rows = [{"day": day.isoformat(), "value": value} for day, value in zip(days, frame["value"], strict=True)]
    reader = python_reader().Rows(record)
    np.testing.assert_allclose(reader.encode(rows), schema.encode(frame), rtol=1e-6)
    codes, decoded = in_javascript(record, rows)
    np.testing.assert_allclose(codes, schema.encode(frame), rtol=1e-6)
    assert [row["day"] for row in decoded] == [row["day"] for row in reader.decode(codes)]


def test_arrays_and_labels_of_a_context():
    schema = Schema.of(np.arange(12.0).reshape(6, 2) ** 1.5, columns=("a", "b"))
    record = json.loads(json.dumps(describe_part(schema)))
    rows = [{"b": 2.0, "a": 1.5}, {"a": 0.0, "b": -1.0}]
    assert python_reader().Rows(record).encode(rows).tolist() == [[1.5, 2.0], [0.0, -1.0]]
    assert in_javascript(record, rows)[0].tolist() == [[1.5, 2.0], [0.0, -1.0]]
    context = Schema.of_context({"kind": ["cat", "dog", "cat", "eel"], "weight": [0.5, 1.5, 2.0, 4.0]})
    record = json.loads(json.dumps(describe_part(context)))
    rows = [{"kind": "dog", "weight": 2.5}, {"kind": "eel", "weight": 1.0}]
    assert python_reader().Rows(record).encode(rows).tolist() == [[1.0, 2.5], [2.0, 1.0]]
    assert in_javascript(record, rows)[0].tolist() == [[1.0, 2.5], [2.0, 1.0]]


@pytest.mark.parametrize(
    "cells, message",
    [
        ({"city": "Rom"}, "column 'city' is 'Rom' in row 0; pass one of Bonn, Köln, Ulm"),
        ({"since": "2020-02-31"}, "column 'since' is '2020-02-31' in row 0; pass a date"),
        ({"income": "much"}, "column 'income' is 'much' in row 0; pass a number"),
        ({"is_s": 1, "is_m": 1, "is_l": 0}, "set exactly one of the columns is_s, is_m, is_l in row 0"),
    ],
)
def test_a_wrong_cell_is_named(learned, cells, message):
    frame, schema = learned
    reader = python_reader().Rows(describe_part(schema))
    with pytest.raises(ValueError, match=message):
        reader.encode([plain(frame)[0] | cells])
