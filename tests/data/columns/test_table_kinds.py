"""Every kind of column of a table: recognized, coded and decoded, saved, and in three libraries."""

import datetime as dt
import io
import json

import numpy as np
import pandas as pd
import polars as pl
import polars.testing
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elbax.data import Schema
from elbax.data.columns.table_kinds import TABLE_KINDS

N = 120
RNG = np.random.default_rng(0)
DAYS = pd.Timestamp("2021-01-01") + pd.to_timedelta(RNG.integers(0, 900, N), "D")
HOURS = DAYS + pd.to_timedelta(RNG.integers(0, 24, N), "h")
OLD = [dt.date(1600, 1, 1) + dt.timedelta(int(day)) for day in RNG.integers(0, 900, N)]
KINDS = {  # kind -> columns that are recognized as it
    "real": {
        "normal": RNG.normal(size=N),
        "float32": RNG.normal(size=N).astype(np.float32),
        "rounded": RNG.normal(175, 8, N).round(1),
        "text": [f"{value:.2f}" for value in RNG.normal(10, 1, N)],
        "around a billion": 1.7e9 + RNG.normal(size=N),
    },
    "positive": {
        "text of floats": [repr(float(value)) for value in map(round, RNG.gamma(2, 9, N), np.arange(N) % 3)],
        "wages": RNG.lognormal(1, 0.8, N),
        "K3: sales": RNG.lognormal(27, 1.5, N).round(),
    },
    "bounded": {"share": RNG.beta(0.5, 0.5, N), "percentage": 100 * RNG.beta(0.5, 0.5, N)},
    "spiked": {
        "K1: rain": np.where(RNG.random(N) < 0.6, 0, RNG.gamma(2, 5, N)),
        "capital gain": np.where(RNG.random(N) < 0.7, 0, RNG.integers(100, 9999, N)),
    },
    "integer": {"age": RNG.integers(17, 90, N), "negative": RNG.integers(-60, 60, N), "gaps": [40.0, *range(-20, 99)]},
    "count": {
        "K1: from 1": RNG.poisson(6, N) + 1,
        "K1: far from 0": RNG.poisson(40, N),
        "few": RNG.poisson(1, N),
        "int8": RNG.poisson(3, N).astype(np.int8),
    },
    "boolean": {
        "bool": RNG.random(N) < 0.3,
        "K11: floats": RNG.choice([0.0, 1.0], N),
        "bytes": RNG.integers(0, 2, N).astype(np.uint8),
        "nullable": pd.array(RNG.random(N) < 0.5, dtype="boolean"),
        "objects": pd.Series(RNG.random(N) < 0.5, dtype=object),
        "K6: sparse": pd.arrays.SparseArray(RNG.random(N) < 0.5),
    },
    "category": {
        "text": RNG.choice(["a", "b", "c"], N),
        "codes": RNG.choice(["0080", "0123", "9000"], N),
        "two numbers": RNG.choice([1.5, 2.5], N),
        "K6: text of numbers": RNG.choice(["1", "2", "10"], N),
        "of integers": pd.Categorical(RNG.choice([3, 4], N), categories=[5, 4, 3]),
        "of intervals": pd.cut(RNG.normal(size=N), 4, labels=None).set_categories(
            pd.interval_range(-9, 9, 4), rename=True, ordered=False
        ),
        "accounts": RNG.choice([4012888888881881, 5105105105105100, 6011000990139424], N),
        "string": pd.array(RNG.choice(["a", "b"], N), dtype="string"),
    },
    "ordered": {
        "K1: survey": RNG.choice([1, 2, 4, 5], N),
        "year": RNG.choice([2007.0, 2008.0, 2009.0], N),
        "dtype": pd.Categorical(RNG.choice(["S", "L"], N), ["S", "M", "L"], ordered=True),
    },
    "datetime": {
        "days": DAYS,
        "hours": HOURS,
        "nanoseconds": pd.Timestamp(0) + pd.to_timedelta(RNG.integers(0, 10**9, N), "ns"),
        "days of a zone": DAYS.tz_localize("Europe/Berlin"),
        "hours of a zone": HOURS.tz_localize("UTC").tz_convert("Asia/Tokyo"),
        "before 1678": np.array(OLD, "M8[s]"),
        "Python's dates": pd.Series(OLD, dtype=object),
        "K1: 20230623": DAYS.strftime("%Y%m%d").astype(int),
        "202306": DAYS.strftime("%Y%m").astype(int),
        "ISO": DAYS.strftime("%Y-%m-%d"),
        "ISO with time": HOURS.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ISO with fractions": (HOURS + pd.Timedelta("250ms")).strftime("%Y-%m-%d %H:%M:%S.250"),
        "day first": DAYS.strftime("%d/%m/%Y"),
        "with points": DAYS.strftime("%d.%m.%Y"),
        "months": pd.Series(DAYS).dt.to_period("M").dt.to_timestamp(),
    },
    "duration": {
        "hours": pd.to_timedelta(RNG.integers(0, 99, N), "h"),
        "text": pd.to_timedelta(RNG.integers(0, 99, N), "m").astype(str),
    },
    "constant": {"number": 1, "float": 2.5, "text": "a", "day": pd.Timestamp("1500-01-01"), "true": True},
}
CARRIED = {  # kinds whose values do not come back
    "id": {
        "row": np.arange(N) + 1,
        "shuffled": RNG.permutation(N),
        "K1: cards": RNG.integers(4 * 10**15, 6 * 10**15, N),
        "text": [f"P{i:04d}" for i in RNG.permutation(N)],
        "customer_id": RNG.choice(10**6, N, replace=False),
    },
    "text": {
        "sentences": [f"the {i} quick brown fox jumps over {i % 7}" for i in range(N)],
        "names": [f"name {i}" for i in RNG.integers(0, 2 * N, N)],
    },
    "ignore": {"lists": [[1]] * N, "tuples": [(i,) for i in range(N)]},
}
EXAMPLES = [
    pytest.param(kind, values, id=f"{kind}: {name}")
    for kind, columns in KINDS.items()
    for name, values in columns.items()
]


def frame_of(values, name="x"):
    """A column beside one that varies, so that constants can be fitted."""
    return pd.DataFrame({name: values, "beside": RNG.normal(size=N)}, index=np.arange(N) + 7)


def with_gaps(frame):
    column = frame["x"]
    if column.dtype == bool or isinstance(column.dtype, pd.SparseDtype):
        column = column.astype("boolean")
    return frame.assign(x=column.mask(np.arange(N) % 9 == 4))


def saved(schema):
    config = json.loads(json.dumps(schema.to_config()))
    again = Schema.from_config(config)
    assert again.to_config() == schema.to_config()
    return again


def round_trip(frame):
    schema = saved(Schema.of_table(frame))
    codes = schema.encode(frame)
    assert np.isnan(codes).any() == frame[list(schema.feature_names)].isna().any(axis=None)
    return schema.decode(codes, frame.index)


def test_the_tables_have_every_kind():
    assert {*KINDS, *CARRIED, "onehot", "gap"} == set(TABLE_KINDS)


@pytest.mark.parametrize(("kind", "values"), EXAMPLES)
def test_a_kind_is_recognized_and_comes_back_as_it_was(kind, values):
    frame = frame_of(values) if not isinstance(values, pd.Series) else frame_of(values.to_numpy())
    schema = Schema.of_table(frame)
    assert schema.overview()["kind"][0] == kind
    pd.testing.assert_frame_equal(round_trip(frame), frame)


@pytest.mark.parametrize(("kind", "values"), [example for example in EXAMPLES if example.values[0] != "constant"])
def test_gaps_come_back_too_and_change_no_kind(kind, values):
    frame = with_gaps(frame_of(values) if not isinstance(values, pd.Series) else frame_of(values.to_numpy()))
    schema = Schema.of_table(frame)
    assert schema.overview()["kind"][0] == kind
    assert schema.overview()["gaps"][0] == pytest.approx(frame["x"].isna().mean())
    back = round_trip(frame)
    pd.testing.assert_frame_equal(back, frame)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, columns in CARRIED.items() for name in columns])
def test_keys_text_and_others_have_no_code_and_come_back_blank(kind, name):
    frame = frame_of(CARRIED[kind][name], name)
    schema = saved(Schema.of_table(frame))
    assert schema.overview()["kind"][0] == kind
    assert schema.feature_names == ["beside"] and schema.levels == (0,)
    back = schema.decode(schema.encode(frame), frame.index)
    assert back[name].isna().all() and list(back) == list(frame)
    np.testing.assert_array_equal(schema.encode(frame.drop(columns=name)), schema.encode(frame))


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_seconds_since_1970_are_times_in_a_column_that_is_called_so(unit):
    seconds = frame_of(DAYS.as_unit(unit).asi8, "created_at")
    assert Schema.of_table(seconds).kinds[0] == "datetime"
    pd.testing.assert_frame_equal(round_trip(seconds), seconds)
    assert Schema.of_table(seconds.rename(columns={"created_at": "x"})).kinds[0] == "integer"


@pytest.mark.parametrize("name", CARRIED["id"])
def test_new_keys_are_unique_and_like_the_old_ones(name):
    frame = frame_of(CARRIED["id"][name], name)
    schema = Schema.of_table(frame)
    keys = schema.table.decode(schema.encode(frame), keys=True)[name]
    assert keys.is_unique and not keys.isin(frame[name]).any() and keys.dtype == frame[name].dtype
    assert len(set(keys.astype(str).str.len())) <= len(set(frame[name].astype(str).str.len()))


POLARS = pl.DataFrame(
    {
        "int": pl.Series(RNG.integers(-60, 60, N).tolist(), dtype=pl.Int16),
        "unsigned": pl.Series(RNG.poisson(30, N).tolist(), dtype=pl.UInt64),
        "float": RNG.normal(size=N).tolist(),
        "float32": RNG.normal(size=N).astype(np.float32),
        "decimal": pl.Series(RNG.normal(size=N).round(2).tolist()).cast(pl.Decimal(10, 2)),
        "text": RNG.choice(list("abc"), N).tolist(),
        "categorical": pl.Series(RNG.choice(list("abc"), N).tolist(), dtype=pl.Categorical),
        "enum": pl.Series(RNG.choice(list("SL"), N).tolist(), dtype=pl.Enum(["S", "M", "L"])),
        "boolean": (RNG.random(N) < 0.5).tolist(),
        "date": OLD,
        "time": pl.Series(HOURS.to_pydatetime().tolist(), dtype=pl.Datetime("ms")),
        "zone": pl.Series(HOURS.to_pydatetime().tolist())
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone("Asia/Tokyo"),
        "duration": [dt.timedelta(minutes=int(i)) for i in RNG.integers(0, 99, N)],
        "ISO": [str(day) for day in OLD],
        "20230623": [int(str(day).replace("-", "")) for day in OLD],
        "constant": ["z"] * N,
    }
)
GAPS = POLARS.with_columns(pl.when(pl.int_range(N) % 9 != 4).then(pl.exclude("constant")).name.keep())


@pytest.mark.parametrize("frame", [POLARS, GAPS], ids=["complete", "gaps"])
def test_polars_frames_come_back_as_they_were(frame):
    schema = saved(Schema.of_table(frame))
    kinds = "integer count real real real category category ordered boolean datetime datetime datetime duration"
    assert schema.overview()["kind"].tolist() == [*kinds.split(), "datetime", "datetime", "constant"]
    polars.testing.assert_frame_equal(schema.decode(schema.encode(frame)), frame)


@pytest.mark.parametrize("frame", [POLARS, GAPS], ids=["complete", "gaps"])
def test_arrow_tables_come_back_as_they_were(frame):
    table = frame.with_columns(pl.col("enum").cast(pl.Categorical)).to_arrow()
    table = table.append_column("dictionary", pa.array(RNG.choice(list("xyz"), N)).dictionary_encode())
    table = table.append_column("seconds", pa.array(HOURS.to_pydatetime().tolist(), pa.timestamp("s")))
    schema = saved(Schema.of_table(table))
    back = schema.decode(schema.encode(table))
    assert back.schema.equals(table.schema)
    assert back.to_pylist() == table.to_pylist()


def test_arrow_types_in_pandas_come_back_as_they_were():
    frame = GAPS.drop("decimal", "categorical", "enum").to_arrow().to_pandas(types_mapper=pd.ArrowDtype)
    pd.testing.assert_frame_equal(round_trip(frame), frame)


def test_codes_are_the_same_whatever_the_library():
    schema = Schema.of_table(GAPS)
    codes = schema.encode(GAPS)
    for frame in (GAPS.to_pandas(), GAPS.to_arrow(), GAPS.select(GAPS.columns[::-1])):
        np.testing.assert_allclose(schema.encode(frame), codes, rtol=1e-14)  # decimals are rounded differently


@pytest.mark.parametrize(("kind", "values"), EXAMPLES)
def test_what_is_written_as_text_reads_back_to_equal_codes(kind, values):
    frame = with_gaps(frame_of(values) if not isinstance(values, pd.Series) else frame_of(values.to_numpy()))
    schema = Schema.of_table(frame)
    text = schema.decode(schema.encode(frame), frame.index).to_csv(index=False)
    digits = {"x": str} if any("0080" in str(value) for value in frame["x"]) else None
    read = pd.read_csv(io.StringIO(text), dtype=digits)
    rtol = 1e-7 if frame["x"].dtype == np.float32 else 1e-14
    np.testing.assert_allclose(schema.encode(read), schema.encode(frame), rtol=rtol)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), min_size=2, max_size=60).filter(
        lambda values: len(set(values) - {None}) > 1
    )
)
def test_any_integers_come_back(values):
    frame = pd.DataFrame({"x": pd.array(values, dtype="Int64"), "beside": np.arange(len(values)) / 7})
    schema = Schema.of_table(frame)
    if "x" in schema.feature_names:
        pd.testing.assert_frame_equal(schema.decode(schema.encode(frame)), frame)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.datetimes(dt.datetime(1400, 1, 2), dt.datetime(1600, 1, 1))), min_size=2, max_size=30
    )
)
def test_any_times_come_back(values):
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Datetime("us")), "y": np.arange(len(values)) / 7})
    if frame["x"].n_unique() - frame["x"].has_nulls() > 1:
        schema = saved(Schema.of_table(frame))
        polars.testing.assert_frame_equal(schema.decode(schema.encode(frame)), frame)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=2, max_size=19).filter(
        lambda values: len({value for value in values if value and value.strip() not in ("", "?")}) > 1
    )
)
def test_any_labels_come_back(values):
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.String), "y": np.arange(len(values)) / 7})
    schema = saved(Schema.of_table(frame))
    codes = schema.encode(frame)
    back = schema.decode(codes)["x"].to_list()
    for value, code, again in zip(values, codes[:, 0], back, strict=True):
        if np.isnan(code):
            assert value is None or value.strip() in ("", "?")
        else:
            assert again == value


@pytest.mark.parametrize("written", ["%Y-%m-%d %H:%M:%S%:z", "%Y-%m-%dT%H:%M%z"])
@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/New_York"])
def test_text_of_dates_whose_offset_differs_in_summer_has_the_same_instants(zone, written):
    """As pandas and polars write times of a zone to CSV."""
    instants = pd.Series(HOURS.tz_localize("UTC"))
    local = pl.Series(instants.tolist()).dt.convert_time_zone(zone)
    frame = frame_of(local.dt.strftime(written).to_list())
    offsets = frame["x"].str.extract(r"([+-]\d\d:?\d\d)$")[0]
    assert offsets.nunique() == 2
    schema = saved(Schema.of_table(frame))
    assert schema.overview()["kind"][0] == "datetime" and "other offsets from UTC" in schema.overview()["why"][0]
    back = schema.decode(schema.encode(frame))["x"]
    assert pd.to_datetime(back, utc=True).tolist() == instants.tolist()
    assert back.str.endswith(offsets.mode()[0]).all()


def test_new_dates_with_another_offset_are_read_on_the_same_clock():
    frame = frame_of([f"{day:%Y-%m-%d}T10:00:00+02:00" for day in DAYS])
    schema = saved(Schema.of_table(frame))
    other = frame.assign(x=[f"{day:%Y-%m-%d}T03:30:00-04:30" for day in DAYS])
    np.testing.assert_array_equal(schema.encode(other), schema.encode(frame))
