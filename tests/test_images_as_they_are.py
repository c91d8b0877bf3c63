"""Images and windows as they are, through the whole estimator: axes, units, levels, reports and costs."""

import numpy as np
import pytest

from elbax import VAE, load
from elbax.core.likelihoods import Normal
from elbax.data import Schema
from elbax.errors import InputError
from elbax.fit.choices import check_parameters
from elbax.fit.cost import check_cost, estimate_cost
from elbax.fit.plan import resolve
from elbax.report import collect

RNG = np.random.default_rng(0)
QUICK = {"hidden": (16,), "random_state": 0, "verbose": 0, "batch_size": 40}
FACTOR, NOISE = RNG.normal(size=(200, 1, 1)), 0.1 * RNG.normal(size=(200, 8, 2))
WINDOWS = (FACTOR + NOISE) * [1, 300] + [0, 1e5]


def r_squared(x, x_hat, axis):
    """Of each channel."""
    return 1 - ((x - x_hat) ** 2).mean(axis) / x.var(axis)


@pytest.fixture(scope="module")
def windows():
    return VAE(1, axes="tc", epochs=60, **QUICK).fit(WINDOWS)


def test_every_series_is_learned_in_its_own_unit(windows):
    reconstructed = windows.reconstruct(WINDOWS)
    assert reconstructed.shape == windows.sample(200).shape == WINDOWS.shape
    assert windows.event_shape_ == (8, 2)
    assert r_squared(WINDOWS, reconstructed, (0, 1)).min() > 0.95
    assert windows.likelihood_.location_scale.scale == "channel"
    std = windows.module_.likelihood.location_scale.std.reshape(8, 2)
    assert (std == std[0]).all() and std[0, 1] / std[0, 0] == pytest.approx(300, rel=0.2)


def test_axes_are_kept_with_the_model(windows, tmp_path):
    windows.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.axes == "tc" and again.event_shape_ == (8, 2)
    np.testing.assert_array_equal(again.reconstruct(WINDOWS[:3]), windows.reconstruct(WINDOWS[:3]))


def test_rows_in_other_axes_are_the_same_fit(windows):
    turned = VAE(1, axes="ct", epochs=60, **QUICK).fit(WINDOWS.transpose(0, 2, 1))
    np.testing.assert_array_equal(
        turned.reconstruct(WINDOWS.transpose(0, 2, 1)), windows.reconstruct(WINDOWS).transpose(0, 2, 1)
    )


def test_a_window_or_an_image_is_asked_for():
    with pytest.raises(InputError, match=r"rows of shape \(8, 2\).*axes='tc'"):
        VAE(**QUICK).fit(WINDOWS)


def test_masks_in_every_encoding_are_one_model():
    mask = np.repeat(RNG.random((120, 4, 1)) < 0.5, 4, axis=2)
    scores = []
    for low, high in ((0, 1), (0, 255), (0.2, 0.7)):
        x = np.where(mask, high, low)
        vae = VAE(1, epochs=3, **QUICK).fit(x)
        scores.append(vae.score_samples(x, 5).mean())
        assert set(np.unique(vae.sample(30))) == {low, high}
    assert np.ptp(scores) < 1e-3


def test_samples_of_label_maps_hold_allowed_values():
    x = np.repeat(RNG.choice([0, 50, 150], (120, 4, 1)), 4, axis=2)
    vae = VAE(1, epochs=3, **QUICK).fit(x)
    assert set(np.unique(vae.sample(50))) <= {0, 50, 150} and set(np.unique(vae.reconstruct(x))) <= {0, 50, 150}
    assert vae.likelihood_.name == "categorical"


def test_a_likelihood_that_is_given_sees_the_values_as_they_are():
    x = np.where(RNG.random((60, 4, 4)) < 0.5, 255.0, 0.0)
    vae = VAE(1, likelihood=Normal(scale="fixed", value=100.0), epochs=1, **QUICK).fit(x)
    # The density of the data's own units: about -5.5 nats a pixel for an error of half a range.
    assert vae.elbo(x)["elbo"].mean() / 16 == pytest.approx(-np.log(100 * np.sqrt(2 * np.pi)) - 0.81, abs=0.3)
    assert set(VAE(1, likelihood="bernoulli", epochs=1, **QUICK).fit(x).schema_.kinds) == {"levels"}


@pytest.mark.parametrize("channels", [2, 7])
def test_any_number_of_channels_has_a_report(channels):
    x = RNG.normal(size=(60, 4, 4, channels)) * 10.0 ** np.arange(channels)
    vae = VAE(2, epochs=1, **QUICK).fit(x)
    titles = [figure.title for figure in collect(vae, x).figures]
    assert "Channels of one image" in titles and "The decoded latent plane" in titles


def test_windows_have_a_report_of_lines(windows):
    figures = {figure.title: figure for figure in collect(windows, WINDOWS).figures}
    assert len(figures["Inputs and reconstructions"].figure.axes) == 8  # two series of four windows
    assert "Windows, real and sampled" in figures


def cost_of(shape, **settings):
    schema = Schema.of(np.random.default_rng(0).integers(0, 256, (4, *shape), np.uint8))
    plan = resolve(check_parameters(VAE(**settings).get_params()), schema, None, 4, 0)
    return estimate_cost(plan, schema), plan, schema


def test_what_a_network_costs_is_said_before_the_first_step():
    cost, plan, schema = cost_of((256, 256, 3), hidden=(1000, 1000))
    d, h = 256 * 256 * 3, 1000
    encoder, decoder = (d + 1) * h + (h + 1) * h + (h + 1) * 4, 3 * h + (h + 1) * h + (h + 1) * d
    assert encoder + decoder <= cost.weights < 1.01 * (encoder + decoder)  # linear maps beside the layers
    with pytest.raises(InputError, match="4 rows of 256 × 256 × 3 would train 39. million weights.*network='conv'"):
        check_cost(cost, plan, schema, chosen=False)
    assert cost_of((8, 8, 1))[0] is None
