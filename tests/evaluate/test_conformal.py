"""Conformal p-values and the share of false discoveries."""

import numpy as np
import pytest

from elbax.evaluate import conformal_p_values, fewest_flagged, flag, own_p_values


def test_p_values_of_usual_rows_are_uniform_and_at_least_one_over_their_number():
    rng = np.random.default_rng(0)
    p = np.concatenate([conformal_p_values(rng.normal(size=20), rng.normal(size=99)) for _ in range(2000)])
    for level in (0.01, 0.05, 0.5):
        assert (p <= level).mean() == pytest.approx(level, abs=4 * np.sqrt(level / len(p) * 20))
    assert p.min() == 0.01


def test_the_share_of_false_discoveries_is_at_most_the_rate():
    rng = np.random.default_rng(1)
    shares, powers = [], []
    for _ in range(300):
        odd = np.arange(200) < 30
        scores = rng.normal(size=200) - 5.0 * odd
        found = flag(conformal_p_values(scores, rng.normal(size=1000)), 0.2)
        shares.append((found & ~odd).sum() / max(1, found.sum()))
        powers.append((found & odd).sum() / odd.sum())
    assert np.mean(shares) <= 0.2 * 170 / 200 + 3 * np.std(shares) / np.sqrt(300)
    assert np.mean(powers) > 0.9


def test_fewer_odd_rows_than_can_be_told_are_not_flagged():
    calibration = np.linspace(-3, 3, 99)
    fewest = fewest_flagged(99, 50, 0.1)
    assert fewest == 5
    for n_odd in (fewest - 1, fewest):
        scores = np.where(np.arange(50) < n_odd, -9.0, 0.0)
        assert flag(conformal_p_values(scores, calibration), 0.1).any() == (n_odd >= fewest)


def test_odd_rows_among_the_rows_of_a_fit_are_found_beside_rows_that_its_models_draw():
    rng = np.random.default_rng(2)
    shares, powers, alarms = [], [], []
    density = lambda n: -0.5 * rng.chisquare(6, n)  # noqa: E731
    odd = np.arange(300) < 6
    for _ in range(200):
        # One model is wrong about the scale, the other about the noise, in the other direction.
        usual = np.concatenate([1.3 * density(150) - 2.0, 0.7 * density(150) + 1.0])
        drawn = density(5000), density(5000)

        def flagged(scores, drawn=drawn):
            return flag(np.concatenate(own_p_values([(scores[:150], drawn[0]), (scores[150:], drawn[1])])), 0.1)

        found = flagged(np.where(odd, usual - 20.0, usual))
        shares.append((found & ~odd).sum() / max(1, found.sum()))
        powers.append(found[odd].mean())
        alarms.append(flagged(usual).any())
    assert np.mean(powers) > 0.9
    assert np.mean(shares) <= 0.12 and np.mean(alarms) <= 0.2  # the scale is estimated from 150 rows
