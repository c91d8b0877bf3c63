"""Layers of autoregressive and coupling flows."""

from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from flowjax.bijections import AbstractBijection, Chain, Flip
from jaxtyping import Array

from elbax.core.parts import ModelSpec
from elbax.types import float32

# The rank of each dimension, from the number of dimensions; a dimension depends on those of lower rank.
KINDS = {
    "autoregressive": lambda dim: tuple(range(dim)),
    "coupling": lambda dim: tuple(int(i >= dim // 2) for i in range(dim)),
}
_LARGEST_LOG_SCALE = 3.0


class MaskedAffine(AbstractBijection):
    """y_i = x_i exp(s_i) + t_i, where a masked network computes s and t from x of lower rank and a condition.

    With ranks 0, 1, 2, … it is an autoregressive layer (arXiv 1606.04934, 1705.07057), with ranks 0 and 1 a coupling
    layer (arXiv 1605.08803). The inverse takes one pass through the network for each rank.

    Attributes:
        network: maps x and condition (dim + cond_dim,) to t and s (dim, 2), before masking.
        ranks: one for each dimension, from 0.
        shape, cond_shape: (dim,), and (cond_dim,) or None.
    """

    network: Any
    ranks: tuple[int, ...] = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)
    cond_shape: tuple[int, ...] | None = eqx.field(static=True)

    @classmethod
    def build(cls, spec: ModelSpec, ranks: tuple[int, ...], cond_dim: int, hidden: tuple[int, ...]) -> "MaskedAffine":
        """A layer that is close to the identity."""
        dim = len(ranks)
        network = spec.network((dim + cond_dim,), (dim, 2), hidden)
        small = float32(0.01 * np.asarray(spec.rng.normal(size=(hidden[-1], 2 * dim))))
        network = eqx.tree_at(lambda net: net.head.weight, network, small)
        return cls(network, ranks, (dim,), (cond_dim,) if cond_dim else None)

    def transform_and_log_det(self, x, condition=None) -> tuple[Array, Array]:
        shift, log_scale = self._shift_and_log_scale(x, condition)
        return x * jnp.exp(log_scale) + shift, log_scale.sum()

    def inverse_and_log_det(self, y, condition=None) -> tuple[Array, Array]:
        def one_pass(x, _):
            shift, log_scale = self._shift_and_log_scale(x, condition)
            return (y - shift) * jnp.exp(-log_scale), log_scale.sum()

        x, log_dets = jax.lax.scan(one_pass, y, length=max(self.ranks) + 1)  # each pass is exact for one more rank
        return x, -log_dets[-1]

    def _shift_and_log_scale(self, x: Array, condition: Array | None) -> tuple[Array, Array]:
        network = masked(self.network, self.ranks, (self.cond_shape or (0,))[0])
        inputs = x if condition is None else jnp.concatenate([x, condition])
        shift, raw = network(inputs).T
        return shift, _LARGEST_LOG_SCALE * jnp.tanh(raw / _LARGEST_LOG_SCALE)


def masked(network: Any, ranks: tuple[int, ...], cond_dim: int = 0) -> Any:
    """A network whose outputs for each dimension depend on dimensions of lower rank, and on a condition.

    The network maps (dim + cond_dim,) to (dim, …), and is masked as in arXiv 1502.03509: a unit depends on inputs of
    at most its rank.
    """
    weights = lambda net: [layer.weight for layer in (*net.layers, net.head)]  # noqa: E731
    lowest = -1 if cond_dim or max(ranks) == 0 else 0
    in_ranks = np.asarray((*ranks, *[-1] * cond_dim))
    masks = []
    for layer, following in pairwise((*network.layers, network.head)):
        width = following.weight.shape[0]
        unit_ranks = np.arange(width) % (max(ranks) - lowest) + lowest
        gated = np.tile(unit_ranks, layer.bias.shape[0] // width)  # a gate has its unit's rank
        masks.append(in_ranks[:, None] <= gated)
        in_ranks = unit_ranks
    masks.append(in_ranks[:, None] < np.repeat(ranks, network.head.weight.shape[1] // len(ranks)))
    return eqx.tree_at(weights, network, [weight * mask for weight, mask in zip(weights(network), masks, strict=True)])


def flow(
    spec: ModelSpec, kind: str, layers: int, hidden: tuple[int, ...], cond_dim: int = 0
) -> tuple[MaskedAffine, ...]:
    """The layers of a flow, of one of `KINDS`; `chained` makes them one bijection."""
    return tuple(MaskedAffine.build(spec, KINDS[kind](spec.latent_dim), cond_dim, hidden) for _ in range(layers))


def chained(layers: tuple[MaskedAffine, ...]) -> Chain:
    """One bijection, which reverses the order of dimensions after every layer."""
    return Chain([part for layer in layers for part in (layer, Flip(layer.shape))])
