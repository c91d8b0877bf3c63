"""Networks: any image size, dropout only when asked for, and pieces that do what they say."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from elbax.core.networks import ACTIVATIONS, MLP, ConvDecoder, ConvEncoder, _Conv, drop_units
from elbax.errors import InputError


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("hidden", [(), (5,), (5, 7, 3)])
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("activation", ["relu", "glu"])
def test_mlp_shapes(hidden, layer_norm, activation):
    net = MLP((4, 2), (3, 2), hidden=hidden, layer_norm=layer_norm, activation=activation, rng=rng())
    assert eqx.filter_jit(net)(jnp.ones((4, 2))).shape == (3, 2)  # one program instead of one an operation
    assert len(net.norms) == (len(hidden) if layer_norm else 0)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_have_finite_gradients(name):
    gradient = jax.jit(jax.grad(lambda x: ACTIVATIONS[name](x).sum()))(jnp.linspace(-20.0, 20.0, 10))
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("size", [(1, 1, 1), (7, 5, 3), (8, 8, 1), (13, 28, 2)])
@pytest.mark.parametrize("hidden", [(), (4,), (4, 6, 8)])
@pytest.mark.parametrize("activation", ["relu", "glu"])
def test_convolutions_take_any_image(size, hidden, activation):
    encoder = ConvEncoder(size, (2, 2), hidden=hidden, activation=activation, rng=rng())
    decoder = ConvDecoder((2,), size, 2 * math.prod(size), hidden=hidden, activation=activation, rng=rng())
    assert eqx.filter_jit(encoder)(jnp.ones(size)).shape == (2, 2)
    assert eqx.filter_jit(decoder)(jnp.ones(2)).shape == (2 * math.prod(size),)


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (8, 8), (13, 28)])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("channels", [(3, 4), (18, 2)])
def test_a_convolution_is_what_jax_calls_one(size, stride, channels):
    conv = _Conv(*channels, stride, rng(), "float32")
    x = jnp.asarray(rng().normal(size=(*size, channels[0])), jnp.float32)
    layout = ("NHWC", "HWIO", "NHWC")
    expected = jax.lax.conv_general_dilated(x[None], conv.weight, (stride, stride), "SAME", dimension_numbers=layout)
    np.testing.assert_allclose(eqx.filter_jit(conv)(x), expected[0], atol=1e-5)


def test_a_vector_is_no_image():
    with pytest.raises(InputError, match="network='conv'"):
        ConvEncoder((784,), (2, 2), rng=rng())


def test_dropout_keeps_the_mean_and_is_off_without_a_key():
    h = jnp.ones(100_000)
    np.testing.assert_array_equal(drop_units(h, 0.2, None), h)
    dropped = drop_units(h, 0.2, jax.random.key(0))
    assert float((dropped == 0).mean()) == pytest.approx(0.2, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(1.0, abs=0.01)
