import jax.numpy as jnp
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from elbax.data import as_array
from elbax.errors import InputError

COLUMNS = {"a": [1.0, 2.0], "b": [3.0, 4.0]}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table])
def test_frames_give_values_and_names(make):
    array, columns = as_array(make(COLUMNS))
    np.testing.assert_array_equal(array, [[1, 3], [2, 4]])
    assert columns == ("a", "b")


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "float32", "float64"])
def test_numeric_dtypes_are_kept(dtype):
    x = np.ones((2, 3), dtype)
    assert as_array(x)[0] is x
    assert as_array(pd.DataFrame(x))[0].dtype == dtype


@pytest.mark.parametrize(
    ("x", "dtype"),
    [
        (np.eye(2) > 0, "uint8"),
        (np.ones((2, 2), "float16"), "float32"),
        (jnp.ones((2, 2), jnp.bfloat16), "float32"),
        (np.ones((2, 2), ">f4"), "float32"),
        (np.array([[2**40, 1]]), "float64"),
        (np.array([[1, 2.5]], object), "float64"),
        ([[1, 2], [3, 4]], "int64"),
        (pd.DataFrame({"a": [True, False]}), "uint8"),
        (pd.DataFrame({"a": pd.Series([1, 2.5], dtype=object)}), "float64"),
    ],
)
def test_other_dtypes_become_ones_that_jax_computes_with(x, dtype):
    array = as_array(x)[0]
    assert array.dtype == dtype
    assert array.dtype.isnative


@pytest.mark.parametrize(
    "x",
    [
        pl.DataFrame({"a": [1, None]}),
        pd.DataFrame({"a": pd.Series([1, None], dtype="Int64")}),
        np.ma.array([[1], [2]], mask=[[False], [True]]),
    ],
)
def test_missing_values_become_nan(x):
    np.testing.assert_array_equal(as_array(x)[0], [[1], [np.nan]])


def test_images_keep_their_axes():
    assert as_array(np.ones((2, 5, 5)))[0].shape == (2, 5, 5)


def test_unnamed_columns_have_no_names():
    assert as_array(pd.DataFrame(np.eye(2)))[1] is None


BAD = {
    "complex sparse": (csr_array(np.eye(2) * 1j), "Complex data not supported"),
    "sparse without rows": (csr_array((0, 3)), r"0 sample\(s\)"),
    "complex": (np.eye(2) * 1j, "Complex data not supported"),
    "complex objects": (np.array([[1, 1j]], object), "Complex data not supported"),
    "1-D": (np.ones(3), "Expected 2D array, got 1D array instead.*Reshape your data"),
    "series": (pd.Series([1, 2]), "Reshape your data"),
    "7-D": (np.ones((1,) * 7), r"flatten the other axes with .reshape\(1, -1\)"),
    "no rows": (np.ones((0, 3)), r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required"),
    "no features": (np.ones((3, 0)), r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1 is required\."),
    "ragged": ([[1, 2], [3]], "give every row the same length"),
    "strings": (np.array([["a"]]), "expected numbers in x"),
    "text objects": (np.array([[1, "q"]], object), "holds text"),
    "dates": (np.array([["2020"]], "M8[D]"), "expected numbers in x"),
    "text column": (
        pd.DataFrame({"n": [1], "workclass": ["a"]}),
        "column 'workclass' of x holds text.*; leave it out, as in .*--drop workclass",
    ),
    "text columns": (pl.DataFrame({"s": ["a"], "t": ["b"]}), "columns 's', 't' of x hold text"),
    "repeated names": (pd.DataFrame(np.eye(2), columns=["a", "a"]), "same name"),
}


@pytest.mark.parametrize(("x", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_named(x, message):
    with pytest.raises(InputError, match=message):
        as_array(x)


def test_objects_that_are_not_numbers_raise_what_scikit_learn_expects():
    with pytest.raises(TypeError, match=r"argument must be .* string.* number"):
        as_array(np.array([[1, {}]], object))
