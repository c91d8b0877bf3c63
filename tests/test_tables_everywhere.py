"""Doctor, certificate, comparison, resumption and later passes take tables, or say what they leave out."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import elbax
from elbax import VAE
from elbax.collapse import collapse_certificate
from elbax.core.likelihoods import Histogram
from elbax.core.serialization import to_bytes
from elbax.data import Schema
from elbax.doctor.measurements import Measurements
from elbax.evaluate.simple_models import SimpleModels
from elbax.types import Batch

N = 120
SETTINGS = {"hidden": (8,), "epochs": 3, "random_state": 0, "verbose": 0}


def table(gaps=False):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"pet": rng.choice(["cat", "dog"], N), "age": rng.integers(18, 80, N)})
    frame["rain"] = np.where(rng.random(N) < 0.6, 0, rng.gamma(2, 5, N)).round(1)
    frame["weight"] = rng.normal(size=N)
    return frame.where(rng.random(frame.shape) < 0.9) if gaps else frame


@pytest.fixture(scope="module")
def with_gaps():
    return VAE(2, **SETTINGS).fit(table(gaps=True))


@pytest.fixture(scope="module")
def without_heads():
    return VAE(1, decoder_sees="none", **SETTINGS).fit(table())


def test_the_doctor_says_what_it_leaves_out_of_rows_with_gaps(with_gaps):
    diagnosis = with_gaps.diagnose(table(gaps=True), probes=False)
    assert diagnosis.left_out.startswith("left out: the certificate of collapse, since columns depend on each other")
    assert "numbers without gaps" in diagnosis.left_out and "\n" not in diagnosis.left_out
    assert str(diagnosis).endswith(diagnosis.left_out) and diagnosis.left_out in diagnosis._repr_html_()
    assert diagnosis.to_json()["left_out"] == diagnosis.left_out


def test_the_doctor_certifies_tables_whose_columns_do_not_see_each_other(without_heads):
    record = without_heads._open_fit_record(table())
    measurements = Measurements(record)
    assert measurements.uncertified == "" and "certificate" not in measurements.left_out
    assert measurements.certificate is not None and measurements.certificate.constant.shape == (4,)
    numbers = VAE(1, **SETTINGS).fit(np.random.default_rng(0).normal(size=(60, 3)))
    assert numbers.diagnose(np.random.default_rng(0).normal(size=(60, 3)), probes=False).left_out == ""


@pytest.mark.parametrize("tied", [True, False])
def test_the_certificate_of_labels_is_exact(tied):
    """Of two labels that are one, the rarest alone has D = 1 / share; of labels without a tie, no output has D > 1."""
    first = np.repeat([0, 1], [30, 50])
    second = first if tied else np.tile([0, 1], 40)
    frame = pd.DataFrame({"a": first.astype(str), "b": second.astype(str)})
    schema = Schema.of_table(frame)
    likelihood = Histogram().prepare(schema.summary)
    certificate = collapse_certificate(likelihood, schema.encode(frame))
    assert certificate.collapse_is_optimal is not tied
    assert certificate.log_supremum == pytest.approx(np.log(80 / 30) if tied else 0, abs=1e-3)


def test_models_of_tables_are_compared_and_unlike_densities_are_not(with_gaps, without_heads):
    models = {"gaps": with_gaps, "complete": without_heads}
    found = elbax.compare(models, table(gaps=True)).log_prob
    assert set(found) == set(models) and np.isfinite(found).all(axis=None)
    np.testing.assert_array_equal(found["gaps"], with_gaps.score_samples(table(gaps=True)))
    numbers = table()[["rain", "weight"]]
    other = VAE(1, likelihood="normal", decoder_sees="none", **SETTINGS)
    pair = {"own": VAE(1, **SETTINGS).fit(numbers), "normal": other.fit(numbers)}
    with pytest.raises(elbax.InputError, match="'rain' has a probability in 'own' and a density in 'normal'"):
        elbax.compare(pair, numbers)


def test_later_passes_keep_the_columns_of_the_first():
    vae = VAE(1, **SETTINGS).partial_fit(table(gaps=True)).partial_fit(table())
    assert np.isfinite(vae.score_samples(table(gaps=True))).all()
    with pytest.raises(elbax.InputError, match="column 'pet' is 'emu' in row 0, which fit had not seen"):
        vae.partial_fit(table().assign(pet="emu"))


def test_an_interrupted_fit_of_a_table_resumes_byte_for_byte(with_gaps, tmp_path):
    def stop(progress):
        if progress.epoch >= 1:
            raise KeyboardInterrupt

    settings = {**SETTINGS, "checkpoint_dir": tmp_path, "checkpoint_seconds": 0.0}
    with pytest.raises(KeyboardInterrupt):
        VAE(2, **settings).fit(table(gaps=True), callbacks=[stop])
    resumed = VAE(2, **settings).fit(table(gaps=True))
    assert to_bytes(resumed.module_) == to_bytes(with_gaps.module_)


def test_simple_models_have_the_base_measure_of_the_columns():
    """Amounts in steps and with a spike have probabilities, so that no normal density is compared with them."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"step": rng.normal(0, 0.001, 200).round(4), "spike": np.where(rng.random(200) < 0.5, 0, 1.0)})
    frame["spike"] *= rng.gamma(2, 1e-3, 200)
    frame["real"] = rng.normal(5, 2, 200)
    schema = Schema.of_table(frame)
    codes = schema.encode(frame)
    likelihood = Histogram().prepare(schema.summary)
    assert [likelihood.has_masses(j) for j in range(3)] == [True, True, False]
    simple = SimpleModels.of(likelihood, schema.summary, Batch(codes), Batch(codes))
    assert simple.x.shape[1] == 1 and "probabilities" in simple.note
    scores = {score.name: score.log_prob for score in simple.log_probs(1)}
    exact = simple.rest + norm.logpdf(codes[:, 2], codes[:, 2].mean(), codes[:, 2].std() * np.sqrt(201 / 199))
    np.testing.assert_allclose(scores["full normal"], exact, atol=0.1)
    assert scores["independent columns"].mean() >= scores["full normal"].mean() - 0.05
