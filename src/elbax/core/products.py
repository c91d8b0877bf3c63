"""Products of rows and weights: in float32, or of factors rounded to bfloat16 with sums in float32.

Processors with instructions for bfloat16 multiply it several times as fast, but only if all three products of a layer,
its own and those of its two gradients, get such factors and return float32. JAX's own products do not: the gradient of
one of bfloat16 factors that returns float32 mixes both. Hence a primitive, whose gradients are products of the same
kind, and of which a batch is one larger product.
"""

from pathlib import Path
from string import ascii_letters
from types import MappingProxyType

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float

from elbax.errors import unknown_name

__all__ = ["PRECISIONS", "PRODUCTS", "choose_precision"]

# Shorter sums gain nothing from rounded factors, and latent points would lose their last digits.
_FEWEST = 128
_CPU_INFO, _CPU_FLAGS = Path("/proc/cpuinfo"), {"amx_bf16", "avx512_bf16"}


def _float32(x: Float[Array, "*rows n"], weight: Float[Array, "n m"]) -> Float[Array, "*rows m"]:
    return x @ weight


def _bfloat16(x: Float[Array, "*rows n"], weight: Float[Array, "n m"]) -> Float[Array, "*rows m"]:
    if len(weight) < _FEWEST:
        return x @ weight
    rows, n, m = ascii_letters[: x.ndim - 1], *ascii_letters[x.ndim - 1 : x.ndim + 1]
    return _contraction.bind(x, weight, axes=(rows + n, n + m, rows + m))


PRODUCTS = MappingProxyType({"float32": _float32, "bfloat16": _bfloat16})
# What a setting may name.
PRECISIONS = ("auto", *PRODUCTS)


def choose_precision(name: str) -> str:
    """One of `PRODUCTS`; "auto" is bfloat16 on a CPU that has instructions for it.

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


def _contract(a: Array, b: Array, *, axes: tuple[str, str, str]) -> Array:
    """Einstein's sum: ``axes`` has a letter for each axis of a, of b, and of the result."""
    a, b = a.astype(jnp.bfloat16), b.astype(jnp.bfloat16)
    return jnp.einsum("{},{}->{}".format(*axes), a, b, preferred_element_type=jnp.float32)


def _shape(a, b, *, axes):
    sizes = dict(zip(axes[0] + axes[1], a.shape + b.shape, strict=True))
    return a.update(shape=tuple(sizes[letter] for letter in axes[2]), dtype=jnp.float32, weak_type=False)


def _batched(factors, places, *, axes):
    """One axis more: in front of the factors that have it, and of the result."""
    new = next(letter for letter in ascii_letters if letter not in "".join(axes))
    moved = [a if i is None else jnp.moveaxis(a, i, 0) for a, i in zip(factors, places, strict=True)]
    letters = ["" if i is None else new for i in (*places, 0)]
    longer = tuple(letter + each for letter, each in zip(letters, axes, strict=True))
    return _contraction.bind(*moved, axes=longer), 0


def _gradient_of_a(slope, a, b, *, axes):
    of_a, of_b, of_result = axes
    return _contraction.bind(slope, b, axes=(of_result, of_b, of_a))


def _gradient_of_b(slope, a, b, *, axes):
    of_a, of_b, of_result = axes
    return _contraction.bind(a, slope, axes=(of_a, of_result, of_b))


_contraction = Primitive("bfloat16_product")
_contraction.def_impl(jax.jit(_contract, static_argnames="axes"))
_contraction.def_abstract_eval(_shape)
mlir.register_lowering(_contraction, mlir.lower_fun(_contract, multiple_results=False))
ad.defbilinear(_contraction, _gradient_of_a, _gradient_of_b)
batching.primitive_batchers[_contraction] = _batched
