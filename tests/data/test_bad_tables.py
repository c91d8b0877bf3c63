"""What people get wrong with tables, each as one sentence that names argument, column or row and what to do.

``python tests/data/test_bad_tables.py`` writes docs/bad_tables.md from the same tables.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from elbax.data import Schema, as_array, is_table_of_kinds, keep_on_disk, load, memory_mapped, read_conditions
from elbax.data.readers import tables
from elbax.errors import InputError
from elbax.fit.parameters import check_values

PAGE = Path(__file__).parents[2] / "docs" / "bad_tables.md"
N = 100
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "pet": RNG.choice(["cat", "dog", "owl"], N),
        "age": RNG.integers(0, 90, N),
        "weight": RNG.normal(9, 2, N).round(1),
        "tame": RNG.random(N) < 0.4,
        "born": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 999, N), "D"),
    }
)
DAYS = [f"2020-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(N)]
LIBRARIES = {"pandas": lambda f: f, "polars": pl.from_pandas, "arrow": pa.Table.from_pandas}


def changed(**columns):
    return FRAME.assign(**columns)


def at(values, row, value):
    values = pd.Series(values, dtype=object)
    values[row] = value
    return values


def one_sentence(error, words):
    message = str(error.value)
    assert words in message, message
    assert "\n" not in message and len(message) < 450 and not message.endswith(".")


# Settings of the estimator, before any data are seen

SETTINGS = {
    "kinds as a list": ({"columns": ["age"]}, "columns must give kinds by name, as in {'age': 'count'} or age=count"),
    "kinds as a number": ({"columns": 3}, "columns must give kinds by name"),
    "a kind that is a number": ({"columns": {"age": 3}}, "got {'age': 3}"),
    "a kind that is None": ({"columns": {"age": None}}, "got {'age': None}"),
    "a kind without a column": ({"columns": "=count"}, "got '=count'"),
    "a column without a kind": ({"columns": "age="}, "got 'age='"),
    "a column alone": ({"columns": "pet=id,age"}, "got 'age'"),
    "no kinds": ({"columns": ""}, "columns must give kinds by name"),
    "a column named twice": ({"columns": "age=count,age=real"}, "columns names 'age' twice; give each column one kind"),
    "markers by name": ({"missing": {"age": -1}}, "missing must be 'ignore', 'informative', or values that stand for"),
    "a truth value as marker": ({"missing": True}, "got True"),
    "lists of markers": ({"missing": [["-1"]]}, "got [['-1']]"),
    "a slip in a word": ({"missing": "informativ"}, "unknown missing 'informativ'; did you mean 'informative'?"),
    "a capital": ({"missing": "Ignore"}, "did you mean 'ignore'?"),
    "a rule that is a number": ({"rules": 3}, "rules must be rules as text, such as 'start <= end'; got 3"),
    "rules by name": ({"rules": {"age": "> 0"}}, "rules must be rules as text"),
    "rules that are numbers": ({"rules": [3]}, "got [3]"),
    "what the decoder sees": ({"decoder_sees": "all"}, "unknown decoder_sees 'all'; known: any, auto, before, none"),
    "a decoder that sees nothing": ({"decoder_sees": None}, "did you mean 'none'?"),
    "latents in words": ({"latent_dim": "two"}, "latent_dim must be an integer of at least 1, or 'auto'; got 'two'"),
    "latents as a fraction": ({"latent_dim": 2.0}, "or 'auto'; got 2.0"),
    "no latents": ({"latent_dim": None}, "or 'auto'; got None"),
}


@pytest.mark.parametrize(("settings", "words"), SETTINGS.values(), ids=SETTINGS)
def test_settings(settings, words):
    with pytest.raises(InputError) as error:
        check_values(settings)
    one_sentence(error, words)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("age=count, when=datetime(format='%d/%m/%Y')", {"age": "count", "when": "datetime(format='%d/%m/%Y')"}),
        ("age=bounded(low=0, high=120),pet=id", {"age": "bounded(low=0, high=120)", "pet": "id"}),
        ("pet=category(other=true)", {"pet": "category(other=true)"}),
        ("size=S < M < L", {"size": "S < M < L"}),
        ("a=b=count", {"a=b": "count"}),
        ({"size": ("S", "M", "L")}, {"size": ["S", "M", "L"]}),
        ({("a", 1): "count", 3: "real"}, {"a.1": "count", "3": "real"}),
    ],
    ids=str,
)
def test_kinds_are_read_from_text_and_by_any_name(given, read):
    assert check_values({"columns": given})["columns"] == read


def test_markers_are_numbers_texts_and_dates():
    given = (-999, "n.a.", None, np.nan, dt.date(1900, 1, 1), "informative")
    assert check_values({"missing": given})["missing"] == ["-999", "n.a.", "1900-01-01", "informative"]
    when = pd.Series(FRAME["born"]).where(FRAME.index != 3, pd.Timestamp("1900-01-01"))
    for make in LIBRARIES.values():
        codes = Schema.of_table(make(changed(born=when)), missing=["1900-01-01"]).encode(make(changed(born=when)))
        assert np.isnan(codes[3, 4]) and np.isfinite(np.delete(codes[:, 4], 3)).all()


# Settings that do not fit the columns

KINDS = {
    "low end in words": ({"age": "bounded(low='a')"}, "low of columns['age'] must be a number; got 'a'"),
    "ends the wrong way round": (
        {"age": "bounded(low=9, high=5)"},
        "low of columns['age'] must be below high; got 9 and",
    ),
    "other in words": (
        {"pet": "category(other=perhaps)"},
        "other of columns['pet'] must be true or false; got 'perhaps'",
    ),
    "levels as a number": (
        {"pet": "category(levels=3)"},
        "levels of columns['pet'] must be at least two levels, as in",
    ),
    "one level": ({"pet": ["cat"]}, "must be at least two levels"),
    "no levels": ({"pet": []}, "must be at least two levels"),
    "levels of another type": ({"age": ["young", "old"]}, "names the level 'young', but the column holds numbers"),
    "a format that is none": (
        {"born": "datetime(format=3)"},
        "format of columns['born'] must be one of strptime such as",
    ),
    "a format of text for numbers": (
        {"age": "datetime(format='%Y')"},
        "holds numbers, whose format is %Y%m%d, %Y%m, unix s",
    ),
    "a setting without its name": (
        {"pet": "count(1)"},
        "nor one with named settings as in bounded(low=0); known: ignore",
    ),
    "an empty kind": ({"pet": ""}, "columns['pet'] is '', which is no kind of column"),
    "gaps as a kind": ({"age": "gap"}, "unknown kind of column 'age': 'gap'; known: boolean, bounded"),
    "the dtype as a kind": ({"age": "int64"}, "unknown kind of column 'age': 'int64'"),
    "dates as numbers": (
        {"born": "real"},
        "column 'born' is datetime.datetime(2021, 9, 28, 0, 0) in row 0, which is no",
    ),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("kinds", "words"), KINDS.values(), ids=KINDS)
def test_kinds(kinds, words, library):
    with pytest.raises(InputError) as error:
        Schema.of_table(LIBRARIES[library](FRAME), kinds)
    one_sentence(error, words)


def test_levels_of_numbers_may_be_named_as_text():
    schema = Schema.of_table(FRAME.assign(stars=FRAME["age"] % 3 + 1), {"stars": "1 < 2 < 3"})
    assert schema.levels[-1] == 3 and schema.decode(schema.encode(FRAME.assign(stars=2)))["stars"].eq(2).all()


# Values that cannot be used

BIG = [10**30 + i for i in range(N)]
VALUES = {
    "a word among numbers in text": (
        at([str(i / 7) for i in range(N)], 5, "unknown"),
        "column 'x' mixes numbers with text ('unknown' in row 5); call such cells gaps with missing=['unknown'], corre",
    ),
    "infinity in text": (at([str(i / 7) for i in range(N)], 5, "inf"), "mixes numbers with text ('inf' in row 5)"),
    "some dates without a time": (
        at([f"{day}T10:00:00" for day in DAYS], 7, "2020-01-01"),
        "writes dates in several forms, such as '2020-01-01T10:00:00', and '2020-01-01' in row 7; write all alike",
    ),
    "some dates without an offset": (
        at([f"{day}T10:00:00+02:00" for day in DAYS], 7, "2020-01-01T10:00:00"),
        "'2020-01-01T10:00:00' in row 7; write all alike, all or none with an offset from UTC",
    ),
    "a month 13": (
        at(DAYS, 4, "2020-13-01"),
        "is '2020-13-01' in row 4, which is no date; correct it, or call it a gap",
    ),
    "a date of zeros": (at(DAYS, 4, "0000-00-00"), "is '0000-00-00' in row 4, which is no date"),
    "an hour 25": (at([f"{day}T10:00" for day in DAYS], 2, "2020-01-01T25:00"), "'2020-01-01T25:00' in row 2"),
    "a 31st of February": (
        at([f"{1 + i % 28:02d}.{1 + i % 12:02d}.2020" for i in range(N)], 9, "31.02.2020"),
        "is '31.02.2020' in row 9, which is no date",
    ),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("values", "words"), VALUES.values(), ids=VALUES)
def test_values(values, words, library):
    with pytest.raises(InputError) as error:
        Schema.of_table(LIBRARIES[library](FRAME.assign(x=list(values))))
    one_sentence(error, words)


OBJECTS = {
    "integers beyond 64 bits": (
        BIG,
        "column 'x' is 1000000000000000000000000000000 in row 0, an integer beyond 64 bits",
    ),
    "integers beyond floats": ([10**400 + i for i in range(N)], "an integer beyond 64 bits; make the column text"),
    "truth values among numbers": ([True, False, 2, 3] * 25, "mixes numbers with booleans (True in row 0"),
    "numbers among dates": (at(FRAME["born"], 3, 7), "mixes dates with numbers (7 in row 3)"),
    "infinite": (at(FRAME["weight"], 3, -np.inf), "column 'x' is infinite in row 3; put a number there, or leave the"),
}


@pytest.mark.parametrize(("values", "words"), OBJECTS.values(), ids=OBJECTS)
def test_objects(values, words):
    with pytest.raises(InputError) as error:
        Schema.of_table(FRAME.assign(x=list(values)))
    one_sentence(error, words)


def test_what_is_ignored_may_be_anything():
    for values in (BIG, [True, 2, "a", None] * 25):
        assert Schema.of_table(FRAME.assign(x=values), {"x": "ignore"}).overview()["kind"].iloc[-1] == "ignore"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (FRAME.set_axis([1, "1", 2, 3, 4], axis=1), "two columns of x are called '1' as text"),
        (pa.Table.from_arrays([pa.array([1, 2])] * 2, names=["a", "a"]), "two columns of x have the same name, 'a'"),
        (pa.table({"a": pa.nulls(9), "b": [0.5 * i for i in range(9)]}), "column 'a' holds nothing but gaps; leave it"),
        (pl.DataFrame({"a": [[1]] * 9, "b": [1] * 9}), "no column of x can be modeled: 'a' is ignore, 'b' is constant"),
        (FRAME.to_dict("list"), "expected a table x of shape (rows, columns); got shape ()"),
    ],
    ids=["1 and '1'", "arrow, twice", "arrow nulls", "polars lists", "a dict"],
)
def test_tables(table, words):
    with pytest.raises(InputError) as error:
        Schema.of_table(table)
    one_sentence(error, words)


# Rules

RULES = {
    "an unknown column": ("aeg < 5", "unknown column in rule 'aeg < 5': 'aeg'; did you mean 'age'?"),
    "no rule": ("age", "rule 'age' is no comparison; write rules as in"),
    "half a rule": ("age < ", "rule 'age < ' cannot be read"),
    "an empty rule": ("", "rule '' cannot be read"),
    "or": ("pet == 'cat' or pet == 'dog'", "is no comparison"),
    "a power": ("age ** 2 < 9", "holds 'age ** 2'; use names of columns, numbers, text in quotes and + - * /"),
    "an infinite end": ("age < 1e999", "holds a number that is too large; leave such an end out"),
    "code": ("__import__('os')", "unknown function in rule"),
    "a number beside a date": ("age <= born", "compares a number with a date; convert one of the columns first"),
    "text in order": ("pet < 'cow'", "text has no order; use == or !="),
    "no date": ("born >= '2020-13-01'", "'2020-13-01' is not a date; write it as in '2020-01-31'"),
    "one column of a combination": ("combination(pet)", "combination takes at least 2 different columns"),
    "rows that break it": (
        "age < 5",
        "of 100 training rows break rule 'age < 5' (rows 0, 1, 2, …); correct or drop them",
    ),
    "repeated keys": ("unique(pet)", "97 of 100 training rows break rule 'unique(pet)'"),
    "against itself": ("age > 0 and age < 0", "no row can satisfy rule 'age > 0 and age < 0'; correct it"),
    "against each other": (["age <= 10", "age >= 50"], "rules 'age <= 10' and 'age >= 50' contradict each other"),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("rules", "words"), RULES.values(), ids=RULES)
def test_rules(rules, words, library):
    with pytest.raises(InputError) as error:
        Schema.of_table(LIBRARIES[library](FRAME), rules=[rules] if isinstance(rules, str) else rules)
    one_sentence(error, words)


def test_rules_of_an_array():
    with pytest.raises(InputError) as error:
        Schema.of_table(FRAME[["age", "weight"]].to_numpy(float), rules=["age < 5"])
    one_sentence(error, "rules name columns, but X is an array without names; pass a data frame")


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (range(6), "`1` <= `5`"),
        (pd.MultiIndex.from_product([["a"], list("uvwxyz")], names=["first", None]), "`a.v` <= `a.z`"),
    ],
    ids=["numbers", "several levels"],
)
def test_rules_of_columns_with_other_names_than_text(names, rule):
    frame = FRAME.assign(more=FRAME["age"] + RNG.integers(0, 5, N)).set_axis(names, axis=1)
    schema = Schema.of_table(frame, rules=[rule])
    again = Schema.from_config(schema.to_config())
    pd.testing.assert_frame_equal(again.decode(again.encode(frame), frame.index), frame)
    gaps = frame.copy()
    gaps.iloc[:5, 0] = None
    pd.testing.assert_frame_equal(again.fill(gaps, again.encode(frame)), frame)


def test_rules_know_the_markers_of_gaps():
    frame = changed(low=FRAME["age"].where(FRAME.index > 3, 999), high=FRAME["age"] + RNG.integers(0, 5, N))
    codes = Schema.of_table(frame, missing=["999"], rules=["low <= high"]).encode(frame)
    assert np.isnan(codes[:4]).any(axis=1).all() and np.isfinite(codes[4:]).all()


@pytest.mark.parametrize("more", [1, np.where(np.arange(N) % 2, 0.0, 1.5), -3], ids=["constant", "ties", "negative"])
def test_rules_of_columns_that_are_equal_or_apart_by_one_number(more):
    frame = changed(more=FRAME["weight"] + more)
    rule = "more <= weight" if np.max(more) < 0 else "weight <= more"
    schema = Schema.of_table(frame, rules=[rule])
    pd.testing.assert_frame_equal(schema.decode(schema.encode(frame), frame.index), frame)


# Conditions

GROUP = pd.get_dummies(pd.Series(RNG.choice(list("abc"), N)), prefix="g")
TABLE = FRAME.assign(
    size=pd.Categorical(RNG.choice(["S", "M", "L"], N), ["S", "M", "L"], ordered=True),
    wait=pd.to_timedelta(RNG.integers(2, 99, N), "h"),
    day=FRAME["born"].dt.strftime("%Y%m%d").astype(int),
    one=1,
    id=np.arange(N) * 7 + 3,
).join(GROUP)
SCHEMA = Schema.of_table(TABLE)
GIVEN = {
    "no names": ("pet=cat", "given must name columns, as in given={'age': (50, 60)}; got 'pet=cat'"),
    "a column that is not there": ({"Pet": "cat"}, "unknown column in given 'Pet'; did you mean 'pet'?"),
    "a level that is not there": ({"pet": "emu"}, "given['pet'] must be a label among 'cat', 'dog', 'owl'; got 'emu'"),
    "a level among others": ({"pet": ["cat", "emu"]}, "got 'emu'"),
    "no level": ({"pet": []}, "given['pet'] allows no value; name at least one"),
    "a gap": ({"pet": None}, "given['pet'] holds a gap; name a value"),
    "a range of labels": (
        {"pet": ("cat", "dog")},
        "must be one of 'cat', 'dog', 'owl', or a list of them; got ('cat', ",
    ),
    "a number beyond the range": ({"age": 200}, "no row can have 'age' 200; the training rows have 1 to 89"),
    "infinity": ({"age": np.inf}, "no row can have 'age' inf"),
    "a fraction of a whole number": ({"age": 5.4}, "no row can have 'age' 5.4; the nearest value is 5"),
    "a word for a number": ({"age": "old"}, "given['age'] must be a number; got 'old'"),
    "a list of numbers": ({"age": [5, 6]}, "given['age'] must be a value or a range (low, high), as it is no label"),
    "three ends": ({"age": (1, 2, 3)}, "given['age'] must be a value or a range (low, high); got (1, 2, 3)"),
    "ends the wrong way round": ({"age": (60, 50)}, "no row can have 'age' from 60 to 50"),
    "a range above": ({"age": (100, None)}, "no row can have 'age' from 100 up; the training rows have 1 to 89"),
    "a range below": ({"age": (None, -5)}, "no row can have 'age' up to -5"),
    "an end that is no number": ({"age": ("young", 5)}, "given['age'] must be a number; got 'young'"),
    "an end that is a gap": ({"age": (np.nan, 5)}, "given['age'] holds a gap; name a value"),
    "a slice": ({"age": slice(5, 9)}, "given['age'] must be a number; got slice(5, 9, None)"),
    "no date": ({"born": "soon"}, "given['born'] must be a date; got 'soon'"),
    "a month 13": ({"born": ("2020-13-01", None)}, "given['born'] must be a date; got '2020-13-01'"),
    "a date too early": ({"born": "1990-01-01"}, "no row can have 'born' '1990-01-01'; the training rows have 2020-"),
    "no day": ({"day": 20209999}, "given['day'] must be a date; got 20209999"),
    "a number for a duration": ({"wait": 5}, "given['wait'] must be a length of time; got 5"),
    "a level that does not exist": (
        {"size": ("S", "XL")},
        "given['size'] must be a label among 'S', 'M', 'L'; got 'XL'",
    ),
    "levels the wrong way round": (
        {"size": ("L", "S")},
        "no row can have 'size' from L to S; the training rows have S",
    ),
    "another constant": ({"one": 2}, "no row can have 'one' 2; it is 1 in all training rows"),
    "a key": ({"id": 3}, "column 'id' is of kind 'id', no part of the model; leave it out of given"),
    "half a dummy": ({"g_a": 0.5}, "given['g_a'] must be true or false; got 0.5"),
    "two dummies at once": ({"g_a": 1, "g_b": 1}, "exactly one of 'g_a', 'g_b', 'g_c' is set in every row"),
    "no dummy": ({"g_a": 0, "g_b": 0, "g_c": 0}, "exactly one of 'g_a', 'g_b', 'g_c' is set in every row"),
    "a dummy beside its group": ({"g_a": 1, "g_a | g_b | g_c": ["g_b", "g_c"]}, "no row can meet all of {'g_a': 1, "),
    "a dummy that is not there": ({"g_a | g_b | g_c": "g_d"}, "must be one of 'g_a', 'g_b', 'g_c'; got 'g_d'"),
}


@pytest.mark.parametrize(("given", "words"), GIVEN.values(), ids=GIVEN)
def test_conditions(given, words):
    with pytest.raises(InputError) as error:
        read_conditions(SCHEMA, given)
    one_sentence(error, words)


def test_conditions_take_what_people_write():
    feature = {column.name: int(column.features[0]) for column in SCHEMA.table.modeled}
    group = feature["g_a | g_b | g_c"]
    ways = {"g_b": True}, {"g_b": 1}, {"g_b": "1"}, {"g_b": "True"}, {"g_a | g_b | g_c": "g_b"}, {"g_a": 0, "g_c": "0"}
    for given in (*ways, {"g_c": False, "g_a | g_b | g_c": ["g_b", "g_c"]}):
        x, observed, event = read_conditions(SCHEMA, given)
        assert x[group] == 1 and observed[group] and event is None
    _, observed, event = read_conditions(SCHEMA, {"g_b": False, "one": 1})
    assert not observed.any() and event.allowed[group, :3].tolist() == [True, False, True]
    for value in (20200505, "20200505", "2020-05-05", pd.Timestamp("2020-05-05"), dt.date(2020, 5, 5)):
        x, _, _ = read_conditions(SCHEMA, {"day": value})
        assert x[feature["day"]] == (pd.Timestamp("2020-05-05") - FRAME["born"].min()).days


def test_conditions_of_a_column_that_follows_from_others():
    frame = FRAME.assign(more=FRAME["age"] + RNG.integers(0, 5, N))
    schema = Schema.of_table(frame, rules=["age <= more"])
    with pytest.raises(InputError) as error:
        read_conditions(schema, {"more": 5})
    one_sentence(error, "given cannot name 'more', which rule 'age <= more' computes from")


def test_conditions_of_an_array():
    with pytest.raises(InputError) as error:
        read_conditions(Schema.of(FRAME[["age", "weight"]].to_numpy(float)), {"age": 3})
    one_sentence(error, "given= is for models of tables with names; this one was fitted to an array")


# Files of other programs


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("rows.xlsx", "pandas.read_excel('rows.xlsx').to_csv('rows.csv', index=False)"),
        ("rows.feather", "pandas.read_feather('rows.feather').to_parquet('rows.parquet')"),
        ("rows.jsonl", "pandas.read_json('rows.jsonl', lines=True).to_parquet('rows.parquet')"),
        ("rows.json", "pandas.read_json('rows.json').to_parquet('rows.parquet')"),
        ("rows.dta", "pandas.read_stata('rows.dta').to_parquet('rows.parquet')"),
        ("rows.pkl", "pandas.read_pickle('rows.pkl').to_parquet('rows.parquet')"),
        ("rows.mat", "numpy.save('rows.npy', scipy.io.loadmat('rows.mat')['NAME'])"),
        ("rows.h5", "numpy.save('rows.npy', h5py.File('rows.h5')['NAME'][:])"),
    ],
)
def test_files_of_other_programs_come_with_the_line_that_reads_them(tmp_path, monkeypatch, name, line):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(InputError) as error:
        load(name)
    one_sentence(error, f"; write it again, as in {line}")


@pytest.mark.parametrize("change", [{"pet": ["cat", "dog"] * 50}, {"y": [None, 0.5] * 50}], ids=["text", "gaps"])
def test_large_parquet_of_kinds_or_gaps_is_read_into_memory_or_refused(tmp_path, monkeypatch, change):
    numbers = pd.DataFrame(RNG.normal(size=(N, 2)), columns=["x", "y"])
    numbers.to_parquet(tmp_path / "numbers.parquet")
    numbers.assign(**change).to_parquet(tmp_path / "rows.parquet")
    monkeypatch.setattr(tables, "ON_DISK_BYTES", 1)
    assert not isinstance(load(tmp_path / "numbers.parquet").x, pd.DataFrame)
    rows = load(tmp_path / "rows.parquet").x
    assert is_table_of_kinds(rows) and list(rows) == list(numbers.assign(**change))
    monkeypatch.setattr(tables, "_MOST_IN_MEMORY", 1)
    with pytest.raises(InputError) as error:
        load(tmp_path / "rows.parquet")
    name = next(iter(change))
    assert f"column {name!r} of" in str(error.value) and f"--drop {name}" in str(error.value)


def test_gaps_of_arrays_on_disk(tmp_path, monkeypatch):
    np.save(tmp_path / "rows.npy", np.where(RNG.random((N, 2)) < 0.1, np.nan, 0.5 * np.arange(2 * N).reshape(N, 2)))
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert is_table_of_kinds(rows) and np.isnan(Schema.of_table(rows).encode(rows)).any()
    monkeypatch.setattr(memory_mapped, "ON_DISK_BYTES", 1)
    assert not is_table_of_kinds(rows)
    with pytest.raises(InputError) as error:
        Schema.of(keep_on_disk(as_array(rows)[0]))
    one_sentence(error, "remove or fill them first, since only tables in memory may have gaps")


# The page


def page_rows() -> Iterator[str]:
    """Rows of the page: what is wrong, what was typed, what elbax says."""
    calls = []
    for name, (settings, _) in SETTINGS.items():
        typed = ", ".join(f"{key}={value!r}" for key, value in settings.items())
        calls.append((name, f"VAE({typed})", lambda settings=settings: check_values(settings)))
    for name, (kinds, _) in KINDS.items():
        calls.append((name, f"VAE(columns={kinds!r})", lambda kinds=kinds: Schema.of_table(FRAME, kinds)))
    for name, (values, _) in {**VALUES, **OBJECTS}.items():
        frame = FRAME.assign(x=list(values))
        calls.append((name, "VAE().fit(frame)", lambda frame=frame: Schema.of_table(frame)))
    for name, (rules, _) in RULES.items():
        own = [rules] if isinstance(rules, str) else rules
        calls.append((name, f"VAE(rules={own!r})", lambda own=own: Schema.of_table(FRAME, rules=own)))
    for name, (given, _) in GIVEN.items():
        calls.append((name, f"vae.sample(given={given!r})", lambda given=given: read_conditions(SCHEMA, given)))
    for name, typed, call in calls:
        try:
            call()
        except InputError as error:
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in (name, f"`{typed}`", str(error))) + " |"


def test_the_page_has_what_elbax_says():
    page = PAGE.read_text()
    assert all(row in page for row in page_rows()), "run python tests/data/test_bad_tables.py"
    assert page.count("\n|") > 90


if __name__ == "__main__":
    source = Path(__file__).relative_to(PAGE.parents[1])
    lines = ["# Bad tables and what elbax says", "", f"Written by `python {source}`; every row is a test.", ""]
    lines += ["| what is wrong | typed | message |", "|---|---|---|", *page_rows()]
    PAGE.write_text("\n".join(lines) + "\n")
