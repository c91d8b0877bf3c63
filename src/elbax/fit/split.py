"""How rows are divided into those to train on and those to validate on."""

from dataclasses import dataclass
from typing import Self

import jax
import numpy as np
from sklearn.utils.random import sample_without_replacement

from elbax.data import evenly_spaced, without
from elbax.types import Batch

FEWEST_TO_SPLIT, MOST_HELD_OUT = 20, 10_000
_SHUFFLED = 2**20  # of more rows than these, those to hold out are drawn without shuffling all


@dataclass(frozen=True)
class Split:
    """Which of n rows are held out of training.

    Attributes:
        n_rows: how many rows there are.
        n_held_out: how many of them are held out, chosen by the seed.
        seed: chooses them.
        given: whether other rows were given to validate on.

    Example:
        >>> len(Split.of(100, 0.1, 0).held_out()), len(Split.of(10**9, 0.1, 0).held_out())
        (10, 10000)
    """

    n_rows: int
    n_held_out: int
    seed: int
    given: bool = False

    @classmethod
    def of(cls, n_rows: int, fraction: float, seed: int) -> Self:
        """Hold out a fraction of the rows, and none below 20 rows.

        10,000 are the most: they measure an ELBO within a hundredth of its standard deviation over rows, and fit into
        memory.
        """
        few = n_rows < FEWEST_TO_SPLIT
        return cls(n_rows, 0 if few else min(int(n_rows * fraction), MOST_HELD_OUT), seed)

    @property
    def n_trained(self) -> int:
        """How many rows are trained on."""
        return self.n_rows - self.n_held_out

    def held_out(self, rng: np.random.RandomState | None = None) -> np.ndarray:
        """Positions of the held-out rows, ascending; ``rng``, by default new from the seed, is left where it ends."""
        if self.n_held_out == 0:
            return np.empty(0, int)
        rng = np.random.RandomState(self.seed) if rng is None else rng
        if self.n_rows <= _SHUFFLED:
            return np.sort(rng.permutation(self.n_rows)[: self.n_held_out])
        return np.sort(sample_without_replacement(self.n_rows, self.n_held_out, random_state=rng))

    def divide(self, rows: Batch) -> tuple[Batch, Batch | None]:
        """The rows to train on and the held-out rows, or None where there are none."""
        held_out = self.held_out()
        if len(held_out) == 0:
            return rows, None
        return (
            jax.tree.map(lambda column: without(column, held_out), rows),
            jax.tree.map(lambda column: column[held_out], rows),
        )


def bounded(rows: Batch) -> Batch:
    """At most 10,000 rows, spread evenly and read into memory."""
    few = evenly_spaced(len(rows.x), MOST_HELD_OUT)
    return jax.tree.map(lambda column: column[few], rows)
