"""Tables with kinds and gaps: names, libraries, gaps in whatever box, one-hot groups, and what cannot be used."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from elbax.data import Schema, choose_likelihood, is_table_of_kinds
from elbax.errors import InputError

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
GROUP = pd.get_dummies(pd.Series(RNG.choice(list("abcd"), N)), prefix="g")


def kinds_of(frame, **options):
    overview = Schema.of_table(frame, **options).overview()
    return dict(zip(overview["column"], overview["kind"], strict=True))


def test_codes_are_positions_values_and_steps():
    schema = Schema.of_table(FRAME)
    codes = schema.encode(FRAME)
    assert schema.kinds == ("category", "count", "real", "boolean", "datetime")
    assert schema.levels == (3, 0, 0, 2, 0)
    np.testing.assert_array_equal(codes[:, 0], FRAME["pet"].map({"cat": 0, "dog": 1, "owl": 2}))
    np.testing.assert_array_equal(codes[:, [1, 2, 3]], FRAME[["age", "weight", "tame"]].to_numpy(float))
    np.testing.assert_array_equal(codes[:, 4], (FRAME["born"] - FRAME["born"].min()).dt.days)
    assert schema.level_name(0, 1) == "dog" and schema.describe(4) == "column 'born'"


def test_the_summary_is_that_of_observed_cells():
    frame = FRAME.assign(age=FRAME["age"].where(FRAME["age"] < 50), weight=FRAME["weight"].where(FRAME["tame"]))
    schema = Schema.of_table(frame)
    summary = schema.summary
    assert summary.mean[1] == pytest.approx(frame["age"].mean()) and summary.maximum[1] < 50
    assert summary.std[2] == pytest.approx(frame["weight"].std(ddof=0))
    assert summary.grids[1].n == frame["age"].notna().sum() and summary.grids[0].size == 3
    likelihood, reason = choose_likelihood(schema)
    assert sum(len(columns) for _, columns in likelihood.for_columns(5)) == 5, reason


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "arrow"])
def test_columns_are_found_by_name_and_come_back_in_the_order_of_fit(make):
    schema = Schema.of_table(make(FRAME))
    codes = schema.encode(FRAME)
    np.testing.assert_array_equal(schema.encode(make(FRAME[FRAME.columns[::-1]])), codes)
    assert type(schema.decode(codes)) is type(make(FRAME))


@pytest.mark.parametrize(
    "columns",
    [
        [3, 1, 4, 15, 9],
        pd.MultiIndex.from_product([["a"], list("uvwxy")], names=["first", "second"]),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 1)]),
        pd.Index([1.5, 2.5, 3.5, 4.5, 5.5], name="dose"),
        ["a b", "", "ü", "a.b", "a_b"],
        [("t", 0), "b", 3, "d", "e"],
    ],
    ids=str,
)
def test_names_of_all_sorts_come_back(columns):
    frame = FRAME.set_axis(columns, axis=1)
    schema = Schema.from_config(json.loads(json.dumps(Schema.of_table(frame).to_config())))
    pd.testing.assert_frame_equal(schema.decode(schema.encode(frame), frame.index), frame)


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2020", periods=N),
        pd.MultiIndex.from_product([range(10), range(10)]),
        pd.Index(np.zeros(N)),
        pd.Index([f"r{i}" for i in range(N)], name="row"),
    ],
    ids=lambda index: type(index).__name__,
)
def test_an_index_is_kept(index):
    frame = FRAME.set_axis(index, axis=0)
    schema = Schema.of_table(frame)
    pd.testing.assert_frame_equal(schema.decode(schema.encode(frame), frame.index), frame)


BOXES = {
    "K6: Int64": pd.array([1, 2, None, 7] * 25, dtype="Int64"),
    "K6: objects": pd.Series([1, 2, None, 7] * 25, dtype=object),
    "NA objects": pd.Series([1, 2, pd.NA, 7] * 25, dtype=object),
    "NaN": np.array([1, 2, np.nan, 7] * 25),
    "K6: text": ["1", "2", "", "7"] * 25,
    "question mark": ["1", "2", "?", "7"] * 25,
    "spaces": ["1", "2", "  ", "7"] * 25,
    "marker": [1, 2, -999, 7] * 25,
    "text marker": ["1", "2", "n.a.", "7"] * 25,
    "categories": pd.Categorical([1, 2, None, 7] * 25),
    "arrow": pd.array([1, 2, None, 7] * 25, dtype="int64[pyarrow]"),
    "float": pd.array([1, 2, None, 7] * 25, dtype="Float64"),
}


@pytest.mark.parametrize("values", BOXES.values(), ids=BOXES)
def test_a_gap_is_a_gap_in_every_box(values):
    frame = pd.DataFrame({"n": values, "x": RNG.normal(size=N)})
    schema = Schema.of_table(frame, missing=[-999, "n.a."])
    codes = schema.encode(frame)
    assert schema.levels == (3, 0)
    np.testing.assert_array_equal(codes[:, 0], [0, 1, np.nan, 2] * 25)
    assert schema.overview()["gaps"].tolist() == [0.25, 0]
    back = schema.decode(codes, frame.index)["n"]
    observed = np.arange(N) % 4 != 2
    pd.testing.assert_series_equal(back[observed], frame["n"][observed], check_dtype=False)


@pytest.mark.parametrize(
    "array",
    [
        np.where(RNG.random((N, 3)) < 0.2, np.nan, RNG.normal(size=(N, 3))),
        np.where(RNG.random((N, 3)) < 0.2, np.nan, RNG.normal(size=(N, 3))).astype(np.float32),
        np.array([["a", 1, None], ["b", 2.5, 3], [None, 1, 4]] * 10, object),
        np.array([["a", "b"], ["c", "b"], ["a", "d"]]),
    ],
    ids=["floats", "single", "objects", "text"],
)
def test_arrays_with_gaps_are_tables_without_names(array):
    assert is_table_of_kinds(array)
    schema = Schema.from_config(json.loads(json.dumps(Schema.of_table(array).to_config())))
    back = schema.decode(schema.encode(array))
    assert back.dtype == array.dtype and schema.columns is None and schema.describe(1) == "column 1"
    np.testing.assert_array_equal(back, array)


def test_masked_cells_are_gaps():
    array = np.ma.masked_greater(RNG.normal(size=(N, 2)), 1)
    codes = Schema.of_table(array).encode(array)
    np.testing.assert_array_equal(np.isnan(codes), array.mask)


def test_a_row_may_hold_nothing_but_gaps():
    frame = FRAME.astype({"age": float, "tame": "boolean"})
    frame.loc[7] = [None, None, None, pd.NA, pd.NaT]
    codes = Schema.of_table(frame).encode(frame)
    assert np.isnan(codes[7]).all() and not np.isnan(np.delete(codes, 7, axis=0)).any()


def test_which_rows_are_tables_of_kinds():
    real = pd.DataFrame(RNG.normal(size=(N, 2)), columns=["a", "b"])
    assert not is_table_of_kinds(real) and not is_table_of_kinds(real.to_numpy())
    assert not is_table_of_kinds(real.assign(c=1.0)) and not is_table_of_kinds(real + 100)
    assert is_table_of_kinds(real, columns={"a": "real"}) and is_table_of_kinds(real, missing=["-1"])
    assert is_table_of_kinds(real.assign(a=real["a"].where(real["a"] < 1)))
    for column in FRAME:
        if column != "weight":
            assert is_table_of_kinds(real.join(FRAME[column])), column
    gray = np.minimum(RNG.integers(0, 400, (N, 16)), 255)
    assert not is_table_of_kinds(pd.DataFrame(gray))
    assert not is_table_of_kinds(np.eye(4)) and not is_table_of_kinds(np.full((3, 2, 2), np.nan))


def test_gaps_are_filled_and_other_cells_stay():
    frame = FRAME.assign(weight=FRAME["weight"].where(FRAME["weight"] < 10), pet=FRAME["pet"].where(FRAME["age"] > 20))
    frame = frame.assign(id=np.arange(N), note=None)
    schema = Schema.of_table(frame, columns={"note": "ignore"})
    codes = schema.encode(frame)
    codes[np.isnan(codes)] = 1
    shuffled = frame[frame.columns[::-1]].set_axis(np.arange(N) * 3, axis=0)
    filled = schema.table.fill(shuffled, codes)
    assert filled["pet"][frame["pet"].isna().to_numpy()].eq("dog").all()
    assert filled["weight"][frame["weight"].isna().to_numpy()].eq(1).all()
    pd.testing.assert_frame_equal(filled.drop(columns=["pet", "weight"]), shuffled.drop(columns=["pet", "weight"]))
    other = schema.table.fill(pl.from_pandas(frame.drop(columns="note")), codes)
    assert isinstance(other, pl.DataFrame) and other["pet"].to_list() == filled["pet"].tolist()
    array = np.where(RNG.random((N, 2)) < 0.2, np.nan, RNG.normal(size=(N, 2)))
    schema = Schema.of_table(array)
    np.testing.assert_array_equal(schema.table.fill(array, np.zeros((N, 2))), np.nan_to_num(array))


# One-hot groups


@pytest.mark.parametrize("dtype", [bool, int, np.uint8, float, "boolean", "Int64", "Sparse[bool]"], ids=str)
def test_columns_of_which_one_is_set_are_one_category(dtype):
    frame = FRAME.join(GROUP.astype(dtype))
    schema = Schema.from_config(json.loads(json.dumps(Schema.of_table(frame).to_config())))
    codes = schema.encode(frame)
    assert schema.kinds[-1] == "onehot" and schema.levels[-1] == 4
    assert schema.overview()["column"].tolist()[-1] == "g_a | g_b | g_c | g_d"
    np.testing.assert_array_equal(codes[:, -1], GROUP.to_numpy().argmax(axis=1))
    assert schema.level_name(5, 2) == "g_c"
    pd.testing.assert_frame_equal(schema.decode(codes, frame.index), frame)


def test_groups_are_found_wherever_their_columns_stand():
    other = pd.get_dummies(pd.Series(RNG.choice(list("xyz"), N)), prefix="h").astype(int)
    apart = pd.concat([GROUP.iloc[:, :2], other, FRAME["weight"], GROUP.iloc[:, 2:]], axis=1)
    for frame in (GROUP.join(other), other.join(GROUP), apart):
        assert sorted(kinds_of(frame).values()).count("onehot") == 2
        schema = Schema.of_table(frame)
        pd.testing.assert_frame_equal(schema.decode(schema.encode(frame), frame.index), frame)
    K4 = pd.get_dummies(pd.Series(RNG.choice(list("abcde"), 600))).astype(int)
    assert list(kinds_of(K4).values()) == ["onehot"]
    assert set(kinds_of(pd.DataFrame(RNG.integers(0, 2, (N, 5))).rename(columns=str)).values()) == {"boolean"}


def test_gaps_of_a_group_are_inferred_where_the_others_leave_no_choice():
    group = GROUP.astype(float).to_numpy()
    frame = pd.DataFrame(group, columns=list("abcd"))
    first, second = np.flatnonzero(group[:, 0])[0], np.flatnonzero(group[:, 1])[0]
    frame.loc[first, "a"] = np.nan  # all others are 0
    frame.loc[second, ["a", "c"]] = np.nan  # b is 1
    frame.loc[5] = np.nan
    third = next(row for row in range(6, N) if group[row, 3] and row not in (first, second))
    frame.loc[third, ["c", "d"]] = np.nan  # a and b are 0
    schema = Schema.of_table(frame, columns=dict.fromkeys("abcd", "onehot"))
    codes = schema.encode(frame)[:, 0]
    assert codes[first] == 0 and codes[second] == 1 and np.isnan(codes[[5, third]]).all()
    assert schema.decode(codes[:, None]).iloc[5].isna().all()


# Kinds that the user names


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("count", "count"),
        ("integer", "integer"),
        ("real", "real"),
        ("category", "category"),
        ("ordered", "ordered"),
        ("spiked", "spiked"),
        ("bounded", "bounded"),
        ("bounded(low=0, high=200)", "bounded"),
        ("id", "id"),
        ("text", "text"),
        ("ignore", "ignore"),
    ],
)
def test_a_kind_that_is_named_is_taken(kind, expected):
    schema = Schema.of_table(FRAME, columns={"age": kind})
    assert schema.overview()["kind"][1] == expected and schema.overview()["why"][1] == "chosen"
    back = schema.decode(schema.encode(FRAME), FRAME.index)
    if expected not in ("id", "text", "ignore"):
        pd.testing.assert_frame_equal(back, FRAME)


def test_levels_are_ordered_as_they_are_named():
    frame = pd.DataFrame({"size": RNG.choice(["S", "M", "L"], N), "x": RNG.normal(size=N)})
    for choice in (["S", "M", "L", "XL"], "S < M < L < XL"):
        schema = Schema.of_table(frame, columns={"size": choice})
        assert schema.kinds[0] == "ordered" and schema.levels == (4, 0)
        np.testing.assert_array_equal(schema.encode(frame)[:, 0], frame["size"].map({"S": 0, "M": 1, "L": 2}))


def test_an_other_level_takes_what_fit_had_not_seen():
    schema = Schema.of_table(FRAME, columns={"pet": "category(other=true)"})
    assert schema.levels[0] == 4 and schema.summary.grids[0].size == 4
    codes = schema.encode(FRAME.assign(pet="emu"))
    assert (codes[:, 0] == 3).all() and schema.level_name(0, 3) == "other"
    assert (schema.decode(codes)["pet"] == "other").all()


def test_dates_are_read_in_the_form_that_is_named():
    both = pd.Series(["01/02/2020", "03/07/2020", "05/06/2021"] * 10)
    frame = pd.DataFrame({"when": both, "x": RNG.normal(size=30)})
    assert kinds_of(frame)["when"] == "category"  # the day or the month may be first
    days = Schema.of_table(frame, columns={"when": "date(format='%d/%m/%Y')"})
    months = Schema.of_table(frame, columns={"when": "datetime(format='%m/%d/%Y')"})
    assert days.encode(frame)[1, 0] == 153 and months.encode(frame)[1, 0] == 65
    assert (days.decode(days.encode(frame))["when"] == both).all()
    assert (months.decode(months.encode(frame))["when"] == both).all()


def test_draws_become_values_that_could_occur():
    frame = pd.DataFrame(
        {
            "rain": np.where(RNG.random(N) < 0.6, 0, RNG.gamma(2, 5, N)),
            "visits": RNG.poisson(20, N),
            "share": RNG.beta(0.5, 0.5, N),
            "pay": RNG.lognormal(0, 1, N),
            "height": RNG.normal(9, 1, N).round(1),
            "small": RNG.integers(0, 100, N).astype(np.int8),
        }
    )
    schema = Schema.of_table(frame)
    draws = schema.decode(np.repeat([[-1.3], [0.26], [1e3]], 6, axis=1))
    assert (draws[["rain", "visits", "share", "small"]] >= 0).all(axis=None) and (draws["pay"] > 0).all()
    assert draws["share"].max() == 1 and draws["height"][1] == 0.3 and draws["small"].max() == 127
    assert (draws.dtypes == frame.dtypes).all()


# What cannot be used


def changed(**columns):
    return FRAME.assign(**columns)


def at(value, row=3, column="pet"):
    values = FRAME[column].astype(object)
    values[row] = value
    return values


MANY = pd.DataFrame({"code": [f"c{i % 10_001}" for i in range(30_003)], "x": RNG.normal(size=30_003)})
MOSTLY_DATES = pd.Series(pd.date_range("2020-01-01", periods=N).strftime("%Y%m%d").astype(int))
BAD = {
    "all gaps": (changed(pet=None), {}, r"column 'pet' holds nothing but gaps; leave it out, as in X.drop.*'ignore'"),
    "all blank": (changed(pet="?"), {}, "column 'pet' holds nothing but gaps"),
    "all a marker": (changed(age=-999), {"missing": [-999]}, "column 'age' holds nothing but gaps"),
    "one level": (changed(pet="cat"), {"columns": {"pet": "category"}}, "column 'pet' is 'cat' in every row"),
    "one number": (changed(age=3), {"columns": {"age": "count"}}, "column 'age' is 3 in every row"),
    "nothing varies": (pd.DataFrame({"a": [1] * 9, "b": ["x"] * 9}), {}, "no column of x can be modeled: 'a' is const"),
    "one row": (FRAME.iloc[:1], {"columns": {"weight": "ignore"}}, "no column of x can be modeled"),
    "many levels": (MANY, {}, "column 'code' holds 10,001 different labels, more than 10,000; group the rare"),
    "mixed types": (changed(pet=at(7.5)), {}, r"column 'pet' mixes text with numbers \(7.5 in row 3\); make them all"),
    "text in numbers": (changed(age=at("old", 5, "age")), {}, r"mixes numbers with text \('old' in row 5\)"),
    "booleans in text": (changed(pet=at(True)), {}, r"mixes text with booleans \(True in row 3\)"),
    "dates in numbers": (changed(age=at(pd.Timestamp(0), 5, "age")), {}, "mixes numbers with dates"),
    "no such day": (
        changed(d=MOSTLY_DATES.where(MOSTLY_DATES.index != 4, 20230231)),
        {},
        "20230231 in row 4, which is",
    ),
    "no such day in text": (
        changed(d=MOSTLY_DATES.astype(str).where(MOSTLY_DATES.index != 4, "20230231")),
        {},
        r"column 'd' is '20230231' in row 4, which is no date; correct it, or call .* missing=\['20230231'\]",
    ),
    "no such ISO day": (changed(d=["2023-01-0" + str(i % 8 + 1) for i in range(99)] + ["2023-02-31"]), {}, "in row 99"),
    "a word among dates": (
        changed(d=["2023-01-0" + str(i % 8 + 1) for i in range(99)] + ["soon"]),
        {},
        "'soon' in row",
    ),
    "no date": (
        FRAME,
        {"columns": {"pet": "date"}},
        "column 'pet' is '(cat|dog|owl)' in row 0, which is no date; write",
    ),
    "repeated names": (
        FRAME.set_axis(["a", "b", "a", "c", "d"], axis=1),
        {},
        "two columns of x have the same name, 'a'",
    ),
    "infinite": (changed(weight=at(np.inf, 8, "weight")), {}, "column 'weight' is infinite in row 8"),
    "too large": (changed(weight=at(1e300, 8, "weight")), {}, "column 'weight' has a value beyond ±3.4e38.*in row 8"),
    "complex": (changed(weight=1j), {}, "Complex data not supported: column 'weight'"),
    "unknown column": (FRAME, {"columns": {"aeg": "count"}}, "unknown column in columns= 'aeg'; did you mean 'age'"),
    "unknown kind": (
        FRAME,
        {"columns": {"age": "counts"}},
        "unknown kind of column 'age': 'counts'; did you mean 'count'",
    ),
    "no kind": (FRAME, {"columns": {"age": 3}}, r"columns\['age'\] is 3, which is no kind of column"),
    "unknown setting": (FRAME, {"columns": {"pet": "category(rest=1)"}}, "setting of the kind 'category': 'rest'"),
    "count below 0": (
        changed(age=-FRAME["age"] - 1),
        {"columns": {"age": "count"}},
        "in row 0, so it cannot be 'count'",
    ),
    "fractional count": (FRAME, {"columns": {"weight": "count"}}, "so it cannot be 'count', which needs whole numbers"),
    "positive zero": (
        FRAME.assign(age=0 * FRAME["age"] + np.arange(N)),
        {"columns": {"age": "positive"}},
        "is 0 in row 0",
    ),
    "beyond limits": (
        FRAME,
        {"columns": {"age": "bounded(low=0, high=5)"}},
        "cannot be 'bounded', which needs numbers",
    ),
    "text as number": (FRAME, {"columns": {"pet": "real"}}, "which is no number, so it cannot be 'real'"),
    "number as duration": (FRAME, {"columns": {"age": "duration"}}, "holds no lengths of time"),
    "dates as labels": (FRAME, {"columns": {"born": "category"}}, "holds no labels, so it cannot be 'category'"),
    "no boolean": (FRAME, {"columns": {"pet": "boolean"}}, "holds 3 different values, so it cannot be 'boolean'"),
    "no constant": (FRAME, {"columns": {"pet": "constant"}}, "is not the same in every row"),
    "a level too few": (FRAME, {"columns": {"pet": ["cat", "dog"]}}, "names the levels 'cat', 'dog', but.*is 'owl'"),
    "a level twice": (FRAME, {"columns": {"pet": "cat < dog < cat"}}, "names the level 'cat' twice"),
    "a group of one": (FRAME, {"columns": {"tame": "onehot"}}, "alone cannot be 'onehot'"),
    "no group": (FRAME, {"columns": {"tame": "onehot", "age": "onehot"}}, "a column of a one-hot group is 0 or 1"),
    "lists": (changed(pet=[[1]] * N), {"columns": {"pet": "category"}}, "holds neither numbers nor text nor dates"),
    "series": (FRAME["age"], {}, r"expected a table x of shape \(rows, columns\)"),
    "no rows": (FRAME.iloc[:0], {}, "found 0 sample"),
    "no columns": (FRAME.iloc[:, :0], {}, "found 0 feature"),
    "ragged": ([[1, 2], [3]], {}, "give every row the same length"),
}


@pytest.mark.parametrize(("frame", "options", "words"), BAD.values(), ids=BAD)
def test_a_table_of_no_use_is_named_in_one_sentence(frame, options, words):
    with pytest.raises(InputError, match=words) as error:
        Schema.of_table(frame, **options)
    assert "\n" not in str(error.value) and not str(error.value).endswith(".")


FITTED = Schema.of_table(FRAME.join(GROUP).assign(id=np.arange(N)))
LATER = FRAME.join(GROUP)
BAD_LATER = {
    "missing": (LATER.drop(columns=["age", "pet"]), "X lacks 'pet', 'age'; pass the columns .*, in any order"),
    "surplus": (LATER.assign(more=1), "X has 'more', which fit had not; pass"),
    "renamed": (LATER.rename(columns={"age": "Age"}), "X lacks 'age', and has 'Age', which fit had not"),
    "half a group": (LATER.drop(columns="g_b"), "X lacks 'g_b'"),
    "fewer features": (np.ones((2, 3)), "X has 3 features, but VAE is expecting 10 features"),
    "a new level": (
        LATER.assign(pet=at("emu")),
        "column 'pet' is 'emu' in row 3, which fit had not seen; known: 'cat', ",
    ),
    "text": (LATER.assign(age="old"), "column 'age' is 'old' in row 0; pass a number, as in fit"),
    "dates": (LATER.assign(age=LATER["born"]), "pass a number, as in fit"),
    "infinite": (LATER.assign(weight=np.inf), "column 'weight' is infinite in row 0"),
    "no date": (LATER.assign(born="soon"), "column 'born' is 'soon' in row 0, which is no date"),
    "no date at all": (LATER.assign(born=True), "column 'born' is True in row 0, which is no date"),
    "none set": (
        LATER.assign(g_a=False, g_b=False, g_c=False, g_d=False),
        "none of the columns 'g_a', .* is set in row 0",
    ),
    "all set": (
        LATER.assign(g_a=True, g_b=True, g_c=True, g_d=True),
        "several of the columns 'g_a', .* are set in row 0",
    ),
    "half set": (LATER.assign(g_a=0.5), "column 'g_a' is 0.5 in row 0; a column of a one-hot group is 0 or 1"),
    "a number as boolean": (LATER.assign(tame=3), "column 'tame' is 3 in row 0, which fit had not seen"),
}


@pytest.mark.parametrize(("frame", "words"), BAD_LATER.values(), ids=BAD_LATER)
def test_later_rows_that_do_not_fit_are_named_in_one_sentence(frame, words):
    with pytest.raises(InputError, match=words) as error:
        FITTED.encode(frame)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("tame", FRAME["tame"].map({True: "True", False: "False"})),
        ("tame", FRAME["tame"].astype(float)),
        ("age", FRAME["age"].astype(str)),
        ("age", FRAME["age"].astype(float)),
        ("born", FRAME["born"].dt.strftime("%Y-%m-%d")),
        ("born", FRAME["born"].dt.date),
        ("pet", FRAME["pet"].astype("category")),
    ],
)
def test_later_rows_may_have_other_dtypes(column, values):
    np.testing.assert_array_equal(FITTED.encode(LATER.assign(**{column: values})), FITTED.encode(LATER))


def test_a_damaged_table_is_named():
    config = json.loads(json.dumps(FITTED.to_config()))
    entry = config["table"]["columns"][0]
    for damaged in ({**entry, "kind": "odd"}, {key: value for key, value in entry.items() if key != "values"}):
        table = config["table"] | {"columns": [damaged, *config["table"]["columns"][1:]]}
        with pytest.raises(InputError, match="saved schema is damaged"):
            Schema.from_config(config | {"table": table})
