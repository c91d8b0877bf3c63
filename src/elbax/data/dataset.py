"""The record that every source of data returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from elbax.data.annotated import is_annotated
from elbax.data.frames import keep_on_disk
from elbax.data.streamed_rows import StreamedRows, without
from elbax.data.subsample import take_rows
from elbax.errors import InputError


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows in their own dtype, with labels, context and test rows.

    Attributes:
        name: the name of the data set or file.
        x: a data frame for a table with names, shape ``(n, d)`` for one without,
            ``(n, height, width, channels)`` for images; may be a memory map, `StreamedRows` or AnnData.
        labels: one entry per row, for the colors of figures; not trained on.
        columns: names of a table's columns.
        test_x: published test rows.
        test_labels: labels of the test rows.
        context: input of a conditional model, one entry per row: a data frame, or an array of images or vectors.
        test_context: context of the test rows.
        notes: what was done to images, or to text in tables, as they were read, one sentence each.
        reading: options of `load` that read other images in the same way, as in ``load(path, **data.reading)``.
        axes: the axes of each row by letters, as in `elbax.VAE`, where they are known.
        weights: weights of the rows, or None.
        groups: labels of rows that are held out together, or None.

    Raises:
        InputError: lengths disagree.

    Example:
        >>> Dataset("tiny", np.zeros((4, 2))).x.shape
        (4, 2)
    """

    name: str
    x: np.ndarray | StreamedRows | pd.DataFrame
    labels: np.ndarray | None = None
    columns: tuple[str, ...] | None = None
    test_x: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    context: Any = None
    test_context: Any = None
    notes: tuple[str, ...] = ()
    reading: Mapping[str, str] = field(default_factory=dict)
    axes: str | None = None
    weights: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __post_init__(self):
        pairs = (
            ("labels", self.labels, self.x),
            ("context", self.context, self.x),
            ("weights", self.weights, self.x),
            ("groups", self.groups, self.x),
            ("test_labels", self.test_labels, self.test_x),
            ("test_context", self.test_context, self.test_x),
        )
        for argument, values, x in pairs:
            if values is not None and (x is None or len(values) != len(x)):
                rows = 0 if x is None else len(x)
                raise InputError(
                    f"{self.name}: expected one of {argument} for each row; "
                    f"got {len(values)} for {rows} rows, so check that both come from the same data"
                )
        if self.test_x is not None and self.test_x.shape[1:] != self.x.shape[1:]:
            raise InputError(
                f"{self.name}: test rows have shape {self.test_x.shape[1:]} but training rows "
                f"{self.x.shape[1:]}; both need the same features"
            )

    def take(self, rows: np.ndarray) -> "Dataset":
        """Some rows with their labels and context, without test rows.

        Example:
            >>> Dataset("tiny", np.eye(4), labels=np.arange(4)).take(np.array([1, 3])).labels
            array([1, 3])
        """
        return self._with_rows(rows, take_rows(self._rows, rows))

    def without(self, rows: np.ndarray) -> "Dataset":
        """All but some rows with their labels and context, without test rows; rows on disk stay there.

        Example:
            >>> Dataset("tiny", np.eye(4), labels=np.arange(4)).without(np.array([1, 3])).labels
            array([0, 2])
        """
        kept = np.delete(np.arange(len(self.x)), rows)
        x = self._rows
        if is_annotated(x):
            return self._with_rows(kept, x[kept])
        return self._with_rows(kept, x.iloc[kept] if isinstance(x, pd.DataFrame) else without(x, rows))

    @property
    def _rows(self) -> Any:
        return self.x if isinstance(self.x, pd.DataFrame) else keep_on_disk(self.x)

    def _with_rows(self, rows: np.ndarray, x: Any) -> "Dataset":
        columns = {name: take_rows(getattr(self, name), rows) for name in ("labels", "context", "weights", "groups")}
        return Dataset(self.name, x, columns=self.columns, axes=self.axes, **columns)

    def test(self) -> "Dataset":
        """The test rows as a data set of their own."""
        own = {"context": self.test_context, "axes": self.axes}
        return Dataset(self.name, self.test_x, self.test_labels, self.columns, **own)
