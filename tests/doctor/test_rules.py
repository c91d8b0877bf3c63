"""Each rule on a fit with its fault planted and on the same fit without; those that train on: see test_pages."""

from dataclasses import replace
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from elbax import VAE
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood, CrossEntropy, Normal, Support
from elbax.core.parts import LinearMap
from elbax.core.posteriors import Point
from elbax.data import Schema
from elbax.doctor import CODES, RULES, probes, quick_check
from elbax.doctor.diagnosis import Diagnosis
from elbax.doctor.finding import Finding
from elbax.doctor.geometry import faithfulness, find_loop
from elbax.doctor.measurements import Measurements
from elbax.doctor.probes import continued_gain
from elbax.errors import TrainingError
from elbax.train.pretraining import make_target_codes
from elbax.types import Summary

N = 200


def arc(rng):
    """A noisy arc, (200, 2), and the position along it."""
    t = rng.uniform(-1, 1, size=N)
    return np.column_stack([t, t**2]) + 0.03 * rng.normal(size=(N, 2)), t


@pytest.fixture(scope="module")
def good():
    """A fit with nothing wrong."""
    x, _ = arc(np.random.default_rng(0))
    vae = VAE(1, hidden=(32, 32), epochs=400, random_state=0, verbose=0).fit(x)
    return vae._open_fit_record(x)


def replaced(record, where, value):
    """The record of another module, which has not been compared with simple models."""
    return replace(record, module=eqx.tree_at(where, record.module, value), ladder=None)


def with_settings(record, **settings):
    return replace(record, settings={**record.settings, **settings})


def with_rows(record, x):
    """The record as if it had been fitted to other rows."""
    x = x.astype(np.float32)
    return replace(record, rows=record.rows._replace(x=x), held_out=None, schema=Schema.of(x), ladder=None)


def with_encoder_off(record, mean=0.0, log_variance=0.0, share=1.0):
    """Scale what the encoder says and add to it."""
    skip = record.module.encoder  # a linear map beside a network, all outputs in the map's units
    weight, bias, unit = (share * array.tree for array in (skip.weight, skip.bias, skip.unit))
    more = jnp.array([mean, log_variance], bias.dtype)
    return replaced(record, lambda m: m.encoder, skip.with_map(LinearMap(weight, bias + more, unit)))


def constant_column(record):
    return with_rows(record, np.column_stack([record.rows.x, np.ones(len(record.rows.x))]))


def total(record):
    x = record.rows.x
    return with_rows(record, np.column_stack([x, x.sum(axis=1)]))


def copies(record):
    return with_rows(record, np.concatenate([record.rows.x, record.rows.x[:50]]))


def outlier(record):
    x = np.array(record.rows.x)
    x[3, 1] = 1e4
    return with_rows(record, x)


def bounded_output(record):
    return replaced(record, lambda m: m.likelihood, Normal("fixed", 0.1, "sigmoid"))


def cross_entropy(record):
    x = np.array(record.rows.x)
    low, high = x.min(), x.max()
    return replaced(with_rows(record, (x - low) / (high - low)), lambda m: m.likelihood, CrossEntropy())


def low_scale(record):
    raw = record.module.likelihood.location_scale.raw
    return replaced(record, lambda m: m.likelihood.location_scale.raw, raw - 5.0)


def low_scale_beside_factors(record):
    """No noise but that of a factor, as large as the data."""
    unit = record.schema.summary.flat.unit
    likelihood = Normal(factors=1).prepare(record.schema.summary.flat).with_noise(1e-9 * unit, unit[:, None])
    return replaced(record, lambda m: m.likelihood, likelihood)


def strange_held_out(record):
    """Held-out rows that the model cannot know: another curve."""
    return replace(record, held_out=record.held_out._replace(x=1.0 - 2.0 * record.held_out.x))


PLANTS = {
    "a total of other columns": (RULES["tied-columns"], total),
    "copies of rows": (RULES["repeated-rows"], copies),
    "a constant column": (RULES["data-scale"], constant_column),
    "an outlier": (RULES["data-scale"], outlier),
    "an output that cannot reach the rows": (RULES["support-mismatch"], bounded_output),
    "no KL": (RULES["no-kl"], lambda record: with_settings(record, beta=0.0)),
    "a point posterior": (RULES["no-kl"], lambda record: replaced(record, lambda m: m.posterior, Point())),
    "cross-entropy on gray values": (RULES["improper-likelihood"], cross_entropy),
    "an encoder that says nothing": (
        RULES["collapse-trap"],
        lambda record: with_encoder_off(record, share=0.0),
    ),
    "held-out rows of another kind": (RULES["overfit"], strange_held_out),
    "an ELBO below factor analysis": (RULES["worse-than-simple"], lambda record: with_encoder_off(record, mean=1.0)),
    "means that are off": (RULES["aggregate-mismatch"], lambda record: with_encoder_off(record, mean=1.0)),
    "means that are off their rows": (
        RULES["amortization-gap"],
        lambda record: with_encoder_off(record, mean=0.5),
    ),
    "posteriors that are too wide": (
        RULES["amortization-gap"],
        lambda record: with_encoder_off(record, log_variance=3.0),
    ),
    "a scale at the floor": (RULES["scale-at-floor"], low_scale),
    "a scale at the floor beside noise factors": (RULES["scale-at-floor"], low_scale_beside_factors),
    "a unit that says nothing": (RULES["inactive-units"], lambda record: with_encoder_off(record, share=0.0)),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_found(good, name):
    rule, plant = PLANTS[name]
    finding = rule(Measurements(plant(good)))
    assert finding is not None
    assert finding.value > finding.threshold or finding.code in ("no-kl", "collapse-trap")
    assert finding.code == rule.code and finding.meaning == CODES[rule.code]
    assert finding.evidence and finding.advice
    assert 0 < finding.confidence <= 1
    VAE().set_params(**finding.changes)  # settings that can be set


def test_a_short_fit_that_keeps_the_linear_model_is_undertrained():
    x = np.random.default_rng(0).normal(size=(60, 3))
    vae = VAE(hidden=(8,), epochs=1, random_state=0, verbose=0).fit(x)
    assert vae.outcome_.kept_start
    said = "undertrained: 1 epoch of training (2 steps) ended before a gain over the linear model could show"
    assert quick_check(vae._open_fit_record(x)).startswith(said)


def test_the_order_of_causes():
    order = (
        *(
            "data-scale",
            "support-mismatch",
            "no-kl",
            "scale-too-large",
            "improper-likelihood",
            "kl-overweight",
        ),
        *(
            "noise-injection",
            "collapse-trap",
            "undertrained",
            "overfit",
            "worse-than-simple",
            "too-few-latents",
            "folded-latent",
            "aggregate-mismatch",
        ),
        *("amortization-gap", "scale-at-floor", "inactive-units", "healthy"),
    )
    assert tuple(code for code in CODES if code in order) == order


def test_no_rule_objects_to_a_good_fit(good):
    measurements = Measurements(good)
    assert [code for code, rule in RULES.items() if rule(measurements) is not None] == []
    assert measurements.gain > 1.0 and not measurements.collapsed


@pytest.mark.parametrize("kind", ["faithful", "folded", "torn", "ring"])
def test_folds_tears_and_rings(good, kind):
    rng = np.random.default_rng(2)
    x, t = arc(rng)
    if kind == "ring":
        t = rng.uniform(-np.pi, np.pi, size=N)
        x = np.column_stack([np.cos(t), np.sin(t)])
    given = {"folded": np.abs(t), "torn": (t + 1.5) % 2}.get(kind, t)
    measurements = Measurements(good)
    measurements.__dict__["drawn_map"] = faithfulness(x, given[:, None]), faithfulness(x, t[:, None])
    measurements.__dict__["loop"] = find_loop(x, t[:, None])
    finding = RULES["folded-latent"](measurements)
    assert (finding is None) == (kind == "faithful")
    if kind == "ring":
        assert finding.changes == {"latent_dim": 2}


def test_what_continues_to_gain_on_training_rows_only_is_not_undertrained():
    x = np.random.default_rng(1).normal(size=(60, 8))
    vae = VAE(4, hidden=(64, 64), epochs=150, init="random", random_state=0, verbose=0).fit(x)
    record = vae._open_fit_record(x)
    assert RULES["undertrained"](Measurements(record)) is None
    assert RULES["undertrained"](Measurements(replace(record, held_out=None))).code == "undertrained"


def test_a_probe_of_a_fit_with_tiny_steps_takes_the_usual_ones(good, monkeypatch):
    """With as small ones no fit would be undertrained; where the usual ones are too large, its own have to do."""
    rates = []
    train = probes.train
    monkeypatch.setattr(
        probes, "train", lambda *args, **kwargs: rates.append(args[3].learning_rate) or train(*args, **kwargs)
    )
    for rate, expected in ((1e-6, 3e-3), (0.01, 0.01)):
        continued_gain(replace(good, plan=replace(good.plan, learning_rate=rate)), seconds=0.1)
        assert rates.pop() == expected

    def fails(*args, **kwargs):
        if args[3].learning_rate > 1e-6:
            raise TrainingError("the loss stopped being finite")
        return train(*args, **kwargs)

    monkeypatch.setattr(probes, "train", fails)
    small = replace(good, plan=replace(good.plan, learning_rate=1e-6))
    assert abs(continued_gain(small, seconds=0.1).nats) < 0.05


def test_out_of_a_trap_by_a_map_along_the_data(good):
    """Unless that is where the fit has started."""
    trapped = with_encoder_off(good, share=0.0)
    assert RULES["collapse-trap"](Measurements(replace(trapped, start="linear"))).changes["init"] == "geodesic"
    assert RULES["collapse-trap"](Measurements(replace(trapped, start="geodesic"))).changes["n_init"] == 3


def test_wide_noise_is_not_a_trap():
    """Rows in many dimensions can always be stored one by one; that is no reason to use latents."""
    x = np.random.default_rng(0).normal(size=(100, 30))
    vae = VAE(1, likelihood="normal(scale=fixed, value=1)", hidden=(16,), epochs=3, random_state=0, verbose=0)
    measurements = Measurements(vae.fit(x)._open_fit_record(x))
    assert not measurements.certificate.collapse_is_optimal
    assert not measurements.latents_help(1.0)


def finding(code, note=False, **changes):
    return Finding(code, 0.123, 0.456, "seen", "do", changes, note=note)


EVERY_REMEDY = [finding(code, note=note, beta=1.0, latent_dim=7) for code in CODES for note in (False, True)]


@pytest.mark.parametrize("each", EVERY_REMEDY, ids=lambda each: f"{each.code}-{each.note}")
def test_diagnosis_of_one_finding(each):
    vae = VAE(3, beta=5.0, random_state=0)
    diagnosis = Diagnosis((each,), vae, -1.0)
    assert diagnosis.healthy == (each.note or each.code == "healthy")
    assert diagnosis.changes == ({} if each.note else {"beta": 1.0, "latent_dim": 7})
    remedy = diagnosis.remedy()
    assert remedy.get_params() == {**clone(vae).get_params(), **diagnosis.changes}
    assert vae.beta == 5.0
    with pytest.raises(NotFittedError):
        remedy.transform(np.zeros((2, 2)))


def test_the_more_fundamental_change_wins_and_no_change_is_no_change():
    both = (finding("no-kl", beta=1.0), finding("undertrained", beta=0.5, epochs=None))
    assert Diagnosis(both, VAE(beta=0.0, epochs=3), 0.0).changes == {"beta": 1.0, "epochs": None}
    assert Diagnosis(both, VAE(beta=1.0), 0.0).changes == {}


@pytest.mark.parametrize("seed", range(5))
def test_a_ring_is_told_from_an_arc_by_where_the_ends_of_its_map_lie(seed):
    rng = np.random.default_rng(seed)
    for extent, closed in ((2 * np.pi, True), (1.8 * np.pi, False)):
        angle = rng.uniform(0, extent, size=300)
        x = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.03 * rng.normal(size=(300, 2))
        zeros = np.zeros(2)
        summary = Summary(zeros, zeros, zeros, zeros, zeros, zeros + 1, zeros)
        z = np.asarray(make_target_codes(x, summary, 1, np.random.default_rng(0)))
        assert (find_loop(x, z) is not None) == closed


class Laplace(AbstractLikelihood):
    """A likelihood of somebody else: nothing but what is abstract."""

    name: ClassVar[str] = "laplace"

    @property
    def outputs_per_feature(self):
        return 1

    @property
    def support(self):
        return Support()

    def distribution(self, outputs):
        return dist.Laplace(outputs, 0.2)


def test_a_likelihood_that_the_library_does_not_know_is_diagnosed(monkeypatch):
    monkeypatch.setitem(LIKELIHOODS, Laplace.name, Laplace)
    x = np.random.default_rng(0).laplace(scale=0.2, size=(60, 2))
    vae = VAE(1, likelihood="laplace", epochs=5, hidden=(8,), random_state=0, verbose=0).fit(x)
    record = vae._open_fit_record(x)
    assert set(vae.diagnose(x).codes) <= set(CODES)
    assert quick_check(record) is None or quick_check(record).split(":")[0] in CODES
    assert vae.likelihood_.constant_log_probs(vae.schema_.summary, x).mean() == pytest.approx(
        stats.laplace.logpdf(x, 0, 0.2).sum(axis=1).mean(), abs=0.02
    )
