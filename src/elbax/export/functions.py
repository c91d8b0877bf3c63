"""What is exported: encoder, decoder and score as functions of rows as users have them, in numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array, Float

from elbax.core.distributions import log_ratio, moments, sample_with_density
from elbax.core.log_ratios import contrasts
from elbax.core.vae import VAEModule
from elbax.data import Schema
from elbax.data.columns import Exposure, Levels
from elbax.data.tie_removal import TieRemoval
from elbax.export.noise import with_noise
from elbax.types import Batch


@dataclass(frozen=True)
class ExportedModel:
    """A module with the numeric part of its schemas: standardization, log-ratios, axes and levels of numbers.

    Rows are of ``shape``: those of the user's arrays; of a table with kinds its codes, NaN in gaps, which readers of
    ``schema.json`` make from text and dates.
    """

    module: VAEModule
    schema: Schema
    context_schema: Schema | None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row."""
        return row_shape(self.schema)

    @property
    def context_shape(self) -> tuple[int, ...] | None:
        """Shape of one entry of context: numbers, and positions of labels; None without context."""
        return None if self.context_schema is None else row_shape(self.context_schema)

    def encode(self, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        """Means (or modes) and standard deviations of q(z|x), each (rows, latent)."""

        def one(x, context):
            row = self._batch(x, context)
            center, variance = moments(self.module.posterior.distribution(self.module.encode(row)))
            return center, jnp.sqrt(variance)

        return _by_row(one, x, context)

    def decode(self, z: Array, context: Array | None = None) -> Array:
        """E[x|z], (rows, *shape)."""

        def one(z, context):
            codes = self.module.mean(self.module.decode(z, self._context(context)))
            return self._values(codes)

        return _by_row(one, z, context)

    def score(self, x: Array, noise: Float[Array, "rows samples n"] | None, context: Array | None = None) -> Array:
        """Log of the mean weight of samples: an estimate of log p(x), nats, (rows,); see `VAE.score_samples`.

        Without noise, for a model whose rows have one latent point each, there is one sample.
        """
        noisy, n = self._noisy

        def one(x, noise, context):
            row = self._batch(x, context)
            if noise is None:
                return noisy(row, jnp.zeros(n))
            weights = jax.vmap(lambda noise: noisy(row, noise))(noise)
            return jax.nn.logsumexp(weights) - jnp.log(jnp.ones_like(weights).sum())

        return _by_row(one, x, noise, context)

    def values(self, codes: np.ndarray) -> np.ndarray:
        """Rows (n, *shape) as programs take and return them, of codes of the module (n, *event)."""
        return np.asarray(jax.vmap(self._values)(np.asarray(codes, np.float32)))

    @property
    def units(self) -> np.ndarray:
        """The size of one standard deviation of each number of a row, (*shape); 0 for shares."""
        center, unit = self.schema.summary.center, self.schema.summary.unit
        low, high = self.values(np.stack([center, center + unit]))
        return np.abs(high - low)

    def usual_context(self, n: int) -> np.ndarray | None:
        """A context for n rows: means of numbers, labels in turn; None for a model without."""
        schema = self.context_schema
        if schema is None:
            return None
        if schema.is_image:
            return np.resize(schema.summary.mean, (n, *schema.event_shape)).astype(np.float32)
        columns = []
        for feature, column in enumerate(schema.column_of):
            if column.is_number or isinstance(column, Exposure):
                columns.append(np.full(n, column.statistics.mean[column.features.tolist().index(feature)]))
            else:
                columns.append(np.arange(n) % column.input_width)
        return np.stack(columns, axis=1).astype(np.float32)

    @property
    def n_noise(self) -> int:
        """Numbers of noise of one sample of a row."""
        return self._noisy[1]

    @cached_property
    def _noisy(self) -> tuple[Any, int]:
        """The log weight of one sample of a row, as a function of noise."""
        module = self.module

        def weight(row: Batch, key) -> Array:
            q = module.posterior.distribution(module.encode(row))
            z, log_q = sample_with_density(q, key, always=True)
            ratio = log_ratio(module.prior_distribution(), q, z, log_b=log_q).sum(axis=-1)
            return module.log_prob(module.decode(z, row.context), row.x, row.observed) + ratio

        x = jax.ShapeDtypeStruct(self.shape, np.float32)
        context = None if self.context_shape is None else jax.ShapeDtypeStruct(self.context_shape, np.float32)
        row = jax.eval_shape(self._batch, x, context)
        return with_noise(weight, row)

    def _batch(self, x: Array, context: Array | None) -> Batch:
        """One row as the module takes it."""
        if self.schema.table is None:
            return Batch(self._codes(x), context=self._context(context))
        gaps = jnp.isnan(x)
        lowest = np.asarray(self.schema.statistics.minimum, np.float32)
        return Batch(jnp.where(gaps, lowest, x), ~gaps, self._context(context))

    def _codes(self, x: Array) -> Array:
        x = x if self.schema.axes.is_table else self.schema.axes.arrange(x[None])[0]
        if self.schema.removal is not None:
            x = _without_ties(self.schema.removal, x)
        levels = self._levels
        if levels is None:
            return x
        middles = np.asarray((levels[1:] + levels[:-1]) / 2, np.float32)
        return (x[..., None] > middles).sum(axis=-1).astype(x.dtype)

    def _values(self, codes: Array) -> Array:
        """The inverse of `_codes`."""
        if self.schema.table is not None:
            return codes
        if (levels := self._levels) is not None:
            steps = np.arange(len(levels) - 1)
            along = jnp.clip(codes[..., None] - steps, 0.0, 1.0)
            codes = levels[0].astype(np.float32) + (along * np.diff(levels).astype(np.float32)).sum(axis=-1)
        if self.schema.removal is not None:
            codes = _with_ties(self.schema.removal, codes)
        return self.schema.axes.restore(codes[None])[0]

    @property
    def _levels(self) -> np.ndarray | None:
        blocks = self.schema.blocks
        return np.asarray(blocks[0].values) if len(blocks) == 1 and isinstance(blocks[0], Levels) else None

    def _context(self, context: Array | None) -> Array | None:
        """The network inputs of one entry of context."""
        schema = self.context_schema
        if schema is None or context is None:
            return None
        center, unit = (np.asarray(part, np.float32) for part in (schema.summary.center, schema.summary.unit))
        if schema.is_image:
            return (context - center) / unit
        inputs = []
        for feature, column in enumerate(schema.column_of):
            value = context[feature]
            if isinstance(column, Exposure):
                inputs.append(jnp.log(value / np.float32(column.usual))[None])
            elif column.is_number:
                inputs.append(((value - center[feature]) / unit[feature])[None])
            else:
                inputs.append((value == np.arange(column.input_width)).astype(jnp.float32))
        return jnp.concatenate(inputs)


def row_shape(schema: Schema) -> tuple[int, ...]:
    """Shape of one row of numbers: that of the user's arrays, or of the codes of a table or a context."""
    return schema.event_shape if schema.table is not None or schema.name == "context" else schema.axes.shape


def _by_row(one: Any, *arguments: Array | None) -> Any:
    """A function of rows; an argument may be None."""
    with numpyro.validation_enabled(False):  # its checks need a known number of rows
        return jax.vmap(one, in_axes=tuple(None if argument is None else 0 for argument in arguments))(*arguments)


def _without_ties(removal: TieRemoval, x: Array) -> Array:
    """See `TieRemoval.codes`."""
    pieces = [x[removal.kept]]
    for group in removal.shares:
        columns = np.array(group.columns)
        pieces.append(jnp.log(x[columns]) @ contrasts(len(columns)).T.astype(np.float32))
    return jnp.concatenate(pieces)


def _with_ties(removal: TieRemoval, codes: Array) -> Array:
    """See `TieRemoval.values`."""
    places, values = [*removal.kept.tolist()], [codes[: len(removal.kept)]]
    for group, (start, stop, total) in zip(removal.shares, removal.log_ratios, strict=True):
        logs = codes[start:stop] @ contrasts(len(group.columns)).astype(np.float32)
        places, values = places + list(group.columns), [*values, total * jax.nn.softmax(logs)]
    for formula in removal.formulas:
        known = jnp.concatenate(values)
        own = known[np.array([places.index(column) for column in formula.columns], int)]
        value = formula.constant + own @ np.array(formula.weights, np.float32)
        places, values = [*places, formula.column], [*values, value[None]]
    return jnp.concatenate(values)[np.argsort(places)]
