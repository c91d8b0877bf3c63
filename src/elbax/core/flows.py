"""One layer of an autoregressive or coupling flow."""

from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from flowjax.bijections import AbstractBijection, Chain, Flip
from jaxtyping import Array, Float

from elbax.core.parts import ModelSpec
from elbax.errors import unknown_name
from elbax.types import float32

# The rank of each dimension; a dimension is moved by what those of lower rank say.
KINDS = {
    "autoregressive": lambda dim: tuple(range(dim)),
    "coupling": lambda dim: tuple(int(i >= dim // 2) for i in range(dim)),
}
_MOST = 3.0


class MaskedAffine(AbstractBijection):
    """y_i = x_i exp(s_i) + t_i, where a masked network computes s and t from the x of lower rank and a condition.

    With ranks 0, 1, 2, … this is a step of an autoregressive flow (arXiv 1606.04934, 1705.07057), with ranks 0 and 1 a
    coupling layer (arXiv 1605.08803). The inverse takes as many passes through the network as there are ranks.

    Attributes:
        network: maps x and condition (dim + cond_dim,) to t and s (dim, 2), before masking.
        ranks: one for each dimension, from 0.
        shape: (dim,).
        cond_shape: (cond_dim,), or None.
    """

    network: Any
    ranks: tuple[int, ...] = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)
    cond_shape: tuple[int, ...] | None = eqx.field(static=True)

    @classmethod
    def build(
        cls, spec: ModelSpec, ranks: tuple[int, ...], cond_dim: int, hidden: tuple[int, ...]
    ) -> "MaskedAffine":
        """A layer that starts next to the identity."""
        dim = len(ranks)
        network = spec.network((dim + cond_dim,), (dim, 2), hidden)
        small = float32(0.01 * np.asarray(spec.rng.normal(size=(hidden[-1], 2 * dim))))
        network = eqx.tree_at(lambda net: net.head.weight, network, small)
        return cls(network, ranks, (dim,), (cond_dim,) if cond_dim else None)

    def transform_and_log_det(
        self, x: Float[Array, " dim"], condition: Array | None = None
    ) -> tuple[Array, Array]:
        """Move a point in one pass."""
        shift, log_scale = self._moves(x, condition)
        return x * jnp.exp(log_scale) + shift, log_scale.sum()

    def inverse_and_log_det(
        self, y: Float[Array, " dim"], condition: Array | None = None
    ) -> tuple[Array, Array]:
        """Move a point back: each pass gets the dimensions of one more rank right."""

        def one_pass(x, _):
            shift, log_scale = self._moves(x, condition)
            return (y - shift) * jnp.exp(-log_scale), log_scale.sum()

        x, log_dets = jax.lax.scan(one_pass, y, length=max(self.ranks) + 1)
        return x, -log_dets[-1]

    def _moves(self, x: Array, condition: Array | None) -> tuple[Array, Array]:
        weights = lambda net: [layer.weight for layer in (*net.layers, net.head)]  # noqa: E731
        masked = [weight * mask for weight, mask in zip(weights(self.network), self._masks(), strict=True)]
        told = x if condition is None else jnp.concatenate([x, condition])
        shift, raw = eqx.tree_at(weights, self.network, masked)(told).T
        return shift, _MOST * jnp.tanh(raw / _MOST)

    def _masks(self) -> list[np.ndarray]:
        """Which weights may be other than zero (arXiv 1502.03509): a unit knows inputs of its rank at most."""
        free = -1 if self.cond_shape or max(self.ranks) == 0 else 0  # the rank of what all may know
        given = np.asarray((*self.ranks, *[-1] * (self.cond_shape or (0,))[0]))
        masks = []
        for layer, following in pairwise((*self.network.layers, self.network.head)):
            width = following.weight.shape[0]
            units = np.arange(width) % (max(self.ranks) - free) + free
            masks.append(
                given[:, None] <= np.tile(units, layer.bias.shape[0] // width)
            )  # a gate has its unit's
            given = units
        return [*masks, given[:, None] < np.repeat(self.ranks, 2)]


def flow(
    spec: ModelSpec, kind: str, layers: int, hidden: tuple[int, ...], cond_dim: int = 0
) -> tuple[MaskedAffine, ...]:
    """The layers of a flow; `chained` makes them one bijection.

    Raises:
        InputError: the kind is unknown.
    """
    if kind not in KINDS:
        raise unknown_name("kind of flow", kind, KINDS)
    return tuple(
        MaskedAffine.build(spec, KINDS[kind](spec.latent_dim), cond_dim, hidden) for _ in range(layers)
    )


def chained(layers: tuple[MaskedAffine, ...]) -> Chain:
    """One bijection, in which the order of the dimensions is turned round after every layer."""
    return Chain([part for layer in layers for part in (layer, Flip(layer.shape))])
