"""Networks, one a column, by which a decoder sees the other columns of a row."""

from dataclasses import replace
from math import sqrt
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from elbax.core.likelihoods.base import AbstractLikelihood
from elbax.core.networks import Dense, drop_units, with_random_biases
from elbax.core.table_inputs import TableInputs
from elbax.errors import InputError
from elbax.types import float32

SEES = ("none", "before", "any")

_HIDDEN, _TRUNK = 64, 128  # units of each head, and of the layer from latents that heads share
_IN_TABLE_ORDER = 0.5  # share of training rows whose columns are in table order; the others' are in a random one
_HIDING, _MOST_HIDDEN = 0.7, 0.8  # share of training rows that hide columns from heads, and largest share they hide


class ColumnHeads(eqx.Module):
    """A network for each column j, of 64 units, which adds to its outputs what z and visible other columns say.

    The first layer sees the columns through a mask (j, c), so that column j depends on c only where that is true. The
    last layer starts at zero. Training varies the mask: for "any" half of the rows take the columns in a random order,
    and most rows hide some columns, which leaves latents something to say.

    Attributes:
        inputs: of the columns, with their mask.
        trunk: from z, and a small context, to features of all heads.
        from_columns: weights of the first layers, (d, inputs, hidden).
        from_trunk: (trunk, d, hidden).
        last: weights of the last layers, (columns, hidden, outputs), of columns with a similar number of outputs.
        owners: the column of each output.
        sees: "before", in the order of the table, or "any".
        dropout: share of hidden units dropped in training.
    """

    inputs: TableInputs
    trunk: Dense
    from_columns: Float[Array, "d inputs hidden"]
    from_trunk: Float[Array, "trunk d hidden"]
    last: tuple[Float[Array, "columns hidden outputs"], ...]
    owners: tuple[int, ...] = eqx.field(static=True)
    sees: Literal["before", "any"] = eqx.field(static=True)
    dropout: float = eqx.field(static=True)

    @classmethod
    def build(
        cls,
        inputs: TableInputs,
        likelihood: AbstractLikelihood,
        n_seen: int,
        sees: str,
        dropout: float,
        rng: np.random.Generator,
    ) -> "ColumnHeads":
        """Heads for the outputs of a likelihood, which see columns and ``n_seen`` numbers of z and context.

        InputError if the columns are not independent given z under the likelihood alone.
        """
        if not likelihood.separable:
            raise InputError(
                f"decoder_sees must be 'none' with likelihood {likelihood.name!r}, whose columns depend on each other "
                f"anyway; got {sees!r}"
            )
        d, inputs = len(inputs.levels), replace(inputs, gaps=True)
        owners = tuple(map(int, likelihood.output_features(d)))

        def uniform(*shape: int, fan: int) -> Array:
            limit = sqrt(6.0 / (fan + _HIDDEN))
            return float32(rng.uniform(-limit, limit, shape))

        # A column has two inputs that are not zero: its number or level, and its mask.
        from_columns = uniform(d, inputs.size, _HIDDEN, fan=2 * d)
        from_trunk = uniform(_TRUNK, d, _HIDDEN, fan=_TRUNK)
        trunk = with_random_biases(Dense(n_seen, _TRUNK, rng, "float32"), rng)
        last = tuple(float32(np.zeros((len(group), _HIDDEN, width))) for group, width in _groups(owners, d))
        return cls(inputs, trunk, from_columns, from_trunk, last, owners, sees, dropout)

    @property
    def n_seen(self) -> int:
        """Numbers of z and context that the heads take."""
        return len(self.trunk.weight)

    @property
    def size(self) -> int:
        """Floats in the largest array of one row: what each head sees."""
        return len(self.inputs.levels) * self.inputs.size

    def visible(self, observed: Array | None = None, key: PRNGKeyArray | None = None) -> Bool[Array, "d d"]:
        """Whether column j depends on column c, (j, c): on observed ones before it; with a key as in training."""
        d = len(self.inputs.levels)
        if key is None:
            visible = jnp.asarray(np.tri(d, k=-1, dtype=bool))
        else:
            draws = jax.random.uniform(key, (2 * d + 3,))
            in_order, hides, share, places, shown = draws[0], draws[1], draws[2], draws[3 : 3 + d], draws[3 + d :]
            if self.sees == "before":
                in_order = 0.0
            places = jnp.where(in_order < _IN_TABLE_ORDER, jnp.arange(d, dtype=places.dtype), places)
            hidden = jnp.where(hides < _HIDING, _MOST_HIDDEN * share, 0.0)
            visible = (places[None, :] < places[:, None]) & (shown >= hidden)[None, :]
        return visible if observed is None else visible & observed.astype(bool)[None, :]

    def __call__(
        self,
        seen: Float[Array, " seen"],
        columns: Float[Array, " inputs"] | None,
        visible: Bool[Array, "d d"] | None,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, " outputs"]:
        """What heads add to each output, given z (and context) and the inputs of the columns; without, given z alone.

        With a key there is dropout.
        """
        hidden = self._from_latents(seen)
        if columns is not None and visible is not None:
            shown = jnp.where(visible[:, self.inputs.columns], columns, 0.0)  # (d, inputs)
            hidden = hidden + jnp.einsum("ji,jih->jh", shown, self.from_columns)
        hidden = drop_units(jax.nn.relu(hidden), self.dropout, key)
        groups = _groups(self.owners, len(hidden))
        outputs = [
            jnp.einsum("jh,jhp->jp", hidden[group], last) for (group, _), last in zip(groups, self.last, strict=True)
        ]
        return jnp.concatenate([part.ravel() for part in outputs])[_places(self.owners, len(hidden))]

    def one_by_one(self, seen: Float[Array, " seen"]) -> "HeadPieces":
        """The heads of one latent point, to be used one column at a time."""
        d = len(self.inputs.levels)
        groups, width = _groups(self.owners, d), max(last.shape[-1] for last in self.last)
        padded = [jnp.pad(last, ((0, 0), (0, 0), (0, width - last.shape[-1]))) for last in self.last]
        order = np.argsort(np.concatenate([group for group, _ in groups]))
        last = jnp.concatenate(padded)[order]
        return HeadPieces(self._from_latents(seen), self.from_columns, last, _targets(self.owners, d, width))

    def _from_latents(self, seen: Float[Array, " seen"]) -> Float[Array, "d hidden"]:
        return jnp.einsum("t,tjh->jh", jax.nn.relu(self.trunk(seen)), self.from_trunk)


class HeadPieces(NamedTuple):
    """Heads of one latent point; the first axis is that of columns.

    Attributes:
        latent: the first layer's part from the latents, (d, hidden).
        from_columns: its weights, (d, inputs, hidden).
        last: weights of the last layer, (d, hidden, P), padded.
        targets: the outputs of each column, (d, P); beyond all for padding.
    """

    latent: Array
    from_columns: Array
    last: Array
    targets: Array

    def __call__(self, columns: Float[Array, " inputs"], unit: Array, outputs: Array) -> Array:
        """The outputs with what the head of one column adds (all fields without their first axis)."""
        hidden = jax.nn.relu(self.latent + columns @ self.from_columns)
        added = unit.at[self.targets].get(mode="fill", fill_value=0.0) * (hidden @ self.last)
        return outputs.at[self.targets].add(added, mode="drop")


def _groups(owners: tuple[int, ...], d: int) -> list[tuple[np.ndarray, int]]:
    """Columns whose numbers of outputs have the same power of two above them, and the largest number of each group."""
    counts = np.bincount(owners, minlength=d)
    classes = np.ceil(np.log2(counts)).astype(int)
    groups = [np.flatnonzero(classes == c) for c in np.unique(classes)]
    return [(group, int(counts[group].max())) for group in groups]


def _ranks(owners: np.ndarray) -> np.ndarray:
    """The number of earlier outputs of the same column, for each output."""
    ranks = np.empty(len(owners), int)
    for column in np.unique(owners):
        ranks[owners == column] = np.arange((owners == column).sum())
    return ranks


def _places(owners: tuple[int, ...], d: int) -> np.ndarray:
    """Where each output is among the outputs of all groups."""
    offsets, start = np.zeros(d, int), 0
    for group, width in _groups(owners, d):
        offsets[group] = start + width * np.arange(len(group))
        start += width * len(group)
    return offsets[np.array(owners)] + _ranks(np.array(owners))


def _targets(owners: tuple[int, ...], d: int, width: int) -> np.ndarray:
    """The outputs of each column, (d, width), padded with a number beyond all."""
    targets = np.full((d, width), len(owners))
    targets[np.array(owners), _ranks(np.array(owners))] = np.arange(len(owners))
    return targets
