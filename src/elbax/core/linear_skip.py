"""A network beside a linear map, which it starts from."""

from math import prod, sqrt
from typing import Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from paramax import NonTrainable

from elbax.core.parts import LinearMap
from elbax.core.xla.matmul import add_bias, matmul
from elbax.types import float32

_MOST_CONTEXT = 100  # numbers of a context that the map takes; the network takes a context of any size


class LinearSkip(eqx.Module):
    """``x W + b + u · (x D / √n + network(x))``: a network with a skip connection, which starts as a linear map.

    W, b and the units u are not trained. D and the last layer of the network start at zero, so that the whole starts
    as the map, and one step of an optimizer changes every output by a similar part of its unit.

    Attributes:
        network: with a last layer called ``head``, as in `elbax.core.networks`.
        weight, bias, unit: W, b and u; see `elbax.core.parts.LinearMap`.
        change: D, (n_in, n_out).
        out_shape: shape of the output.
    """

    network: eqx.Module
    weight: NonTrainable
    bias: NonTrainable
    unit: NonTrainable
    change: Float[Array, "n_in n_out"]
    out_shape: tuple[int, ...] = eqx.field(static=True)

    @classmethod
    def around(
        cls,
        network: eqx.Module,
        in_shape: tuple[int, ...],
        out_shape: tuple[int, ...],
        context_shape: tuple[int, ...] | None,
        bias: np.ndarray | None = None,
    ) -> Self:
        """Put a constant map beside a network, whose last layer is set to zero."""
        n_in, n_out = prod(in_shape) + context_size(context_shape), prod(out_shape)
        layer = _last_layer(network)
        zeros = (np.zeros(layer.weight.shape), np.zeros(layer.bias.shape))
        network = eqx.tree_at(
            lambda net: (_last_layer(net).weight, _last_layer(net).bias), network, tuple(map(float32, zeros))
        )
        bias = np.zeros(n_out) if bias is None else bias
        start = LinearMap(np.zeros((n_in, n_out)), bias, np.ones(n_out))
        arrays = (NonTrainable(float32(array)) for array in start)
        return cls(network, *arrays, change=float32(np.zeros((n_in, n_out))), out_shape=out_shape)

    def with_map(self, start: LinearMap) -> Self:
        """A copy beside another map."""
        arrays = tuple(NonTrainable(float32(array)) for array in start)
        return eqx.tree_at(lambda skip: (skip.weight, skip.bias, skip.unit), self, arrays, is_leaf=_is_fixed)

    @property
    def head(self) -> eqx.Module:
        """The last layer of the network."""
        return self.network.head

    @property
    def dropout(self) -> float:
        return self.network.dropout

    def __call__(
        self,
        x: Float[Array, "..."],
        context: Float[Array, "..."] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        inputs = x.ravel()
        if context is not None and len(inputs) < len(self.change):
            inputs = jnp.concatenate([inputs, context.ravel()])
        weight = self.weight.tree + self.change * (self.unit.tree / sqrt(len(self.change)))
        linear = add_bias(matmul(inputs, weight), self.bias.tree)
        departure = self.network(x, context, key=key).ravel()
        return (linear + self.unit.tree * departure).reshape(self.out_shape)


def context_size(context_shape: tuple[int, ...] | None) -> int:
    """How many numbers of a context the linear map takes: all of a small one, else none."""
    size = 0 if context_shape is None else prod(context_shape)
    return size if size <= _MOST_CONTEXT else 0


def _last_layer(network: eqx.Module) -> eqx.Module:
    while hasattr(network, "head"):
        network = network.head
    return network


def _is_fixed(node: object) -> bool:
    return isinstance(node, NonTrainable)
