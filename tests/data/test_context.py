"""Context as people have it, as numbers: labels, numbers, tables and images."""

import json

import jax.numpy as jnp
import numpy as np
import pandas as pd
import polars as pl
import pytest

from elbax.data import Schema
from elbax.data.dataset import Dataset
from elbax.errors import InputError

FRAME = pd.DataFrame(
    {
        "age": [20, 30, 70],
        "kind": ["x", "y", "x"],
        "new": [True, False, True],
        "size": pd.Categorical([3, 4, 3]),
    }
)


def inputs(schema, context, n=None, **options):
    return schema.inputs(schema.encode(context), n, **options)


@pytest.mark.parametrize(
    ("context", "shape"),
    [
        (["b", "a", "b"], (2,)),
        ([3, 10, 3], (2,)),
        ([True, False, True], (2,)),
        (np.array([b"a", b"b", b"c"]), (3,)),
        (pd.Series([5, 6, 5]), (2,)),
        (pl.Series(["q", "w", "q"]), (2,)),
        (jnp.arange(3), (3,)),
        (np.array([0.5, 1.0, 2.0]), (1,)),
        (jnp.ones(3, jnp.bfloat16), (1,)),
        (np.arange(6).reshape(3, 2), (2,)),
        ([["a", 1.5], ["b", 2.5], ["a", 0.0]], (3,)),
        (np.zeros((3, 4, 5), np.uint8), (4, 5, 1)),
        (jnp.ones((3, 4, 5, 2)), (4, 5, 2)),
        (FRAME, (7,)),
        (pl.from_pandas(FRAME.astype({"size": str})), (7,)),
        ({"kind": ["x", "y", "y"]}, (2,)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_is_encoded_and_saved(context, shape):
    schema = Schema.of_context(context)
    assert schema.input_shape == shape
    code = inputs(schema, context, 3)
    assert code.shape == (3, *shape) and code.dtype == np.float32
    again = Schema.from_config(json.loads(json.dumps(schema.to_config())), "context")
    assert again.to_config() == schema.to_config()
    np.testing.assert_array_equal(inputs(again, context), code)


def test_numbers_are_standardised_and_labels_one_hot():
    code = inputs(Schema.of_context(FRAME), FRAME)
    np.testing.assert_allclose(code[:, 0], (FRAME["age"] - 40) / FRAME["age"].std(ddof=0), rtol=1e-6)
    np.testing.assert_array_equal(code[:, 1:3], [[1, 0], [0, 1], [1, 0]])  # x, y
    np.testing.assert_array_equal(code[:, 3:5], [[0, 1], [1, 0], [0, 1]])  # False, True
    np.testing.assert_array_equal(code[:, 5:], [[1, 0], [0, 1], [1, 0]])  # 3, 4


def test_images_share_one_center_and_unit():
    images = np.random.default_rng(0).integers(0, 256, (20, 4, 5), dtype=np.uint8)
    code = inputs(Schema.of_context(images), images)
    np.testing.assert_allclose([code.mean(), code.std()], [0, 1], atol=1e-5)
    assert np.corrcoef(code.ravel(), images.ravel())[0, 1] > 0.9999


def test_whole_numbers_keep_their_order_and_look_alikes_are_one_label():
    schema = Schema.of_context([10, 9, -1])
    assert schema.blocks[0].labels == ("-1", "9", "10")
    for same in (9, 9.0, "9", np.int8(9), ["9"], pd.Series([9])):
        np.testing.assert_array_equal(inputs(schema, same), [[0, 1, 0]])


def test_one_entry_stands_for_all_and_columns_may_come_in_any_order():
    schema = Schema.of_context(FRAME)
    wanted = np.repeat(inputs(schema, FRAME)[1:2], 4, axis=0)
    one = {"new": False, "size": 4, "kind": "y", "age": 30}
    np.testing.assert_array_equal(inputs(schema, one, 4), wanted)
    np.testing.assert_array_equal(inputs(schema, {key: str(value) for key, value in one.items()}, 4), wanted)
    np.testing.assert_array_equal(inputs(schema, FRAME[["size", "new", "kind", "age"]])[[1]], wanted[:1])


def test_large_offsets_survive_single_precision():
    seconds = 1.7e9 + np.arange(10.0)
    code = inputs(Schema.of_context(seconds), seconds)
    np.testing.assert_allclose(code[:, 0], (np.arange(10) - 4.5) / np.arange(10).std(), rtol=1e-6)


@pytest.mark.parametrize(
    ("learnt", "given", "words"),
    [
        (["a", "b"], ["a", "c"], "label 'c', which was not there in fit; known: 'a', 'b'"),
        (["a", "b"], ["a", None], "no label in row 1"),
        (["a", "b"], ["a", "b", "a", "b"], "one entry for each of 3 rows; got 4"),
        (["a", "b"], np.ones((3, 2)), "has shape \\(3, 2\\); this model needs a label among 'a', 'b'"),
        (np.ones((3, 2)), ["a", "b", "c"], "this model needs 2 numbers"),
        (np.ones(3), ["a", "b", "c"], "must hold numbers"),
        (np.ones(3), [1.0, np.nan, 0.0], "NaN or infinite in row 1"),
        (FRAME, FRAME[["age", "kind"]], "no column 'new', 'size'"),
        (FRAME, FRAME.assign(kin=1), "unknown context column 'kin'; did you mean 'kind'"),
        (FRAME, FRAME.assign(age=["a", "b", "c"]), "column 'age' of context must hold numbers"),
        (np.ones((3, 4, 5)), np.ones((3, 5, 5)), "needs an image of 4 × 5 × 1"),
    ],
)
def test_context_that_does_not_fit_is_named(learnt, given, words):
    with pytest.raises(InputError, match=words):
        inputs(Schema.of_context(learnt), given, 3)


@pytest.mark.parametrize(
    ("context", "words"),
    [
        (np.arange(1001), "1,001 different labels"),
        ([0.5, np.inf], "infinite in row 1"),
        ([], "0"),
        (pd.DataFrame({"at": pd.to_datetime(["2026-01-01"] * 2)}), "no number and no label"),
        (np.ones(3) * 1j, "omplex"),
        ([[1], [1, 2]], "same length"),
        ({"a": [1, 2], "b": [1]}, "same length"),
        (np.zeros((2, 2, 2, 2, 2)), "expected context of shape"),
    ],
)
def test_context_of_no_use_is_named(context, words):
    with pytest.raises(InputError, match=words):
        Schema.of_context(context)


def test_a_damaged_schema_is_named():
    with pytest.raises(InputError, match="saved context is damaged"):
        Schema.from_config({"event_shape": [2], "columns": [{"name": None}]}, "context")


def test_rows_are_left_out_by_their_place_whatever_their_index():
    context = pd.DataFrame({"age": range(6)}, index=[0, 1, 2, 0, 1, 2])
    left = Dataset("twice", np.eye(6), labels=np.arange(6), context=context).without(np.array([0]))
    assert left.context["age"].tolist() == left.labels.tolist() == [1, 2, 3, 4, 5]
