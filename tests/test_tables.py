"""Tables as people have them, from frame to frame: kinds, gaps, conditions, odd rows."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import kstest
from sklearn.base import clone

import elbax
from elbax import VAE
from elbax.errors import InputError

N = 500


def people(seed=0):
    """A table with a column of each common kind; income depends on sex, the one-hot group on age."""
    rng = np.random.default_rng(seed)
    sex, age = rng.choice(["F", "M"], N), rng.integers(18, 80, N)
    frame = pd.DataFrame({"sex": sex, "age": age})
    frame["answer"] = rng.choice([1, 2, 4, 5], N)
    frame["rain"] = np.where(rng.random(N) < 0.8, 0.0, rng.gamma(2, 5, N)).round(2)
    frame["visits"] = rng.poisson(6, N) + 1
    frame["sales"] = rng.lognormal(27, 1.5, N).round()
    frame["income"] = (rng.gamma(3, 500, N) * (1 + 2 * (sex == "M"))).round(2)
    frame["day"] = (pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 900, N), "D")).strftime("%Y%m%d")
    frame["day"] = frame["day"].astype(int)
    group = pd.get_dummies(pd.Series(np.where(age < 40, "young", rng.choice(["mid", "old"], N)))).astype(int)
    frame = pd.concat([frame, group], axis=1)
    frame["member"] = pd.array(np.where(rng.random(N) < 0.1, None, rng.random(N) < 0.5), dtype="boolean")
    frame.loc[rng.choice(N, 50, replace=False), "income"] = np.nan
    frame.index = pd.Index([f"r{i}" for i in range(N)], name="key")
    return frame


@pytest.fixture(scope="module")
def fitted():
    return VAE(2, epochs=30, random_state=0, verbose=0).fit(people())


def test_samples_hold_only_values_that_could_occur(fitted):
    frame, drawn = people(), fitted.sample(3000)
    assert list(drawn.columns) == list(frame.columns)
    assert drawn.dtypes.drop("member").equals(frame.dtypes.drop("member"))
    assert set(drawn["answer"]) == {1, 2, 4, 5}
    assert (drawn["rain"] >= 0).all() and (drawn["rain"] == 0).mean() == pytest.approx(0.8, abs=0.05)
    assert drawn["visits"].min() >= 0 and drawn["age"].between(5, 92).all()
    assert (drawn[["mid", "old", "young"]].sum(axis=1) == 1).all()
    assert pd.to_datetime(drawn["day"].astype(str), format="%Y%m%d").between("2021-01-01", "2023-12-31").all()
    assert np.log(drawn["sales"]).median() == pytest.approx(27, abs=0.4)
    assert (drawn["sex"] == "F").mean() == pytest.approx((frame["sex"] == "F").mean(), abs=0.06)


def test_gaps_are_filled_and_all_else_is_as_it_was(fitted):
    frame = people()
    filled = fitted.impute(frame)
    assert not filled.isna().any(axis=None) and filled.index.equals(frame.index)
    there = frame.notna()
    pd.testing.assert_frame_equal(filled.where(there), frame.where(there), check_dtype=False)
    men, gaps = frame["sex"] == "M", frame["income"].isna()
    assert filled["income"][gaps & men].mean() > 1.5 * filled["income"][gaps & ~men].mean()
    drawn = fitted.impute(frame, n=20)
    spread = np.std([table["income"][gaps] for table in drawn], axis=0)
    assert (spread > 0).all() and all((table["income"][~gaps] == frame["income"][~gaps]).all() for table in drawn)


def test_conditions_hold_and_change_what_depends_on_them(fitted):
    drawn = fitted.sample(400, given={"sex": "M", "age": (20, 30), "answer": [1, 5]}, random_state=0)
    assert set(drawn["sex"]) == {"M"} and drawn["age"].between(20, 30).all() and set(drawn["answer"]) <= {1, 5}
    assert drawn["young"].mean() > 0.7
    women = fitted.sample(400, given={"sex": "F"}, random_state=0)
    assert drawn["income"].mean() > 1.5 * women["income"].mean()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sex": "X"}, "must be a label among 'F', 'M'; got 'X'"),
        ({"agee": 3}, "did you mean 'age'"),
        ({"age": (90, 99)}, "the training rows have 18 to 79"),
        ({"sex": ("F", "M")}, "one of 'F', 'M', or a list of them"),
        ({"income": [1.0, 2.0]}, "a value or a range"),
        ({"income": np.nan}, "holds a gap"),
        (["sex"], "must name columns"),
    ],
)
def test_bad_conditions_are_one_sentence(fitted, given, message):
    with pytest.raises(InputError, match=message):
        fitted.sample(3, given=given)


def test_a_model_of_a_table_is_saved_pickled_and_cloned(fitted, tmp_path):
    frame = people().head(20)
    fitted.save(tmp_path / "model")
    for again in (elbax.load(tmp_path / "model"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(again.score_samples(frame), fitted.score_samples(frame))
        pd.testing.assert_frame_equal(again.sample(5, random_state=1), fitted.sample(5, random_state=1))
    chosen = {"columns": {"age": "real"}, "missing": ["-9"], "decoder_sees": "none"}
    assert clone(VAE(**chosen)).get_params() | chosen == VAE(**chosen).get_params()


def test_informative_gaps_are_sampled_where_they_occur():
    rng = np.random.default_rng(0)
    rich = rng.random(N) < 0.5
    income = pd.Series(np.where(rich, 9.0, 1.0) + rng.normal(size=N)).mask(rich & (rng.random(N) < 0.6))
    frame = pd.DataFrame({"rich": np.where(rich, "yes", "no"), "income": income})
    vae = VAE(2, epochs=60, missing="informative", random_state=0, verbose=0).fit(frame)
    drawn = vae.sample(4000)
    gaps = drawn["income"].isna()
    assert gaps[drawn["rich"] == "yes"].mean() == pytest.approx(0.6, abs=0.08)
    assert gaps[drawn["rich"] == "no"].mean() < 0.03
    assert vae.impute(frame)["income"].isna().sum() == 0
    assert VAE(2, epochs=1, random_state=0, verbose=0).fit(frame).sample(50).notna().all(axis=None)


def test_rules_hold_in_every_sample(tmp_path):
    rng = np.random.default_rng(0)
    start = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 300, N), "D")
    frame = pd.DataFrame({"start": start, "end": start + pd.to_timedelta(rng.integers(0, 30, N), "D")})
    frame["a"], frame["b"] = rng.integers(0, 50, N), rng.integers(0, 50, N)
    frame["total"] = frame["a"] + frame["b"]
    vae = VAE(2, epochs=2, rules=["start <= end", "a + b == total"], random_state=0, verbose=0).fit(frame)
    vae.save(tmp_path / "model")
    for model in (vae, elbax.load(tmp_path / "model")):
        drawn = model.sample(500)
        assert list(drawn.columns) == list(frame.columns) and (drawn["start"] <= drawn["end"]).all()
        assert (drawn["a"] + drawn["b"] == drawn["total"]).all()
    gaps = frame.astype({"a": float, "b": float, "total": float})
    gaps.loc[:9, ["a", "b"]] = np.nan
    for filled in (vae.impute(gaps), vae.complete(gaps)):  # a total stays, and its parts add up to it
        assert (filled["total"] == gaps["total"]).all() and (filled["a"] + filled["b"] == gaps["total"]).all()
    with pytest.raises(InputError, match="given cannot name 'total', which rule"):
        vae.sample(3, given={"total": 5})
    with pytest.raises(InputError, match="training rows break rule 'a < b'"):
        VAE(rules="a < b", verbose=0).fit(frame)


def test_conditions_hold_in_the_context_of_each_row():
    rng = np.random.default_rng(0)
    group = rng.choice(["low", "high"], N)
    frame = pd.DataFrame({"x": rng.normal(np.where(group == "high", 4.0, -4.0)), "kind": rng.choice(["a", "b"], N)})
    vae = VAE(1, epochs=20, random_state=0, verbose=0).fit(frame, context=group)
    entries = np.array(["high", "low"] * 20)
    drawn = vae.sample(context=entries, given={"kind": "a"}, random_state=0)
    assert (drawn["kind"] == "a").all() and ((drawn["x"] > 0) == (entries == "high")).mean() > 0.95
    with pytest.raises(InputError, match="noise=False is for rows without conditions"):
        vae.sample(context="low", given={"kind": "a"}, noise=False)


def test_known_cells_are_exact_in_completed_rows():
    rng = np.random.default_rng(0)
    big = rng.integers(10**8, 2 * 10**8, N).astype(float)  # beyond what single precision tells apart
    frame = pd.DataFrame({"big": big, "kind": rng.choice(["a", "b"], N), "id": [f"r{i}" for i in range(N)]})
    vae = VAE(1, epochs=1, random_state=0, verbose=0).fit(frame)
    rows = frame.head(20).copy()
    rows.loc[:9, "kind"] = None
    drawn = vae.complete(rows, n=2)
    assert drawn["big"].tolist() == np.repeat(rows["big"], 2).tolist() and drawn["kind"].notna().all()
    assert drawn["id"].tolist() == np.repeat(rows["id"], 2).tolist()


def test_polars_goes_in_and_comes_out(fitted):
    frame = people()[["sex", "age", "income"]].reset_index(drop=True)
    table = pl.from_pandas(frame)
    vae = VAE(1, epochs=2, random_state=0, verbose=0).fit(table)
    for out in (vae.sample(3), vae.impute(table), vae.reconstruct(table)):
        assert isinstance(out, pl.DataFrame) and out.schema == table.schema
    assert vae.impute(table)["income"].null_count() == 0
    odd = vae.outliers(table.head(50))
    assert list(odd["odd"].unique()) in ([False], [True], [False, True])


def test_a_cell_that_does_not_fit_its_row_surprises(fitted):
    frame = people()
    rows = frame.query("young == 1").head(8)
    surprise = fitted.surprise(rows.assign(age=75), calibration=frame.head(60))
    assert list(surprise.index) == list(rows.index) and surprise.shape[1] == len(fitted.schema_.feature_names)
    usual = fitted.surprise(rows, calibration=frame.head(60))
    assert (surprise["age"] > usual["age"] + 1).mean() > 0.7


def test_an_odd_row_among_those_of_the_fit_is_flagged_and_its_column_blamed():
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.normal(size=(240, 1)) + 0.3 * rng.normal(size=(240, 3)), columns=list("abc"))
    x.loc[7, "b"] = 9.0
    vae = VAE(1, epochs=20, hidden=(), batch_size=64, learning_rate=0.02, random_state=0, verbose=0).fit(x)
    found = vae.outliers(x, 0.1, cross_fit=2)
    assert found["odd"][7] and found["odd"].sum() <= 3
    assert found["blame"][7] == "b" and found["found"][7] == 9.0 and abs(found["expected"][7]) < 3


def test_new_rows_are_compared_with_rows_of_the_fit_that_their_models_have_not_seen():
    """Rows of the same law have uniform p-values, though the model knows those that they are compared with."""
    rng = np.random.default_rng(0)
    rows = lambda n: rng.normal(size=(n, 1)) + 0.3 * rng.normal(size=(n, 3))  # noqa: E731
    x, new = (pd.DataFrame(rows(n), columns=list("abc")) for n in (240, 400))
    odd = np.arange(400) < 30
    new.loc[odd, "b"] = 9.0
    vae = VAE(1, epochs=20, hidden=(), batch_size=64, learning_rate=0.02, random_state=0, verbose=0).fit(x)
    found = vae.outliers(new, 0.1, calibration=x, cross_fit=2)
    p = found["p_value"][~odd]
    assert found["p_value"].min() == 1 / 241
    assert kstest(p, "uniform").statistic < 1.63 * np.sqrt(1 / 240 + 1 / 370)  # the 1% level of two samples
    assert found["odd"][odd].all() and found["odd"][~odd].sum() <= 10  # 3 expected
    assert (found["blame"][odd] == "b").all() and found["found"][odd].eq(9.0).all()
    with pytest.raises(InputError, match="false_discovery_rate must be a number above 0"):
        vae.outliers(new.head(20), 0, calibration=x.head(9))
    with pytest.raises(InputError, match="cross_fit must be at most 120, half of the 240 rows of the fit; got 121"):
        vae.outliers(new, calibration=x, cross_fit=121)
