"""Matrix product and bias-add as custom primitives, in float32 or with operands rounded to bfloat16.

They differ from JAX's own in three ways:

1. All batch axes are merged before the dot: with several, XLA copies transposed operands for the gradient of a weight.
2. Operands are bfloat16 and accumulation is float32 in gradients too; JAX's own gradient mixes both dtypes, and
   processors with bfloat16 instructions then fall back to float32.
3. The gradient of a bias is a matmul with ones: XLA would fuse a sum with transposes of its rows, a strided read.
"""

from math import prod
from os.path import commonprefix
from string import ascii_letters

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float

_SHORTEST_BFLOAT16_SUM = 128  # shorter sums are not faster in bfloat16, and latent points would lose digits


def matmul(
    x: Float[Array, "*rows n"], weight: Float[Array, "n m"], precision: str = "float32"
) -> Float[Array, "*rows m"]:
    """The product of rows and a weight, accumulated in float32, with operands of dtype ``precision`` in long sums."""
    rows, n, m = ascii_letters[: x.ndim - 1], *ascii_letters[x.ndim - 1 : x.ndim + 1]
    compute_dtype = "float32" if len(weight) < _SHORTEST_BFLOAT16_SUM else precision
    return _matmul.bind(x, weight, axes=(rows + n, n + m, rows + m), compute_dtype=compute_dtype)


def add_bias(x: Float[Array, "*rows m"], bias: Float[Array, " m"]) -> Float[Array, "*rows m"]:
    """Add a bias to each row."""
    return _add_bias.bind(x, bias)


def _contract(a: Array, b: Array, *, axes: tuple[str, str, str], compute_dtype: str) -> Array:
    """An einsum; ``axes`` are the subscripts of a, b and the result."""
    first = axes[0][0]
    rows = commonprefix([letters for letters in axes if first in letters])
    if not rows or any(set(rows) & set(letters) and not letters.startswith(rows) for letters in axes):
        rows = first  # other axes cannot be merged

    def merge_rows(array, letters):
        array = array.astype(compute_dtype)
        if not letters.startswith(rows):
            return array
        return array.reshape(prod(array.shape[: len(rows)]), *array.shape[len(rows) :])

    merged = tuple(letters.replace(rows, rows[0], 1) for letters in axes)
    result = jnp.einsum(
        "{},{}->{}".format(*merged),
        merge_rows(a, axes[0]),
        merge_rows(b, axes[1]),
        preferred_element_type=jnp.float32,
    )
    return result.reshape(_result_shape(a, b, axes))


def _result_shape(a, b, axes: tuple[str, str, str]) -> tuple[int, ...]:
    sizes = dict(zip(axes[0] + axes[1], a.shape + b.shape, strict=True))
    return tuple(sizes[letter] for letter in axes[2])


def _matmul_shape(a, b, *, axes, compute_dtype):
    return a.update(shape=_result_shape(a, b, axes), dtype=jnp.float32, weak_type=False)


def _batched_matmul(operands, batch_axes, *, axes, compute_dtype):
    """Add a batch axis in front of the result and the operands that have it."""
    new = next(letter for letter in ascii_letters if letter not in "".join(axes))
    moved = [a if i is None else jnp.moveaxis(a, i, 0) for a, i in zip(operands, batch_axes, strict=True)]
    prefixes = ["" if i is None else new for i in (*batch_axes, 0)]
    longer = tuple(prefix + letters for prefix, letters in zip(prefixes, axes, strict=True))
    return _matmul.bind(*moved, axes=longer, compute_dtype=compute_dtype), 0


def _matmul_gradient_a(cotangent, a, b, *, axes, compute_dtype):
    return _matmul.bind(cotangent, b, axes=(axes[2], axes[1], axes[0]), compute_dtype=compute_dtype)


def _matmul_gradient_b(cotangent, a, b, *, axes, compute_dtype):
    if jax.default_backend() == "cpu":
        compute_dtype = "float32"  # XLA would convert operands of a sum over the first axis of both back
    return _matmul.bind(a, cotangent, axes=(axes[0], axes[2], axes[1]), compute_dtype=compute_dtype)


def _batched_add_bias(operands, batch_axes):
    x, bias = operands
    if batch_axes[1] is None:
        return _add_bias.bind(jnp.moveaxis(x, batch_axes[0], 0), bias), 0
    return jax.vmap(jnp.add, batch_axes)(x, bias), 0


def _add_bias_gradients(cotangent, x, bias):
    rows, m = ascii_letters[: cotangent.ndim - 1], ascii_letters[cotangent.ndim - 1]
    if not rows:
        return cotangent, cotangent
    ones = jnp.ones(cotangent.shape[:-1], cotangent.dtype)
    return cotangent, _matmul.bind(ones, cotangent, axes=(rows, rows + m, m), compute_dtype="float32")


_matmul = Primitive("matmul")
_matmul.def_impl(jax.jit(_contract, static_argnames=("axes", "compute_dtype")))
mlir.register_lowering(_matmul, mlir.lower_fun(_contract, multiple_results=False))
_matmul.def_abstract_eval(_matmul_shape)
ad.defbilinear(_matmul, _matmul_gradient_a, _matmul_gradient_b)
batching.primitive_batchers[_matmul] = _batched_matmul

_add_bias = Primitive("add_bias")
_add_bias.def_impl(jax.jit(jnp.add))
mlir.register_lowering(_add_bias, mlir.lower_fun(jnp.add, multiple_results=False))
_add_bias.def_abstract_eval(lambda x, bias: x.update(dtype=jnp.result_type(x, bias), weak_type=False))
ad.deflinear2(_add_bias, _add_bias_gradients)
batching.primitive_batchers[_add_bias] = _batched_add_bias
