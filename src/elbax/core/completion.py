"""Drawing the cells of a row that are not known, given those that are."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from elbax.core.column_heads import HeadPieces
from elbax.core.events import Event
from elbax.core.likelihoods.base import AbstractLikelihood


def weigh_independent(
    likelihood: AbstractLikelihood,
    key: PRNGKeyArray,
    outputs: Float[Array, " outputs"],
    x: Float[Array, " d"],
    observed: Bool[Array, " d"],
    event: Event | None = None,
) -> tuple[Float[Array, " d"], Bool[Array, " d"], Float[Array, ""]]:
    """Draw the cells of a row under conditions whose columns are independent given z; see `VAEModule.weigh`."""
    weight = likelihood.log_prob(outputs, x, observed)
    if event is None:
        return x, observed, weight
    drawn = _conditioned(event) & ~observed
    mass = jnp.where(drawn, likelihood.log_mass(outputs, *event), 0.0).sum()
    return jnp.where(drawn, likelihood.sample_within(key, outputs, *event), x), observed | drawn, weight + mass


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

    def weigh(
        self, key: PRNGKeyArray, x: Array, observed: Array, log_prob: Array, event: Event | None
    ) -> tuple[Array, Array, Array]:
        """Draw the cells under conditions of a row whose observed cells have this log-density; see `VAEModule.weigh`.

        Each column sees those that came before it: in the order of the table, in which all cells are drawn, or, where
        heads may see any columns, first the observed ones, then those with conditions.
        """
        if not self.any:
            nothing = jnp.zeros(len(x), bool)
            return self._visit((x, nothing, jnp.zeros(())), ~nothing, key, observed, event)
        state = (x, observed, log_prob)
        return state if event is None else self._visit(state, _conditioned(event) & ~observed, key, None, event)

    def complete(self, key: PRNGKeyArray, x: Array, known: Array) -> Array:
        """Draw the cells that are not known, each given those that are and those before it."""
        return self._visit((x, known, jnp.zeros(())), ~known, key, None, None)[0]

    def _visit(self, state, turns: Array, key: PRNGKeyArray, observed: Array | None, event: Event | None):
        """Visit the columns in turn, weigh those observed and draw the others. The state is row, known, weight."""
        is_conditioned = None if event is None else _conditioned(event)
        order = jnp.argsort(~turns, stable=True)

        def visit(turn, state):
            x, known, weight = state
            j = order[turn]
            head = jax.tree.map(lambda part: jnp.asarray(part)[j], self.heads)
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
            return x.at[j].set(value), known.at[j].set(True), weight + gained

        return jax.lax.fori_loop(0, turns.sum(), visit, state)


def _conditioned(event: Event) -> Bool[Array, " d"]:
    """The features with a condition."""
    conditioned = (event.low > -jnp.inf) | (event.high < jnp.inf)
    return conditioned if event.allowed is None else conditioned | ~event.allowed.astype(bool).all(axis=-1)
