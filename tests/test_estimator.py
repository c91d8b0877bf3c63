"""What the estimator promises beyond scikit-learn's conventions."""

import json

import numpy as np
import pandas as pd
import pytest

import elbax
from elbax.core.likelihoods import Normal
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data import Schema
from elbax.errors import InputError, TrainingError

DATA = np.random.default_rng(0).normal(size=(120, 4)) @ np.random.default_rng(1).normal(size=(4, 4)) + 50.0


def small(**settings):
    return elbax.VAE(**{"hidden": (16,), "epochs": 20, "random_state": 0, "verbose": 0, **settings})


@pytest.mark.parametrize(
    "settings",
    [
        {"precision": "bfloat16", "layer_norm": True, "dropout": 0.1},
        {"posterior": "point", "validation_fraction": 0.0},
        {"free_bits": 0.2, "latent_dim": 7, "hidden": (16, 8), "activation": "silu"},
        {"beta": 0.0, "optimizer": "lion", "schedule": "constant", "weight_decay": 1e-3, "clip_norm": 1.0},
        {"likelihood": "student_t", "hidden": ()},
        {"likelihood": "normal(scale=network)", "warmup": 0.5, "warmup_shape": "cyclic"},
        {"likelihood": Normal(scale="shared"), "hidden": [16], "decoder_hidden": [5, 12, 7]},
    ],
    ids=str,
)
def test_every_setting_trains_saves_and_loads(settings, tmp_path):
    vae = small(init="random", **settings).fit(DATA)
    assert vae.history_["reconstruction"].iloc[-1] < vae.history_["reconstruction"].iloc[0]
    assert np.isfinite(vae.score_samples(DATA, 5)).all()
    vae.save(tmp_path / "model")
    loaded = elbax.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.transform(DATA), vae.transform(DATA))
    np.testing.assert_array_equal(loaded.sample(5, random_state=1), vae.sample(5, random_state=1))
    assert loaded.likelihood_reason_ == vae.likelihood_reason_


def test_counts_are_loaded_as_they_were_saved(tmp_path):
    x = np.random.default_rng(0).poisson(3, (100, 3))
    vae = small(epochs=2).fit(x)
    vae.save(tmp_path / "model")
    assert vae.likelihood_.name == "negative_binomial"
    np.testing.assert_array_equal(elbax.load(tmp_path / "model").score_samples(x), vae.score_samples(x))


@pytest.mark.parametrize("n", [2, 3, 4])
def test_few_rows_are_few_but_fitted(n):
    assert small(epochs=2).fit(DATA[:n]).sample(2).shape == (2, DATA.shape[1])


def test_the_decoder_may_have_widths_of_its_own():
    def widths(net):
        return [len(layer.bias) for layer in net.layers]

    def built(x, **architecture):
        rng = np.random.default_rng(0)
        return VAEModule.build(ModelConfig(2, **architecture), Normal(), Schema.of(x).summary, rng)

    module = small(init="random", hidden=(9, 5), decoder_hidden=(4, 6, 7), epochs=1).fit(DATA).module_
    assert (widths(module.encoder), widths(module.decoder)) == ([9, 5], [4, 6, 7])
    assert widths(built(DATA, hidden=(9, 5)).decoder) == [5, 9]
    images = np.random.default_rng(0).uniform(size=(30, 9, 7, 1))
    module = built(images, network="conv", hidden=(4,), decoder_hidden=(6, 3))
    assert [conv.weight.shape[-1] for conv in module.encoder.convs] == [4]
    assert [conv.weight.shape[-2] for conv in (*module.decoder.convs, module.decoder.head)] == [6, 3, 3]


def test_models_saved_before_decoder_widths_existed_still_load(tmp_path):
    vae = small(epochs=1).fit(DATA)
    vae.save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    del config["parameters"]["decoder_hidden"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    np.testing.assert_array_equal(elbax.load(tmp_path).transform(DATA), vae.transform(DATA))


def test_densities_carry_the_units_of_the_data():
    # Training noise does not depend on the data, so the two fits differ by the change of units alone.
    metres, millimetres = (small().fit(DATA * unit).history_["elbo"] for unit in (1, 1000))
    np.testing.assert_allclose(metres - millimetres, 4 * np.log(1000), atol=0.05)


def test_the_choice_is_said_in_one_line(capsys):
    elbax.VAE(epochs=1, hidden=(16,), random_state=0).fit(DATA)
    said = capsys.readouterr()
    assert said.out == ""
    choice, doctor = said.err.splitlines()
    assert choice.startswith("likelihood: Normal") and doctor.startswith("doctor: undertrained: 1 epoch of training")


def test_a_failed_training_keeps_the_last_good_weights():
    vae = small(optimizer="sgd", learning_rate=1e4, epochs=200)
    with pytest.raises(TrainingError, match="learning rate"):
        vae.fit(DATA)
    assert np.isfinite(vae.transform(DATA)).all()


def test_a_bad_validation_set_leaves_the_model_alone():
    vae = small().fit(DATA)
    before = vae.transform(DATA)
    with pytest.raises(InputError, match="3 features"):
        vae.fit(DATA[:60], validation_data=DATA[:, :3])
    np.testing.assert_array_equal(vae.transform(DATA), before)
    assert vae.n_features_in_ == 4


def test_only_rows_that_fit_held_out_are_told_apart(tmp_path):
    apart = small().fit(DATA)
    together = small().fit(DATA, validation_data=DATA[:50] + 1)
    passed = small().partial_fit(DATA)
    for name, vae, parts in (("a", apart, 2), ("b", together, 1), ("c", passed, 1)):
        vae.save(tmp_path / name)
        for known in (vae, elbax.load(tmp_path / name)):
            case = known._open_fit_record(DATA)
            assert (case.held_out is None) == (parts == 1)


def test_partial_fit_improves_and_counts_its_passes():
    vae = small(learning_rate=1e-2)
    for _ in range(5):
        vae.partial_fit(DATA)
    assert len(vae.history_) == 5
    assert vae.history_["loss"].iloc[-1] < vae.history_["loss"].iloc[0]


def test_checkpoints_resume_to_the_same_bits(tmp_path):
    whole = small(n_init=2).fit(DATA)
    first = small(n_init=2, checkpoint_dir=tmp_path).fit(DATA)
    again = small(n_init=2, checkpoint_dir=tmp_path).fit(DATA)  # finds both restarts finished
    for vae in (first, again):
        np.testing.assert_array_equal(vae.transform(DATA), whole.transform(DATA))
    other = DATA.copy()
    other[60, 2] += 1e-3
    with pytest.raises(InputError, match="other data or settings"):
        small(n_init=2, checkpoint_dir=tmp_path).fit(other)


def test_values_without_a_density_are_refused_after_the_fit_too():
    x = np.random.default_rng(0).integers(0, 2, (60, 4))
    vae = small(epochs=2).fit(x)
    assert vae.likelihood_.name == "bernoulli"
    for use in (vae.score_samples, vae.elbo, vae.partial_fit, lambda rows: vae.fit(x, validation_data=rows)):
        with pytest.raises(InputError, match="column 0 is 7 in row 0; Bernoulli needs"):
            use(np.full((30, 4), 7))


def test_a_failed_refit_leaves_features_and_model_together():
    vae = small().fit(DATA)
    before = vae.transform(DATA)
    for bad in (DATA[:, :3] * np.nan, DATA[:1]):
        with pytest.raises(InputError):
            vae.fit(bad)
    with pytest.raises(InputError, match="network='conv'"):
        vae.set_params(network="conv").fit(DATA[:, :2])
    np.testing.assert_array_equal(vae.transform(DATA), before)


def test_checkpoints_need_a_seed(tmp_path):
    with pytest.raises(InputError, match="random_state"):
        small(checkpoint_dir=tmp_path, random_state=None).fit(DATA)


def test_images_after_a_table_forget_its_columns():
    table = pd.DataFrame(DATA, columns=list("abcd"))
    images = np.random.default_rng(0).integers(0, 256, (30, 4, 4)).astype(np.uint8)
    assert small(epochs=1).fit(table).fit(images).reconstruct(images).shape == (30, 4, 4)


def test_a_damaged_history_is_named(tmp_path):
    small(epochs=1).fit(DATA).save(tmp_path)
    (tmp_path / "history.csv").write_text("")
    with pytest.raises(InputError, match="damaged"):
        elbax.load(tmp_path)


def test_a_learned_scale_stays_above_the_error_of_rounding():
    x = np.random.default_rng(0).uniform(size=(200, 1)) * np.ones(2)
    rounded = np.round(x, 1)
    vae = elbax.VAE(1, likelihood="normal", epochs=400, random_state=0, verbose=0).fit(rounded)
    scale = np.asarray(vae.module_.likelihood.location_scale(np.zeros((2, 1)))[1])
    assert (scale >= 0.1 / np.sqrt(12) * 0.999).all() and (scale < 0.05).all()


@pytest.mark.parametrize("name", ["poisson", "negative_binomial"])
def test_counts_are_drawn_and_diagnosed(name):
    """By the public interface: their draws need another kind of random key than training does."""
    rows = np.random.default_rng(0).poisson(3, size=(60, 2)).astype(float)
    vae = elbax.VAE(1, likelihood=name, hidden=(8,), epochs=3, random_state=0, verbose=0).fit(rows)
    drawn = vae.sample(200)
    assert (drawn >= 0).all() and (drawn == drawn.round()).all() and 1 < drawn.mean() < 9


@pytest.fixture(scope="module")
def amounts():
    """Amounts far beyond 2³¹, in two groups, and a model of them."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, size=300)
    sales = (10.0 ** (11 + 2 * group) * rng.gamma(20, 0.05, size=300)).round()
    table = pd.DataFrame({"sales": sales, "group": 20.0 * group + rng.normal(size=300)})
    return table, elbax.VAE(1, hidden=(16,), epochs=60, random_state=0, verbose=0).fit(table)


def test_amounts_beyond_int32_are_modeled(amounts):
    """They were cut at 2,147,483,648."""
    table, vae = amounts
    assert vae.likelihood_.name == "mixed" and vae.likelihood_.support_of(0).integer
    samples = vae.sample(1000, random_state=0)["sales"].to_numpy(float)
    assert len(np.unique(samples)) > 900 and (samples == np.round(samples)).all()
    for share in (0.1, 0.9):
        assert 0.3 < np.quantile(samples, share) / table["sales"].quantile(share) < 3
    error = np.log(vae.reconstruct(table)["sales"] / table["sales"])
    assert error.var() < 0.1 * np.log(table["sales"]).var()


def test_samples_near_rows_stay_in_their_group(amounts):
    table, vae = amounts
    low = table[table["group"] < 10]
    near = vae.sample(2 * len(low), near=low, random_state=0)
    assert near.shape == (2 * len(low), 2) and list(near.columns) == list(table.columns)
    assert (near["group"] < 10).mean() > 0.99 and (near["sales"] < 1e12).mean() > 0.99
    pd.testing.assert_frame_equal(near, vae.sample(2 * len(low), near=low, random_state=0))
    assert not near.equals(vae.sample(2 * len(low), near=low, random_state=1))
    # Every row is drawn from once before any is drawn from again.
    means = vae.sample(len(table), near=table, noise=False, random_state=0)
    assert (means["group"] > 10).sum() == pytest.approx((table["group"] > 10).sum(), abs=3)
