"""Conditional VAEs: densities against exact ones, samples that follow the context, and nothing lost on disk."""

import pickle

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.stats import multivariate_normal
from sklearn.model_selection import GridSearchCV

import elbax
from elbax import evaluate
from elbax.core.likelihoods import Normal
from elbax.core.networks import MLP, ConvDecoder, ConvEncoder
from elbax.core.objectives import IWAE
from elbax.core.vae import ModelConfig, VAEModule
from elbax.errors import InputError
from elbax.types import Batch, Summary

D, K, C, SIGMA = 5, 2, 3, 0.4


class Linear:
    """p(x|c) = N(Ac + b, WWᵀ + σ²I), whose density is exact."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.slope, self.bias = rng.normal(size=(C, D)), rng.normal(size=D)
        self.weights = np.linalg.qr(rng.normal(size=(D, K)))[0].T * np.array([[2.0], [1.0]])

    def draw(self, n, seed):
        rng = np.random.default_rng(seed)
        c, z = rng.normal(size=(n, C)), rng.normal(size=(n, K))
        x = c @ self.slope + self.bias + z @ self.weights + SIGMA * rng.normal(size=(n, D))
        return x.astype(np.float32), c.astype(np.float32)

    def log_density(self, x, c):
        covariance = self.weights.T @ self.weights + SIGMA**2 * np.eye(D)
        return multivariate_normal(np.zeros(D), covariance).logpdf(x - c @ self.slope - self.bias)

    def module(self):
        """The same model as a module: the weights are orthogonal, so the exact posterior is diagonal."""
        zeros, ones = np.zeros(D), np.ones(D)
        architecture = ModelConfig(latent_dim=K, hidden=(), activation="linear", output_bias=False)
        module = VAEModule.build(
            architecture,
            Normal(scale="fixed", value=SIGMA),
            Summary(zeros, ones, zeros, ones, zeros, ones, zeros),
            np.random.default_rng(0),
            (C,),
        )
        variance = 1.0 / (1.0 + np.square(self.weights).sum(axis=1) / SIGMA**2)
        gain = self.weights.T * variance / SIGMA**2  # (D, K)
        head = np.zeros((D + C, K, 2), np.float32)
        head[:, :, 0] = np.concatenate([gain, -self.slope @ gain])
        encoder_bias = np.stack([-self.bias @ gain, np.log(variance)], axis=1).ravel()
        return eqx.tree_at(
            lambda m: (
                m.encoder.head.weight,
                m.encoder.head.bias,
                m.decoder.head.weight,
                m.decoder.head.bias,
            ),
            module,
            tuple(
                jnp.asarray(array, jnp.float32)
                for array in (
                    head.reshape(D + C, -1),
                    encoder_bias,
                    np.concatenate([self.weights, self.slope]),
                    self.bias,
                )
            ),
        )


def small(**settings):
    return elbax.VAE(**{"hidden": (16,), "epochs": 5, "random_state": 0, "verbose": 0, **settings})


ROWS = np.random.default_rng(0).normal(size=(120, 4))
TABLE = pd.DataFrame({"age": ROWS[:, 0] * 9 + 40, "kind": np.where(ROWS[:, 1] > 0, "cat", "dog")})
PICTURES = np.random.default_rng(0).integers(0, 256, (40, 7, 5), dtype=np.uint8)


def test_log_likelihood_of_a_linear_model_is_exact():
    truth = Linear()
    x, c = truth.draw(300, 1)
    found = evaluate.log_likelihood(truth.module(), Batch(x, context=c), 20)
    np.testing.assert_allclose(found, truth.log_density(x, c), atol=1e-2)
    # Beside another row's context the same rows are far less likely.
    shuffled = evaluate.log_likelihood(truth.module(), Batch(x, context=c[::-1].copy()), 20)
    np.testing.assert_allclose(shuffled, truth.log_density(x, c[::-1]), atol=1e-2)
    assert shuffled.mean() < found.mean() - 10


def test_iwae_gives_each_sample_its_rows_context():
    truth = Linear()
    x, c = truth.draw(50, 1)
    score = eqx.filter_jit(IWAE(6))
    scored = score(truth.module(), Batch(x, context=c), jax.random.key(0), jnp.asarray(0.5))
    np.testing.assert_allclose(-scored.loss, truth.log_density(x, c), atol=1e-2)


def test_a_trained_model_comes_near_the_exact_conditional_density():
    truth = Linear()
    (x, c), (new_x, new_c) = truth.draw(4000, 1), truth.draw(1000, 2)
    vae = elbax.VAE(latent_dim=K, hidden=(64,), epochs=60, random_state=0, verbose=0).fit(x, context=c)
    exact = truth.log_density(new_x, new_c).mean()
    assert vae.score(new_x, context=new_c) == pytest.approx(exact, abs=0.1)
    samples = vae.sample(4000, context=new_c[:1], random_state=0)
    np.testing.assert_allclose(samples.mean(axis=0), new_c[0] @ truth.slope + truth.bias, atol=0.25)


@pytest.fixture(scope="module")
def digits():
    data = elbax.load_data("digits")
    vae = elbax.VAE(latent_dim=4, hidden=(64, 64), epochs=60, random_state=0, verbose=0)
    return vae.fit(data.x, context=data.labels), data


def test_digits_sampled_by_class_look_like_their_class(digits):
    vae, data = digits
    means = np.stack([data.x[data.labels == k].reshape(-1, 64).mean(axis=0) for k in range(10)])
    wanted = np.repeat(np.arange(10), 20)
    samples = vae.sample(context=wanted, noise=False, random_state=0).reshape(-1, 1, 64)
    nearest = np.square(samples - means).sum(axis=2).argmin(axis=1)
    assert (nearest == wanted).mean() > 0.9


def test_the_context_decides_what_is_sampled(digits):
    vae, _ = digits
    zeros, ones = (vae.sample(3, context=label, random_state=5) for label in (0, 1))
    assert not np.array_equal(zeros, ones)
    np.testing.assert_array_equal(zeros, vae.sample(3, context=[0], random_state=5))
    np.testing.assert_array_equal(zeros, vae.sample(context=[0, 0, 0], random_state=5))
    decoded = [vae.inverse_transform(np.zeros((1, 4)), context=label) for label in (0, 1)]
    assert np.abs(decoded[0] - decoded[1]).max() > 4


def test_densities_tell_the_class(digits):
    vae, data = digits
    scores = np.stack([vae.score_samples(data.x[:200], 10, context=label) for label in range(10)], axis=1)
    assert (scores.argmax(axis=1) == data.labels[:200]).mean() > 0.95


@pytest.mark.parametrize(
    ("x", "context", "network", "init"),
    [
        (ROWS, TABLE, "mlp", "auto"),
        (PICTURES, np.arange(40) % 3, "conv", "random"),  # a linear start knows all that such labels tell of noise
        (PICTURES, PICTURES[:, ::-1], "conv", "auto"),
    ],
    ids=["frame", "conv-labels", "conv-images"],
)
def test_every_method_takes_every_context_and_nothing_is_lost_on_disk(x, context, network, init, tmp_path):
    vae = small(network=network, init=init)
    z = vae.fit_transform(x, context=context)
    assert vae.history_["reconstruction"].iloc[-1] < vae.history_["reconstruction"].iloc[0]
    np.testing.assert_array_equal(vae.transform(x, context=context), z)
    assert vae.reconstruct(x, context=context).size == x.size
    assert vae.inverse_transform(z, context=context).size == x.size
    assert vae.sample(context=context).size == x.size
    assert vae.elbo(x, context=context).shape == (len(x), 3)
    assert vae.active_units(x, context=context).kl.shape == (2,)
    vae.save(tmp_path)
    for copy in (elbax.load(tmp_path), pickle.loads(pickle.dumps(vae))):
        np.testing.assert_array_equal(copy.transform(x, context=context), z)
        scores = copy.score_samples(x, 5, context=context)
        np.testing.assert_array_equal(scores, vae.score_samples(x, 5, context=context))


def test_scores_depend_on_a_row_and_its_context_only():
    vae = small().fit(ROWS, context=TABLE)
    alone = vae.score_samples(ROWS[[5]], context=TABLE.iloc[[5]])
    np.testing.assert_allclose(vae.score_samples(ROWS, context=TABLE)[[5]], alone, rtol=1e-6)
    other = vae.score_samples(ROWS[[5]], context=TABLE.iloc[[6]])
    assert abs(other - alone) > 1e-3


def test_partial_fit_and_warm_start_keep_the_context():
    vae = small(learning_rate=1e-2)
    for _ in range(3):
        vae.partial_fit(ROWS, context=TABLE)
    assert vae.history_["loss"].iloc[-1] < vae.history_["loss"].iloc[0]
    again = small(warm_start=True).fit(ROWS, context=TABLE["kind"])
    schema = again.context_schema_
    again.fit(ROWS[:50], context=["cat"] * 50)  # not all labels, and the code stays
    assert again.context_schema_ is schema
    with pytest.raises(InputError, match="'bird'"):
        again.fit(ROWS, context=["bird"] * 120)
    with pytest.raises(InputError, match="fitted with context"):
        vae.partial_fit(ROWS)


def test_validation_rows_bring_their_context():
    vae = small(epochs=3).fit(ROWS, context=TABLE, validation_data=(ROWS[:30], TABLE[:30]))
    assert len(vae.history_) == 3 and np.isfinite(vae.history_["val_elbo"]).all()
    with pytest.raises(InputError, match="must be a pair"):
        small().fit(ROWS, context=TABLE, validation_data=ROWS[:30])
    labels = np.zeros(30)
    assert small(epochs=3).fit(ROWS, validation_data=(ROWS[:30], labels)).context_schema_ is None


def test_checkpoints_resume_and_know_the_context(tmp_path):
    whole = small().fit(ROWS, context=TABLE)
    for _ in range(2):  # the second finds the fit finished
        vae = small(checkpoint_dir=tmp_path).fit(ROWS, context=TABLE)
        np.testing.assert_array_equal(vae.transform(ROWS, context=TABLE), whole.transform(ROWS, context=TABLE))
    other = TABLE.assign(kind=TABLE["kind"].to_numpy()[::-1])
    for context in (other, TABLE[["age"]], None):
        with pytest.raises(InputError, match="cannot resume"):
            small(checkpoint_dir=tmp_path).fit(ROWS, context=context)


def test_a_failed_refit_leaves_model_and_context_together():
    vae = small().fit(ROWS, context=TABLE)
    before = vae.transform(ROWS, context=TABLE)
    with pytest.raises(InputError, match="one entry for each of 120 rows; got 50"):
        vae.fit(ROWS, context=TABLE[:50])
    with pytest.raises(InputError, match="nothing but gaps"):
        vae.fit(ROWS * np.nan, context=TABLE["kind"])
    np.testing.assert_array_equal(vae.transform(ROWS, context=TABLE), before)
    assert vae.fit(ROWS).context_schema_ is None


def test_a_search_routes_the_context():
    with sklearn.config_context(enable_metadata_routing=True):
        vae = small(epochs=2).set_fit_request(context=True).set_score_request(context=True)
        search = GridSearchCV(vae, {"beta": [0.5, 1.0]}, cv=2).fit(ROWS, context=TABLE["kind"].to_numpy())
    assert np.isfinite(search.best_score_)


def test_images_of_the_same_size_come_in_as_channels():
    rng = np.random.default_rng(0)
    encoder = ConvEncoder((8, 6, 1), (2, 2), hidden=(4,), context_shape=(8, 6, 3), rng=rng)
    assert encoder.convs[0].weight.shape[2] == 4 and encoder.as_channels
    decoder = ConvDecoder((2,), (8, 6, 1), 48, hidden=(4,), context_shape=(8, 6, 3), rng=rng)
    assert decoder.head.weight.shape[2] == 4 + 3
    left, right = (decoder(jnp.zeros(2), jnp.full((8, 6, 3), value)) for value in (0.0, 1.0))
    assert np.abs(left - right).max() > 0


@pytest.mark.parametrize("context_shape", [(3,), (2, 4, 1), (8, 6, 2)])
def test_every_network_uses_its_context(context_shape):
    options = {"hidden": (4,), "context_shape": context_shape, "rng": np.random.default_rng(0)}
    pairs = (
        (MLP((8, 6, 1), (2, 2), **options), jnp.ones((8, 6, 1))),
        (ConvEncoder((8, 6, 1), (2, 2), **options), jnp.ones((8, 6, 1))),
        (ConvDecoder((2,), (8, 6, 1), 48, **options), jnp.ones(2)),
    )
    for net, x in pairs:
        net = eqx.filter_jit(net)
        outputs = [net(x, jnp.full(context_shape, value)) for value in (-1.0, 1.0)]
        assert np.abs(outputs[0] - outputs[1]).max() > 1e-3


def test_make_vae_is_conditional_too():
    truth = Linear()
    x, c = truth.draw(600, 1)
    vae, encoder, decoder = elbax.make_vae(
        D, dim_context=C, likelihood="sum_of_squares", decoder_activation=None, dropout=None, random_state=0
    )
    history = vae.fit(x, epochs=30, context=c, validation_data=(x[:100], c[:100])).history
    plain, _, _ = elbax.make_vae(D, likelihood="sum_of_squares", decoder_activation=None, dropout=None, random_state=0)
    without = plain.fit(x, epochs=30, validation_data=(x[:100], c[:100])).history
    assert history["val_loss"][-1] < without["val_loss"][-1] - 1
    z = encoder.predict(x, c)
    np.testing.assert_array_equal(decoder.predict(z, c), vae.predict(x, c))
    for bad in (lambda: vae.predict(x), lambda: vae.predict(x, c[:, :2]), lambda: plain.predict(x, c)):
        with pytest.raises(InputError, match="context"):
            bad()
