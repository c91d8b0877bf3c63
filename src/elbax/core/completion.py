"""Drawing the cells of a row that are not known, given those that are."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from elbax.core.column_heads import HeadPieces
from elbax.core.events import Event
from elbax.core.likelihoods.base import AbstractLikelihood


def complete_independent(
    likelihood: AbstractLikelihood,
    key: PRNGKeyArray,
    outputs: Float[Array, " outputs"],
    x: Float[Array, " d"],
    observed: Bool[Array, " d"],
    event: Event | None = None,
) -> tuple[Float[Array, " d"], Float[Array, ""]]:
    """Draw the other cells of a row whose columns are independent given z; see `VAEModule.complete`."""
    weight = likelihood.log_prob(outputs, x, observed)
    if event is None:
        return jnp.where(observed, x, likelihood.sample(key, outputs)), weight
    mass = jnp.where(_conditioned(event) & ~observed, likelihood.log_mass(outputs, *event), 0.0).sum()
    return jnp.where(observed, x, likelihood.sample_within(key, outputs, *event)), weight + mass


class Completion(NamedTuple):
    """The distribution of a row's cells given z where heads see other columns.

    Attributes:
        likelihood: p of each column, given its outputs.
        heads: the heads, at this z.
        outputs: those of the decoder, without heads.
        unit: in which heads change them.
        columns: what heads see of a row and a mask.
        any: whether heads may see any columns, or else those before theirs.
    """

    likelihood: AbstractLikelihood
    heads: HeadPieces
    outputs: Array
    unit: Array
    columns: Callable[[Array, Array], Array]
    any: bool

    def __call__(
        self, key: PRNGKeyArray, x: Array, observed: Array, log_prob: Array, event: Event | None
    ) -> tuple[Array, Array]:
        """Complete a row of which the observed cells have this log-density; see `VAEModule.complete`.

        Each column sees those that came before it: in the order of the table, or, where heads may see any columns,
        first the observed ones, then those with conditions, then the others.
        """
        if not self.any:
            nothing = jnp.zeros(len(x), bool)
            return self._visit((x, nothing, jnp.zeros(())), ~nothing, key, observed, event)[::2]
        state = (x, observed, log_prob)
        if event is not None:
            state = self._visit(state, _conditioned(event) & ~observed, key, None, event)
        return self._visit(state, ~state[1], key, None, None)[::2]

    def _visit(self, state, turns: Array, key: PRNGKeyArray, observed: Array | None, event: Event | None):
        """Visit the columns in turn, weigh those observed and draw the others. The state is row, known, weight."""
        is_conditioned = None if event is None else _conditioned(event)

        def visit(state, column):
            x, known, weight = state
            j, turn, head = column
            outputs = head(self.columns(x, known), self.unit, self.outputs)
            # One key for all columns, since each takes its own part of the noise.
            if event is None or is_conditioned is None:
                value, gained = self.likelihood.sample(key, outputs)[j], 0.0
            else:
                value = self.likelihood.sample_within(key, outputs, *event)[j]
                gained = jnp.where(is_conditioned[j], self.likelihood.log_mass(outputs, *event)[j], 0.0)
            if observed is not None:
                gained = jnp.where(observed[j], self.likelihood.log_prob_per_feature(outputs, x)[j], gained)
                value = jnp.where(observed[j], x[j], value)
            x = x.at[j].set(jnp.where(turn, value, x[j]))
            return (x, known.at[j].set(known[j] | turn), weight + jnp.where(turn, gained, 0.0)), None

        return jax.lax.scan(visit, state, (jnp.arange(len(turns)), turns, self.heads))[0]


def _conditioned(event: Event) -> Bool[Array, " d"]:
    """The features with a condition."""
    conditioned = (event.low > -jnp.inf) | (event.high < jnp.inf)
    return conditioned if event.allowed is None else conditioned | ~event.allowed.astype(bool).all(axis=-1)
