"""The plan that ran is the one that everybody reads, and the draws of a model go on."""

import inspect
import json
import pickle

import jax
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from typer.testing import CliRunner

import elbax
from elbax import VAE, report
from elbax.cli import app
from elbax.core import config
from elbax.core.likelihoods import Normal
from elbax.data import Schema
from elbax.errors import InputError
from elbax.evaluate import measure_ladder
from elbax.fit import prior as second_stage
from elbax.fit.choices import check_parameters
from elbax.fit.outcome import Outcome
from elbax.fit.parameters import PARAMETERS
from elbax.fit.plan import FitPlan, part_text, resolve
from elbax.fit.split import Split
from elbax.model_folder import read_plan
from elbax.train import trainer

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(1050, 3)).astype(np.float32)
SMALL = {"hidden": (8,), "epochs": 2, "verbose": 0}


def trained_on(monkeypatch, where: str) -> list:
    """The rows, held-out rows and configuration of each training run."""
    seen = []

    def watched(module, objective, rows, config, **options):
        seen.append((np.asarray(rows.x), options.get("validation"), config))
        return trainer.train(module, objective, rows, config, **options)

    monkeypatch.setattr(f"{where}.train", watched)
    return seen


def reloaded(vae, folder):
    vae.save(folder / "model")
    return elbax.load(folder / "model")


def test_defaults_are_those_of_the_table():
    signature = inspect.signature(VAE)
    assert signature.parameters.keys() == PARAMETERS.keys()
    for name, parameter in signature.parameters.items():
        assert parameter.default == PARAMETERS[name].default, name
    for name, entry in PARAMETERS.items():
        assert entry.constraint.check(name, entry.default) == entry.default


def test_the_doctor_sees_the_rows_and_the_plan_that_ran_without_a_seed(monkeypatch, tmp_path):
    seen = trained_on(monkeypatch, "elbax.fit.run")
    vae = VAE(hidden=(8,), epochs=2, verbose=0).fit(ROWS)
    rows, held_out, config = seen[-1]  # after trials of both starts
    assert len(rows) == 945 and config.batch_size == 32
    for known in (vae, pickle.loads(pickle.dumps(vae)), reloaded(vae, tmp_path)):
        case = known._open_fit_record(ROWS)
        np.testing.assert_array_equal(case.rows.x, rows)
        np.testing.assert_array_equal(case.held_out.x, held_out.x)
        assert case.plan == config
        assert known.plan_.train.batch_size == 32 and known.plan_.split.n_trained == 945


def test_without_settings_the_plan_is_that_of_the_rows_that_are_trained_on():
    schema = Schema.of(ROWS)
    plan = resolve(check_parameters(VAE().get_params()), schema, None, len(ROWS), 7)
    assert (plan.train.batch_size, plan.train.epochs) == (32, 333)
    assert plan.split == Split(1050, 105, 7) and plan.init == "auto"


def test_columns_that_see_each_other_get_dropout_decay_and_larger_batches():
    frame = pd.DataFrame({"sex": list("fm") * 1000, "age": np.arange(2000) % 90})
    schema = Schema.of_table(frame)

    def choose(**settings) -> tuple:
        parameters = check_parameters(VAE(likelihood="histogram", **settings).get_params())
        plan = resolve(parameters, schema, None, 2000, 0, levels=schema.levels, gaps=True)
        return plan.model.decoder_sees, plan.model.dropout, plan.train.weight_decay, plan.train.batch_size

    assert choose() == ("any", 0.1, 0.05, 128)
    assert choose(dropout=0.0, weight_decay=0.0, batch_size=32) == ("any", 0.0, 0.0, 32)
    assert choose(decoder_sees="before")[1:] == (0.1, 0.05, 128)
    assert choose(decoder_sees="none") == ("none", 0.0, 0.0, 64)


@pytest.mark.parametrize("random_state", [None, 0])
def test_the_second_stage_holds_out_the_same_rows(monkeypatch, random_state):
    fits = trained_on(monkeypatch, "elbax.fit.run")
    seconds = trained_on(monkeypatch, "elbax.fit.prior")
    monkeypatch.setattr(second_stage, "_STEPS", 4)
    vae = VAE(**SMALL, init="random", random_state=random_state).fit(ROWS)
    before, split = vae.outcome_.ladder, vae.plan_.split.divide(vae._read(ROWS))
    vae.fit_prior(ROWS, prior="mixture(components=3)")
    after = measure_ladder(vae.module_, vae.schema_.summary, *split, vae.seed_)
    assert vae.outcome_.ladder == after != before
    assert part_text(vae.plan_.model.prior) == "mixture(components=3)" and vae.prior == "standard_normal"
    for one, other in zip(fits[0][:2], seconds[0][:2], strict=True):
        jax.tree.map(np.testing.assert_array_equal, one, other)


def test_the_report_prints_the_plan_that_ran():
    vae = VAE(**SMALL, random_state=0).fit(ROWS)
    vae.set_params(batch_size=7, learning_rate=1.0, schedule="linear")
    training = report.collect(vae, ROWS).facts["Training"]
    assert training["Batch size"] == "32 rows" and training["Learning rate"] == "0.003, cosine"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"latent_dim": 6, "posterior": "iaf(layers=2, hidden=(8,))", "prior": "mixture(components=2)"},
        {"likelihood": Normal("shared"), "objective": "iwae(k=3)", "n_init": 2, "random_state": None},
        {"validation_fraction": 0.0, "hidden": (), "optimizer": "adam(eps=1e-4)", "precision": "auto"},
    ],
    ids=str,
)
def test_plan_and_outcome_are_saved_as_json(settings, tmp_path):
    vae = VAE(**{**SMALL, "random_state": 0, **settings}).fit(ROWS[:60])
    assert FitPlan.from_json(json.loads(json.dumps(vae.plan_.to_json()))) == vae.plan_
    assert Outcome.from_json(json.loads(json.dumps(vae.outcome_.to_json()))) == vae.outcome_
    for known in (reloaded(vae, tmp_path), pickle.loads(pickle.dumps(vae))):
        assert known.plan_ == vae.plan_ and known.outcome_ == vae.outcome_
        assert known.plan_.digest() == vae.plan_.digest()
    assert read_plan(tmp_path / "model") == vae.plan_


def test_every_choice_is_part_of_the_digest():
    def digest(**settings):
        parameters = check_parameters(VAE(**settings).get_params())
        return resolve(parameters, Schema.of(ROWS), None, len(ROWS), 0).digest()

    changes = [{}, {"epochs": 3}, {"beta": 2.0}, {"hidden": (3,)}, {"n_init": 2}, {"optimizer": "sgd"}]
    assert len({digest(**change) for change in changes}) == len(changes)
    assert digest(batch_size=32) == digest() == digest(warm_start=True, verbose=0)


def test_the_outcome_says_which_restart_won_and_by_how_much():
    vae = VAE(**{**SMALL, "epochs": 4}, init="random", n_init=3, random_state=0).fit(ROWS[:100])
    outcome = vae.outcome_
    assert outcome.bounds[outcome.restart] == max(outcome.bounds)
    assert outcome.margin == sorted(outcome.bounds)[-1] - sorted(outcome.bounds)[-2]
    assert vae.seed_ == outcome.seed == vae.plan_.seeds[outcome.restart]
    assert (outcome.n_trained, outcome.n_held_out, outcome.failure) == (90, 10, None)
    assert outcome.best_epoch == vae.history_.set_index("epoch")["val_elbo"].idxmax()


def test_the_outcome_tells_a_fit_that_stopped_early_and_one_that_failed():
    quick = {"hidden": (32,), "random_state": 0, "verbose": 0, "learning_rate": 1e-1, "init": "random"}
    early = VAE(**quick, epochs=300, patience=3).fit(ROWS[:40])
    outcome = early.outcome_
    assert outcome.stopped_early and outcome.epochs == len(early.history_) == outcome.best_epoch + 3
    failed = VAE(**{**quick, "learning_rate": 1e4}, optimizer="sgd", epochs=50)
    with pytest.raises(elbax.errors.TrainingError):
        failed.fit(ROWS[:40])
    assert "learning rate" in failed.outcome_.failure and "failed" in str(failed.outcome_)


def test_info_prints_plan_and_outcome(tmp_path):
    command = ["fit", "iris", "--epochs", "3", "--hidden", "6", "--n-init", "2", "--no-report"]
    runner = CliRunner()
    assert runner.invoke(app, [*command, "--out", str(tmp_path / "run")]).exit_code == 0
    shown = runner.invoke(app, ["info", str(tmp_path / "run")])
    assert shown.exit_code == 0, shown.output
    assert "3 epochs, batches of 32, learning rate 0.003 cosine" in shown.stdout
    assert "rows: 135 trained on, 15 validated on" in shown.stdout
    assert "best of 2 restarts by" in shown.stdout


def test_the_text_of_a_posterior_is_parsed_once(monkeypatch):
    parse_call, texts = config.parse_call, []
    monkeypatch.setattr(config, "parse_call", lambda text: [texts.append(text), parse_call(text)][1])
    VAE(**SMALL, posterior="full_normal", random_state=0).fit(ROWS[:60])
    assert texts.count("full_normal") == 1


def test_a_failed_check_names_the_parameter():
    for settings, words in (
        ({"layer_norm": "yes"}, "layer_norm must be true or false; got 'yes'"),
        ({"dropout": True}, "dropout must be at least 0 and below 1; got True"),
        ({"epochs": 2.0}, "epochs must be an integer of at least 1, or None; got 2.0"),
        (
            {"hidden": [3, 0]},
            r"hidden must be a list of layer widths of at least 1, as in \(256, 256\); got \[3, 0\]",
        ),
    ):
        with pytest.raises(InputError, match=words):
            VAE(**settings).fit(ROWS)


def test_draws_go_on_and_start_again_after_load(tmp_path):
    vae = VAE(**SMALL, random_state=0).fit(ROWS)
    draws = [vae.sample(4) for _ in range(3)]
    assert not np.array_equal(draws[0], draws[1]) and not np.array_equal(draws[1], draws[2])
    again = reloaded(vae, tmp_path)
    for expected in draws:
        np.testing.assert_array_equal(again.sample(4), expected)
    np.testing.assert_array_equal(clone(vae).fit(ROWS).sample(4), draws[0])
    np.testing.assert_array_equal(vae.fit(ROWS).sample(4), draws[0])


def test_a_pickled_copy_continues_the_draws():
    vae = VAE(**SMALL, random_state=0).fit(ROWS)
    vae.sample(4)
    copy = pickle.loads(pickle.dumps(vae))
    np.testing.assert_array_equal(copy.sample(4), vae.sample(4))


def test_a_seed_fixes_one_draw_and_leaves_the_sequence_alone():
    vae, other = (VAE(**SMALL, random_state=0).fit(ROWS) for _ in range(2))
    np.testing.assert_array_equal(vae.sample(4, random_state=5), vae.sample(4, random_state=5))
    np.testing.assert_array_equal(vae.sample(4), other.sample(4))
    loose = VAE(**SMALL).fit(ROWS)
    assert not np.array_equal(loose.sample(4), loose.sample(4))


def test_the_plan_of_one_pass_has_no_pretraining():
    vae = VAE(random_state=0, **SMALL).partial_fit(ROWS[:100])
    assert (vae.plan_.init, vae.plan_.train.pretraining_steps, vae.plan_.train.epochs) == ("random", 0, 1)
