"""Refits: rounds until nothing is wrong, the best of comparable ones kept; and the quick check after every fit."""

import json
import re
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import elbax
from elbax import cli
from elbax.core.likelihoods import Normal, SumOfSquares
from elbax.core.posteriors import DiagonalNormal, Point
from elbax.doctor import Diagnosis, Finding, heal, quick_check
from elbax.types import Batch


class Fake:
    """An estimator that only knows its settings, likelihood and posterior."""

    def __init__(self, fitted_likelihood, /, posterior=None, **settings):
        self.likelihood_, self.settings = fitted_likelihood, settings
        self.module_ = SimpleNamespace(posterior=posterior or DiagonalNormal())
        self.schema_ = SimpleNamespace(event_shape=(2,))

    def get_params(self, deep=True):
        return self.settings


def diagnosis(elbo, *codes, **changes):
    findings = tuple(Finding(code, 0, 0, "measured", "do", changes) for code in codes)
    return Diagnosis(findings, elbax.VAE(), elbo)


def test_rounds_add_up_changes_and_stop_when_healthy():
    asked, latest = [], []
    scripted = iter(
        [
            (SumOfSquares(), diagnosis(5.0, "scale-too-large", likelihood="normal")),
            (Normal(), diagnosis(1.0, "undertrained", epochs=7)),
            (Normal(), diagnosis(2.0, "healthy")),
        ]
    )

    def fit(changes):
        asked.append(changes)
        likelihood, said = next(scripted)
        latest.append(said)
        return Fake(likelihood, **{"likelihood": "auto", "epochs": None, **changes})

    healing = heal(fit, lambda fitted: latest[-1])
    assert asked == [{}, {"likelihood": "normal"}, {"likelihood": "normal", "epochs": 7}]
    assert [each.changes for each in healing.rounds] == [{}, {"likelihood": "normal"}, {"epochs": 7}]
    assert healing.kept == 2  # 5.0 was no density's


def test_the_best_of_comparable_rounds_is_kept():
    elbos = enumerate([1.0, 3.0, 2.0, 0.0], start=1)
    scripted = iter([diagnosis(elbo, "undertrained", epochs=epochs) for epochs, elbo in elbos])
    healing = heal(lambda changes: Fake(Normal(), epochs=changes.get("epochs")), lambda fitted: next(scripted))
    assert len(healing.rounds) == 4 and healing.kept == 1
    assert healing.rows()[1][0] == "1 (kept)" and healing.rows()[1][3] == "3.00"


def test_an_autoencoder_has_no_elbo_and_is_not_kept_for_one():
    posteriors = iter([Point(), DiagonalNormal()])
    said = iter([diagnosis(9.0, "undertrained", epochs=5), diagnosis(1.0, "healthy")])
    healing = heal(
        lambda changes: Fake(Normal(), posterior=next(posteriors), epochs=changes.get("epochs")),
        lambda fitted: next(said),
    )
    assert [row[3] for row in healing.rows()] == ["none", "1.00"] and healing.kept == 1


X = np.random.default_rng(0).normal(size=(120, 2)) * [0.3, 0.1]
TIED = X @ [[1.0, 1.0], [1.0, -1.0]]  # in which a latent pays


def fitted(x, **settings):
    quick = {"epochs": 150, "hidden": (8,), "random_state": 0, "verbose": 0, "init": "random"}
    return elbax.VAE(**{**quick, **settings}).fit(x)


@pytest.mark.parametrize(
    ("x", "settings", "words"),
    [
        (X, {"likelihood": "sum_of_squares"}, "scale-too-large: .*0.5 exceeds"),
        (X, {"beta": 0.0}, "no-kl"),
        (X, {"beta": 1e-3}, "no-kl"),
        (X, {"posterior": "point"}, "no-kl"),
        (np.abs(X).clip(0, 1), {"likelihood": "binary_cross_entropy", "beta": 0.05}, "improper-likelihood"),
        (TIED, {"beta": 50.0}, "kl-overweight: "),
    ],
)
def test_the_quick_check_sees_what_the_history_gives_away(x, settings, words):
    vae = fitted(x, **settings)
    said = quick_check(vae._fit_record(Batch(x), None))
    assert re.search(words, said)
    # The same rules with the same thresholds.
    assert said.split(":")[0] in vae.diagnose(x, probes=False).codes


def test_the_quick_check_names_collapse_that_it_cannot_explain():
    """A certificate of Bernoulli rows would have to be compiled."""
    x = (X > 0).astype(float)
    said = quick_check(fitted(x, beta=50.0)._fit_record(Batch(x), None))
    assert said.startswith("inactive-units: the latents are ignored (KL 0.0")


def test_the_quick_check_sees_fits_that_still_improve_or_got_worse():
    record = fitted(X, patience=0, epochs=20)._fit_record(Batch(X), None)
    falling = record.history.assign(val_elbo=np.r_[np.linspace(-9, 1, 10), np.linspace(1, -9, 10)])
    record = replace(record, history=falling, ladder=None)  # a ladder would be that of the true end
    assert quick_check(record) == "overfit: the validation ELBO fell from 1.00 to -9.00 nats before training ended"
    weighted = replace(record, settings={**record.settings, "beta": 1.1})  # whose training need not raise it
    assert quick_check(weighted) is None
    wide = np.random.default_rng(0).normal(size=(120, 16))
    short = fitted(wide, schedule="constant", learning_rate=1e-3, epochs=20)
    record = short._fit_record(Batch(wide), None)
    assert quick_check(record).startswith("undertrained: each of the last two tenths")
    still = record.history.assign(val_elbo=record.history["val_elbo"].iloc[-1])
    assert quick_check(replace(record, history=still, ladder=None, rise=None)) is None


def test_the_quick_check_runs_no_model(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("the model was run")

    monkeypatch.setattr("elbax.doctor.measurements.map_batches", refuse)
    monkeypatch.setattr("elbax.evaluate.measure_elbo", refuse)
    monkeypatch.setattr("elbax.doctor.probes.train", refuse)
    for settings in (
        {},
        {"beta": 50.0},
        {"likelihood": "sum_of_squares"},
        {"likelihood": "normal(scale=network)"},
    ):
        quick_check(fitted(X, **{**settings, "epochs": 3})._fit_record(Batch(X), None))


def test_the_quick_check_leaves_autoencoders_that_are_penalized_alone():
    vae = fitted(X, posterior="point", objective="mmd(weight=10)", epochs=20)
    assert "no-kl" not in (quick_check(vae._fit_record(Batch(X), None)) or "")


def test_the_quick_check_is_silent_when_nothing_is_wrong_and_costs_next_to_nothing():
    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, size=300)
    x = np.column_stack([t, t**2]) + 0.03 * rng.normal(size=(300, 2))
    vae = elbax.VAE(1, hidden=(16, 16), epochs=150, random_state=0, verbose=0).fit(x)
    record, runs = vae._fit_record(Batch(x), None), []
    assert quick_check(record) is None
    for _ in range(5):
        began = time.perf_counter()
        quick_check(record)
        runs.append(time.perf_counter() - began)
    assert min(runs) < 0.02 * vae.history_["seconds"].iloc[-1]


def test_fit_prints_one_line_when_something_is_wrong(capsys):
    fitted(X, beta=0.0, verbose=1)
    assert capsys.readouterr().err.count("doctor: no-kl") == 1
    fitted(X, beta=0.0, verbose=0)
    assert capsys.readouterr().err == ""


def test_heal_and_diagnose_from_the_shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savetxt(tmp_path / "points.csv", X, delimiter=",", header="a,b", comments="")
    shell = CliRunner()
    options = ["--likelihood", "sum_of_squares", "--epochs", "60", "--hidden", "8", "--no-report"]
    shown = shell.invoke(cli.app, ["fit", "points.csv", *options, "--heal", "--out", "run"])
    assert shown.exit_code == 0, shown.output
    assert "scale-too-large" in shown.output
    rounds = json.loads((tmp_path / "run/heal.json").read_text())
    assert rounds[0]["found"].startswith("scale-too-large") and len(rounds) > 1
    healed = elbax.load(tmp_path / "run")
    assert healed.likelihood_.proper and healed.likelihood == "auto"
    again = shell.invoke(cli.app, ["diagnose", "run", "--json"])
    assert again.exit_code == 0, again.output
    assert "scale-too-large" not in [finding["code"] for finding in json.loads(again.stdout)["findings"]]
    table = pd.DataFrame(X, columns=["a", "b"])
    resumed = shell.invoke(cli.app, ["fit", "--resume", "run"])  # finished and healed: loaded as it is
    assert resumed.exit_code == 0, resumed.output
    np.testing.assert_array_equal(elbax.load(tmp_path / "run").transform(table), healed.transform(table))


def test_renderings_escape_and_tell_value_and_threshold():
    finding = Finding("undertrained", 1.5, 0.25, "gained <b>", "train", {"epochs": 3}, source="arXiv 1")
    shown = replace(diagnosis(0.0, "healthy"), findings=(finding,))
    assert "&lt;b&gt;" in shown._repr_html_() and "1.5" in shown._repr_html_() and "0.25" in shown._repr_html_()
    assert shown.changes == {"epochs": 3} and shown.remedy().epochs == 3
    assert not hasattr(shown.remedy(), "module_")
