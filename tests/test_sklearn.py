"""scikit-learn's own checks, and the places where people put an estimator."""

import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import elbax
from elbax.errors import InputError

X = np.random.default_rng(0).normal(size=(60, 4))  # one shape, and one compiled program for most fits


def small(**settings):
    return elbax.VAE(**{"hidden": (8,), "epochs": 2, "random_state": 0, "verbose": 0, **settings})


# A weight is no copy to a shuffled epoch: tests/fit/test_weights.py compares losses and gradients instead.
SHUFFLED = {
    "check_sample_weight_equivalence_on_dense_data": "copies come in other batches than one weighted row",
    "check_dtype_object": "a column of objects that are no numbers, text or dates is left out and named, not refused",
    "check_sample_weight_equivalence_on_sparse_data": "copies come in other batches than one weighted row",
}


@parametrize_with_checks([small(latent_dim=1)], expected_failed_checks=lambda estimator: SHUFFLED)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_pipeline_search_clone_and_output_frames():
    pipeline = make_pipeline(StandardScaler(), small()).set_output(transform="pandas")
    frame = pipeline.fit_transform(X)
    assert list(frame.columns) == ["vae0", "vae1"]
    search = GridSearchCV(small(), {"beta": [0.5, 1.0]}, cv=2).fit(X)
    assert np.isfinite(search.best_score_)
    assert clone(search.best_estimator_).get_params() == search.best_estimator_.get_params()


def test_joblib_and_pickle_keep_every_bit(tmp_path):
    vae = small().fit(X)
    joblib.dump(vae, tmp_path / "vae.joblib")
    for copy in (pickle.loads(pickle.dumps(vae)), joblib.load(tmp_path / "vae.joblib")):
        np.testing.assert_array_equal(copy.transform(X), vae.transform(X))
        np.testing.assert_array_equal(copy.score_samples(X), vae.score_samples(X))
    partial = pickle.loads(pickle.dumps(small().partial_fit(X))).partial_fit(X)
    np.testing.assert_array_equal(partial.transform(X), small().partial_fit(X).partial_fit(X).transform(X))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_tables_come_back_as_tables(frame):
    names = ["height", "weight", "age", "income"]
    table = frame(dict(zip(names, X.T, strict=True)))
    vae = small().fit(table)
    assert list(vae.feature_names_in_) == names
    assert list(vae.reconstruct(table).columns) == list(vae.sample(3).columns) == names


@pytest.mark.parametrize("shape", [(30, 7, 5), (30, 7, 5, 3)])
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_images_of_any_size(shape, network):
    x = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    vae = small(network=network).fit(x)
    assert vae.reconstruct(x).shape == shape
    assert vae.likelihood_.name == "discretized_logistic"


def test_restarts_keep_the_best_elbo():
    several = small(n_init=3, epochs=3).fit(X)
    assert several.history_["val_elbo"].max() >= small(n_init=1, epochs=3).fit(X).history_["val_elbo"].max()


def test_warm_start_continues_and_fit_starts_anew():
    x, settings = X[:, :1] + 0.1 * X, {"epochs": 20, "learning_rate": 3e-2, "init": "random"}
    vae = small(warm_start=True, **settings).fit(x)
    first, *_, last = vae.history_["loss"]
    assert last < first - 1
    assert small(**settings).fit(x).history_["loss"].iloc[0] == first  # the same seed gives the same fit
    assert vae.fit(x).history_["loss"].iloc[20] < (first + last) / 2


def test_a_failed_fit_changes_nothing():
    vae = small().fit(X)
    before = vae.transform(X)
    with pytest.raises(InputError, match="infinite"):
        vae.fit(np.where(X > 2, np.inf, X))
    np.testing.assert_array_equal(vae.transform(X), before)


def test_scores_do_not_depend_on_neighbors():
    vae = small().fit(X)
    np.testing.assert_allclose(vae.score_samples(X)[[5]], vae.score_samples(X[[5]]), rtol=1e-6)
    assert list(vae.elbo(X).columns) == ["reconstruction", "kl", "elbo"]


def test_rows_keep_their_index_and_a_row_its_labels():
    table = pd.DataFrame(X, index=np.arange(len(X)) + 1000, columns=["height", "weight", "age", "income"])
    vae = small().fit(table)
    for found in (vae.reconstruct(table), vae.elbo(table)):
        pd.testing.assert_index_equal(found.index, table.index)
    one, other = table.iloc[0], table.iloc[1]
    straight = vae.interpolate(one, other, 3)
    np.testing.assert_allclose(straight, vae.interpolate(one.to_numpy(), other.to_numpy(), 3), rtol=1e-5)
    with pytest.raises(InputError, match="another order"):
        vae.interpolate(one.iloc[::-1], other, 3)
