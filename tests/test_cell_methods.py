"""Cells of rows: what odd rows are compared with, and bad input."""

import numpy as np
import pandas as pd
import pytest

from elbax import VAE, cell_methods, evaluate, load
from elbax.errors import InputError
from elbax.evaluate.blame import CellScores
from elbax.evaluate.outliers import learn_usual
from elbax.fit.cross_fit import cross_fits

X = np.random.default_rng(0).normal(size=(120, 1)) + 0.3 * np.random.default_rng(1).normal(size=(120, 3))
OPTIONS = {"epochs": 1, "hidden": (4,), "init": "random", "random_state": 0, "verbose": 0}


@pytest.fixture(scope="module")
def fitted():
    return VAE(1, **OPTIONS).fit(X)


def test_what_is_usual_is_that_of_the_model_as_it_is_now():
    vae = VAE(1, **OPTIONS).fit(X)
    before = vae.decision_function(X[:5])
    vae.partial_fit(X)
    lowest = np.quantile(evaluate.score(vae.module_, vae._held_out, vae.seed_), 0.05)
    after = vae.decision_function(X[:5])
    np.testing.assert_allclose(after, vae.score_samples(X[:5]) - lowest, atol=1e-4)
    assert np.abs(after - before).max() > 1e-3


def test_rows_to_compare_with_bring_their_context():
    context = np.arange(120) % 2 == 0
    vae = VAE(1, **OPTIONS).fit(X, context=context)
    odd = vae.outliers(X[:9], context=context[:9], calibration=(X[20:], context[20:]))
    assert odd["p_value"].min() >= 1 / 101 and odd["p_value"].max() <= 1
    with pytest.raises(InputError, match="^calibration must be a pair"):
        vae.outliers(X[:9], context=context[:9], calibration=X[20:])


def test_a_loaded_model_has_no_rows_to_compare_with(fitted, tmp_path):
    assert hasattr(fitted, "predict")
    fitted.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert not hasattr(loaded, "predict")
    with pytest.raises(InputError, match="pass calibration="):
        loaded.outliers(X[:5])


def test_a_rate_is_above_zero(fitted):
    with pytest.raises(InputError, match="false_discovery_rate must be a number above 0"):
        fitted.outliers(X, 0)


def test_gaps_of_rows_that_are_none_of_the_model_are_named(fitted):
    for rows, words in (([[np.nan, 1.0]], "3 features"), (X[:2, :, None, None], "fitted to images")):
        with pytest.raises(InputError, match=words):
            fitted.impute(rows)
    filled = fitted.impute(pd.DataFrame(X[:4]).where(X[:4] < 0.5))
    assert np.isfinite(np.asarray(filled)).all()


def test_a_level_of_one_row_is_scored_by_a_model_that_has_not_seen_it():
    frame = pd.DataFrame({"a": X[:, 0], "pet": np.where(np.arange(120) % 3 == 0, "cat", "dog")})
    frame.loc[7, "pet"] = "fox"
    vae = VAE(1, **OPTIONS).fit(frame)
    found = vae.outliers(frame, cross_fit=2)
    assert np.isfinite(found["log_prob"]).all()
    assert found["log_prob"].idxmin() == 7 and found["p_value"].idxmin() == 7


def test_rows_with_context_are_cross_fitted():
    rng = np.random.default_rng(0)
    group = np.repeat(["low", "high"], 60)
    x = pd.DataFrame({"a": rng.normal(size=120) + np.where(group == "high", 10.0, 0.0)})
    x.loc[5, "a"] = 10.0  # usual in the other group
    options = OPTIONS | {"epochs": 40, "batch_size": 32, "learning_rate": 0.02}
    vae = VAE(1, **options).fit(x, context=group)
    found = vae.outliers(x, 0.2, cross_fit=2, context=group)
    assert found["p_value"].idxmin() == 5


def test_a_feature_without_cells_has_nothing_usual():
    cells = np.column_stack([np.full(20, np.nan), np.arange(20.0)])
    usual = learn_usual(CellScores(np.zeros(20), cells))
    assert np.isnan(usual.cells[0]) and usual.cells[1] == 9.5
    assert np.isfinite(usual.usualness(usual.rows)).all()


def test_equal_rows_share_a_part_of_cross_fits(monkeypatch):
    frame = pd.DataFrame(
        {"a": np.repeat(X[:, 0], 2), "b": np.repeat(X[:, 0] + 1.0, 2), "c": np.repeat([0.0, 1.5], 120)}
    )
    parts = []

    def counted(*arguments, **options):
        for part, result in cross_fits(*arguments, **options):
            parts.append(part)
            yield part, result

    monkeypatch.setattr(cell_methods, "cross_fits", counted)
    vae = VAE(1, **OPTIONS).fit(frame)
    vae.outliers(frame, cross_fit=2)
    assert np.concatenate(parts).size == 240
    assert all(set(part // 2 * 2) | set(part // 2 * 2 + 1) == set(part) for part in parts)
    few = pd.DataFrame(np.tile(X[:20], (3, 1)), columns=list("abc"))
    with pytest.raises(InputError, match="cross_fit must be at most 20, the number of different rows; got 25"):
        VAE(1, **OPTIONS).fit(few).outliers(few, cross_fit=25)


def test_the_rows_nearest_to_odd_are_explained(fitted):
    found = fitted.outliers(X[:60], 0.001)
    assert not found["odd"].any() and found["blame"].notna().sum() == 10
    nearest = found.sort_values(["p_value", "log_prob"]).index[:10]
    assert set(found.index[found["blame"].notna()]) == set(nearest)
