"""`make_vae` means what the notebook means."""

import numpy as np
import pytest

import elbax
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
