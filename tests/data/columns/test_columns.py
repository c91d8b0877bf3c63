"""Every kind of column, by one table of examples: recognition, codes there and back, JSON, and its likelihood."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from elbax.core.likelihoods import LIKELIHOODS
from elbax.data import Schema
from elbax.data.column_statistics import measure
from elbax.data.columns import COLUMN_KINDS, AbstractColumn, Category, sort_by_kind
from elbax.errors import InputError

RNG = np.random.default_rng(0)
LABELS = np.array(["b", "a", "10", "9", "b"])
NUMBERS = {
    "constant": np.full((40, 2), 3.0),
    "deep_integer": RNG.integers(0, 4000, (40, 16)),
    "levels": np.where(RNG.random((40, 16)) < 0.5, 0.2, 0.7),
    "integer": np.where(RNG.random((40, 16)) < 0.5, 255, RNG.integers(0, 255, (40, 16))),
    "binary": RNG.integers(0, 2, (40, 2)),
    "unit": RNG.random((40, 2)),
    "count": RNG.poisson(2, (40, 2)),
    "real": RNG.normal(size=(40, 2)),
}

OF_COUNTS = ("count_matrix", "exposure")  # asked for, not recognized: see tests/test_exposure.py
KINDS = [kind for kind in COLUMN_KINDS if kind not in OF_COUNTS]


def column_of(kind):
    if kind == "category":
        return Category.learn(0, LABELS, "context"), LABELS[:, None]
    x = NUMBERS[kind]
    if kind == "levels":
        return Schema.of(x).blocks[0], x
    (column,) = sort_by_kind(np.arange(x.shape[1]), measure(x)[0], is_image=kind == "deep_integer")
    return column.look_again(x, 1), x


def test_the_table_has_every_kind():
    assert {*NUMBERS, "category", *OF_COUNTS} == set(COLUMN_KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_recognized_and_survives_json(kind):
    column, _ = column_of(kind)
    assert column.kind == kind
    config = json.loads(json.dumps(column.to_config()))
    again = COLUMN_KINDS[config["kind"]].from_config(config)
    assert again.to_config() == column.to_config() and again.describe() == column.describe()
    np.testing.assert_array_equal(again.features, column.features)


@pytest.mark.parametrize("kind", KINDS)
def test_codes_are_numbers_that_decode_to_the_values(kind):
    column, x = column_of(kind)
    codes = column.encode(x[:, 0], "x")
    assert codes.dtype.kind in "fu" and np.isfinite(codes).all()
    np.testing.assert_array_equal(column.decode(codes), x[:, 0])
    width = column.input_width
    inputs = column.inputs(codes[:, None], np.array([1.0]), np.array([2.0]))
    codes = codes.astype(float)
    np.testing.assert_allclose(inputs, (codes[:, None] - 1) / 2 if width == 1 else np.eye(width)[codes.astype(int)])


@pytest.mark.parametrize("kind", KINDS)
def test_every_feature_gets_one_likelihood_that_its_values_have_a_density_under(kind):
    column, x = column_of(kind)
    proposals = column.propose([], "feature")
    np.testing.assert_array_equal(
        np.sort(np.concatenate([proposal.features for proposal in proposals])), column.features
    )
    codes = np.stack([column.encode(values, "x") for values in x.T], axis=1)
    for proposal in proposals:
        assert not proposal.likelihood.excludes(codes[:, proposal.features]).any()
        written = eval(proposal.call, {cls.__name__: cls for cls in LIKELIHOODS.values()})
        assert type(written) is type(proposal.likelihood) and written == proposal.likelihood


@given(
    x=arrays(
        np.float64,
        st.tuples(st.integers(2, 9), st.integers(1, 20)),
        elements=st.integers(-1, 3) | st.floats(0, 1),
    )
)
def test_every_feature_is_in_one_column_and_statistics_stay_with_it(x):
    statistics, _ = measure(x)
    columns = sort_by_kind(np.arange(x.shape[1]), statistics)
    assert sorted(np.concatenate([column.features for column in columns])) == list(range(x.shape[1]))
    assert len({column.kind for column in columns}) == len(columns)
    for column in columns:
        np.testing.assert_array_equal(column.statistics.maximum, x[:, column.features].max(axis=0))


def test_a_mixed_frame_is_encoded_and_decoded():
    frame = pd.DataFrame({"age": [20.5, 30.0, 70.0], "kind": ["x", "y", "x"], "pay": [1.0, 5.0, 2.0]}, index=[7, 8, 9])
    schema = Schema.of_context(frame)
    assert schema.kinds == ("real", "category", "count")
    codes = schema.encode(frame)
    np.testing.assert_array_equal(codes, [[20.5, 0, 1], [30, 1, 5], [70, 0, 2]])
    pd.testing.assert_frame_equal(schema.decode(codes, frame.index), frame)
    inputs = schema.inputs(codes)
    np.testing.assert_allclose(inputs[:, [0, 3]].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(inputs[:, [0, 3]].std(axis=0), 1, atol=1e-6)
    np.testing.assert_array_equal(inputs[:, 1:3], [[1, 0], [0, 1], [1, 0]])


def test_rows_of_x_come_back_as_they_were_given():
    frame = pd.DataFrame(RNG.normal(size=(5, 2)), columns=["a", "b"])
    schema = Schema.of(frame.to_numpy(), ("a", "b"))
    pd.testing.assert_frame_equal(schema.decode(schema.encode(frame), frame.index), frame)
    with pytest.raises(
        InputError, match="X has its columns in another order; pass the columns 'a', 'b', in this order"
    ):
        schema.encode(frame[["b", "a"]])
    images = RNG.random((6, 3, 2))
    schema = Schema.of(images[..., None])
    np.testing.assert_array_equal(schema.decode(schema.encode(images)), images[..., None])
    np.testing.assert_array_equal(schema.encode(images.reshape(6, 6)), images[..., None])
    inputs = schema.inputs(schema.encode(images))
    assert inputs.dtype == np.float32 and inputs.shape == (6, 3, 2, 1)
    np.testing.assert_allclose([inputs.mean(), inputs.std()], [0, 1], atol=1e-6)


class Weekday(AbstractColumn):
    """Days, coded as 0 for Thursday to 6."""

    kind = "weekday"

    @classmethod
    def learn(cls, feature, values, where):
        if values.dtype.kind != "M":
            return None
        codes = np.arange(7.0)[:, None]
        return cls(np.array([feature]), measure(codes)[0])

    def encode(self, values, where):
        return values.astype("M8[D]").astype(float) % 7

    def propose(self, others, scale):
        return []


def test_a_new_kind_is_a_class_and_a_line_in_the_registry(monkeypatch):
    days = pd.date_range("1970-01-01", periods=14)
    frame = pd.DataFrame({"day": days, "x": np.arange(14.0)})
    with pytest.raises(InputError, match="column 'day' of context holds datetime64.*no number and no label"):
        Schema.of_context(frame)
    monkeypatch.setitem(COLUMN_KINDS, Weekday.kind, Weekday)
    schema = Schema.of_context(frame)
    assert schema.kinds == ("weekday", "count")
    again = Schema.from_config(json.loads(json.dumps(schema.to_config())), "context")
    np.testing.assert_array_equal(again.encode(frame)[:, 0], np.arange(14) % 7)
    np.testing.assert_allclose(again.inputs(again.encode(frame))[:7, 0], (np.arange(7) - 3) / 2)
    with pytest.raises(InputError, match="column 'x' of context must hold numbers"):
        schema.encode(frame.assign(x=days))
