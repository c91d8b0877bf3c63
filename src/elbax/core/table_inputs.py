"""What networks see of a row of a table: numbers, levels one-hot, and which cells are there."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


class TableInputs(eqx.Module):
    """Maps a row of codes to inputs: standardized numbers, levels one-hot, and, with ``gaps``, the mask.

    Numbers and levels that were not observed are zeros.

    Attributes:
        levels: the number of levels of each feature; 0 for a number.
        gaps: whether the mask of observed cells is an input.

    Example:
        >>> inputs = TableInputs((0, 3), gaps=True)
        >>> x = jnp.array([5.0, 1.0])
        >>> inputs(x, (x - 4.0) / 2.0, jnp.array([True, True])).tolist()
        [0.5, 0.0, 1.0, 0.0, 1.0, 1.0]
        >>> inputs.columns.tolist()
        [0, 1, 1, 1, 0, 1]
    """

    levels: tuple[int, ...] = eqx.field(static=True)
    gaps: bool = eqx.field(static=True, default=False)

    def __call__(
        self, x: Float[Array, " d"], standardized: Float[Array, " d"], observed: Array | None = None
    ) -> Float[Array, " size"]:
        """The inputs of one row of codes; without ``observed`` all cells are."""
        pieces = [standardized if len(self._numbers) == len(self.levels) else standardized[self._numbers]]
        if len(self._owners):
            pieces.append((x[self._owners] == self._places).astype(standardized.dtype))
        values = jnp.concatenate(pieces) if len(pieces) > 1 else pieces[0]
        if observed is not None:
            values = jnp.where(observed.astype(bool)[self.columns[: self.n_values]], values, 0.0)
        if not self.gaps:
            return values
        mask = jnp.ones(len(self.levels)) if observed is None else observed
        return jnp.concatenate([values, mask.astype(values.dtype)])

    @property
    def size(self) -> int:
        """The number of inputs."""
        return self.n_values + self.gaps * len(self.levels)

    @property
    def n_values(self) -> int:
        """The number of inputs that are values, not the mask; they come first."""
        return len(self._numbers) + len(self._owners)

    @property
    def columns(self) -> np.ndarray:
        """The feature that each input belongs to, (size,)."""
        mask = np.arange(len(self.levels) if self.gaps else 0)
        return np.concatenate([self._numbers, self._owners, mask]).astype(int)

    @property
    def _numbers(self) -> np.ndarray:
        return np.flatnonzero(np.array(self.levels) == 0)

    @property
    def _owners(self) -> np.ndarray:
        """The feature of each one-hot input."""
        return np.repeat(np.arange(len(self.levels)), self.levels)

    @property
    def _places(self) -> np.ndarray:
        """The level of each one-hot input."""
        return np.concatenate([np.arange(n) for n in self.levels]).astype(np.float32)

    def describe(self) -> str:
        """Such as "3 numbers, 12 levels of 2 columns, mask of gaps"."""
        numbers, columns = len(self._numbers), len(self.levels) - len(self._numbers)
        parts = [f"{numbers} number{'s' * (numbers != 1)}"] if numbers else []
        if columns:
            parts.append(f"{len(self._owners)} levels of {columns} column{'s' * (columns != 1)}")
        return ", ".join(parts + ["mask of gaps"] * self.gaps)
