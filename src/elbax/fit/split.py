"""The train/validation split of rows."""

from dataclasses import dataclass
from typing import Self

import jax
import numpy as np
from sklearn.utils.random import sample_without_replacement

from elbax.data import without
from elbax.types import Batch

FEWEST_TO_SPLIT, MOST_HELD_OUT = 20, 10_000
_SHUFFLED = 2**20  # of more rows, the held-out ones are drawn without shuffling all


@dataclass(frozen=True)
class Split:
    """A split of n rows into training rows and held-out rows.

    Example:
        >>> len(Split.of(100, 0.1, 0).held_out()), len(Split.of(10**9, 0.1, 0).held_out())
        (10, 10000)
    """

    n_rows: int
    n_held_out: int
    seed: int  # of the choice of held-out rows
    external: bool = False  # whether validation rows come from outside these rows

    @classmethod
    def of(cls, n_rows: int, fraction: float, seed: int) -> Self:
        """Hold out a fraction of the rows: none below 20 rows, and at most 10,000.

        10,000 rows measure an ELBO within a hundredth of its standard deviation over rows.
        """
        n_held_out = min(int(n_rows * fraction), MOST_HELD_OUT) if n_rows >= FEWEST_TO_SPLIT else 0
        return cls(n_rows, n_held_out, seed)

    @property
    def n_trained(self) -> int:
        return self.n_rows - self.n_held_out

    def held_out(self, rng: np.random.RandomState | None = None) -> np.ndarray:
        """Ascending positions of the held-out rows; an ``rng`` advances, by default a new one is made of the seed."""
        if self.n_held_out == 0:
            return np.empty(0, int)
        rng = np.random.RandomState(self.seed) if rng is None else rng
        if self.n_rows <= _SHUFFLED:
            return np.sort(rng.permutation(self.n_rows)[: self.n_held_out])
        return np.sort(sample_without_replacement(self.n_rows, self.n_held_out, random_state=rng))

    def divide(self, rows: Batch) -> tuple[Batch, Batch | None]:
        """The training rows, and the held-out rows or None."""
        held_out = self.held_out()
        if len(held_out) == 0:
            return rows, None
        return (
            jax.tree.map(lambda column: without(column, held_out), rows),
            jax.tree.map(lambda column: column[held_out], rows),
        )
