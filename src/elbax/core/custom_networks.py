"""Encoders and decoders that users pass: the contract, its check, and the adapter that a VAE calls."""

import inspect
import re
from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from joblib import wrap_non_picklable_objects

from elbax.errors import InputError, reason_of
from elbax.types import float32

# These layers of Equinox take one vector, so rows of any shape are flattened before them.
_TAKES_VECTORS = (eqx.nn.MLP, eqx.nn.Linear)
_OPTIONS = ("context", "key")


class CustomNetwork(eqx.Module):
    """An Equinox module of the user's own in the place of an encoder or a decoder.

    Attributes:
        arrays: the module with its arrays only.
        rest: the module with everything else, such as activation functions.
        options: which of ``context`` and ``key`` it takes.
        out_shape: the shape that is returned.
    """

    arrays: PyTree
    rest: PyTree = eqx.field(static=True)
    options: tuple[str, ...] = eqx.field(static=True)
    out_shape: tuple[int, ...] = eqx.field(static=True)

    def __init__(self, side: str, module: eqx.Module, out_shape: tuple[int, ...]):
        """Check signature and arrays; an InputError if it has no network's signature, or an array cannot be trained."""
        self.options, self.out_shape = _options(side, module), out_shape
        arrays, self.rest = eqx.partition(module, _is_array)
        self.arrays = jax.tree_util.tree_map_with_path(lambda path, leaf: _array(side, path, leaf), arrays)

    @property
    def dropout(self) -> float:
        """The share of units that are dropped: its own ``dropout``, or that of its `eqx.nn.Dropout` layers."""
        own = getattr(self.rest, "dropout", None)
        if isinstance(own, float | int) or "key" not in self.options:
            return float(own or 0.0)
        layers = jax.tree.leaves(self.rest, is_leaf=lambda part: isinstance(part, eqx.nn.Dropout))
        return float(max((layer.p for layer in layers if isinstance(layer, eqx.nn.Dropout)), default=0.0))

    def __call__(
        self,
        x: Float[Array, "..."],
        context: Float[Array, "..."] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        key = key if self.dropout > 0 else None  # noise other than dropout is off, whatever the other network drops
        return self.call(x, context, key=key).astype(jnp.float32).reshape(self.out_shape)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "rest": picklable(self.rest)}

    def call(self, x: Array, context: Array | None, *, key: PRNGKeyArray | None = None) -> Array:
        """Call the module with the options that it takes; without a key its dropout layers are off."""
        module = eqx.combine(self.arrays, self.rest)
        module = eqx.nn.inference_mode(module) if key is None else module
        values = {"context": context, "key": key}
        x = x.ravel() if isinstance(module, _TAKES_VECTORS) else x
        return module(x, **{name: values[name] for name in self.options})


def make_network(
    side: str,
    network: eqx.Module | Callable[..., eqx.Module] | str,
    in_shape: tuple[int, ...],
    out_shape: tuple[int, ...],
    rng: np.random.Generator,
    context_shape: tuple[int, ...] | None,
    *also: tuple[int, ...],
) -> CustomNetwork:
    """Adapt a user's network, and check it on shapes alone.

    Args:
        side: "encoder" or "decoder", for messages.
        network: an Equinox module; or a function of ``in_shape``, ``out_shape`` and ``key`` (and ``context_shape``
            where it takes that) that builds one.
        in_shape: shape of the input.
        out_shape: shape that is returned.
        rng: seeds the key of a builder.
        context_shape: shape of the context, or None.
        also: other shapes that the module may return; one axis of the right size always may.

    Raises:
        InputError: the network does not keep the contract.
    """
    module = network
    if not isinstance(network, eqx.Module):
        module = _build(side, network, in_shape, out_shape, rng, context_shape)
    adapted = CustomNetwork(side, module, out_shape)
    name = type(module).__name__
    if context_shape is not None and "context" not in adapted.options:
        raise InputError(
            f"{side}: {name} takes no context, which this model is fitted with; give its __call__ a parameter named "
            "context"
        )
    x, context = (
        None if shape is None else jax.ShapeDtypeStruct(shape, jnp.float32) for shape in (in_shape, context_shape)
    )
    try:
        keys = [None, jax.random.key(0)] if adapted.dropout > 0 else [None]
        outputs = [eqx.filter_eval_shape(partial(adapted.call, key=key), x, context) for key in keys]
    except Exception as error:  # whatever the user's own code raises
        raise InputError(f"{side}: {name} fails on an input of shape {in_shape} ({reason_of(error)})") from error
    for output in outputs:
        _check_output(side, name, output, in_shape, (out_shape, (prod(out_shape),), *also))
    return adapted


def check_network(side: str, network: Any) -> None:
    """Raise an InputError unless the network is None, a module, or a function that builds one."""
    if network is not None and not callable(network):
        raise InputError(
            f"{side} must be an Equinox module, or a function of in_shape, out_shape and key that builds one; got "
            f"{network!r}"
        )


def describe_network(network: Any) -> str | None:
    """A user's network in words, such as "given: MLP, 12,345 parameters"; None without one."""
    if network is None or isinstance(network, str):
        return network
    if not isinstance(network, eqx.Module):
        return f"given: built by {getattr(network, '__name__', type(network).__name__)}"
    arrays = filter(_is_array, jax.tree.leaves(network))
    n = sum(array.size for array in arrays if jnp.issubdtype(array.dtype, jnp.inexact))
    return f"given: {type(network).__name__}, {n:,} parameters"


def picklable(network: Any) -> Any:
    """Something that pickles, and unpickles as the network; plain pickle refuses lambdas and `jax.nn.relu`."""
    if network is None or isinstance(network, str | type):
        return network
    return wrap_non_picklable_objects(network, keep_wrapper=False)


def structure_text(tree: PyTree) -> str:
    """Everything of a pytree but the values of its arrays, the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", eqx.tree_pformat(tree, width=10**6))


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray)


def _options(side: str, module: eqx.Module) -> tuple[str, ...]:
    """Which of context and key a module takes by name."""
    name, expected = type(module).__name__, "x, context=None, *, key=None"
    if not callable(module):
        raise InputError(f"{side}: {name} has no __call__; it needs __call__(self, {expected})")
    signature = inspect.signature(module.__call__)
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature.parameters.values())
    options = tuple(option for option in _OPTIONS if takes_all or option in signature.parameters)
    try:
        signature.bind(None, **dict.fromkeys(options))
    except TypeError as error:
        got = ", ".join(signature.parameters)
        raise InputError(f"{side}: {name} must be called with ({expected}); its __call__ takes ({got})") from error
    return options


def _array(side: str, path: Any, leaf: Array) -> Array:
    """An array of a module, floats in single precision."""
    kind = leaf.dtype
    if kind not in (jnp.float32, jnp.float64, jnp.bool_) and not jnp.issubdtype(kind, jnp.integer):
        raise InputError(
            f"{side}: expected arrays of float32; its {jax.tree_util.keystr(path)} is {kind}; convert it first"
        )
    if isinstance(leaf, jax.core.Tracer):  # only shapes are looked at
        return leaf
    return float32(leaf) if jnp.issubdtype(kind, jnp.floating) else jnp.asarray(leaf)


def _build(side: str, builder: Any, in_shape, out_shape, rng: np.random.Generator, context_shape) -> eqx.Module:
    if isinstance(builder, str):  # a plan from a file
        raise InputError(f"this model needs its own {side} ({builder}); pass it to elbax.load as {side}=…")
    name, options = getattr(builder, "__name__", type(builder).__name__), {}
    try:
        if "context_shape" in inspect.signature(builder).parameters:
            options["context_shape"] = context_shape
        key = jax.random.key(int(rng.integers(2**31)))
        module = builder(in_shape, out_shape, key=key, **options)
    except Exception as error:  # whatever the user's own code raises
        raise InputError(
            f"{side}: {name}({in_shape}, {out_shape}, key=key) cannot build it ({reason_of(error)})"
        ) from error
    if not isinstance(module, eqx.Module):
        raise InputError(f"{side}: {name} must return an Equinox module; it returned {type(module).__name__}")
    return module


def _check_output(side: str, name: str, output: Any, in_shape, shapes: tuple[tuple[int, ...], ...]) -> None:
    got = getattr(output, "shape", None)
    if got not in shapes:
        listed = " or ".join(map(str, dict.fromkeys(shapes)))
        returned = type(output).__name__ if got is None else f"shape {got}"
        raise InputError(
            f"{side}: {name} must return shape {listed} for an input of shape {in_shape}; it returns {returned}"
        )
    if not jnp.issubdtype(output.dtype, jnp.floating):
        raise InputError(f"{side}: {name} must return floats; it returns {output.dtype}")
