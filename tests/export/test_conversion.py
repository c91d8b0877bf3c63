"""Functions of JAX as ONNX graphs: onnxruntime returns what JAX returns, for any number of rows."""

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest
from jax.scipy.special import gammaln, ndtr

from elbax.errors import InputError
from elbax.export.agreement import relative_error
from elbax.export.conversion import to_onnx
from elbax.export.noise import with_noise

WEIGHT = np.random.default_rng(9).normal(size=(4, 6)).astype(np.float32)
TABLE = np.cumsum(np.random.default_rng(8).uniform(size=9)).astype(np.float32)


def loop(x):
    return jax.lax.fori_loop(0, 5, lambda i, total: total + i * x, x)


def scanned(x):
    return jax.lax.scan(lambda total, w: (jnp.tanh(total + w), total.sum()), x, WEIGHT.T, reverse=True)[1]


# Functions of one row of four numbers.
ROWS = {
    "matmul": lambda x: x @ WEIGHT,
    "einsum": lambda x: jnp.einsum("i,ij,ik->jk", x, WEIGHT, WEIGHT),
    "special": lambda x: jnp.log1p(jnp.abs(x) * 1e-6) + jnp.expm1(x * 1e-6) + jax.nn.sigmoid(-20 * x),
    "gamma": lambda x: gammaln(jnp.exp(3 * x)),
    "tails": lambda x: jnp.log(ndtr(-jnp.abs(3 * x))),
    "softmax": lambda x: jax.nn.log_softmax(x) + jax.nn.logsumexp(x),
    "logic": lambda x: jnp.where((x > 0) & ~(x > 1) | (x < -1), jnp.sign(x), jnp.floor(x)),
    "argmax": lambda x: jax.nn.one_hot(x.argmax(), 4),
    "sums": lambda x: jnp.stack([x.sum(), x.max(), x.min(), x.prod(), jnp.cumsum(x)[2]], axis=-1),
    "known places": lambda x: (x @ WEIGHT)[np.array([5, 0, 0, 3])],
    "any place": lambda x: jnp.asarray(WEIGHT)[jnp.clip(jnp.round(x), 0, 3).astype(int)],
    "along": lambda x: jnp.take_along_axis(x[None] * TABLE[:3, None], jnp.array([[1]]) + (x[:3, None] > 0), axis=1),
    "interpolated": lambda x: jnp.interp(x, jnp.cumsum(jnp.exp(x)), jnp.arange(4.0)),
    "set": lambda x: x.at[np.array([2, 0])].set(x[:2] * 2).at[1].add(1.0),
    "sums at places": lambda x: jnp.zeros(3).at[np.array([0, 2, 2, 7])].add(x, mode="drop"),
    "largest of segments": lambda x: jax.ops.segment_max(x, np.array([1, 1, 0, 1]), 2),
    "a window": lambda x: jax.lax.dynamic_update_slice(x, x[:2] * 3, (1,)) + x.reshape(2, 2).at[:, 1].set(9.0).ravel(),
    "the last of equal places": lambda x: x.at[np.array([1, 1, 3])].set(x[:3] + 5),
    "window": lambda x: jnp.pad(x[::-1][1:3], (1, 2)),
    "sorted": lambda x: jnp.sort(x),
    "loop": loop,
    "scan": scanned,
    "rounded": lambda x: jnp.round(2 * x) + jnp.mod(jnp.abs(x), 0.7) + jnp.clip(x, -0.5, 0.5),
    "no axes": lambda x: jnp.sum(x[0]) + jnp.zeros(()).sum(),
    "images": lambda x: jnp.transpose(x.reshape(2, 2)).ravel() ** 3 + jax.lax.rsqrt(1 + x**2),
}


@pytest.mark.parametrize("name", ROWS)
def test_onnxruntime_returns_what_jax_returns(name):
    function = jax.vmap(ROWS[name])
    model = to_onnx(function, {"x": ("rows", 4)}, ["y"], {"who": "me"})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map == {"who": "me"}
    for n in (1, 5):
        x = np.random.default_rng(n).normal(size=(n, 4)).astype(np.float32)
        (y,) = session.run(None, {"x": x})
        expected = np.asarray(function(x))
        assert y.shape == expected.shape
        assert relative_error(y, expected) < 1e-5


def test_two_free_sizes_and_no_nodes_without_use():
    def function(x, noise):
        unused = jnp.exp(x).sum()  # noqa: F841
        return jax.vmap(lambda x, noise: jax.nn.logsumexp(noise @ x))(x, noise)

    model = to_onnx(function, {"x": ("rows", 3), "noise": ("rows", "samples", 3)}, ["y"], {})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x, noise = np.ones((2, 3), np.float32), np.random.default_rng(0).normal(size=(2, 7, 3)).astype(np.float32)
    assert relative_error(session.run(None, {"x": x, "noise": noise})[0], function(x, noise)) < 1e-5
    assert sum(node.op_type == "Exp" for node in model.graph.node) == 1


def test_a_primitive_without_a_form_and_a_loop_of_unknown_length_are_named():
    with pytest.raises(InputError, match="'digamma', which has no form in ONNX; export it with to='stablehlo'"):
        to_onnx(jax.scipy.special.digamma, {"x": ("rows", 2)}, ["y"], {})
    halving = lambda x: jax.lax.while_loop(lambda x: x.sum() > 1, lambda x: x / 2, x)  # noqa: E731
    with pytest.raises(InputError, match="loop whose length depends on the data"):
        to_onnx(halving, {"x": (2,)}, ["y"], {})


def test_draws_become_noise_in_their_order():
    def function(x, key):
        first, second = jax.random.split(key)
        uniform = jax.random.uniform(second, (), minval=2.0, maxval=4.0)
        return uniform, x + jax.random.normal(first, (2,)), jax.random.gumbel(second, (1,))

    noisy, n = with_noise(function, 1.0)
    assert n == 4
    uniform, normal, gumbel = noisy(1.0, jnp.array([0.0, 0.5, -1.0, 1.0]))
    np.testing.assert_allclose(normal, [1.5, 0.0])
    assert float(uniform) == pytest.approx(3.0)
    assert float(gumbel[0]) == pytest.approx(-np.log(-np.log(0.8413447)), abs=1e-5)
    with pytest.raises(InputError, match="has no form with noise as an input"):
        with_noise(lambda key: jax.random.bits(key, (2,)))


def test_errors_are_relative_to_the_size_of_a_column():
    expected = np.array([[1e6, 1e-3], [2e6, 2e-3]])
    assert relative_error(expected, expected) == 0
    assert relative_error(expected + np.array([1.0, 0.0]), expected) < 1e-5
    assert relative_error(expected + np.array([0.0, 1e-3]), expected) > 0.1
    assert relative_error(expected * np.nan, expected) == np.inf
    black = np.array([[1.0, 1e-7], [2.0, 2e-7]])
    assert relative_error(black + np.array([0.0, 1e-7]), black) > 0.1
    assert relative_error(black + np.array([0.0, 1e-7]), black, np.array([1.0, 1.0])) < 1e-6
