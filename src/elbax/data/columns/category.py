"""Columns of labels."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Self

import numpy as np

from elbax.core.likelihoods import Categorical
from elbax.data.column_statistics import measure
from elbax.data.columns.base import AbstractColumn, Proposal
from elbax.data.frames import quoted
from elbax.errors import InputError

_MOST_LABELS = 1000
_FEWEST_ROWS = 10  # that show that only two numbers occur
_TRUTH = {"True": "1", "False": "0", "1": "True", "0": "False"}  # either may stand for the other


@dataclass(frozen=True, eq=False)
class Category(AbstractColumn):
    """Labels, compared as text; the code of a label is its position in ``labels``."""

    kind = "category"
    is_number = False
    labels: tuple[str, ...]  # of the training rows: integers in numerical order, then text in alphabetical order

    @classmethod
    def learn(cls, feature: int, values: np.ndarray, where: str) -> Self | None:
        """Learn labels from text, integers, booleans, objects or two numbers that repeat.

        InputError if one is missing or over 1,000 differ.
        """
        if values.dtype.kind not in "biuUSO" and not _two_numbers(values):
            return None
        texts = _texts(values, where)
        labels = sorted(set(texts), key=_order)
        if len(labels) > _MOST_LABELS:
            raise InputError(
                f"{where} holds {len(labels):,} different labels, more than {_MOST_LABELS:,}; "
                "pass numbers as floats, or group the labels"
            )
        position = {label: i for i, label in enumerate(labels)}
        statistics, _ = measure(np.array([[position[label]] for label in texts]))
        return cls(np.array([feature]), statistics, tuple(labels))

    @property
    def input_width(self) -> int:
        return len(self.labels)

    def encode(self, values: np.ndarray, where: str) -> np.ndarray:
        """Positions (n,) of labels (n,); InputError if one is missing or was not seen in fit."""
        position = {label: i for i, label in enumerate(self.labels)}
        texts = [_TRUTH[text] if text in _TRUTH and text not in position else text for text in _texts(values, where)]
        if unseen := [label for label in texts if label not in position]:
            known = f"known: {quoted(self.labels, limit=12)}"
            raise InputError(f"{where} holds the label {unseen[0]!r}, which was not there in fit; {known}")
        return np.array([position[label] for label in texts], np.float64)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return np.array(self.labels, dtype=object)[codes.astype(int)]

    def inputs(self, codes: np.ndarray, center: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """One-hot codes (n, labels) of positions (n, 1)."""
        return np.eye(len(self.labels))[codes[:, 0].astype(int)]

    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        call = f"Categorical(levels={len(self.labels)})"
        likelihood = Categorical(levels=len(self.labels))
        return [Proposal(likelihood, call, self.features, "labels", f"one of {len(self.labels)} labels")]

    def describe(self) -> str:
        return f"a label among {quoted(self.labels, limit=12)}"


def _two_numbers(values: np.ndarray) -> bool:
    """Whether numbers are two that repeat, such as 0.0 and 1.0: a label, whatever its dtype."""
    if values.dtype.kind != "f" or len(values) < _FEWEST_ROWS or not np.isfinite(values).all():
        return False
    low, high = values.min(), values.max()
    return bool(low < high and ((values == low) | (values == high)).all())


def _order(label: str) -> tuple[bool, int, str]:
    """Sort key: integers in numerical order, then text in alphabetical order."""
    number = label.removeprefix("-").isdecimal()
    return not number, int(label) if number else 0, label


def _texts(values: np.ndarray, where: str) -> list[str]:
    """Labels as text: 3, 3.0 and "3" are one label."""
    values = np.asarray(values)
    if values.dtype.kind == "U":
        return values.tolist()
    if values.dtype.kind in "iub":
        return list(map(str, values.tolist()))
    return [_text(value, row, where) for row, value in enumerate(values.tolist())]


def _text(value: Any, row: int, where: str) -> str:
    if value is None or value != value:
        raise InputError(f"{where} has no label in row {row}; fill or remove it first")
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, Real) and not isinstance(value, Integral) and float(value).is_integer():
        return str(int(value))
    return str(value)
