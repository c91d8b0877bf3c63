"""What goes in comes out: every kind of column in every dtype of pandas, polars and Arrow, in Parquet and CSV."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from elbax.data import Schema, load, write_array
from elbax.data.readers.tables import read_table

N = 80
RNG = np.random.default_rng(0)
DAYS = [dt.date(1969, 12, 1) + dt.timedelta(days=int(day)) for day in RNG.integers(0, 900, N)]
TIMES = [dt.datetime(2021, 3, 1) + dt.timedelta(seconds=int(second)) for second in RNG.integers(0, 10**7, N)]
VALUES = {  # of each kind
    "real": RNG.normal(size=N).astype(np.float32).tolist(),
    "positive": RNG.lognormal(size=N).astype(np.float32).tolist(),
    "bounded": RNG.beta(0.4, 0.4, N).round(3).astype(np.float32).tolist(),
    "integer": RNG.integers(-60, 60, N).tolist(),
    "count": RNG.negative_binomial(2, 0.2, N).tolist(),
    "spiked": np.where(RNG.random(N) < 0.5, 0, RNG.gamma(2, 5, N)).astype(np.float32).tolist(),
    "boolean": (RNG.random(N) < 0.4).tolist(),
    "category": RNG.choice(["cat", "dog", "", "a b"], N).tolist(),
    "ordered": RNG.choice([1, 2, 4], N).tolist(),
    "datetime": TIMES,
    "date": DAYS,
    "duration": [dt.timedelta(minutes=int(minute)) for minute in RNG.integers(0, 5000, N)],
    "constant": [7] * N,
}
KINDS = {**{kind: kind for kind in VALUES}, "date": "datetime"}
FLOATS, WHOLE = ("real", "positive", "bounded", "spiked"), ("integer", "count", "ordered", "constant")
VALUES["category"] = [value or "x" for value in VALUES["category"]]  # blanks are gaps

PANDAS = {
    **dict.fromkeys(
        FLOATS, ["float64", "float32", "Float64", "Float32", "double[pyarrow]", "float[pyarrow]", "object"]
    ),
    **dict.fromkeys(
        WHOLE,
        ["int64", "int32", "int8", "float64", "Int64", "Int16", "Float64", "int64[pyarrow]", "int8[pyarrow]", "object"],
    ),
    "boolean": ["bool", "boolean", "bool[pyarrow]", "object", "int8", "uint8", "float64", "Int64"],
    "category": ["object", "str", "string", "string[python]", "string[pyarrow]", "category", "large_string[pyarrow]"],
    "datetime": [
        "datetime64[s]",
        "datetime64[ms]",
        "datetime64[us]",
        "datetime64[ns]",
        "datetime64[ns, UTC]",
        "datetime64[s, Europe/Berlin]",
        "timestamp[ms][pyarrow]",
        "object",
    ],
    "date": ["datetime64[s]", "datetime64[ns]", "date32[pyarrow]", "object"],
    "duration": ["timedelta64[s]", "timedelta64[ms]", "timedelta64[ns]", "duration[ms][pyarrow]", "object"],
}
NO_GAPS = ("int64", "int32", "int8", "uint8", "bool")  # dtypes without a place for them
POLARS = {
    **dict.fromkeys(FLOATS, [pl.Float64, pl.Float32]),
    **dict.fromkeys(WHOLE, [pl.Int64, pl.Int16, pl.Int8, pl.Float64]),
    "boolean": [pl.Boolean, pl.Int8, pl.UInt8],
    "category": [pl.String, pl.Categorical, pl.Enum(["dog", "cat", "x", "a b", "unused"])],
    "datetime": [pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns"), pl.Datetime("us", "Europe/Berlin")],
    "date": [pl.Date, pl.Datetime("us")],
    "duration": [pl.Duration("ms"), pl.Duration("us"), pl.Duration("ns")],
}
ARROW = {
    **dict.fromkeys(FLOATS, [pa.float64(), pa.float32()]),
    **dict.fromkeys(WHOLE, [pa.int64(), pa.int16(), pa.int8(), pa.float64()]),
    "boolean": [pa.bool_(), pa.int8()],
    "category": [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())],
    "datetime": [pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ns", "Europe/Berlin")],
    "date": [pa.date32(), pa.date64(), pa.timestamp("s")],
    "duration": [pa.duration("s"), pa.duration("ms"), pa.duration("us")],
}


def cases(dtypes, no_gaps=()):
    return [
        pytest.param(kind, dtype, gaps, id=f"{kind} {dtype}{' gaps' * gaps}")
        for kind, own in dtypes.items()
        for dtype in own
        for gaps in (False, True)
        if not (gaps and (dtype in no_gaps or kind == "constant"))  # a constant comes back without gaps
    ]


def values_of(kind, gaps):
    return [None if gaps and i % 9 == 4 else value for i, value in enumerate(VALUES[kind])]


def through(frame, kind):
    """Rows after encoding and decoding by a schema that was saved; and rows as a model would draw them."""
    kinds = {} if kind == "constant" else {"x": KINDS[kind]}
    schema = Schema.of_table(frame, kinds)
    schema = Schema.from_config(json.loads(json.dumps(schema.to_config())))
    codes = schema.encode(frame)
    drawn = codes[RNG.permutation(len(codes))]
    if kind in FLOATS:
        drawn[:, 0] += RNG.normal(size=len(drawn))
    return schema.decode(codes), schema.decode(drawn)


@pytest.mark.parametrize(("kind", "dtype", "gaps"), cases(PANDAS, NO_GAPS))
def test_pandas(kind, dtype, gaps):
    x = pd.Series(values_of(kind, gaps), dtype=None if kind in ("datetime", "date", "duration") else object)
    zoned = "," in dtype
    x = x.astype("datetime64[ns]").dt.tz_localize("UTC").astype(dtype) if zoned else x.astype(dtype)
    frame = pd.DataFrame({"x": x, "y": RNG.normal(size=N)})
    back, drawn = through(frame, kind)
    pd.testing.assert_frame_equal(back, frame)
    assert drawn.dtypes.equals(frame.dtypes)


@pytest.mark.parametrize(("kind", "dtype", "gaps"), cases(POLARS))
def test_polars(kind, dtype, gaps):
    x = pl.Series(values_of(kind, gaps))
    zone = getattr(dtype, "time_zone", None)
    x = x.dt.replace_time_zone("UTC").cast(dtype) if zone else x.cast(dtype)
    frame = pl.DataFrame({"x": x, "y": RNG.normal(size=N)})
    back, drawn = through(frame, kind)
    assert back.schema == frame.schema == drawn.schema
    assert back.equals(frame)


@pytest.mark.parametrize(("kind", "dtype", "gaps"), cases(ARROW))
def test_arrow_and_parquet(kind, dtype, gaps, tmp_path):
    plain = dtype.value_type if pa.types.is_dictionary(dtype) else dtype
    x = pa.array(values_of(kind, gaps)).cast(plain)
    frame = pa.table({"x": x.dictionary_encode().cast(dtype) if plain is not dtype else x, "y": RNG.normal(size=N)})
    back, drawn = through(frame, kind)
    assert back.schema == frame.schema == drawn.schema
    assert back.to_pylist() == frame.to_pylist()
    pq.write_table(back, tmp_path / "back.parquet")
    pq.write_table(frame, tmp_path / "frame.parquet")
    assert pq.read_table(tmp_path / "back.parquet").to_pylist() == frame.to_pylist()
    loaded, other = load(tmp_path / "back.parquet").x, load(tmp_path / "frame.parquet").x
    pd.testing.assert_frame_equal(pd.DataFrame(loaded), pd.DataFrame(other))


def test_arrow_decimals_and_polars_decimals():
    values = [None if i % 9 == 4 else Decimal(int(cents)) / 100 for i, cents in enumerate(RNG.integers(100, 9999, N))]
    table = pa.table({"x": pa.array(values, pa.decimal128(10, 2)), "y": RNG.normal(size=N)})
    assert through(table, "real")[0].equals(table)
    frame = pl.from_arrow(table)
    assert through(frame, "real")[0].equals(frame)


@pytest.mark.parametrize("gaps", [False, True])
def test_csv_reads_back_to_equal_values(tmp_path, gaps):
    frame = pd.DataFrame({kind: values_of(kind, gaps and kind != "constant") for kind in VALUES})
    frame["key"] = [f"00{i}" for i in range(N)]
    frame.to_csv(tmp_path / "rows.csv", index=False)
    rows = load(tmp_path / "rows.csv").x
    schema = Schema.of_table(rows)
    assert dict(zip(schema.columns, schema.overview()["kind"], strict=True))["key"] == "id"
    back = schema.decode(schema.encode(rows), rows.index)
    write_array(tmp_path / "back.csv", back)
    first, second = (read_table(tmp_path / name).drop(columns="key") for name in ("rows.csv", "back.csv"))
    pd.testing.assert_frame_equal(second, first)


@pytest.mark.parametrize(
    "names",
    [
        list(range(len(VALUES))),
        pd.MultiIndex.from_product([["a", "b"], range(7)])[: len(VALUES)],
        pd.MultiIndex.from_tuples([("a", i) for i in range(len(VALUES))], names=["first", None]),
    ],
    ids=["numbers", "product", "named"],
)
def test_all_kinds_beside_each_other_under_any_names(names):
    frame = pd.DataFrame({kind: VALUES[kind] for kind in VALUES}).set_axis(names, axis=1)
    schema = Schema.from_config(json.loads(json.dumps(Schema.of_table(frame).to_config())))
    pd.testing.assert_frame_equal(schema.decode(schema.encode(frame), frame.index), frame)


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "arrow"])
def test_what_is_not_modeled_keeps_its_dtype(make):
    text = [f"a sentence about row {i} that is long" for i in range(N)]
    frame = make(pd.DataFrame({"id": np.arange(N), "note": text, "y": RNG.normal(size=N)}))
    schema = Schema.of_table(frame)
    assert schema.overview()["kind"].tolist() == ["id", "text", "real"]
    back = schema.decode(schema.encode(frame))
    keys = schema.table.decode(schema.encode(frame), keys=True)
    if isinstance(frame, pd.DataFrame):
        assert back[["id", "note"]].isna().all(axis=None) and keys["id"].dtype == frame["id"].dtype
        assert not set(keys["id"]) & set(frame["id"])
    else:
        assert back.schema == frame.schema == keys.schema
        assert not set(keys["id"].to_pylist() if hasattr(keys["id"], "to_pylist") else keys["id"]) & set(range(N))


def test_a_constant_with_gaps_has_a_flag_if_gaps_are_informative():
    frame = pd.DataFrame({"mark": np.where(RNG.random(N) < 0.7, None, "x"), "y": RNG.normal(size=N)})
    schema = Schema.of_table(frame, informative=True)
    assert schema.kinds == ("gap", "real")
    assert schema.overview()["why"][0] == "the same in every row that has one"
    pd.testing.assert_frame_equal(schema.decode(schema.encode(frame)), frame)


def test_weights_count_like_repeated_rows():
    """Statistics and marginals of weighted rows are those of rows that are repeated."""
    frame = pd.DataFrame({kind: values_of(kind, kind != "constant") for kind in VALUES})
    frame = frame.join(pd.get_dummies(pd.Series(RNG.choice(list("abc"), N)), prefix="g"))
    weights = RNG.integers(1, 5, N)
    kinds = {name: KINDS[name] for name in VALUES if name != "constant"}
    weighted = Schema.of_table(frame, kinds, weights=weights.astype(float), informative=True)
    repeated = Schema.of_table(frame.loc[np.repeat(np.arange(N), weights)], kinds, informative=True)
    assert weighted.kinds == repeated.kinds and weighted.kinds[-1] == "onehot"
    for name in ("mean", "std", "minimum", "maximum"):
        one, other = (getattr(schema.statistics, name) for schema in (weighted, repeated))
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9, err_msg=name)
    for one, other in zip(weighted.summary.grids, repeated.summary.grids, strict=True):
        if one.is_levels:
            np.testing.assert_allclose(one.shares, other.shares, atol=0.02)
    plain = Schema.of_table(frame, kinds, informative=True)
    assert np.abs(plain.statistics.mean - weighted.statistics.mean).max() > 0.01
