"""Products and biases: their values, their gradients, and what stays one product."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from elbax.core import precision
from elbax.core.precision import choose_precision
from elbax.core.xla.matmul import add_bias, matmul

RNG = np.random.default_rng(0)
X, WEIGHT = (jnp.asarray(RNG.normal(size=size), jnp.float32) for size in [(4, 3, 130), (130, 5)])
MATMUL = partial(matmul, precision="bfloat16")


def rounded(x):
    return np.asarray(x.astype(jnp.bfloat16), np.float64)


@pytest.mark.parametrize("vmaps", [0, 1, 2])
def test_a_layer_in_float32_is_what_jax_makes_of_it(vmaps):
    def loss(layer, x, weight, bias):
        for _ in range(vmaps):
            layer = jax.vmap(layer, (0, None, None))
        return jnp.sin(layer(x, weight, bias)).sum()

    operands = X, WEIGHT, jnp.arange(5.0)
    found = jax.grad(partial(loss, lambda x, w, b: add_bias(matmul(x, w), b)), (0, 1, 2))(*operands)
    wanted = jax.grad(partial(loss, lambda x, w, b: x @ w + b), (0, 1, 2))(*operands)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_a_bias_may_differ_from_row_to_row():
    biases = jnp.arange(20.0).reshape(4, 5)
    found = jax.vmap(add_bias)(X[..., :5], biases)
    np.testing.assert_array_equal(found, X[..., :5] + biases[:, None])
    np.testing.assert_array_equal(jax.vmap(add_bias, (None, 0))(X[0, :, :5], biases), X[0, :, :5] + biases[:, None])
    slopes = jax.vmap(jax.grad(lambda bias: jnp.square(add_bias(X[0, :, :5], bias)).sum()))(biases)
    np.testing.assert_allclose(slopes, 2 * (X[0, :, :5] + biases[:, None]).sum(axis=1), rtol=1e-4)


def test_rows_are_one_axis_of_every_product():
    def loss(weight, bias):
        return jnp.square(add_bias(jax.vmap(matmul, (0, None))(X, weight), bias)).sum()

    program = jax.jit(jax.grad(loss, (0, 1))).lower(WEIGHT, jnp.zeros(5)).as_text()
    shapes = [line.split("-> ")[1].strip() for line in program.splitlines() if "dot_general" in line]
    assert sorted(shapes) == ["tensor<12x5xf32>", "tensor<130x5xf32>", "tensor<5xf32>"]


def test_factors_are_rounded_and_sums_are_not():
    np.testing.assert_allclose(MATMUL(X, WEIGHT), rounded(X) @ rounded(WEIGHT), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("vmaps", [0, 1, 2])
def test_gradients_of_rows_are_such_products_too(vmaps):
    def loss(x, weight):
        matmul = MATMUL
        for _ in range(vmaps):
            matmul = jax.vmap(matmul, (0, None))
        return (matmul(x, weight) * slope).sum()

    slope = jnp.asarray(RNG.normal(size=(4, 3, 5)), jnp.float32)
    of_x, of_weight = jax.grad(loss, (0, 1))(X, WEIGHT)
    np.testing.assert_allclose(of_x, rounded(slope) @ rounded(WEIGHT).T, rtol=1e-5, atol=1e-5)
    wanted = np.einsum("abn,abm->nm", X, slope)  # XLA would turn rounded factors back into float32 here
    np.testing.assert_allclose(of_weight, wanted, rtol=1e-5, atol=1e-5)


def test_gradients_of_a_batch_are_one_product_each():
    batch = jax.vmap(MATMUL, (0, None))
    traced = jax.make_jaxpr(jax.grad(lambda w: jnp.square(batch(X, w)).sum()))(WEIGHT)
    shapes = [eqn.outvars[0].aval.shape for eqn in traced.eqns if eqn.primitive.name == "matmul"]
    assert shapes == [(4, 3, 5), (130, 5)]


def test_rows_may_differ_in_their_weights():
    weights = jnp.stack([WEIGHT, 2 * WEIGHT, -WEIGHT, WEIGHT])
    found = jax.vmap(MATMUL)(X, weights)
    np.testing.assert_allclose(found, rounded(X) @ rounded(weights), rtol=1e-5, atol=1e-5)
    second = jax.jvp(jax.grad(lambda x: jnp.square(MATMUL(x, WEIGHT)).sum()), (X,), (X,))[1]
    np.testing.assert_allclose(second, 2 * X @ WEIGHT @ WEIGHT.T, rtol=0.05, atol=5.0)


@pytest.mark.parametrize("flags, chosen", [("sse avx2", "float32"), ("avx2 amx_bf16", "bfloat16"), (None, "float32")])
def test_auto_asks_the_processor(monkeypatch, tmp_path, flags, chosen):
    monkeypatch.setattr(precision, "_CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(jax, "default_backend", lambda: "cpu")
    if flags is not None:
        precision._CPU_INFO.write_text(f"flags\t: {flags}\n")
    assert choose_precision("auto") == chosen
    assert choose_precision("bfloat16") == "bfloat16"


def test_short_sums_stay_exact():
    np.testing.assert_array_equal(MATMUL(X[..., :8], WEIGHT[:8]), X[..., :8] @ WEIGHT[:8])
