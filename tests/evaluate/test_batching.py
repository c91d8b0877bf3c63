"""Inference in blocks: what it costs in memory and programs, and that blocks leave no trace in the results."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from elbax import evaluate
from elbax.core.likelihoods import Bernoulli
from elbax.core.vae import ModelConfig, VAEModule
from elbax.evaluate import batching, bounds
from elbax.evaluate.inference import decoder_size
from elbax.types import Batch, Summary

FEATURES = 784


def model(features=FEATURES, **architecture):
    event = features if isinstance(features, tuple) else (features,)
    half, unit = np.full(event, 0.5), np.ones(event)
    summary = Summary(half, half, 0 * unit, unit, half, unit, unit)
    return VAEModule.build(ModelConfig(**architecture), Bernoulli(), summary, np.random.default_rng(0))


def binary(n, features=FEATURES):
    return (np.random.default_rng(1).uniform(size=(n, features)) < 0.3).astype(np.float32)


def test_scores_compile_once_for_any_number_of_rows_and_samples(programs):
    module, x = model(20, latent_dim=3, hidden=(10,)), binary(150, 20)
    for n, k in ((150, 3), (1, 1), (64, 40), (65, 16)):
        assert evaluate.log_likelihood(module, Batch(x[:n]), k).shape == (n,)
    assert programs.count("jit(_log_likelihood)") == 1


def test_blocks_leave_no_trace(monkeypatch):
    module, x = model(20, latent_dim=3, hidden=(10,)), binary(150, 20)
    order = np.random.default_rng(2).permutation(150)
    scores = evaluate.log_likelihood(module, Batch(x), 40)
    np.testing.assert_allclose(evaluate.log_likelihood(module, Batch(x[order]), 40), scores[order], rtol=1e-6)
    np.testing.assert_allclose(evaluate.log_likelihood(module, Batch(x[7:8]), 40), scores[7:8], rtol=1e-6)
    codes = evaluate.encode(module, Batch(x))
    monkeypatch.setattr(batching, "_BLOCK_BYTES", 2**14)  # a few rows
    np.testing.assert_allclose(evaluate.log_likelihood(module, Batch(x), 40), scores, rtol=1e-5)
    np.testing.assert_allclose(evaluate.encode(module, Batch(x)), codes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "module",
    [
        model(latent_dim=50, hidden=(200, 200), activation="tanh"),
        model((28, 28, 1), latent_dim=2, network="conv"),
    ],
    ids=["mlp", "conv"],
)
def test_scoring_needs_little_memory_whatever_the_rows_and_samples(module, monkeypatch):
    """All that the program of one block needs, for a number of samples that it does not know beforehand."""
    seen = []
    monkeypatch.setattr(bounds, "_log_likelihood", lambda _, rows, *rest: seen.append(rows) or rows.x[:, 0])
    event = module.center.tree.shape
    evaluate.log_likelihood(module, Batch(np.zeros((300, *event), np.float32)), 5000)
    monkeypatch.undo()
    assert len({rows.x.shape for rows in seen}) == 1
    lowered = bounds._log_likelihood.lower(module, seen[0], np.uint32(0), np.int32(5000))
    memory = lowered.compile().compiled.memory_analysis()
    assert memory.temp_size_in_bytes < 2**28


def test_the_widest_array_of_a_decoder():
    assert decoder_size(model(784, latent_dim=2, hidden=(16,)), None) == 784
    assert decoder_size(model(30, latent_dim=2, hidden=(90,)), None) == 90
    # Windows of 3 by 3 pixels over the 32 channels of the finest image, or what a convolution makes of them.
    assert decoder_size(model((28, 28, 1), latent_dim=2, network="conv"), None) >= 784 * 32


def test_what_does_not_fill_a_block_is_cut_off():
    def doubled(rows):
        assert rows.x.shape[0] == rows.context.shape[0]
        return {"x": jnp.asarray(2 * rows.x), "sum": jnp.asarray(rows.x.sum(axis=1) + rows.context[:, 0])}

    x, context = np.arange(3000.0).reshape(1500, 2), np.ones((1500, 1))
    found = batching.map_batches(doubled, Batch(x, context=context))
    np.testing.assert_array_equal(found["x"], 2 * x)
    np.testing.assert_array_equal(found["sum"], x.sum(axis=1) + 1)


def test_binary_rows_have_noise_of_their_own():
    keys = batching.hashed_row_keys(0, Batch(jnp.asarray(binary(5000))))
    words = np.asarray(jax.random.key_data(keys)) if jnp.issubdtype(keys.dtype, jax.dtypes.prng_key) else keys
    assert len(np.unique(words, axis=0)) > 4990
