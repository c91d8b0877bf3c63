"""Different likelihoods for different columns of a table."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray
from numpyro.distributions import Distribution, constraints

from elbax.core.likelihoods.base import AbstractLikelihood, Support
from elbax.errors import InputError
from elbax.types import Summary


def _join(values: list[Array], order: tuple[int, ...]) -> Array:
    """Concatenate the values of all parts, in the order of the table's columns."""
    return jnp.concatenate(values, axis=-1)[..., np.argsort(order)]


def _events(group: np.ndarray, low: Array, high: Array, allowed: Array | None) -> tuple[Array, Array, Array | None]:
    """The events of some columns."""
    return low[..., group], high[..., group], None if allowed is None else allowed[..., group, :]


class _Columns(Distribution):
    """Independent distributions of groups of columns, joined along the last axis."""

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
        # Categorical distributions need integers, in which counts beyond int32 would be cut.
        bounded = [hasattr(part.support, "upper_bound") for part in self.parts]
        casts = [v.astype(int) if cast else v for cast, v in zip(bounded, values, strict=True)]
        return _join([part.log_prob(v) for part, v in zip(self.parts, casts, strict=True)], self.order)


class Mixed(AbstractLikelihood):
    """Different likelihoods for different columns of a table; decoder outputs are ordered by part.

    Args:
        parts: the likelihoods, which must be densities.
        columns: the column indices of each part; together every column once.

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
                raise InputError(f"expected parts that are densities, so that they can be combined; got {part.name!r}")

    @property
    def _order(self) -> tuple[int, ...]:
        return tuple(index for group in self.columns for index in group)

    @property
    def _groups(self) -> list[tuple[AbstractLikelihood, np.ndarray]]:
        return [(part, np.array(group)) for part, group in zip(self.parts, self.columns, strict=True)]

    def _split(self, outputs: Array) -> list[tuple[AbstractLikelihood, np.ndarray, Array]]:
        """The parts, their columns and their outputs."""
        ends = np.cumsum([part.n_outputs(len(group)) for part, group in self._groups])
        pieces = jnp.split(outputs, ends[:-1], axis=-1)
        return [(*group, piece) for group, piece in zip(self._groups, pieces, strict=True)]

    @property
    def outputs_per_feature(self) -> int:
        return max(part.outputs_per_feature for part in self.parts)

    def output_features(self, n_features: int) -> np.ndarray:
        return np.concatenate([group[part.output_features(len(group))] for part, group in self._groups])

    @property
    def support(self) -> Support:
        supports = [part.support for part in self.parts]
        return Support(min(s.lower for s in supports), max(s.upper for s in supports), all(s.integer for s in supports))

    def for_columns(self, n: int) -> Iterator[tuple[AbstractLikelihood, Sequence[int]]]:
        yield from zip(self.parts, self.columns, strict=True)

    def map_parts(self, function: Callable[[AbstractLikelihood, np.ndarray], AbstractLikelihood], n: int) -> Self:
        return Mixed(tuple(function(part, group) for part, group in self._groups), self.columns)

    def support_of(self, column: int) -> Support:
        part, position = self._owner(column)
        return part.support_of(position)

    def has_masses(self, column: int) -> bool:
        part, position = self._owner(column)
        return part.has_masses(position)

    def _owner(self, column: int) -> tuple[AbstractLikelihood, int]:
        """The part of a column, and its position among those of the part."""
        for part, group in zip(self.parts, self.columns, strict=True):
            if column in group:
                return part, group.index(column)
        raise InputError(f"expected a column from 0 to {len(self._order) - 1}; got {column}")

    def takes_exposure(self, n: int) -> np.ndarray:
        return np.concatenate([part.takes_exposure(len(group)) for part, group in self._groups])[
            np.argsort(self._order)
        ]

    def at_exposure(self, outputs: Array, log_exposure: Array) -> Array:
        return jnp.concatenate([part.at_exposure(own, log_exposure) for part, _, own in self._split(outputs)], axis=-1)

    @property
    def affine_in_x(self) -> bool:
        return all(part.affine_in_x for part in self.parts)

    @property
    def separable(self) -> bool:
        return all(part.separable for part in self.parts)

    def excludes(self, x: np.ndarray) -> np.ndarray:
        return np.stack([self.support_of(j).excludes(x[:, j]) for j in range(x.shape[1])], axis=1)

    @property
    def output_range(self) -> tuple[float, float]:
        lower, upper = zip(*(part.output_range for part in self.parts), strict=True)
        return min(lower), max(upper)

    def distribution(self, outputs: Float[Array, "*n outputs"]) -> Distribution:
        return _Columns(tuple(part.distribution(own) for part, _, own in self._split(outputs)), self._order)

    def mean(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        return _join([part.mean(own) for part, _, own in self._split(outputs)], self._order)

    def mode(self, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        return _join([part.mode(own) for part, _, own in self._split(outputs)], self._order)

    def log_mass(
        self,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        parts = self._split(outputs)
        masses = [part.log_mass(own, *_events(group, low, high, allowed)) for part, group, own in parts]
        return _join(masses, self._order)

    def sample_within(
        self,
        key: PRNGKeyArray,
        outputs: Float[Array, "*n outputs"],
        low: Float[Array, " d"],
        high: Float[Array, " d"],
        allowed: Bool[Array, "d K"] | None = None,
    ) -> Float[Array, "*n d"]:
        parts = zip(jax.random.split(key, len(self.parts)), self._split(outputs), strict=True)
        draws = [part.sample_within(k, own, *_events(group, low, high, allowed)) for k, (part, group, own) in parts]
        return _join(draws, self._order)

    def log_prob_per_feature(self, outputs: Array, x: Array) -> Array:
        parts = self._split(outputs)
        return _join([part.log_prob_per_feature(own, x[..., group]) for part, group, own in parts], self._order)

    def log_prob(self, outputs: Array, x: Array, observed: Array | None = None) -> Array:
        """Log p(x|z), nats: the sum over parts, without reordering columns."""
        of = lambda group: None if observed is None else observed[..., group]  # noqa: E731
        parts = self._split(outputs)
        return sum(part.log_prob(own, x[..., group], of(group)) for part, group, own in parts)

    def sample(self, key: PRNGKeyArray, outputs: Float[Array, "*n outputs"]) -> Float[Array, "*n d"]:
        keys = jax.random.split(key, len(self.parts))
        parts = zip(keys, self._split(outputs), strict=True)
        return _join([part.sample(k, own) for k, (part, _, own) in parts], self._order)

    def highest_log_prob(self, n_features: int) -> np.ndarray:
        highest = np.empty(n_features)
        for part, group in self._groups:
            highest[group] = part.highest_log_prob(len(group))
        return highest

    def prepare(self, summary: Summary) -> Self:
        return Mixed(tuple(part.prepare(summary.of(group)) for part, group in self._groups), self.columns)

    def initial_outputs(self, summary: Summary) -> np.ndarray:
        return np.concatenate([part.initial_outputs(summary.of(group)) for part, group in self._groups])

    def constant_log_probs(
        self,
        summary: Summary,
        x: np.ndarray,
        observed: np.ndarray | None = None,
        train: np.ndarray | None = None,
        exposures: tuple[np.ndarray, np.ndarray | None] | None = None,
    ) -> np.ndarray:
        of = lambda rows, group: None if rows is None else rows[:, group]  # noqa: E731
        return sum(
            part.constant_log_probs(summary.of(group), x[:, group], of(observed, group), of(train, group), exposures)
            for part, group in self._groups
        )
