"""The record that every source of data returns."""

from dataclasses import dataclass

import numpy as np

from elbax.errors import InputError

__all__ = ["Dataset"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows to learn from, in their own dtype, and what is known about them.

    Attributes:
        name: the data set's name, or the file's.
        x: shape ``(n, d)`` for a table, ``(n, height, width, channels)`` for pictures; may be a memory map.
        labels: one entry per row, for colouring figures; never trained on.
        columns: names of a table's columns.
        test_x: rows set aside by whoever published the data.
        test_labels: their labels.

    Raises:
        InputError: lengths disagree.

    Example:
        >>> Dataset("tiny", np.zeros((4, 2))).x.shape
        (4, 2)
    """

    name: str
    x: np.ndarray
    labels: np.ndarray | None = None
    columns: tuple[str, ...] | None = None
    test_x: np.ndarray | None = None
    test_labels: np.ndarray | None = None

    def __post_init__(self):
        """Check that the arrays belong together."""
        pairs = (("labels", self.labels, self.x), ("test_labels", self.test_labels, self.test_x))
        for argument, labels, x in pairs:
            if labels is not None and (x is None or len(labels) != len(x)):
                rows = 0 if x is None else len(x)
                raise InputError(
                    f"{self.name}: expected one of {argument} for each row; "
                    f"got {len(labels)} for {rows} rows, so check that both come from the same data"
                )
        if self.test_x is not None and self.test_x.shape[1:] != self.x.shape[1:]:
            raise InputError(
                f"{self.name}: test rows have shape {self.test_x.shape[1:]} but training rows "
                f"{self.x.shape[1:]}; both need the same features"
            )
