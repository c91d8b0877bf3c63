"""The benchmark of tables: fixed splits, exact conditional means, planted gaps and faults, and its table of results."""

import json

import numpy as np
import pandas as pd
import pytest
from benchmarks.tabular import conditions, defaults, filling, odd_rows, peers, quality, tables

import elbax
from elbax.evaluate.synthetic import CodedTables


def small(n: int = 200, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    frame = pd.DataFrame(
        {
            "when": pd.Timestamp("2013-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 9000, n), unit="h"),
            "group": np.array(["a", "b", "c"])[group],
            "x": 5.0 * group + rng.normal(size=n),
            "whole": rng.integers(0, 500, n),
        }
    )
    frame.loc[::9, "x"] = np.nan
    frame.loc[::11, "group"] = None
    return frame


@pytest.fixture
def table(monkeypatch) -> tables.Table:
    made = tables.Table("small", "a test", "here", "group", 150, small)
    monkeypatch.setitem(tables.TABLES, "small", made)
    return made


def test_splits_are_disjoint_and_always_the_same(table):
    train, test = table.split()
    assert (len(train), len(test)) == (135, 15)
    assert not set(train["whole"].astype(str) + train["when"].astype(str)) & set(
        test["whole"].astype(str) + test["when"].astype(str)
    )
    assert tables.hashed_order("adult", 5).tolist() == tables.hashed_order("adult", 5).tolist() != list(range(5))


def test_peers_get_rows_without_gaps_and_give_back_what_the_table_holds(table):
    train, _ = table.split()
    rows, discrete = peers.prepare(train)
    assert discrete == ["group"] and not rows.isna().any().any() and (rows["group"] == peers.GAP).any()
    back = peers.restore(rows, train, np.random.default_rng(0))
    assert set(back["group"].dropna()) == {"a", "b", "c"} and back["group"].isna().sum() == train["group"].isna().sum()
    assert back["x"].isna().mean() == pytest.approx(train["x"].isna().mean(), abs=0.1)
    assert (back["when"] == train["when"]).all() and (back["whole"] == train["whole"]).all()


def test_exact_means_of_a_mixture_are_the_mean_of_its_draws():
    _, parts = filling.planted_mixture(0, 10)
    draws = filling._draw(parts, 400_000, np.random.default_rng(1))
    point = draws[0].copy()
    near = np.abs(draws[:, :2] - point[:2]).max(axis=1) < 0.15
    hidden = np.array([[False, False, True, True, True]])
    exact = filling.exact_means(point[None], hidden, [(w, m[:5], c) for w, m, c in parts])
    error = draws[near, 2:].std(axis=0) / np.sqrt(near.sum())
    assert near.sum() > 100 and (np.abs(exact[0, 2:] - draws[near, 2:].mean(axis=0)) < 4 * error + 0.15).all()


def test_hidden_cells_are_those_asked_for(table):
    frame = table.frame()
    for pattern in ("MCAR", "MAR"):
        hidden = filling.hide(frame, 0.3, pattern, 0)
        assert not (hidden & frame.isna().to_numpy()).any()
        assert hidden[:, 3].mean() == pytest.approx(0.3, abs=0.1)
    late = frame["when"] > frame["when"].median()
    assert hidden[late, 3].mean() > 2 * hidden[~late, 3].mean() and not hidden[:, 0].any()


def test_other_methods_fill_mixed_tables(table):
    frame = table.frame().drop(columns="when")
    hidden = filling.hide(frame, 0.2, "MCAR", 0)
    gappy = filling._hidden(frame, hidden)
    for method in ("mean and mode", "20 neighbors", "IterativeImputer"):
        filled = filling.METHODS[method](gappy)
        assert not filled.isna().any().any()
        number, label = filling.errors(frame, filled, hidden)
        assert 0.3 < number < 1.3 and label < 0.9
    assert filling.errors(frame, frame, hidden) == (0.0, 0.0)


def test_planted_faults_are_within_the_range_of_their_column(table):
    train, test = (frame.assign(twice=2 * frame["x"]) for frame in (small(300, 1), small(100, 2)))
    rows, places = odd_rows.plant(test, train, 0.3, 0)
    changed = ((rows != test) & ~(rows.isna() & test.isna())).to_numpy()
    assert 3 < (places >= 0).sum() < 60 and (changed.sum(axis=1) <= (places >= 0)).all()
    assert rows["x"].min() >= min(train["x"].min(), test["x"].min())


def test_conditions_are_met_at_both_ends():
    frame = pd.DataFrame({"age": [49, 50, 60, 61], "sex": ["F", "F", "M", "M"]})
    assert conditions.meets(frame, {"age": (50, 60)}).tolist() == [False, True, True, False]
    assert conditions.meets(frame, {"sex": ["F"], "age": (0, 49)}).tolist() == [True, False, False, False]


def test_rows_of_one_distribution_are_within_chance(table):
    one, other, third = (small(400, seed).drop(columns="when") for seed in (1, 2, 3))
    third["group"] = "a"
    for made, within in ((other, True), (third, False)):
        distances, chance = conditions.distances_and_chance(CodedTables.of(one, one, made), 0, shuffles=60)
        assert chance.shape == (60, 3) and (distances <= np.quantile(chance, 0.98, axis=0)).all() == within


def test_results_of_several_methods_become_one_table(table, tmp_path, capsys):
    train, _ = table.split()
    rows, _ = peers.prepare(train)
    peers.restore(rows, train, np.random.default_rng(0)).to_csv(tmp_path / "small-tvae-0.csv.gz", index=False)
    (tmp_path / "small-tvae-0.json").write_text(json.dumps({"table": "small", "seconds of training": 3.0}))
    methods = ["independent columns", "real rows, drawn again", "tvae", "ctgan"]
    quality.run(["small"], tmp_path, tmp_path, 0, {}, methods)
    found = json.loads((tmp_path / "tabular-quality.json").read_text())["small"]
    assert set(found) == set(methods) - {"ctgan"} and "processor" in (tmp_path / "tabular-quality.md").read_text()
    copies = {method: found[method]["report"]["privacy"]["copies"]["mean"] for method in found}
    assert copies["real rows, drawn again"] == 1 and copies["independent columns"] < 0.1
    printed = capsys.readouterr().out
    assert "no rows of ctgan" in printed and "| tvae | " in printed


def test_maps_and_fillings_are_counted_as_a_share_of_what_there_is_to_predict(table):
    train, test = table.split()
    seen = ["group", "x"]
    train, test = train[seen], test[seen].ffill().bfill()
    cells = np.ones(test.shape, bool)
    usual = pd.DataFrame({"group": train["group"].mode()[0], "x": train["x"].mean()}, index=test.index)
    assert defaults.skill(train, test, test, cells) == 1
    assert defaults.skill(train, test, usual, cells) == pytest.approx(0, abs=1e-9)
    codes = {"a": 0.0, "b": 1.0, "c": 2.0}
    train, z, z_test = train.dropna(), train.dropna()[["group"]].replace(codes), test[["group"]].replace(codes)
    found = defaults.neighbors_skill(z.to_numpy(float), train, z_test.to_numpy(float), test)
    assert 0.9 < found <= 1  # groups are known, and x is five times the group, and noise


def test_the_density_within_bins_is_what_codes_leave_out(table):
    train, test = table.split()
    vae = elbax.VAE(1, hidden=(4,), epochs=1, likelihood="histogram", decoder_sees="none", random_state=0, verbose=0)
    vae.fit(train[["whole"]].assign(group=train["group"].fillna("a")))
    rows = test[["whole"]].assign(group="b")
    grid = vae.schema_.summary.flat.grids[0]
    assert len(grid.low) > 3
    middle = (grid.low[None] <= rows[["whole"]].to_numpy()) & (rows[["whole"]].to_numpy() <= grid.high[None])
    coded = rows[middle.any(axis=1)]
    widths = (1 + grid.high - grid.low)[middle[middle.any(axis=1)].argmax(axis=1)]
    beyond = (len(grid.low) + 2) / (grid.n + 1)  # of values between the bins, and of both tails
    assert quality.within_bins(vae, coded) == pytest.approx(np.log(widths / (1 - beyond)).mean(), abs=1e-4)
