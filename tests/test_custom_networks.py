"""Encoders and decoders that users pass: every way a model is used, and every way the contract can be broken."""

import json
import pickle
from math import prod

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.base import clone

import elbax
from elbax.core.custom_networks import CustomNetwork, describe_network, make_network, structure_text
from elbax.core.vae import split_trainable
from elbax.errors import InputError

KEY = jax.random.key(0)
X = np.random.default_rng(0).normal(size=(80, 4)).astype(np.float32) @ np.diag([1, 2, 3, 0.5]) + 5
ENCODER = eqx.nn.MLP(4, 4, 8, 1, activation=jax.nn.softplus, key=KEY)
DECODER = eqx.nn.MLP(2, 4, 8, 1, key=jax.random.key(1))


def small(encoder=ENCODER, decoder=DECODER, **settings):
    common = {"likelihood": "normal(scale=fixed)", "epochs": 2, "random_state": 0, "verbose": 0}
    return elbax.VAE(encoder=encoder, decoder=decoder, **{**common, **settings})


def weights(tree):
    return jax.tree.leaves(eqx.filter(tree, eqx.is_array))


def same(a, b):
    return all(map(np.array_equal, weights(a), weights(b)))


class Conditional(eqx.Module):
    """Dense layers with dropout, which also see the context."""

    layers: tuple
    dropped: eqx.nn.Dropout

    def __init__(self, in_shape, out_shape, context_shape, key):
        first, second = jax.random.split(key)
        n_in = prod(in_shape) + prod(context_shape)
        self.layers = (eqx.nn.Linear(n_in, 8, key=first), eqx.nn.Linear(8, prod(out_shape), key=second))
        self.dropped = eqx.nn.Dropout(0.5)

    def __call__(self, x, context, *, key=None):
        h = jax.nn.relu(self.layers[0](jnp.concatenate([x.ravel(), context.ravel()])))
        return self.layers[1](self.dropped(h, key=key))


class ImageDecoder(eqx.Module):
    """A linear map to an image, whose shape is the event's."""

    linear: eqx.nn.Linear

    def __init__(self, in_shape, out_shape, key):
        self.linear = eqx.nn.Linear(in_shape[0], out_shape[0], key=key)

    def __call__(self, z):
        return self.linear(z).reshape(5, 4, 1)


class ImageEncoder(eqx.Module):
    """Equinox's convolution, channels first, on a row of the event's shape."""

    conv: eqx.nn.Conv2d
    head: eqx.nn.Linear

    def __init__(self, in_shape, out_shape, key):
        height, width, channels = in_shape
        self.conv = eqx.nn.Conv2d(channels, 2, 3, padding=1, key=key)
        self.head = eqx.nn.Linear(2 * height * width, prod(out_shape), key=key)

    def __call__(self, x, **options):
        return self.head(jax.nn.relu(self.conv(jnp.moveaxis(x, -1, 0))).ravel())


@pytest.fixture(scope="module")
def fitted():
    return small(n_init=2).fit(X)


def test_a_module_starts_every_restart_and_is_left_as_it_was(fitted):
    before = [np.array(leaf) for leaf in weights(ENCODER)]
    starts = [fitted.plan_.build_module(fitted.schema_.summary, seed) for seed in fitted.plan_.seeds]
    assert len(starts) == 2 and all(same(start.encoder, ENCODER) for start in starts)
    assert not same(fitted.module_.encoder, ENCODER) and all(map(np.array_equal, before, weights(ENCODER)))
    assert fitted.transform(X).shape == (80, 2) and fitted.sample(3).shape == (3, 4)
    assert np.isfinite(fitted.score_samples(X[:10], 8)).all()


def test_the_plan_names_the_networks(fitted):
    assert fitted.plan_.network_text() == "encoder given: MLP, 76 parameters; decoder given: MLP, 60 parameters"
    shown = fitted.plan_.describe()
    assert (shown["network"], shown["encoder"]) == ("given", "given: MLP, 76 parameters")
    assert fitted.n_parameters_ == 136
    one = small(decoder=None, hidden=(8,), epochs=1)
    assert one.fit(X).plan_.network_text() == "mlp, encoder given: MLP, 76 parameters; decoder 8, relu"
    assert one.plan_.train.learning_rate == 1e-3


def test_a_clone_fits_to_the_same_bits(fitted):
    again = clone(fitted)
    assert again.encoder is not ENCODER and same(again.encoder, ENCODER) and "MLP" in repr(again)
    np.testing.assert_array_equal(again.fit(X).transform(X), fitted.transform(X))


def test_save_keeps_the_weights_and_load_needs_the_networks(fitted, tmp_path):
    fitted.save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["plan"]["model"]["encoder"] == config["parameters"]["encoder"] == "given: MLP, 76 parameters"
    missing = r"your own encoder \(MLP, 76 parameters\) and decoder .*; pass it again: .*, encoder=…, decoder=…\)"
    with pytest.raises(InputError, match=missing):
        elbax.load(tmp_path)
    with pytest.raises(InputError, match="decoder=…"):
        elbax.load(tmp_path, encoder=ENCODER)
    other = eqx.nn.MLP(4, 4, 9, 1, key=KEY)
    with pytest.raises(InputError, match=r"expected .encoder.arrays.layers\[0\].*\[9, 4\]; got float32\[8, 4\]"):
        elbax.load(tmp_path, encoder=other, decoder=DECODER)
    untrained = eqx.nn.MLP(4, 4, 8, 1, activation=jax.nn.softplus, key=jax.random.key(5))
    loaded = elbax.load(tmp_path, encoder=untrained, decoder=lambda *shapes, key: eqx.nn.MLP(2, 4, 8, 1, key=key))
    np.testing.assert_array_equal(loaded.transform(X), fitted.transform(X))
    np.testing.assert_array_equal(loaded.reconstruct(X), fitted.reconstruct(X))
    assert loaded.get_params()["encoder"] is untrained

    plain = elbax.VAE(hidden=(4,), epochs=1, verbose=0, random_state=0).fit(X)
    plain.save(tmp_path)
    with pytest.raises(InputError, match="without a network of your own as decoder; leave decoder= out"):
        elbax.load(tmp_path, decoder=DECODER)


def test_pickles_continue_where_the_model_was(fitted):
    """Plain pickle refuses the activation functions of `eqx.nn.MLP`."""
    copy = pickle.loads(pickle.dumps(small().partial_fit(X)))
    np.testing.assert_array_equal(copy.partial_fit(X).transform(X), small().partial_fit(X).partial_fit(X).transform(X))
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.fit(X).transform(X), fitted.transform(X))


def test_warm_start_and_the_second_stage_go_on_from_the_fit(fitted):
    vae = small(warm_start=True).fit(X)
    before = vae.module_
    vae.set_params(epochs=1, learning_rate=1e-9).fit(X)
    np.testing.assert_allclose(
        vae.transform(X),
        np.asarray(jax.vmap(lambda x: before.posterior.distribution(before.encode(x)).mean)(vae._read(X))),
        rtol=1e-4,
        atol=1e-5,
    )
    codes = vae.transform(X)
    vae.fit_prior(X, prior="mixture(components=2)")
    np.testing.assert_array_equal(vae.transform(X), codes)
    assert vae.prior_.name == "mixture" and vae.plan_.model.encoder is ENCODER


def test_checkpoints_resume_and_notice_another_network(fitted, tmp_path):
    settings = {"n_init": 2, "checkpoint_dir": tmp_path}
    for _ in range(2):  # the second finds both restarts finished
        np.testing.assert_array_equal(small(**settings).fit(X).transform(X), fitted.transform(X))
    others = {
        "weights": eqx.nn.MLP(4, 4, 8, 1, activation=jax.nn.softplus, key=jax.random.key(9)),
        "activation": eqx.nn.MLP(4, 4, 8, 1, activation=jax.nn.relu, key=KEY),
    }
    for other in others.values():
        with pytest.raises(InputError, match="other data or settings"):
            small(encoder=other, **settings).fit(X)


def test_a_builder_gets_the_shapes_and_the_seed():
    asked = []

    def build(in_shape, out_shape, key):
        asked.append((in_shape, out_shape))
        return eqx.nn.MLP(in_shape[0], prod(out_shape), 8, 1, key=key)

    vae = small(build, build, n_init=2, likelihood="normal(scale=network)", posterior="full_normal").fit(X)
    assert {*asked} == {((4,), (2, 4)), ((2,), (8,))}
    first, second = (vae.plan_.build_module(vae.schema_.summary, seed) for seed in vae.plan_.seeds)
    assert not same(first.encoder, second.encoder)
    assert same(first.encoder, vae.plan_.build_module(vae.schema_.summary, vae.plan_.seeds[0]).encoder)
    assert "built by build" in vae.plan_.network_text()


def test_dropout_is_on_in_training_only_and_context_arrives(tmp_path):
    context = (X[:, 0] > 5).astype(int)
    vae = small(Conditional, Conditional).fit(X, context=context)
    module = vae.module_
    assert module.encoder.dropout == 0.5
    row = jax.tree.map(lambda column: column[0], vae._read(X, context))
    np.testing.assert_array_equal(module.encode(row), module.encode(row))
    assert not np.array_equal(module.encode(row, key=KEY), module.encode(row))
    assert not np.array_equal(vae.transform(X, context=context), vae.transform(X, context=1 - context))
    assert vae.sample(3, context=1).shape == (3, 4)
    vae.save(tmp_path)
    loaded = elbax.load(tmp_path, encoder=Conditional, decoder=Conditional)
    np.testing.assert_array_equal(loaded.transform(X, context=context), vae.transform(X, context=context))


def test_images_keep_their_shape_and_the_doctor_reads_the_fit():
    images = np.random.default_rng(0).random((40, 5, 4)).astype(np.float32)
    vae = small(ImageEncoder, ImageDecoder, axes="yx").fit(images)
    assert vae.reconstruct(images).shape == (40, 5, 4) and vae.module_.decoder.dropout == 0
    diagnosis = vae.diagnose(images, probes=False)
    assert all("hidden" not in finding.changes for finding in diagnosis.findings)
    flat = eqx.nn.MLP(20, 4, 8, 1, key=KEY)  # takes vectors: rows are flattened before it
    assert small(flat, ImageDecoder, axes="yx", epochs=1).fit(images).transform(images).shape == (40, 2)


class Odd(eqx.Module):
    """A module that returns whatever it holds."""

    value: object

    def __call__(self, x):
        return self.value


class NoCall(eqx.Module):
    """A module that cannot be called."""


class Positional(eqx.Module):
    """A module that wants more than a row."""

    def __call__(self, x, state):
        return x


class Nothing(eqx.Module):
    """A module that takes nothing."""

    def __call__(self):
        return jnp.zeros(4)


def fails(in_shape, out_shape, key):
    raise OSError("no weights here")


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (NoCall(), "NoCall has no __call__; it needs __call__.self, x, context=None"),
        (
            Positional(),
            r"Positional must be called with \(x, context=None, \*, key=None\); .* takes \(x, state\)",
        ),
        (Nothing(), r"its __call__ takes \(\)"),
        (
            eqx.nn.MLP(4, 6, 8, 1, key=KEY),
            r"MLP must return shape \(2, 2\) or \(4,\) .* \(4,\); it returns shape \(6,\)",
        ),
        (eqx.nn.MLP(5, 4, 8, 1, key=KEY), r"MLP fails on an input of shape \(4,\) \(TypeError: dot_general"),
        (Odd(jnp.zeros(4, int)), "Odd must return floats; it returns int32"),
        (Odd("text"), "it returns str"),
        (Odd(jnp.zeros(4, complex)), "expected arrays of float32; its .value is complex64"),
        (Odd(jnp.zeros(4, jnp.bfloat16)), "its .value is bfloat16; convert it first"),
        (fails, r"fails\(\(4,\), \(2, 2\), key=key\) cannot build it \(OSError: no weights here\)"),
        (eqx.nn.MLP, "MLP.*cannot build it .TypeError.*missing 2 required positional arguments"),
        (lambda *shapes, key: 3, "must return an Equinox module; it returned int"),
        (
            "given: MLP, 3 parameters",
            "needs its own encoder .given: MLP, 3 parameters.; pass it to elbax.load",
        ),
    ],
)
def test_a_broken_contract_is_one_sentence(network, message):
    with pytest.raises(InputError, match=message) as caught:
        make_network("encoder", network, (4,), (2, 2), np.random.default_rng(0), None)
    assert "encoder" in str(caught.value) and "\n" not in str(caught.value)


def test_a_broken_contract_leaves_the_estimator_as_it_was(fitted):
    vae, before = fitted, fitted.transform(X)
    for side, network in (
        ("encoder", eqx.nn.MLP(4, 5, 8, 1, key=KEY)),
        ("decoder", eqx.nn.MLP(3, 4, 8, 1, key=KEY)),
    ):
        with pytest.raises(InputError, match=f"{side}: MLP "):
            clone(vae).set_params(**{side: network}).fit(X)
        with pytest.raises(InputError, match=f"{side}: MLP "):
            vae.set_params(**{side: network}).fit(X)
        vae.set_params(encoder=ENCODER, decoder=DECODER)
    np.testing.assert_array_equal(vae.transform(X), before)
    with pytest.raises(InputError, match="decoder must be an Equinox module, or a function of in_shape"):
        small(decoder=3).fit(X)
    with pytest.raises(InputError, match="decoder: MLP takes no context, which this model is fitted with"):
        small().fit(X, context=X[:, :1])


def test_arrays_of_numpy_and_numbers_are_taken_as_they_are():
    class Scaled(eqx.Module):
        weight: np.ndarray
        order: np.ndarray
        factor: float

        def __call__(self, x):
            return self.factor * x[self.order] * self.weight

    network = CustomNetwork("encoder", Scaled(np.full(3, 2.0), np.arange(3)[::-1], 0.5), (3,))
    trained, fixed = split_trainable(network)
    assert [leaf.dtype for leaf in jax.tree.leaves(trained)] == [jnp.float32] and len(jax.tree.leaves(fixed)) == 1
    np.testing.assert_array_equal(network(jnp.arange(3.0)), [2.0, 1.0, 0.0])


def test_texts_are_the_same_in_every_process():
    assert "0x" not in structure_text([ENCODER, lambda x: x]) and "softplus" in structure_text(ENCODER)
    assert describe_network(None) is None and describe_network(fails) == "given: built by fails"
