"""Products of rows and weights, and biases added to rows: in float32, or of factors rounded to bfloat16.

Three things are not left to JAX. Rows are one axis in every product, whatever axes they lie on: with more, XLA writes
transposed copies of the operands of each weight's gradient. Processors with instructions for bfloat16 multiply it
several times as fast, but only if both factors of a product are such numbers and its result is float32; JAX's gradient
of such a product mixes the two. And a bias's gradient is a product with ones: a plain sum is merged into whatever
rearranges its rows, and then read with strides.

Hence two primitives, whose gradients are of their own kind, and of which a batch is a larger one.
"""

from math import prod
from os.path import commonprefix
from pathlib import Path
from string import ascii_letters

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float

from elbax.errors import unknown_name

__all__ = ["PRECISIONS", "choose_precision", "plus", "times"]

# What a setting may name.
PRECISIONS = ("auto", "float32", "bfloat16")
# Shorter sums gain nothing from rounded factors, and latent points would lose their last digits.
_FEWEST = 128
_CPU_INFO, _CPU_FLAGS = Path("/proc/cpuinfo"), {"amx_bf16", "avx512_bf16"}


def choose_precision(name: str) -> str:
    """Float32 or bfloat16; "auto" is bfloat16 on a CPU that has instructions for it.

    Other devices round float32 factors by themselves unless told otherwise, and several hosts must all do the same.

    Raises:
        InputError: the name is not one of `PRECISIONS`.
    """
    if name not in PRECISIONS:
        raise unknown_name("precision", name, PRECISIONS)
    if name != "auto":
        return name
    alone_on_a_cpu = jax.default_backend() == "cpu" and jax.process_count() == 1
    flags = set(_CPU_INFO.read_text().split()) if alone_on_a_cpu and _CPU_INFO.exists() else set()
    return "bfloat16" if flags & _CPU_FLAGS else "float32"


def times(
    x: Float[Array, "*rows n"], weight: Float[Array, "n m"], precision: str = "float32"
) -> Float[Array, "*rows m"]:
    """The rows' product with a weight; ``precision`` is that of the factors where sums are long, sums are float32."""
    rows, n, m = ascii_letters[: x.ndim - 1], *ascii_letters[x.ndim - 1 : x.ndim + 1]
    factors = "float32" if len(weight) < _FEWEST else precision
    return _times.bind(x, weight, axes=(rows + n, n + m, rows + m), factors=factors)


def plus(x: Float[Array, "*rows m"], bias: Float[Array, " m"]) -> Float[Array, "*rows m"]:
    """The rows with a bias added to each."""
    return _plus.bind(x, bias)


def _contract(a: Array, b: Array, *, axes: tuple[str, str, str], factors: str) -> Array:
    """Einstein's sum: ``axes`` has a letter for each axis of a, of b, and of the result."""
    first = axes[0][0]
    rows = commonprefix([each for each in axes if first in each])
    if not rows or any(set(rows) & set(each) and not each.startswith(rows) for each in axes):
        rows = first  # these axes stay apart

    def with_one_axis_of_rows(array, letters):
        array = array.astype(factors)
        if not letters.startswith(rows):
            return array
        return array.reshape(prod(array.shape[: len(rows)]), *array.shape[len(rows) :])

    merged = tuple(each.replace(rows, rows[0], 1) for each in axes)
    result = jnp.einsum(
        "{},{}->{}".format(*merged),
        with_one_axis_of_rows(a, axes[0]),
        with_one_axis_of_rows(b, axes[1]),
        preferred_element_type=jnp.float32,
    )
    return result.reshape(_sizes(a, b, axes))


def _sizes(a, b, axes: tuple[str, str, str]) -> tuple[int, ...]:
    """The result's shape."""
    sizes = dict(zip(axes[0] + axes[1], a.shape + b.shape, strict=True))
    return tuple(sizes[letter] for letter in axes[2])


def _shape(a, b, *, axes, factors):
    return a.update(shape=_sizes(a, b, axes), dtype=jnp.float32, weak_type=False)


def _times_of_a_batch(operands, places, *, axes, factors):
    """One axis more: in front of the operands that have it, and of the result."""
    new = next(letter for letter in ascii_letters if letter not in "".join(axes))
    moved = [a if i is None else jnp.moveaxis(a, i, 0) for a, i in zip(operands, places, strict=True)]
    letters = ["" if i is None else new for i in (*places, 0)]
    longer = tuple(letter + each for letter, each in zip(letters, axes, strict=True))
    return _times.bind(*moved, axes=longer, factors=factors), 0


def _gradient_of_a(slope, a, b, *, axes, factors):
    of_a, of_b, of_result = axes
    return _times.bind(slope, b, axes=(of_result, of_b, of_a), factors=factors)


def _gradient_of_b(slope, a, b, *, axes, factors):
    of_a, of_b, of_result = axes
    if jax.default_backend() == "cpu":
        factors = "float32"  # a sum over both factors' first axis: XLA would only turn rounded ones back
    return _times.bind(a, slope, axes=(of_a, of_result, of_b), factors=factors)


def _plus_of_a_batch(operands, places):
    x, bias = operands
    if places[1] is None:
        return _plus.bind(jnp.moveaxis(x, places[0], 0), bias), 0
    return jax.vmap(jnp.add, places)(x, bias), 0


def _gradients_of_plus(slope, x, bias):
    rows, m = ascii_letters[: slope.ndim - 1], ascii_letters[slope.ndim - 1]
    ones = jnp.ones(slope.shape[:-1], slope.dtype)
    return slope, _times.bind(ones, slope, axes=(rows, rows + m, m), factors="float32") if rows else slope


_times = Primitive("times")
_times.def_impl(jax.jit(_contract, static_argnames=("axes", "factors")))
mlir.register_lowering(_times, mlir.lower_fun(_contract, multiple_results=False))
_times.def_abstract_eval(_shape)
ad.defbilinear(_times, _gradient_of_a, _gradient_of_b)
batching.primitive_batchers[_times] = _times_of_a_batch

_plus = Primitive("plus")
_plus.def_impl(jax.jit(jnp.add))
mlir.register_lowering(_plus, mlir.lower_fun(jnp.add, multiple_results=False))
_plus.def_abstract_eval(lambda x, bias: x.update(dtype=jnp.result_type(x, bias), weak_type=False))
ad.deflinear2(_plus, _gradients_of_plus)
batching.primitive_batchers[_plus] = _plus_of_a_batch
