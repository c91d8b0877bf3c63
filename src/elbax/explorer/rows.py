"""The rows that are explored, with their labels and context."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from elbax.data import take_rows
from elbax.data.context import ContextColumns, split_context
from elbax.errors import InputError

_CHUNK = 100_000  # rows that are encoded at a time


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows in the user's form, and what belongs to each of them.

    Attributes:
        x: as for `VAE.transform`.
        labels: one for each row, or None.
        context: one entry for each row, or None.
        label_name: of the labels.
    """

    x: Any
    labels: np.ndarray | None = None
    context: Any = None
    label_name: str = "label"

    @classmethod
    def of(cls, x: Any, labels: ArrayLike | None = None, context: Any = None, label_name: str | None = None) -> Self:
        """InputError if there is not one label for each row."""
        name = label_name or getattr(labels, "name", None) or "label"
        labels = None if labels is None else np.asarray(labels).ravel()
        x = np.asarray(x) if isinstance(x, list) else x
        if labels is not None and len(labels) != x.shape[0]:
            raise InputError(f"labels must have one entry per row of X, {x.shape[0]:,}; got {len(labels):,}")
        if isinstance(context, Mapping | list):
            context = ContextColumns(tuple(split_context(context)[0]))
        return cls(x, labels, context, str(name))

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def take(self, positions: np.ndarray) -> Self:
        """Some of the rows."""
        parts = (take_rows(part, positions) for part in (self.x, self.labels, self.context))
        return type(self)(*parts, label_name=self.label_name)

    def chunks(self) -> Iterator[Self]:
        """All rows, 100,000 at a time."""
        for start in range(0, len(self), _CHUNK):
            yield self.take(np.arange(start, min(start + _CHUNK, len(self))))
