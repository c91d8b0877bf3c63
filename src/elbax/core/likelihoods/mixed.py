"""Different likelihoods for different columns of a table."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import Distribution, constraints

from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.errors import InputError
from elbax.types import Summary

__all__ = ["Mixed"]


def _join(values: list[Array], order: tuple[int, ...]) -> Array:
    """Put values, given part by part, into the order of the table's columns."""
    return jnp.concatenate(values, axis=-1)[..., np.argsort(order)]


class _Columns(Distribution):
    """Independent distributions side by side along the last axis, in the order of the table's columns."""

    support = constraints.real
    pytree_data_fields = ("parts",)
    pytree_aux_fields = ("order",)

    def __init__(self, parts: tuple[Distribution, ...], order: tuple[int, ...]):
        self.parts, self.order = parts, order
        super().__init__((*parts[0].batch_shape[:-1], len(order)))

    def _split(self, value: Array) -> list[Array]:
        ends = np.cumsum([part.batch_shape[-1] for part in self.parts])
        return jnp.split(jnp.asarray(value)[..., np.array(self.order)], ends[:-1], axis=-1)

    @property
    def variance(self) -> Array:
        return _join([part.variance for part in self.parts], self.order)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        keys = jax.random.split(key, len(self.parts))
        draws = [part.sample(k, sample_shape) for k, part in zip(keys, self.parts, strict=True)]
        return _join([draw.astype(float) for draw in draws], self.order)

    def log_prob(self, value: Array) -> Array:
        values = self._split(value)
        # A categorical insists on integers, and every discrete part takes them.
        casts = [v.astype(int) if part.is_discrete else v for part, v in zip(self.parts, values, strict=True)]
        return _join([part.log_prob(v) for part, v in zip(self.parts, casts, strict=True)], self.order)


class Mixed(AbstractLikelihood):
    """Different likelihoods for different columns of a table.

    Every feature gets as many decoder outputs as the widest part needs; narrower parts ignore the rest.

    Args:
        parts: the likelihoods; each must be a density.
        columns: for each part, the indices of its columns; together every column once.

    Raises:
        InputError: the columns are not a partition, or a part is not a density.

    Example:
        >>> from elbax.core.likelihoods import Bernoulli, Normal
        >>> likelihood = Mixed((Normal(), Bernoulli()), ((0, 2), (1,)))
        >>> likelihood.excludes(np.array([[0.5, 0.5, 0.5]]))
        array([[False,  True, False]])
    """

    name: ClassVar[str] = "mixed"
    parts: tuple[AbstractLikelihood, ...]
    columns: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    def __check_init__(self):
        if len(self.parts) != len(self.columns):
            raise InputError(
                f"expected one group of columns for each part; got {len(self.columns)} groups "
                f"for {len(self.parts)} parts"
            )
        everything = sorted(index for group in self.columns for index in group)
        if not all(self.columns) or everything != list(range(len(everything))):
            raise InputError(
                f"expected columns to name each of 0, 1, 2, … exactly once; got {self.columns}; "
                "give every column to one part"
            )
        for part in self.parts:
            if not part.proper:
                raise InputError(
                    f"expected parts that are densities, so that their sum means something; got {part.name!r}"
                )

    @property
    def _order(self) -> tuple[int, ...]:
        return tuple(index for group in self.columns for index in group)

    def _groups(self, outputs: Array) -> list[tuple[AbstractLikelihood, np.ndarray, Array]]:
        """Each part, its columns and its outputs."""
        groups = [(part, np.array(group)) for part, group in zip(self.parts, self.columns, strict=True)]
        return [(p, group, outputs[..., group, : p.outputs_per_feature]) for p, group in groups]

    @property
    def outputs_per_feature(self) -> int:
        """As many as the widest part needs."""
        return max(part.outputs_per_feature for part in self.parts)

    @property
    def support(self) -> Support:
        """The values that have a density in some column; `support_of` tells them apart."""
        supports = [part.support for part in self.parts]
        return Support(
            min(s.lower for s in supports), max(s.upper for s in supports), all(s.integer for s in supports)
        )

    def for_columns(self, n: int) -> Iterator[tuple[AbstractLikelihood, Sequence[int]]]:
        """Each part with its columns."""
        yield from zip(self.parts, self.columns, strict=True)

    def support_of(self, column: int) -> Support:
        """The values that have a density in one column."""
        for part, group in zip(self.parts, self.columns, strict=True):
            if column in group:
                return part.support_of(group.index(column))
        raise InputError(f"expected a column from 0 to {len(self._order) - 1}; got {column}")

    def excludes(self, x: np.ndarray) -> np.ndarray:
        """Mark the values of a table, shape ``(n, d)``, that have no density in their column."""
        return np.stack([self.support_of(j).excludes(x[:, j]) for j in range(x.shape[1])], axis=1)

    @property
    def output_range(self) -> tuple[float, float]:
        """The smallest interval that holds every part's."""
        lower, upper = zip(*(part.output_range for part in self.parts), strict=True)
        return min(lower), max(upper)

    def distribution(self, outputs: Float[Array, "*event P"]) -> Distribution:
        """The distribution of each column, side by side."""
        return _Columns(tuple(part.distribution(own) for part, _, own in self._groups(outputs)), self._order)

    def mean(self, outputs: Float[Array, "*event P"]) -> Float[Array, " *event"]:
        """Each part's mean in its columns."""
        return _join([part.mean(own) for part, _, own in self._groups(outputs)], self._order)

    def log_prob(self, outputs: Float[Array, "*event P"], x: Float[Array, " *event"]) -> Float[Array, ""]:
        """Log p(x|z) in nats, summed over all columns."""
        return sum(part.log_prob(own, x[..., group]) for part, group, own in self._groups(outputs))

    def prepare(self, summary: Summary) -> Self:
        """Prepare each part with its columns of the summary."""
        parts = tuple(
            part.prepare(summary.of(group)) for part, group in zip(self.parts, self.columns, strict=True)
        )
        return Mixed(parts, self.columns)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        """Each part's initial outputs in its columns; zeros where a part needs fewer than the widest."""
        outputs = super().initial_outputs(summary)
        for part, group in zip(self.parts, self.columns, strict=True):
            outputs[np.array(group), : part.outputs_per_feature] = part.initial_outputs(summary.of(group))
        return outputs
