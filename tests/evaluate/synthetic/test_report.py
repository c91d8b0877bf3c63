"""Reports of synthetic rows: measures that are known for copies, independent columns and fresh draws."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from rich.console import Console
from sklearn.metrics import roc_auc_score

from elbax.errors import InputError, MissingExtraError
from elbax.evaluate.synthetic import CodedTables, SyntheticReport, report_synthetic, sdmetrics_scores
from elbax.evaluate.synthetic.classifiers import auc
from elbax.evaluate.synthetic.detection import detect
from elbax.evaluate.synthetic.privacy import measure_privacy
from elbax.evaluate.synthetic.similarity import associations, mean_trend, pair_trends
from elbax.evaluate.synthetic.usefulness import usefulness


def draw(n: int, seed: int) -> pd.DataFrame:
    """Rows of a category, a number that hangs on it, a date, a gappy number and a boolean."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    amount = 10 * group + rng.normal(size=n)
    days = rng.integers(0, 400, n)
    gappy = np.where(rng.random(n) < 0.3, np.nan, amount + rng.normal(size=n))
    return pd.DataFrame(
        {
            "group": np.array(["a", "b", None], object)[group],
            "amount": amount,
            "when": pd.Timestamp("1960-01-01") + pd.to_timedelta(days, unit="D"),
            "gappy": gappy,
            "flag": rng.random(n) < 0.5,
        }
    )


def shuffled(frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Independent columns with the same values."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: frame[name].to_numpy()[rng.permutation(len(frame))] for name in frame})


@pytest.fixture(scope="module")
def real() -> tuple[pd.DataFrame, pd.DataFrame]:
    return draw(400, 0), draw(200, 1)


@pytest.fixture(scope="module")
def independent(real) -> SyntheticReport:
    return report_synthetic(*real, shuffled(real[0]), target="group")


@pytest.fixture(scope="module")
def fresh(real) -> SyntheticReport:
    return report_synthetic(*real, draw(400, 2), target="group")


def test_independent_columns_have_perfect_shapes_and_are_found_out(independent, fresh):
    assert independent.shape == pytest.approx(1)
    assert independent.trend < fresh.trend - 0.05
    trees = independent.detection[0]
    assert trees.unseen.mean > 0.9 and trees.score < 0.2
    assert independent.usefulness.synthetic.mean < 0.7 < 0.95 < independent.usefulness.real.mean
    assert any("boosted trees tells" in warning for warning in independent.warnings)


def test_fresh_rows_of_the_same_distribution_pass(fresh):
    for found in fresh.detection:
        assert abs(found.unseen.mean - 0.5) < 4 * found.unseen.error
    assert abs(fresh.usefulness.difference.mean) < 4 * fresh.usefulness.difference.error + 0.01
    assert fresh.privacy.copies.mean == 0
    assert abs(fresh.privacy.closer.mean - 0.5) < 4 * fresh.privacy.closer.error
    assert abs(fresh.privacy.membership.mean - 0.5) < 4 * fresh.privacy.membership.error
    assert not fresh.warnings


def test_copies_give_the_training_rows_away(real):
    train, test = real
    copies = train.sample(400, replace=True, random_state=0)
    privacy = measure_privacy(CodedTables.of(train, test, copies), 1000, seed=0)
    assert privacy.copies.mean == 1 and privacy.held_out_copies.mean == 0
    assert privacy.distance.mean == 0 < privacy.held_out_distance.mean
    assert privacy.closer.mean > 0.6
    share = len(np.unique(copies.index)) / len(train)  # of the training rows that were copied
    assert privacy.membership.mean == pytest.approx(share + (1 - share) / 2, abs=0.1)


def test_exact_copies_among_held_out_rows_count_too():
    rows = pd.DataFrame({"a": ["x", "y", None] * 20, "b": [1.0, np.nan, 0.0] * 20})
    privacy = measure_privacy(CodedTables.of(rows, rows, rows.assign(b=-rows.b)), 100, seed=0)
    assert privacy.held_out_copies.mean == 1
    assert privacy.copies.mean == pytest.approx(2 / 3)  # gaps are alike, and so are 0 and -0


def test_distances_are_gowers(real):
    """Brute force on a few rows."""
    train, test = (rows[["group", "amount", "gappy"]] for rows in real)
    tables = CodedTables.of(train[:40], test[:20], test[20:40])
    spread = {name: train[:40][name].max() - train[:40][name].min() for name in ("amount", "gappy")}

    def distance(a, b) -> float:
        total = float(not (a.group == b.group or pd.isna(a.group) and pd.isna(b.group)))
        for name, width in spread.items():
            one, other = a[name], b[name]
            gap = pd.isna(one), pd.isna(other)
            total += float(gap[0] != gap[1]) if any(gap) else abs(one - other) / width
        return total / 3

    closest = [min(distance(a, b) for _, b in train[:40].iterrows()) for _, a in test[20:40].iterrows()]
    assert measure_privacy(tables, 100, seed=0).distance.mean == pytest.approx(np.median(closest), rel=1e-5)


def test_auc_and_its_error():
    rng = np.random.default_rng(0)
    positive, negative = rng.integers(0, 9, 60).astype(float), rng.integers(-2, 8, 40).astype(float)
    labels = np.repeat([1, 0], [60, 40])
    found = auc(positive, negative)
    assert found.mean == pytest.approx(roc_auc_score(labels, np.concatenate([positive, negative])))
    draws = [auc(rng.normal(0.5, 1, 60), rng.normal(0, 1, 40)) for _ in range(400)]
    assert np.std([one.mean for one in draws]) == pytest.approx(np.mean([one.error for one in draws]), rel=0.15)


def test_trends_of_two_numbers_and_of_categories():
    rng = np.random.default_rng(0)
    x = rng.normal(size=2000)
    train = pd.DataFrame({"x": x, "y": x, "c": np.where(x > 0, "p", "n")})
    made = pd.DataFrame({"x": x, "y": -x, "c": np.where(x > 0, "n", "p")})
    scores, held_out = pair_trends(CodedTables.of(train, train, made))
    assert scores[0, 1] == pytest.approx(0) and np.isnan(scores[0, 0])  # correlations of 1 and -1
    assert scores[0, 2] == pytest.approx(0, abs=0.2)  # only the bin that holds zero is shared
    assert mean_trend(held_out) == pytest.approx(1)
    assert np.isnan(mean_trend(np.full((1, 1), np.nan)))


def test_associations_are_between_zero_and_one():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 4, 5000)
    v = associations(np.column_stack([a, a * 2, rng.integers(-1, 3, 5000), np.zeros(5000, int)]))
    assert v[0, 1] == pytest.approx(1, abs=1e-3) and v[0, 2] < 0.05 and v[0, 3] == 0
    np.testing.assert_array_equal(v, v.T)


def test_usefulness_of_a_number_is_r2(real):
    use = usefulness(CodedTables.of(*real, draw(400, 2)), "amount", 1000, seed=0)
    assert use.measure == "R²" and use.synthetic.mean > 0.95 and abs(use.difference.mean) < 0.02
    with pytest.raises(InputError, match="unknown target 'amont'; did you mean 'amount'"):
        usefulness(CodedTables.of(*real, draw(400, 2)), "amont", 1000, seed=0)


def test_a_target_with_one_level_among_synthetic_rows_teaches_nothing(real):
    made = draw(400, 2).assign(group="a")
    assert usefulness(CodedTables.of(*real, made), "group", 1000, seed=0).synthetic.mean == 0.5


@pytest.mark.parametrize("convert", [pl.from_pandas, lambda frame: pl.from_pandas(frame).to_arrow()])
def test_other_frames_are_coded_alike(real, convert):
    train, test = real
    first, second = CodedTables.of(train, test, test), CodedTables.of(*map(convert, (train, test, test)))
    assert first.names == second.names and first.kinds == second.kinds
    assert first.kinds == ("category", "number", "date", "number", "category")
    assert [len(levels) for levels in first.levels] == [len(levels) for levels in second.levels]
    np.testing.assert_array_equal(first.train, second.train)


def test_free_text_is_left_out_and_said(real):
    train, test = (frame.assign(name=[f"row {i}" for i in range(len(frame))]) for frame in real)
    tables = CodedTables.of(train, test, test)
    assert tables.left_out == ("name",) and "name" not in tables.names


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="flag"), "lacks 'flag'"),
        (lambda frame: frame[:5], "synthetic has 5 rows; pass at least 10"),
        (lambda frame: frame.assign(amount="much"), "column 'amount' holds a number in the training rows"),
        (lambda frame: frame.assign(when=1.0), "column 'when' holds a date in the training rows"),
        (lambda frame: np.zeros(20), "synthetic must be a data frame or an array"),
    ],
)
def test_tables_that_cannot_be_compared(real, change, message):
    with pytest.raises(InputError, match=message):
        report_synthetic(*real, change(draw(100, 2)))


def test_the_record_goes_to_json_and_back_and_shows_itself(independent):
    value = json.loads(json.dumps(independent.to_json()))
    again = SyntheticReport.from_json(value)
    assert str(again) == str(independent) and value["warnings"]
    console = Console(width=140, record=True)
    console.print(independent)
    text = console.export_text()
    assert "400 synthetic rows, 400 for training, 200 held out" in text
    assert "AUC of 'group' on held-out rows" in text and "membership attack" in text
    assert "<td>exact copies</td>" in independent._repr_html_()
    assert independent.worst_pairs(1)[0][0] == pytest.approx(np.nanmin(independent.trends))


def test_sdmetrics_agrees_on_shapes_or_says_what_to_install(real, monkeypatch):
    tables = CodedTables.of(*real, draw(400, 2))
    monkeypatch.setitem(__import__("sys").modules, "sdmetrics", None)
    with pytest.raises(MissingExtraError, match=r"pip install elbax\[synth\]"):
        sdmetrics_scores(tables)


def test_sdmetrics_agrees_on_shapes(fresh):
    pytest.importorskip("sdmetrics")
    assert fresh.sdmetrics.shapes == pytest.approx(fresh.shape, abs=0.02)


def test_arrays_are_tables_of_numbers():
    rng = np.random.default_rng(0)
    tables = CodedTables.of(*(rng.normal(size=(50, 2)) for _ in range(3)))
    assert tables.names == ("0", "1") and all(found.unseen.rows == 100 for found in detect(tables, 50, 0))


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y"])
def test_dates_that_are_text_are_compared_as_dates(form):
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(300), "D")
    frame = pd.DataFrame({"when": days.strftime(form), "n": np.arange(300.0)})
    frame.loc[::9, "when"] = None
    tables = CodedTables.of(frame[:200], frame[200:], frame)
    assert tables.kinds == ("date", "number") and not tables.left_out
    expected = np.where(frame["when"].isna(), np.nan, days.to_numpy().astype("M8[s]").astype(float))
    np.testing.assert_array_equal(tables.synthetic[:, 0], expected)


def test_numbers_that_are_text_are_compared_as_numbers_and_few_are_labels():
    x = np.random.default_rng(0).gamma(2, 9, 300).round(2)
    frame = pd.DataFrame({"x": [f"{value:.2f}" for value in x], "code": [str(i % 7) for i in range(300)]})
    frame.loc[::9, "x"] = "?"
    tables = CodedTables.of(frame[:200], frame[200:], frame)
    assert tables.kinds == ("number", "category")
    np.testing.assert_allclose(tables.synthetic[:, 0], np.where(np.arange(300) % 9 == 0, np.nan, x))
