"""Counts: numbers made of them, numbers that are none, and latents that hold their total; no model is fitted."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.preprocessing import StandardScaler

from elbax.data import Schema, trace_of_counts
from elbax.doctor.counts import common_factor, depth_of, underdispersion
from elbax.doctor.rules.counts import not_counts

RNG = np.random.default_rng(0)
COUNTS = {
    "genes": RNG.poisson(RNG.gamma(0.3, 2, size=(300, 60))).astype(float),
    "visits": RNG.negative_binomial(2, 0.3, size=(300, 8)).astype(float),
    "words": RNG.multinomial(60, RNG.dirichlet(np.ones(20)), size=300).astype(float),
    "baskets": RNG.negative_binomial(0.5, 0.3, size=(300, 30)).astype(float),
    "pairs": RNG.poisson(1.5, size=(400, 2)).astype(float),
}
CELLS = RNG.poisson(
    RNG.gamma(2, 0.5, size=(200, 300)) * RNG.gamma(3, 0.3, size=300) * RNG.gamma(9, 1 / 9, size=(200, 1))
)
AGAIN = "they are integers again as "
TOTALS = {name: np.maximum(x.sum(axis=1, keepdims=True), 1) for name, x in COUNTS.items()}


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_transformed_counts_are_known_and_counts_are_left_alone(name, dtype):
    x = COUNTS[name].astype(dtype)
    assert trace_of_counts(x) is None
    assert trace_of_counts(np.log1p(x)) == AGAIN + "np.expm1(X), rounded"
    assert trace_of_counts(np.log2(x + 1)) == AGAIN + "2**X - 1, rounded"
    assert trace_of_counts(np.log10(x + 1)) == AGAIN + "10**X - 1, rounded"
    assert trace_of_counts(np.sqrt(x)) == AGAIN + "X**2, rounded"


@pytest.mark.parametrize("name", ["genes", "baskets"])
def test_counts_divided_by_their_total_are_known(name):
    shares = COUNTS[name] / TOTALS[name]
    assert trace_of_counts(shares) == trace_of_counts(1e4 * shares) == AGAIN + "X times each row's depth"
    assert trace_of_counts(np.log1p(1e4 * shares)).startswith(AGAIN + "np.expm1(X), times")


@pytest.mark.parametrize("most", [np.inf, 10])
def test_counts_scaled_by_column_are_known(most):
    """As scanpy has them: divided by depth, of which the logarithm, less its mean, over its deviation, also cut off."""
    x, logs = CELLS, np.log1p(1e4 * CELLS / CELLS.sum(axis=1, keepdims=True))
    scaled = np.minimum((logs - logs.mean(axis=0)) / logs.std(axis=0), most)
    for values in (scaled, scaled[:, 100:].astype(np.float32), scaled.round(3)):
        assert trace_of_counts(values).startswith("ratios of two columns of X less the minimum")
    independent = RNG.permuted(scaled, axis=0)  # each column as it was, but no row has a depth
    assert trace_of_counts(independent) is None and trace_of_counts((x - x.mean(axis=0)) / x.std(axis=0)) is None


def test_counts_per_length_and_million_are_known():
    """As reads per gene are, also deep ones without a count below a hundred."""
    length = np.exp(RNG.normal(7, 0.8, size=CELLS.shape[1]))
    deep = RNG.poisson(1000 * RNG.gamma(1, size=(60, 200))) * (RNG.random((60, 200)) > 0.4)
    for rates in (CELLS / length, deep / length[:200]):
        million = 1e6 * rates / rates.sum(axis=1, keepdims=True)
        assert trace_of_counts(million) == "each row of X adds up to 1,000,000"
        assert trace_of_counts(np.log1p(million)) == "each row of np.expm1(X) adds up to 1,000,000"
        assert trace_of_counts(np.log2(million + 1)) == "each row of 2**X - 1 adds up to 1,000,000"
    some = (CELLS / length / CELLS.sum(axis=1, keepdims=True))[:, :150]
    assert trace_of_counts(some).startswith("ratios of two columns of X repeat")
    assert trace_of_counts(deep) is None


NUMBERS = {
    "wine": load_wine().data,
    "cancer": load_breast_cancer().data,
    "iris": load_iris().data,
    "digits": load_digits().data / 16,
    "shares": RNG.dirichlet(np.ones(5), size=400),
    "uniform": RNG.random((300, 6)),
    "amounts": np.round(np.exp(RNG.normal(2, 1, size=(300, 3))), 2),
    "rain": np.maximum(RNG.normal(size=(300, 6)), 0),
    "one-hot": np.eye(5)[RNG.integers(5, size=300)],
    "halves": RNG.integers(0, 9, size=(300, 4)) / 2,
    "below zero": RNG.normal(size=(300, 4)),
    "rain of a region": np.maximum(RNG.normal(size=(300, 40)) + RNG.normal(size=(300, 1)), 0),
    "standardized rain": StandardScaler().fit_transform(np.maximum(RNG.normal(size=(300, 40)), 0)),
    "standardized digits": StandardScaler().fit_transform(load_digits().data),
    "amounts or none": np.round(np.exp(RNG.normal(3, 1, (300, 40))), 2) * (RNG.random((300, 40)) < 0.5),
    "huge": 1e30 * RNG.random((300, 3)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_other_numbers_are_not_taken_for_counts(name):
    assert trace_of_counts(NUMBERS[name]) is None


def test_what_varies_less_than_a_poisson_is_no_count():
    """Exact for a Poisson, whose variance is its mean; scores, years and shares of a fixed total have less."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = np.column_stack([rng.poisson(m, size=100) for m in (0.1, 1, 5, 300)])
        assert underdispersion(np.column_stack([x, rng.negative_binomial(1, 0.2, size=100)])) is None
    rng = np.random.default_rng(0)
    scores, years = rng.choice([1, 2, 3, 4, 5], size=300), 2009 + rng.integers(0, 3, size=300)
    column, ratio = underdispersion(np.column_stack([rng.poisson(3, size=300), years, scores]))
    assert column == 1 and ratio == pytest.approx(years.var() / years.mean())
    assert underdispersion(scores[:, None]) is None  # two thirds of the mean
    assert underdispersion(np.column_stack([np.full(300, 7), scores])) is None  # constant columns are another finding


def test_common_factors():
    counts = np.random.default_rng(0).poisson(3, size=200).astype(float)
    assert common_factor(counts) == 1 and common_factor(100 * counts) == 100
    assert common_factor(np.r_[np.zeros(300), 2.0 * np.ones(5)]) == 1  # too few to tell
    assert common_factor(1e17 * counts) == 1  # beyond what floats can tell


def test_depth_is_known_by_columns_that_rise_alike():
    rng = np.random.default_rng(0)
    depth, z = rng.normal(size=400), rng.normal(size=(400, 2))
    loadings = rng.normal(size=(2, 12))
    deep = 5 * np.exp(depth[:, None] + 0.1 * z @ loadings)
    found = depth_of(rng.poisson(deep).astype(float), np.column_stack([z[:, 0], -depth]), deep)
    assert found.correlation > 0.9 and found.latent == 1 and found.common > 0.9
    # A factor that some columns follow upward and others downward also moves the total, but it is no depth.
    mixed = 5 * np.exp(0.7 * z @ loadings)
    other = depth_of(rng.poisson(mixed).astype(float), z, mixed)
    assert other is None or other.common < 0.5 or other.correlation < 0.5
    # Totals that vary as counting alone makes them vary have no depth.
    assert depth_of(rng.poisson(20.0, size=(400, 12)).astype(float), z, np.full((400, 12), 20.0)) is None


def test_codes_of_a_table_with_kinds_are_not_taken_for_counts():
    """Levels, truth values and ages beside amounts, nearly all of whose squares are integers up to 500 or above it."""
    n = 300
    frame = pd.DataFrame({name: RNG.choice(list("abcde"), n) for name in ("city", "drug", "ward", "kind")})
    frame = frame.assign(age=RNG.integers(18, 90, n), paid=np.where(RNG.random(n) < 0.5, 0, RNG.gamma(2, 400, n)))
    schema = Schema.of_table(frame)
    codes = schema.encode(frame)
    assert trace_of_counts(codes) is not None  # which is wrong of these
    record = SimpleNamespace(schema=schema)
    assert not_counts(SimpleNamespace(all_rows=codes, count_columns=np.array([], int), record=record)) is None
