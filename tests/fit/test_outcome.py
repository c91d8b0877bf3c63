"""What an outcome says of a fit: one true sentence."""

from dataclasses import replace

import numpy as np
import pytest

import elbax
from elbax.fit.outcome import Outcome

KEPT = Outcome(0, 1, (1.0,), None, 30, 0, False, 2.0, None, 50, 10, init="linear")


def test_a_linear_model_that_is_kept_beside_a_gain_says_how_much_was_needed():
    text = str(replace(KEPT, gain=(1.57, 0.1), needed=2.1, epochs=1))
    assert text.startswith("1 epoch in 2.0 s")
    assert "kept: 1 epoch of training gained 1.57 ± 0.10 nats on rows held out, and more than 2.10 were needed" in text


def test_one_held_out_row_has_no_error():
    text = str(replace(KEPT, gain=(1.57, np.inf), needed=np.inf))
    assert "30 epochs of training gained 1.57 nats on rows held out, too few to know the error of that gain" in text
    assert "inf" not in text


@pytest.mark.parametrize("n", [20, 30], ids=["two rows", "three rows"])
def test_the_needed_gain_is_the_one_that_decided(n):
    x = np.random.default_rng(0).normal(size=(n, 3))
    settings = {"hidden": (8,), "epochs": 3, "random_state": 0, "verbose": 0}
    outcome = elbax.VAE(**settings, validation_fraction=0.1).fit(x).outcome_
    assert outcome.kept_start and outcome.n_held_out == n // 10
    assert outcome.needed == pytest.approx((1 + 40 / outcome.n_held_out) * outcome.gain[1])
    assert outcome.gain[0] <= outcome.needed
    assert Outcome.from_json(outcome.to_json()) == outcome


def test_a_start_that_is_kept_although_the_other_is_above_does_not_call_itself_ahead():
    assert (
        replace(KEPT, rival="geodesic", lead=(0.5, 0.1)).start_text == "linear, ahead of geodesic by 0.50 ± 0.10 nats"
    )
    text = replace(KEPT, rival="geodesic", lead=(-0.5, 1.0)).start_text
    assert text == "linear, since geodesic is above by no more than an error: 0.50 ± 1.00 nats"


def test_a_plan_that_grew_says_so_in_words():
    assert "trained beyond the plan, since" in str(replace(KEPT, growth=2))
