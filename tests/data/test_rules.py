"""Rules hold exactly in whatever rows a model might draw, and the transform gives training rows back."""

import json

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elbax.data.rules import Rules, parse
from elbax.errors import InputError

DAY = pd.Timedelta(days=1)


def orders(n: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("1965-03-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D")
    place = rng.integers(0, 4, n)
    a, b = rng.integers(0, 50, n), rng.integers(0, 20, n)
    frame = pd.DataFrame(
        {
            "id": np.arange(n) + 100,
            "start": start,
            "end": start + pd.to_timedelta(rng.integers(0, 30, n), unit="D"),
            "a": a,
            "b": b,
            "total": a + b,
            "net": np.round(rng.uniform(1, 9, n), 2),
            "age": rng.integers(0, 99, n),
            "city": np.array(["Ulm", "Bonn", "Ulm|2", "Graz"])[place],
            "state": pd.Categorical(np.array(["DE", "DE", "DE", "AT"])[place]),
        }
    )
    frame["gross"] = np.round(frame["net"] * 1.2, 2)
    frame.loc[::7, "end"] = pd.NaT  # not yet over
    return frame.set_index(pd.Index(range(5, n + 5), name="row"))


RULES = ["start <= end", "a + b == total", "0 <= age <= 120", "combination(city, state)", "net < gross", "unique(id)"]


def shuffled(frame, seed: int):
    """Independent columns: what the worst of models would draw."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: frame[name].to_numpy()[rng.integers(len(frame), size=len(frame))] for name in frame})


def test_training_rows_come_back_as_they_were():
    frame = orders()
    rules = Rules.of(RULES, frame)
    encoded = rules.encode(frame)
    assert list(encoded) == ["id", "start", "end - start", "a", "b", "net", "age", "city × state", "gross - net"]
    assert encoded["end - start"].dtype.kind == "m" and rules.kinds == {
        "gross - net": "positive",
        "city × state": "category",
    }
    back = rules.decode(encoded)
    pd.testing.assert_frame_equal(back, frame, check_exact=False, rtol=1e-12)
    pd.testing.assert_frame_equal(back.drop(columns="gross"), frame.drop(columns="gross"))


@pytest.mark.parametrize("convert", [pl.from_pandas, lambda frame: pl.from_pandas(frame).to_arrow()])
def test_other_libraries(convert):
    frame = convert(orders().reset_index(drop=True))
    rules = Rules.of(RULES, frame)
    back = rules.decode(rules.encode(frame))
    assert type(back) is type(frame) and back.drop(["gross"]).equals(frame.drop(["gross"]))
    assert not rules.violations(back)


@pytest.mark.parametrize("seed", range(3))
def test_rules_hold_in_rows_of_independent_columns(seed):
    frame = orders()
    rules = Rules.of([*RULES[:-1], "age >= 0 and b <= 20", "a < 2 * age + 60"], frame)
    encoded = rules.encode(frame)
    made = rules.decode(shuffled(encoded, seed))
    assert list(made) == list(frame) and list(made.dtypes) == list(frame.dtypes)
    known = made.dropna()
    assert (known["start"] <= known["end"]).all() and (made["a"] + made["b"] == made["total"]).all()
    assert (made["net"] < made["gross"]).all()
    assert set(zip(made["city"], made["state"], strict=True)) <= set(zip(frame["city"], frame["state"], strict=True))
    assert made["end"].isna().mean() == pytest.approx(frame["end"].isna().mean(), abs=0.2)


def test_what_is_not_constructed_is_drawn_again():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [9.0, 8, 7, 6], "k": [1, 2, 3, 4]})
    rules = Rules.of(["a * b <= 24.5", "unique(k)"], frame)
    assert not rules.constructions and rules.encode(frame) is frame
    rng = np.random.default_rng(0)

    def draw(n: int) -> pd.DataFrame:
        return pd.DataFrame({"a": rng.uniform(1, 9, n), "b": rng.uniform(1, 9, n), "k": rng.integers(0, 500, n)})

    held = rules.hold(draw, 200)
    assert len(held) == 200 and not rules.violations(held) and held.index.tolist() == list(range(200))
    with pytest.raises(InputError, match=r"only 500 of .* drawn rows satisfy .*'unique\(k\)', too few for 501"):
        rules.hold(draw, 501)


def test_a_smaller_difference_than_any_seen_is_raised_to_it():
    frame = pd.DataFrame({"low": [1.0, 2.0], "high": [3.0, 6.5]})
    rules = Rules.of("low < high", frame)
    made = rules.decode(pd.DataFrame({"low": [1.0, 2.0], "high - low": [-5.0, 2.5]}))
    assert made["high"].tolist() == [3.0, 4.5]


def test_gaps_that_follow_from_an_equality_are_filled():
    frame = pd.DataFrame({"a": [1.0, np.nan, np.nan], "b": [5.0, 5, np.nan], "total": [6.0, 7, 8]})
    rules = Rules.of("a + b == total", frame)
    encoded = rules.encode(frame)
    assert list(encoded) == ["a", "b"] and encoded["a"].tolist()[:2] == [1, 2]


def test_rows_without_a_column_are_refused_whether_or_not_a_rule_names_it():
    rules = Rules.of(RULES, orders())
    for name in ("age", "a", "city"):
        with pytest.raises(InputError, match=f"X lacks '{name}'; pass the columns"):
            rules.encode(orders().drop(columns=name))


PLACES = {
    "city": ["Ulm", "Bonn", "Graz", None, "Graz", "Bonn", "Ulm", None],
    "state": [*["DE"] * 2, *["AT"] * 2, None, "DE", "DE", None],
}


@pytest.mark.parametrize("convert", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_gaps_in_a_combination_follow_from_its_other_values(convert):
    """An unknown city in Austria is Graz, a city of Graz is in Austria, and an unknown one in Germany Ulm or Bonn."""
    rules = Rules.of("combination(city, state)", convert(PLACES))
    encoded = nw.from_native(rules.encode(convert(PLACES)), eager_only=True)["city × state"].to_list()
    graz = "Graz | AT"
    assert encoded[:7] == ["Ulm | DE", "Bonn | DE", graz, graz, graz, "Bonn | DE", "Ulm | DE"]
    assert encoded[7] in (None, "") or pd.isna(encoded[7])
    rows = convert({"city": [None] * 7, "state": ["DE"] * 6 + [None]})
    filled = convert({"city × state": [graz] * 5 + ["Bonn | DE", graz]})
    made = nw.from_native(rules.fill(rows, filled), eager_only=True)
    assert made["state"].to_list() == ["DE"] * 6 + ["AT"]
    assert sorted(made["city"].to_list()[:4]) == ["Bonn", "Bonn", "Ulm", "Ulm"]  # as often as one another
    assert made["city"].to_list()[5:] == ["Bonn", "Graz"]


def test_a_combination_that_only_has_gaps_beside_a_value_and_gaps_that_inform_are_levels():
    frame = pd.DataFrame(PLACES)
    alone = pd.concat([frame, pd.DataFrame({"city": [None], "state": ["IT"]})], ignore_index=True)
    rules = Rules.of("combination(city, state)", alone)
    assert rules.constructions[0].levels == ("Bonn | DE", "Graz | AT", "Ulm | DE", "– | IT")
    assert rules.encode(alone)["city × state"].iloc[-1] == "– | IT"
    informed = Rules.of("combination(city, state)", frame, informative=True)
    assert {"– | AT", "Graz | –"} < set(informed.constructions[0].levels)
    back = informed.decode(informed.encode(frame))
    assert back.isna().equals(frame.isna())


def test_columns_with_gaps_elsewhere_are_not_computed():
    frame = pd.DataFrame({"start": [1.0, np.nan, 3], "end": [2.0, 5, np.nan]})
    assert not Rules.of("start <= end", frame).constructions


def test_chains_and_shared_columns_are_decoded_in_order():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [2, 2, 9], "c": [5, 6, 9], "d": [7, 8, 18]})
    rules = Rules.of(["a <= b <= c", "d == c + b"], frame)
    assert list(rules.encode(frame)) == ["a", "b - a", "c - b"]
    assert rules.decode(rules.encode(frame)).equals(frame)


def test_settings_go_to_json_and_back():
    frame = orders()
    rules = Rules.of(RULES, frame)
    again = Rules.from_config(json.loads(json.dumps(rules.to_config())), rules.layout)
    assert again.describe() == rules.describe()
    encoded = rules.encode(frame)
    assert again.decode(encoded).equals(rules.decode(encoded)) and again.encode(frame).equals(encoded)


NUMBERS = st.integers(-(10**6), 10**6)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=8),
    st.sampled_from([1, -1]),
    st.sampled_from(["int64", "float64", "datetime64[us]"]),
    st.integers(0, 3),
)
def test_inequalities_and_sums_of_anything(rows, sign, dtype, gaps):
    """Whatever holds in the rows is held by what is decoded, and whole numbers and dates come back exactly."""
    x, y, z = (np.array(column) for column in zip(*rows, strict=True))
    low, high = np.minimum(x, y), np.maximum(x, y)
    frame = pd.DataFrame({"low": low, "high": high, "c": z, "s": sign * low + z})
    frame = frame.astype({"low": dtype, "high": dtype}) if dtype != "datetime64[us]" else frame
    if dtype == "datetime64[us]":
        frame = frame.assign(low=low.astype(dtype), high=high.astype(dtype))[["low", "high"]]
    rules = ["low <= high"] if "s" not in frame else ["low <= high", f"s == {'-' if sign < 0 else ''}low + c"]
    if dtype == "float64":
        frame.loc[: gaps - 1, "high"] = np.nan
    found = Rules.of(rules, frame)
    pd.testing.assert_frame_equal(found.decode(found.encode(frame)), frame)
    made = found.decode(shuffled(found.encode(frame), 0))
    assert not found.violations(made)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("start <= ende", "unknown column in rule 'start <= ende': 'ende'; did you mean 'end'"),
        ("start", "rule 'start' is no comparison"),
        ("a <", "rule 'a <' cannot be read"),
        ("a < b or b < a", "is no comparison"),
        ("__import__('os').system('x') == 1", "use names of columns, numbers, text in quotes"),
        ("a ** 2 < 3", r"holds 'a \*\* 2'"),
        ("1 < 2", "names no column"),
        ("sum(a) < 3", "holds 'sum\\(a\\)'"),
        ("combine(a, b)", "unknown function in rule 'combine\\(a, b\\)': 'combine'; did you mean 'combination'"),
        ("combination(a)", "takes at least 2 different columns"),
        ("unique(a + 1)", "unique takes names of columns"),
        ("start <= a", "compares a date with a number"),
        ("start + end < '2020-01-01'", "computes a date \\+ a date, which makes no sense"),
        ("city < 'Ulm'", "text has no order"),
        ("start >= 'soon'", "'soon' is not a date"),
        ("a <= b", "of 60 training rows break rule 'a <= b'"),
        ("unique(age)", "training rows break rule 'unique\\(age\\)'"),
        (["a < b", "b < a"], "rules 'a < b' and 'b < a' contradict each other: no row can satisfy both"),
        (["a < 2 * b", "b < age", "2 * age <= a"], "contradict each other: no row can satisfy all"),
        ("age < 10 < 5 + 0 * age", "no row can satisfy rule"),
        ("a + 1 == a", "no row can satisfy rule"),
        (3, "a rule is text"),
        (["total == a + b", "total == b + a", "a == total - b"], "cannot be held beside the other rules"),
    ],
)
def test_rules_that_cannot_be_used(texts, message):
    with pytest.raises(InputError, match=message):
        Rules.of([texts] if isinstance(texts, int) else texts, orders())


def test_dates_and_durations_in_rules():
    frame = orders()
    rules = Rules.of(["end - start <= '30 days'", "start >= '1965-01-01'", "end <= start + '40 days'"], frame)
    assert not rules.violations(frame)
    late = frame.assign(end=frame["start"] + 35 * DAY)
    (found,) = rules.violations(late)
    assert found.rule == "end - start <= '30 days'" and len(found.rows) == len(frame)


def test_zones_and_names_with_spaces():
    frame = orders()[["start", "end"]].rename(columns={"end": "the end"})
    frame["start"] = frame["start"].dt.tz_localize("Europe/Berlin")
    frame["the end"] = frame["the end"].dt.tz_localize("UTC") + 2 * DAY
    rules = Rules.of("start < `the end`", frame)
    assert list(rules.encode(frame)) == ["start", "the end - start"]
    pd.testing.assert_frame_equal(rules.decode(rules.encode(frame)), frame)


def test_floats_that_were_rounded_are_equal():
    frame = pd.DataFrame({"a": [0.1, 0.3], "b": [0.2, 0.6], "c": [0.3, 0.9]})
    assert not Rules.of("a + b == c", frame).violations(frame)


def test_a_chain_is_two_rules_of_one_text():
    first, second = parse("0 <= age < 120")
    assert first.text == second.text and not set(first.columns) ^ {"age"} and second.operator == "<"


@pytest.mark.parametrize("convert", [pd.DataFrame, pl.from_pandas])
def test_gaps_of_parts_follow_from_a_sum_that_is_known(convert):
    whole = orders(n=200).reset_index(drop=True).astype({"a": float, "b": float, "total": float})
    whole["end"] = whole["end"].fillna(whole["start"])
    rng, frame = np.random.default_rng(1), whole.copy()
    for name in ("a", "b", "total", "net", "start"):
        frame.loc[rng.random(len(frame)) < 0.4, name] = None
    rules = Rules.of(RULES, convert(frame))
    encoded = Rules.of(RULES, frame).encode(frame)
    draws = {name: encoded[name].dropna().sample(len(frame), replace=True, random_state=0) for name in encoded}
    filled = pd.DataFrame({name: encoded[name].fillna(draws[name].reset_index(drop=True)) for name in encoded})
    made = rules.fill(convert(frame), convert(filled))
    assert not rules.violations(made)
    if convert is pl.from_pandas:
        made = made.to_pandas()
        with pytest.raises(InputError, match="X is of pandas, but with rules it must be of polars"):
            rules.encode(frame)
    known = frame.notna()
    for name in frame:
        assert (made[name].astype(object)[known[name]] == frame[name].astype(object)[known[name]]).all(), name
    assert made.loc[frame["total"].notna(), ["a", "b"]].ge(0).all(axis=None)


def test_conditions_on_combinations_are_on_their_levels():
    rules = Rules.of(RULES, orders())
    assert rules.conditions({"state": "DE", "city": ["Ulm", "Graz"], "age": 3}) == {
        "age": 3,
        "city × state": ["Ulm | DE"],
    }
    numbers = pd.DataFrame({"year": [1, 2, 3], "code": ["a", "a", "b"]})
    assert Rules.of("combination(year, code)", numbers).conditions({"year": (2, None)}) == {
        "year × code": ["2 | a", "3 | b"]
    }


@pytest.mark.parametrize(
    "given, message",
    [
        ({"total": 3}, "given cannot name 'total', which rule 'a \\+ b == total' computes from 'a', 'b'; name these"),
        ({"end": "2020-01-01"}, "given cannot name 'end', .* from 'start', 'end - start'"),
        ({"city": "Rome"}, r"given\['city'\] must be among 'Graz', 'Bonn', 'Ulm', 'Ulm|2'; got 'Rome'"),
        ({"city": "Graz", "state": "DE"}, "no training row has .* together"),
    ],
)
def test_conditions_that_cannot_be_met_are_one_sentence(given, message):
    with pytest.raises(InputError, match=message):
        Rules.of(RULES, orders()).conditions(given)


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S"])
def test_dates_that_are_text_have_an_order_and_come_back_as_text(form):
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(60) * 5, "D")
    end = start + pd.to_timedelta(np.arange(60) % 9, "D")
    frame = pd.DataFrame({"start": start.strftime(form), "end": end.strftime(form), "x": np.arange(60) / 7})
    frame.loc[::11, "end"] = None
    rules = Rules.of(["start <= end", "start >= '2024-01-01'"], frame)
    encoded = rules.encode(frame)
    assert encoded["end - start"].dt.days.max() == 8
    pd.testing.assert_frame_equal(rules.decode(encoded), frame)
    again = Rules.from_config(json.loads(json.dumps(rules.to_config())), rules.layout)
    pd.testing.assert_frame_equal(again.decode(encoded), frame)
    late = frame.assign(end=frame["start"], start=(end + pd.Timedelta("1D")).strftime(form))
    assert [found.rule for found in rules.violations(late)] == ["start <= end"]
    with pytest.raises(InputError, match="compares text with a date"):
        Rules.of("x_text < start", frame.assign(x_text="a"))
