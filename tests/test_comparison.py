"""`elbax.compare` and `elbax compare`: paired differences on the same held-out rows."""

import json

import numpy as np
import pytest
from scipy.stats import ttest_rel
from typer.testing import CliRunner

import elbax
from elbax.cli import app
from elbax.comparison import Comparison
from elbax.errors import InputError
from elbax.evaluate import independent
from elbax.runs.comparison import _SAME_ROWS, _SAME_VALUES, _check_same_values, _difference, _names
from elbax.runs.config import RunConfig
from elbax.runs.folder import Run

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 2)) @ RNG.normal(size=(2, 5)) + 0.3 * RNG.normal(size=(120, 5))
SETTINGS = {"hidden": (8,), "random_state": 0, "verbose": 0}


@pytest.fixture(scope="module")
def models():
    return {
        "two": elbax.VAE(2, epochs=3, **SETTINGS).fit(X[:90]),
        "again": elbax.VAE(2, epochs=3, **SETTINGS).fit(X[:90]),
        "one": elbax.VAE(1, epochs=3, **SETTINGS).fit(X[:90]),
    }


def test_errors_are_those_of_paired_differences():
    hard = 10 * RNG.normal(size=60)  # rows that are hard for both models
    a, b = hard + 0.1 * RNG.normal(size=60), hard - 0.2 + 0.1 * RNG.normal(size=60)
    comparison = Comparison.of({"a": a, "b": b})
    difference = comparison.difference("a", "b")
    assert difference.mean / difference.error == pytest.approx(ttest_rel(a, b).statistic)
    assert not comparison.is_noise("a", "b") and comparison.best == "a"
    assert "a is better than every other model" in comparison.summary


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_noise_is_what_a_paired_t_test_says(shift):
    verdicts = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        verdicts.append(Comparison.of({"a": rng.normal(size=8), "b": rng.normal(shift, 1, 8)}).is_noise("a", "b"))
    if shift == 0:
        assert 0.92 < np.mean(verdicts) < 0.98
    else:
        assert np.mean(verdicts) < 0.8


def test_models_and_simple_ones_on_the_same_rows(models):
    comparison = elbax.compare(models, X[90:], train=X[:90])
    table = comparison.table
    simple = {"independent columns", "probabilistic PCA, 2 latents", "factor analysis, 2 latents", "full normal"}
    assert set(table.index) == simple | set(models)
    assert set(comparison.simple) == simple and comparison.is_noise("two", "again")
    assert table.loc["one", "log_prob"] == pytest.approx(models["one"].score(X[90:]))
    assert table["difference"].is_monotonic_decreasing
    assert json.loads(json.dumps(comparison.to_json()))["n_rows"] == 30
    assert comparison.plot().axes[0].get_yticklabels()[0].get_text() == comparison.best
    assert comparison.summary in str(comparison) and comparison.summary in comparison._repr_html_()


def test_what_does_not_compare_is_refused_by_name(models):
    with pytest.raises(InputError, match="at least 5 rows; got 3"):
        elbax.compare(models, X[:3])
    binary = (X > 0).astype(float)
    discrete = elbax.VAE(2, epochs=1, **SETTINGS).fit(binary)
    continuous = elbax.VAE(2, epochs=1, likelihood="normal", **SETTINGS).fit(binary)
    with pytest.raises(InputError, match="column 0 has a probability in 'model 1' and a density in 'model 2'"):
        elbax.compare([discrete, continuous], binary)
    loss = elbax.VAE(2, epochs=1, likelihood="sum_of_squares", **SETTINGS).fit(X)
    with pytest.raises(InputError, match="'model 1' has a loss"):
        elbax.compare([loss], X)
    assert "is the only model" in elbax.compare(models["two"], X).summary
    with pytest.raises(InputError, match="must be fitted VAEs"):
        elbax.compare([X], X)


def test_simple_models_are_in_the_units_of_the_models():
    """A fixed noise level, and log-ratios of shares."""
    x = X * [1, 10, 100, 1, 1] + [5, 50, 500, 0, 0]
    fixed = elbax.VAE(1, epochs=1, likelihood="normal(scale=fixed, value=0.5)", **SETTINGS).fit(x[:90])
    simple = elbax.compare([fixed], x[90:], train=x[:90]).table.loc["independent columns", "log_prob"]
    assert simple == pytest.approx(independent(x[:90]).log_prob(x[90:]).mean(), abs=1e-3)
    shares = np.random.default_rng(0).dirichlet(np.ones(4), size=120)
    models = [elbax.VAE(1, epochs=1, ties=ties, **SETTINGS).fit(shares[:90]) for ties in ("log-ratio", "drop", "keep")]
    table = elbax.compare(models[:2], shares[90:], train=shares[:90]).table
    # With respect to all shares but the last: log((n - 1)!) for a flat Dirichlet.
    assert table.loc["full normal", "log_prob"] == pytest.approx(np.log(6), abs=0.7)
    with pytest.raises(InputError, match="'model 1' has a density of 3 columns and 'model 2' of 4.*same ties"):
        elbax.compare(models[1:], shares[90:])


def test_runs_that_read_other_values_or_rows_are_refused(tmp_path):
    runs = {}
    for name, settings in (("a", {}), ("b", {"alpha": "black"}), ("c", {"weights": "w"})):
        runs[name] = Run(tmp_path / name, RunConfig(data="rows", **settings))
    assert _difference({name: runs[name] for name in "ab"}, _SAME_VALUES) == "alpha"
    assert _difference({name: runs[name] for name in "ac"}, _SAME_ROWS) == "weights"
    assert _difference({name: runs[name] for name in "ac"}, _SAME_VALUES) is None


def test_a_run_that_is_named_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="is named twice; compare it with other runs"):
        _names([tmp_path / "a", tmp_path / "b", tmp_path / "b" / ".." / "a"])


def test_runs_of_images_and_of_other_data_are_not_told_to_change_an_option(tmp_path):
    images = Run(tmp_path / "a", RunConfig(data="rows", alpha="white", pixels="gray"))
    with pytest.raises(InputError, match="a is a run of image files and b is not; compare runs of the same data"):
        _check_same_values({"a": images, "b": Run(tmp_path / "b", RunConfig(data="rows"))})


def test_the_shell_compares_runs(tmp_path):
    rows, other = tmp_path / "rows.csv", tmp_path / "other.csv"
    for path, x in ((rows, X[:90]), (other, X[90:])):
        np.savetxt(path, x, delimiter=",", header="a,b,c,d,e", comments="")
    run = lambda *words: CliRunner().invoke(app, [str(word) for word in words])  # noqa: E731
    for name, latents in (("one", 1), ("two", 2)):
        command = ("fit", rows, "--out", tmp_path / name, "--latent-dim", latents, "--epochs", 2, "--hidden", 8)
        assert run(*command, "--no-report").exit_code == 0
    figure = tmp_path / "figure.png"
    shown = run("compare", tmp_path / "one", tmp_path / "two", "--out", figure)
    assert shown.exit_code == 0, shown.output
    assert "factor analysis" in shown.output and "noise" in shown.output
    # Two epochs are too few to gain over the linear model, which is refitted to all rows.
    assert "one, two kept their linear models, which were fitted to these rows too" in shown.output
    assert figure.read_bytes().startswith(b"\x89PNG")
    record = json.loads(run("compare", tmp_path / "one", tmp_path / "two", other, "--json").output)
    assert record["n_rows"] == 30 and {model["model"] for model in record["models"]} >= {"one", "two"}
    refused = run("compare", tmp_path / "one", tmp_path / "two", "--out", "figure.txt")
    assert refused.exit_code != 0
