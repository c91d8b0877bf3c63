"""The train/validation split of rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import jax
import numpy as np
import pandas as pd
from sklearn.utils.random import sample_without_replacement

from elbax.data import without
from elbax.errors import InputError
from elbax.types import Batch

FEWEST_TO_SPLIT, MOST_HELD_OUT = 20, 10_000
ORDERS = ("random", "last")
_SHUFFLED = 2**20  # of more rows, the held-out ones are drawn without shuffling all


@dataclass(frozen=True)
class Split:
    """A split of n rows into training rows and held-out rows.

    Attributes:
        n_rows: number of rows.
        n_held_out: number of held-out rows.
        seed: of the choice of held-out rows.
        external: whether validation rows come from outside these rows.
        order: "random", or "last" for the last rows.
        positions: of the held-out rows where groups stay together, else None.

    Example:
        >>> len(Split.of(100, 0.1, 0).held_out()), len(Split.of(10**9, 0.1, 0).held_out())
        (10, 10000)
        >>> np.unique(np.bincount(Split.of(100, 0.1, 0, groups=np.arange(100) // 4).held_out() // 4))
        array([0, 4])
    """

    n_rows: int
    n_held_out: int
    seed: int
    external: bool = False
    order: str = "random"
    positions: tuple[int, ...] | None = None

    @classmethod
    def of(
        cls,
        n_rows: int,
        fraction: float,
        seed: int,
        *,
        order: str = "random",
        groups: np.ndarray | None = None,
        most: int = MOST_HELD_OUT,
    ) -> Self:
        """Hold out a fraction of the rows: none below 20 rows, and at most 10,000, or ``most``.

        InputError if fewer than two rows are left to train on.
        10,000 rows measure an ELBO within a hundredth of its standard deviation over rows. Rows of one group, (n,), are
        held out together.
        """
        n_held_out = min(int(n_rows * fraction), most) if n_rows >= FEWEST_TO_SPLIT else 0
        if n_rows >= FEWEST_TO_SPLIT and n_rows - n_held_out < 2:
            raise InputError(
                f"validation_fraction={fraction:g} leaves {n_rows - n_held_out} of {n_rows} rows to train on; hold out "
                "fewer"
            )
        if groups is None or n_held_out == 0:
            return cls(n_rows, n_held_out, seed, order=order)
        positions = _whole_groups(groups, n_held_out, seed, order)
        return cls(n_rows, len(positions), seed, order=order, positions=tuple(positions.tolist()))

    @property
    def n_trained(self) -> int:
        return self.n_rows - self.n_held_out

    def held_out(self, rng: np.random.RandomState | None = None) -> np.ndarray:
        """Ascending positions of the held-out rows; an ``rng`` advances, by default a new one is made of the seed."""
        if self.n_held_out == 0:
            return np.empty(0, int)
        rng = np.random.RandomState(self.seed) if rng is None else rng
        if self.positions is not None:
            return np.array(self.positions)
        if self.order == "last":
            return np.arange(self.n_trained, self.n_rows)
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

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        positions = record["positions"]
        return cls(**{**record, "positions": None if positions is None else tuple(positions)})


def group_numbers(groups: Any, n_rows: int) -> np.ndarray:
    """The labels of ``validation_groups`` as numbers, (n,); InputError if one is missing or they are of one group."""
    labels = np.asarray(groups)
    if labels.shape != (n_rows,):
        raise InputError(f"validation_groups must hold one label for each of {n_rows} rows; got shape {labels.shape}")
    missing = pd.isna(labels)
    if missing.any():
        raise InputError(
            f"validation_groups has no label in row {int(np.argmax(missing))}; fill it, or leave the row out"
        )
    numbers = np.unique(labels.astype(str) if labels.dtype.kind == "O" else labels, return_inverse=True)[1]
    if numbers.max(initial=0) == 0:
        raise InputError(
            "validation_groups puts all rows in one group, which cannot be split; pass at least two groups"
        )
    return numbers


def _whole_groups(groups: np.ndarray, wanted: int, seed: int, order: str) -> np.ndarray:
    """Positions of whole groups of about ``wanted`` rows, at most half of all rows unless a group is larger.

    Groups are taken in random order, or from the one with the last row.
    """
    sizes = np.bincount(groups)
    if order == "last":
        last = np.zeros(len(sizes), int)
        np.maximum.at(last, groups, np.arange(len(groups)))
        candidates = np.argsort(-last)
    else:
        candidates = np.random.RandomState(seed).permutation(len(sizes))
    most, chosen, total = max(2 * wanted, 1), [], 0
    for group in candidates.tolist():
        if total + sizes[group] <= most and sizes[group]:
            chosen.append(group)
            total += sizes[group]
        elif order == "last":
            break
        if total >= wanted:
            break
    chosen = chosen or [int(candidates[0]) if order == "last" else int(np.argmin(sizes))]
    return np.flatnonzero(np.isin(groups, chosen))
