"""`make_vae` means what the notebook means."""

import numpy as np
import pytest

import elbax
from elbax.core.likelihoods import Normal
from elbax.errors import InputError


def test_the_three_share_weights_and_fit_continues(s_curve):
    vae, encoder, decoder = elbax.make_vae(2, dim_latent=1, dim_intermediate=16, random_state=0)
    before = encoder.predict(s_curve)
    history = vae.fit(s_curve, epochs=3, batch_size=32, validation_data=(s_curve, s_curve)).history
    assert set(history) == {"loss", "val_loss"}
    assert [len(v) for v in history.values()] == [3, 3]
    assert not np.array_equal(before, encoder.predict(s_curve))
    np.testing.assert_array_equal(decoder.predict(encoder.predict(s_curve)), vae.predict(s_curve))
    assert vae.fit(s_curve, epochs=2).history["loss"][0] < history["loss"][0]


def test_sum_of_squares_collapses_to_the_mean_as_the_notebook_saw(s_curve):
    vae, encoder, _ = elbax.make_vae(
        2,
        2,
        2,
        20,
        "sum_of_squares",
        activation="tanh",
        decoder_activation=None,
        dropout=None,
        random_state=0,
    )
    loss = vae.fit(s_curve, epochs=100, batch_size=32).history["loss"][-1]
    # At the collapsed optimum the loss is the trace of the data's covariance, and the KL is zero.
    assert loss == pytest.approx(np.trace(np.cov(s_curve.T)), abs=0.02)
    rmse = np.sqrt(((vae.predict(s_curve) - s_curve) ** 2).sum(axis=1).mean())
    assert rmse == pytest.approx(0.492, abs=0.02)
    assert np.abs(encoder.predict(s_curve)).max() < 0.2


def test_any_function_can_be_the_loss(s_curve):
    def absolute(x, mean):
        return abs(x - mean)

    vae, _, _ = elbax.make_vae(2, likelihood=absolute, decoder_activation=None, random_state=0)
    loss = vae.fit(s_curve, epochs=30).history["loss"]
    assert loss[-1] < loss[0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dim_latent": 0}, "dim_latent must be an integer"),
        ({"activation": "rely"}, "did you mean 'relu'"),
        ({"likelihood": "sum_of_square"}, "did you mean 'sum_of_squares'"),
        ({"optimizer": "adm"}, "did you mean 'adam'"),
        ({"dropout": 1.0}, "dropout must be None"),
        ({"n_layers": 0}, "n_layers must be an integer"),
        ({"dim_original": None}, "dim_original must be an integer"),
        ({"architecture": [2, 4, 1]}, "architecture replaces .*; got both architecture and dim_original"),
        ({"dim_original": None, "architecture": [2, 1], "dim_latent": 3}, "and dim_latent"),
        ({"dim_original": None, "architecture": [2]}, "architecture must list"),
        ({"dim_original": None, "architecture": [2, 0, 1]}, "architecture must list"),
    ],
)
def test_bad_settings_are_named(settings, words):
    with pytest.raises(InputError, match=words):
        elbax.make_vae(**{"dim_original": 2, **settings})


def test_an_architecture_list_says_the_same_as_the_sizes(s_curve):
    by_list, encoder, _ = elbax.make_vae(architecture=[2, 8, 8, 1], random_state=0)
    by_size, _, _ = elbax.make_vae(2, 2, 1, 8, random_state=0)
    np.testing.assert_array_equal(by_list.predict(s_curve), by_size.predict(s_curve))
    _, _, decoder = elbax.make_vae(architecture=[2, 9, 5, 3])
    sides = [
        [len(layer.bias) for layer in net.layers] for net in (decoder.vae.module.encoder, decoder.vae.module.decoder)
    ]
    assert sides == [[9, 5], [5, 9]]
    assert encoder.predict(s_curve).shape == (300, 1)


def test_bad_rows_are_named(s_curve):
    vae, _, decoder = elbax.make_vae(2, random_state=0)
    with pytest.raises(InputError, match="needs \\[0, 1\\]"):
        vae.fit(255 * s_curve)
    with pytest.raises(InputError, match="NaN"):
        vae.predict(s_curve * np.nan)
    with pytest.raises(InputError, match="latent points of shape"):
        decoder.predict(np.zeros((3, 5)))
    with pytest.raises(InputError, match="batch_size"):
        vae.fit(s_curve, batch_size=0)


def test_what_was_saved_goes_on_as_if_it_had_not_been(s_curve, tmp_path):
    settings = {"dim_latent": 1, "dim_intermediate": 16, "optimizer": "adam(b1=0.8)", "random_state": 0}
    vae, encoder, _ = elbax.make_vae(2, **settings)
    vae.fit(s_curve, epochs=2)
    encoder.save(tmp_path)
    loaded, loaded_encoder, loaded_decoder = elbax.load_vae(tmp_path)
    np.testing.assert_array_equal(loaded_encoder.predict(s_curve), encoder.predict(s_curve))
    assert loaded.fit(s_curve, epochs=2) == vae.fit(s_curve, epochs=2)
    np.testing.assert_array_equal(loaded.predict(s_curve), vae.predict(s_curve))
    np.testing.assert_array_equal(loaded_decoder.predict(np.zeros((1, 1))).shape, (1, 2))


def test_untrained_and_conditional_vaes_and_likelihoods_with_settings_are_saved(tmp_path):
    likelihood = Normal(scale="fixed", value=0.1)
    vae, _, _ = elbax.make_vae(
        likelihood=likelihood, architecture=(3, 8, 1), dim_context=2, objective="iwae(k=2)", random_state=0
    )
    vae.save(tmp_path)
    x, c = np.zeros((4, 3)), np.ones((4, 2))
    np.testing.assert_array_equal(elbax.load_vae(tmp_path)[0].predict(x, c), vae.predict(x, c))


def test_other_folders_and_functions_are_named(s_curve, tmp_path):
    elbax.make_vae(2, random_state=0)[0].save(tmp_path / "notebook")
    with pytest.raises(InputError, match=r"open it with elbax\.load_vae"):
        elbax.load(tmp_path / "notebook")
    elbax.VAE(epochs=1, hidden=(8,), verbose=0).fit(s_curve).save(tmp_path / "vae")
    with pytest.raises(InputError, match=r"open it with elbax\.load$"):
        elbax.load_vae(tmp_path / "vae")
    with pytest.raises(InputError, match="Python function"):
        elbax.make_vae(2, likelihood=lambda x, mean: abs(x - mean))[0].save(tmp_path / "function")
    (tmp_path / "notebook" / "model.safetensors").unlink()
    with pytest.raises(InputError, match="not a whole model"):
        elbax.load_vae(tmp_path / "notebook")
