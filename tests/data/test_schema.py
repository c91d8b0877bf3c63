import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from elbax.core.config import parse
from elbax.core.likelihoods import LIKELIHOODS, Bernoulli, DiscretizedLogistic, Mixed, Normal
from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.data import Axes, Schema, check_likelihood, choose_likelihood, column_statistics, load
from elbax.data.likelihood_choice import propose
from elbax.errors import InputError

RNG = np.random.default_rng(0)


class Stub(AbstractLikelihood):
    """Only what a check looks at."""

    name = "stub"
    bounds: Support = Support()

    outputs_per_feature = 1

    @property
    def support(self):
        return self.bounds

    def distribution(self, outputs):
        raise NotImplementedError


@settings(max_examples=30, deadline=None)
@given(x=arrays(np.float32, st.tuples(st.integers(2, 40), st.integers(1, 4)), elements=st.floats(-1e3, 1e3, width=32)))
def test_the_chunked_pass_agrees_with_numpy(x):
    measures, bad = column_statistics.measure(x)
    assert not bad.total
    wide = x.astype(np.float64)
    np.testing.assert_allclose(measures.mean, wide.mean(axis=0), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(measures.std, wide.std(axis=0), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(measures.minimum, x.min(axis=0))
    np.testing.assert_array_equal(measures.whole, (x == np.round(x)).all(axis=0))


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_many_chunks_agree_with_one(monkeypatch, dtype):
    x = RNG.integers(0, 200, (101, 7)).astype(dtype)
    whole = Schema.of(x)
    monkeypatch.setattr(column_statistics, "_CHUNK_VALUES", 50)
    parts = Schema.of(x)
    assert parts.kinds == whole.kinds and parts.n_rows == whole.n_rows
    for name, value in whole.statistics._asdict().items():
        rtol = 1e-12 if name in ("mean", "std") else 0
        np.testing.assert_allclose(getattr(parts.statistics, name), value, rtol=rtol, atol=0)
    np.testing.assert_allclose(whole.statistics.std, x.astype(np.float64).std(axis=0))


def test_memory_maps_are_read(tmp_path):
    np.save(tmp_path / "x.npy", RNG.normal(size=(50, 3)))
    assert Schema.of(load(tmp_path / "x.npy").x).kinds == ("real",) * 3


def test_kinds():
    x = np.array([[5, 0, 0.5, 0, -1.0, 1.5], [5, 1, 0.25, 9, 2.0, 0.0]])
    assert Schema.of(x).kinds == ("constant", "binary", "unit", "count", "real", "real")
    assert "integer" in Schema.of(load("digits").x).kinds
    assert "integer" in Schema.of(load("digits").x.reshape(-1, 64).astype(float)).kinds
    counts = RNG.negative_binomial(2, 0.1, (500, 40)) * (RNG.random(40) < 0.9)
    assert "integer" not in Schema.of(counts).kinds


def test_round_trip_through_json():
    schema = Schema.of(RNG.normal(size=(20, 2)), columns=("a", "b"))
    config = json.loads(json.dumps(schema.to_config()))
    assert Schema.from_config(config).to_config() == schema.to_config()
    column = config["columns"][0]
    with pytest.raises(InputError, match="no entry 'mean'"):
        Schema.from_config(config | {"columns": [{k: v for k, v in column.items() if k != "mean"}]})
    for entry in ({"mean": [1.0]}, {"mean": "eJx0"}, {"features": [[0, 1]]}, {"kind": "odd"}):
        with pytest.raises(InputError, match="schema is damaged"):
            Schema.from_config(config | {"columns": [column | entry]})
    with pytest.raises(InputError, match="schema is damaged"):
        Schema.from_config(config | {"event_shape": None})


def test_statistics_of_many_features_survive_json_to_the_last_bit_in_little_room():
    x = RNG.integers(0, 256, (50, 28, 28, 1)).astype(np.uint8)
    x[:, :9] = 0
    schema = Schema.of(x)
    text = json.dumps(schema.to_config())
    again = Schema.from_config(json.loads(text))
    assert len(text) < 20 * schema.n_features and again.kinds == schema.kinds
    for ours, theirs in zip(schema.summary, again.summary, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "x",
    [load("digits").x, load("digits").x.reshape(-1, 64), load("s-curve").x],
    ids=["images", "flat", "unit"],
)
def test_features_on_one_scale_share_center_and_unit(x):
    summary = Schema.of(x).summary
    np.testing.assert_allclose(summary.center, np.full(x.shape[1:], x.mean()))
    np.testing.assert_allclose(summary.unit, np.full(x.shape[1:], x.std()))


def test_other_tables_scale_each_column_and_constants_by_one():
    x = RNG.normal([0, 50, 0], [1, 9, 0], (100, 3))
    summary = Schema.of(x).summary
    np.testing.assert_allclose(summary.center, x.mean(axis=0))
    np.testing.assert_allclose(summary.unit, [x[:, 0].std(), x[:, 1].std(), 1])


def test_bad_rows_are_named():
    x = RNG.normal(size=(20, 3))
    x[[4, 9, 12], 1] = np.nan, np.inf, -np.inf
    message = r"x has 3 values that are NaN or infinite, in column 'age' \(rows 4, 9, 12\); remove or fill"
    with pytest.raises(InputError, match=message):
        Schema.of(x, columns=("id", "age", "pay"))
    x[0, 2] = 1e300
    with pytest.raises(InputError, match=r"columns 'age', 'pay' \(rows 0, 4, 9, …\)"):
        Schema.of(x, columns=("id", "age", "pay"))
    with pytest.raises(InputError, match=r"column 1 and 1 more \(rows"):
        Schema.of(x)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((1, 3)), "found 1 sample in x; a VAE needs at least 2"),
        (np.ones((5, 3)), "every feature of x is constant"),
        (1.7e9 + RNG.normal(size=(9, 1)), "column 0 varies by .* finer than single precision"),
    ],
)
def test_data_that_nothing_can_be_learned_from(x, message):
    with pytest.raises(InputError, match=message):
        Schema.of(x)


def test_later_rows_must_match():
    schema = Schema.of(RNG.normal(size=(9, 4)))
    schema.encode(np.ones((1, 4)))
    with pytest.raises(InputError, match="X has 3 features, but VAE is expecting 4 features as input"):
        schema.encode(np.ones((2, 3)))
    with pytest.raises(InputError, match="1 value that is NaN or infinite, in column 3 .row 0."):
        schema.encode(np.array([[0, 0, 0, np.nan]]))
    with pytest.raises(InputError, match=r"rows of shape \(28, 28, 1\), but VAE is expecting .*\(8, 8, 1\)"):
        Schema.of(load("digits").x).encode(np.ones((2, 28, 28, 1)))


def test_features_are_described():
    assert Schema.of(load("digits").x).describe(21) == "pixel (2, 5)"
    assert Schema.of(np.eye(4)).describe(3) == "column 3"
    assert Schema.of(np.eye(2), columns=("age", "pay")).describe(0) == "column 'age'"
    assert Schema.of(RNG.normal(size=(3, 2, 2, 3))).describe(4) == "pixel (0, 1) of channel 1"


DIGITS = load("digits").x.reshape(-1, 64)
DIVIDE = r"goes up to .*; Stub needs \[0, 1\]; divide by 240 or use DiscretizedLogistic\(levels=256\)"
OUTSIDE = {
    "gray levels": (DIGITS * 15, Support(0, 1), DIVIDE),
    "reals": (
        RNG.normal(size=(50, 2)),
        Support(0, 1),
        r"goes (up|down) to .*; use Normal\(scale=\"feature\"\)",
    ),
    "counts": (RNG.poisson(1, (50, 2)), Support(0, 1), r"use NegativeBinomial\(\)"),
    "fractions": (
        RNG.random((50, 2)),
        Support(0, 255, True),
        "column 0 holds fractions; Stub needs integers",
    ),
    "negative": (-RNG.random((50, 2)), Support(lower=0), "column 0 goes down to -"),
}


@pytest.mark.parametrize(("x", "support", "message"), OUTSIDE.values(), ids=OUTSIDE)
def test_values_without_density_get_a_remedy(x, support, message):
    with pytest.raises(InputError, match=message):
        check_likelihood(Schema.of(x), Stub(support))
    check_likelihood(Schema.of(x), Stub())


def test_the_likelihood_that_a_message_offers_passes_the_check():
    binary, unit = RNG.integers(0, 2, (50, 3)), RNG.random((50, 1))
    x = np.hstack([binary, unit, np.ones((50, 1))])  # constant: only a shared scale will do
    for rows in (x, DIGITS * 15, RNG.poisson(1, (50, 2)) * 0.5, -RNG.random((50, 2))):
        schema = Schema.of(rows)
        with pytest.raises(InputError) as error:
            check_likelihood(schema, Bernoulli())
        call = re.search(r"use (\w+\(.*\))", str(error.value)).group(1)
        offered = parse(LIKELIHOODS, call)
        proposals = [proposal for proposal in propose(schema) if proposal.call == call]
        assert [proposal.likelihood for proposal in proposals] == [offered]
        if len(propose(schema)) == 1:
            check_likelihood(schema, offered)
        else:
            check_likelihood(schema, choose_likelihood(schema)[0])


def test_a_constant_column_has_no_scale():
    x = RNG.normal(size=(9, 3)) * [1, 0, 0]
    with pytest.raises(
        InputError, match="columns 'b', 'c' are the same in every row.*leave them out, as in .*--drop b"
    ):
        check_likelihood(Schema.of(x, columns=("a", "b", "c")), Normal(scale="feature"))
    check_likelihood(Schema.of(x), Normal(scale="shared"))


def test_a_constant_pixel_has_a_bounded_probability():
    check_likelihood(Schema.of(DIGITS), DiscretizedLogistic(levels=17))


@pytest.mark.parametrize("columns", [((0,), (1,)), ((0, 3), (1, 2))])
def test_a_mixed_likelihood_must_name_every_column(columns):
    x = np.column_stack([RNG.normal(size=9), np.arange(9) % 2, RNG.normal(size=9)])
    with pytest.raises(InputError, match=r"names \d columns of a table, but x has rows of shape \(3,\)"):
        check_likelihood(Schema.of(x), Mixed((Normal(), Bernoulli()), columns))


def test_a_mixed_likelihood_is_for_tables():
    with pytest.raises(InputError, match="names 2 columns of a table"):
        check_likelihood(
            Schema.of(RNG.random((9, 2, 1, 1)), axes=Axes("yxc", (2, 1, 1))), Mixed((Normal("shared"),), ((0, 1),))
        )


def test_spacing_is_what_values_were_rounded_to():
    x = np.random.default_rng(0).normal(size=(500, 2))
    x[:, 0] = np.round(x[:, 0], 1)
    spacing = Schema.of(x).summary.spacing
    assert spacing[0] == pytest.approx(0.1) and spacing[1] < 1e-3
    summed = np.round(x[:, :1], 1) + 0.2  # in double precision not always a multiple of 0.1
    assert Schema.of(summed).summary.spacing[0] == pytest.approx(0.1, rel=1e-4)
