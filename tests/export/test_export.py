"""Exported folders: what they hold, and that onnxruntime and jax.export return what the model returns."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pandas as pd
import pytest

import elbax
from elbax.core.distributions import log_ratio, sample_with_density
from elbax.errors import InputError
from elbax.export.agreement import relative_error

SMALL = {"hidden": (6,), "epochs": 1, "init": "random", "validation_fraction": 0.0, "random_state": 0, "verbose": 0}
N = 40


def session(folder, name):
    return onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), providers=["CPUExecutionProvider"])


def latent(n=N, d=4):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 2)) @ rng.normal(size=(2, d)) + 0.1 * rng.normal(size=(n, d))


def fit(x, context=None, **settings):
    return elbax.VAE(**SMALL | settings).fit(x, context=context)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    x = latent() * [1, 100, 0.01, 1] + [0, 5000, 0, 0]
    folder = tmp_path_factory.mktemp("numbers")
    vae = fit(pd.DataFrame(x, columns=list("abcd")))
    vae.export(folder, pd.DataFrame(x, columns=list("abcd")), title="four columns")
    return vae, x, folder


def test_a_folder_encodes_decodes_and_scores_any_number_of_rows(numbers):
    vae, x, folder = numbers
    files = {"encoder.onnx", "decoder.onnx", "score.onnx", "schema.json", "reader.py", "reader.js"}
    assert {path.name for path in folder.iterdir()} == files
    encoder, decoder = session(folder, "encoder"), session(folder, "decoder")
    frame = pd.DataFrame(x, columns=list("abcd"))
    for n in (1, 3, N):
        mean, deviation = encoder.run(None, {"x": x[:n].astype(np.float32)})
        assert relative_error(mean, vae.transform(frame[:n])) < 1e-5 and deviation.shape == (n, 2)
        (decoded,) = decoder.run(None, {"z": mean})
        assert relative_error(decoded, vae.inverse_transform(mean)) < 1e-5
    assert [i.shape for i in encoder.get_inputs()] == [["rows", 4]]


def test_the_schema_is_a_file_and_metadata(numbers):
    _, _, folder = numbers
    record = json.loads((folder / "schema.json").read_text())
    assert record["title"] == "four columns" and record["x"]["names"] == list("abcd")
    assert record["files"]["score"] == {
        "inputs": {"x": ["rows", 4], "noise": ["rows", "samples", 2]},
        "outputs": ["log_prob"],
    }
    inside = session(folder, "score").get_modelmeta().custom_metadata_map
    assert json.loads(inside["elbax.schema"])["x"] == record["x"]


def test_the_score_is_that_of_the_same_draws(numbers):
    vae, x, folder = numbers
    module, keys = vae.module_, jax.random.split(jax.random.key(3), 5)
    noise = np.stack([jax.random.normal(key, (2,)) for key in keys])
    (score,) = session(folder, "score").run(None, {"x": x[:1].astype(np.float32), "noise": noise[None]})

    def weight(key):
        row = elbax.types.Batch(jnp.asarray(x[0], jnp.float32))
        q = module.posterior.distribution(module.encode(row))
        z, log_q = sample_with_density(q, key, always=True)
        ratio = log_ratio(module.prior_distribution(), q, z, log_b=log_q).sum()
        return module.log_prob(module.decode(z), row.x) + ratio

    expected = jax.nn.logsumexp(jax.vmap(weight)(keys)) - np.log(5)
    assert float(score[0]) == pytest.approx(float(expected), rel=1e-5)


def test_conditional_images_in_axes_of_the_user(tmp_path):
    x = 1 / (1 + np.exp(-latent(d=24))).reshape(N, 2, 3, 4)
    labels = np.where(x[:, 0, 0, 0] > 0.5, "on", "off")
    vae = fit(x, labels, axes="cyx", likelihood="normal(scale=shared)")
    vae.export(tmp_path, x, context=labels)
    codes = (labels == "on").astype(np.float32)[:, None]
    mean, _ = session(tmp_path, "encoder").run(None, {"x": x.astype(np.float32), "context": codes})
    assert relative_error(mean, vae.transform(x, context=labels)) < 1e-5
    (decoded,) = session(tmp_path, "decoder").run(None, {"z": mean, "context": codes})
    assert decoded.shape == x.shape
    assert relative_error(decoded, vae.inverse_transform(mean, context=labels)) < 1e-5


def test_shares_go_in_and_come_out(tmp_path):
    x = np.exp(latent(d=3))
    x = x / x.sum(axis=1, keepdims=True)
    vae = fit(x, ties="log-ratio")
    vae.export(tmp_path)
    mean, _ = session(tmp_path, "encoder").run(None, {"x": x.astype(np.float32)})
    assert relative_error(mean, vae.transform(x)) < 1e-4
    (decoded,) = session(tmp_path, "decoder").run(None, {"z": mean})
    np.testing.assert_allclose(decoded.sum(axis=1), 1, rtol=1e-5)
    assert relative_error(decoded, vae.inverse_transform(mean)) < 1e-4


def test_a_table_with_gaps_takes_nan(tmp_path):
    x = latent()
    frame = pd.DataFrame({"a": x[:, 0], "b": np.where(x[:, 1] > 0, "yes", "no"), "c": x[:, 2]})
    frame.loc[:4, "a"] = np.nan
    frame.loc[3:6, "b"] = None
    vae = fit(frame, decoder_sees="any", likelihood="histogram")
    vae.export(tmp_path, frame)
    codes = vae.schema_.encode(frame).astype(np.float32)
    mean, _ = session(tmp_path, "encoder").run(None, {"x": codes})
    assert relative_error(mean, vae.transform(frame)) < 1e-5


def test_stablehlo_runs_in_jax(numbers, tmp_path):
    vae, x, _ = numbers
    vae.export(tmp_path, to="stablehlo")
    encode = jax.export.deserialize(bytearray((tmp_path / "encoder.stablehlo").read_bytes()))
    mean, _ = encode.call(x[:7].astype(np.float32))
    assert relative_error(mean, vae.transform(pd.DataFrame(x[:7], columns=list("abcd")))) < 1e-5


def test_a_difference_is_an_error_and_nothing_is_written(numbers, tmp_path, monkeypatch):
    vae, _, _ = numbers
    monkeypatch.setattr("elbax.export.agreement.TOLERANCE", -1.0)
    with pytest.raises(InputError, match="the exported encoder differs from the model: its .* by"):
        vae.export(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_unknown_formats_and_rules_are_errors(numbers, tmp_path):
    vae, _, _ = numbers
    with pytest.raises(InputError, match="unknown to 'keras'; known: onnx, stablehlo"):
        vae.export(tmp_path, to="keras")
