"""A weighted row is as many copies of it, a row of weight 0 is none, and equal weights are no weights."""

import numpy as np
import pandas as pd
import pytest

from elbax import VAE
from elbax.data.column_statistics import measure
from elbax.data.row_weights import effective_rows, uneven_weights
from elbax.errors import BoundError, InputError
from elbax.evaluate import Estimate, naming_the_cause
from elbax.fit.weights import check_weights

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
COUNTS = RNG.integers(1, 4, 40)
# Without draws from a posterior, one batch and no map of the rows: the gradient is the same whatever the order of rows.
PLAIN = {
    **{"posterior": "point", "init": "random", "hidden": (4,), "epochs": 2, "patience": 0},
    **{"learning_rate": 1e-2, "random_state": 0, "verbose": 0},
}
WHOLE = {**PLAIN, "validation_fraction": 0.0, "batch_size": 1000}


@pytest.fixture(scope="module")
def weighted():
    return VAE(**WHOLE).fit(X, sample_weight=COUNTS)


def test_integer_weights_are_copies(weighted):
    copies = VAE(**WHOLE).fit(np.repeat(X, COUNTS, axis=0))
    for name in ("loss", "reconstruction"):
        np.testing.assert_allclose(weighted.history_[name], copies.history_[name], rtol=1e-5)
    np.testing.assert_allclose(weighted.reconstruct(X), copies.reconstruct(X), rtol=1e-3, atol=1e-4)
    pairs = zip(weighted.schema_.summary.flat[:7], copies.schema_.summary.flat[:7], strict=True)  # the arrays
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_only_ratios_count_and_a_row_of_weight_0_is_absent(weighted):
    more, weights = np.concatenate([X, 100 + X[:5]]), np.concatenate([2.5 * COUNTS, np.zeros(5)])
    again = VAE(**WHOLE).fit(pd.DataFrame(more).to_numpy(), sample_weight=pd.Series(weights))
    np.testing.assert_allclose(again.history_["loss"], weighted.history_["loss"], rtol=1e-6)


def test_equal_weights_change_nothing():
    ours, theirs = VAE(**PLAIN).fit(X, sample_weight=np.full(40, 3.0)), VAE(**PLAIN).fit(X)
    np.testing.assert_array_equal(ours.transform(X), theirs.transform(X))


def test_held_out_means_are_weighted():
    vae = VAE(**PLAIN, validation="last", validation_fraction=0.5).fit(X, sample_weight=COUNTS)
    reconstruction = vae.elbo(X[20:])["reconstruction"]
    expected = np.average(reconstruction, weights=COUNTS[20:])
    assert vae.history_["val_reconstruction"].iloc[-1] == pytest.approx(expected, rel=1e-4)


def test_statistics_and_estimates_are_weighted():
    statistics, _ = measure(X, COUNTS.astype(float))
    copies, _ = measure(np.repeat(X, COUNTS, axis=0))
    for ours, theirs in zip(statistics, copies, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    estimate = Estimate.of(X[:, 0], COUNTS)
    assert estimate.mean == pytest.approx(np.average(X[:, 0], weights=COUNTS)) and estimate.rows == 40
    np.testing.assert_allclose(Estimate.of(X[:, 0], np.ones(40)), Estimate.of(X[:, 0]), rtol=1e-6)


def test_a_row_that_outweighs_all_others_is_named_as_the_cause(capsys):
    weights = np.ones(len(X))
    weights[3] = 1e6
    assert effective_rows(weights) == pytest.approx(1, abs=1e-3)
    vae = VAE(hidden=(8,), epochs=2, random_state=0).fit(X, sample_weight=weights)
    uneven = f"sample_weight makes {len(X)} rows count like 1.0"
    assert uneven in " ".join(capsys.readouterr().err.split())
    assert vae.outcome_.uneven_weights.endswith("rows count like 1.0")
    with (
        pytest.raises(BoundError, match="since sample_weight makes .* bring the largest weights down$"),
        naming_the_cause(1e-3, vae.outcome_.uneven_weights),
    ):
        raise BoundError("log p(x) is too high")
    assert uneven_weights(effective_rows(COUNTS), len(X)) == "" == uneven_weights(None, len(X))


@pytest.mark.parametrize(
    "weights, message",
    [
        ([1, 2], "one number for each of 3 rows"),
        ([1, -2, 1], "is -2 in row 1"),
        ([1, 1, np.nan], "is nan in row 2"),
        ([0, 0, 0], "zero in every row"),
        (["a", "b", "c"], "a number for each row"),
    ],
)
def test_bad_weights(weights, message):
    with pytest.raises(InputError, match=message):
        check_weights(weights, 3)
