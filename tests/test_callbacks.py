"""Frames of the latent plane are those of the model at that epoch, to the bit."""

import numpy as np
import pytest

import elbax
from elbax.callbacks import LatentFrames
from elbax.errors import InputError

ROWS = np.random.default_rng(0).normal(size=(90, 3, 2)).astype(np.float32)
SETTINGS = {
    "hidden": (6,),
    "schedule": "constant",
    "patience": 0,
    "random_state": 0,
    "verbose": 0,
    "batch_size": 16,
    "axes": "yx",
}


@pytest.mark.parametrize("init", ["random", "linear"])
def test_a_frame_is_what_a_fit_that_ends_there_would_say(init):
    frames = LatentFrames(ROWS[:7], epochs=[9, 0, 2])
    vae = elbax.VAE(**SETTINGS, init=init, epochs=9).fit(ROWS, callbacks=[frames])
    assert frames.epochs == [0, 2, 9] and frames.z.shape == (3, 7, 2)
    np.testing.assert_array_equal(frames.z[-1], vae.transform(ROWS[:7]))
    if init == "random":  # the length of a pretraining depends on the planned epochs
        short = elbax.VAE(**SETTINGS, init=init, epochs=2).fit(ROWS)
        np.testing.assert_array_equal(frames.z[1], short.transform(ROWS[:7]))


def test_frames_are_spread_over_the_fit_and_belong_to_the_last_one():
    frames = LatentFrames(ROWS[:4])
    for epochs in (3, 300):
        pauses = frames.pauses(epochs)
        assert pauses == sorted(set(pauses)) and (pauses[0], pauses[-1]) == (0, epochs)
        assert len(pauses) == epochs + 1 if epochs == 3 else 25 < len(pauses) <= 40
    vae = elbax.VAE(**SETTINGS, epochs=4)
    for _ in range(2):
        vae.fit(ROWS, callbacks=[frames])
    assert frames.epochs == [0, 1, 2, 3, 4]
    vae.set_params(n_init=2).fit(ROWS, callbacks=[frames])
    assert frames.epochs == [0, 1, 2, 3, 4]


def test_what_cannot_be_kept_is_named():
    for epochs in ([-1], [0.5], ["1"], []):
        with pytest.raises(InputError, match="epochs must be integers"):
            LatentFrames(ROWS, epochs=epochs)
    vae = elbax.VAE(**SETTINGS, epochs=2)
    with pytest.raises(InputError, match="X has 5 features, but VAE is expecting 6 features"):
        vae.fit(ROWS, callbacks=[LatentFrames(np.zeros((4, 5)))])
    assert not hasattr(vae, "module_")
