"""The interface of a kind of column."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from elbax.core.likelihoods.base import AbstractLikelihood
from elbax.data.column_statistics import Statistics
from elbax.errors import InputError


class Proposal(NamedTuple):
    """A likelihood for some features, with the reason."""

    likelihood: AbstractLikelihood  # not prepared
    call: str  # the likelihood in Python, for messages
    features: np.ndarray  # positions of the features in a flattened row, ascending
    content: str  # their content, as in "3 columns of …"
    reason: str  # their content, as in "because all 3 columns hold …"


@dataclass(frozen=True, eq=False)
class AbstractColumn(ABC):
    """One column, or all columns of one kind of numbers, so that an image is a handful of objects.

    A column converts between values and codes: numbers that can be stored, compared and modeled. `matches` recognizes a
    kind of numbers; `learn` recognizes any other kind by the type of its values.
    """

    kind: ClassVar[str]
    is_number: ClassVar[bool] = True  # whether codes are the values themselves
    features: np.ndarray  # positions in the flattened row of codes, ascending
    statistics: Statistics  # of the codes, one entry per feature

    @classmethod
    def matches(cls, statistics: Statistics, *, is_image: bool) -> np.ndarray:
        """Mark the features of this kind; the first kind in the registry wins."""
        return np.zeros(len(statistics.mean), bool)

    @classmethod
    def learn(cls, feature: int, values: np.ndarray, where: str) -> Self | None:
        """Learn from values (n,); None if their type is another, InputError with row and ``where`` if unusable."""
        return None

    def look_again(self, x: Any, channels: int) -> Self:
        """This column, or a copy with what the statistics of rows ``x`` in the layout of networks do not show."""
        return self

    @property
    def input_width(self) -> int:
        """Number of network inputs per feature."""
        return 1

    def encode(self, values: np.ndarray, where: str) -> np.ndarray:
        """Codes of values, one entry per row; InputError with the row and ``where`` if a value is unusable."""
        return as_numbers(values, where)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Values of codes, the inverse of `encode`."""
        return codes

    def inputs(self, codes: np.ndarray, center: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Standardized network inputs (n, features * input_width) of codes (n, features)."""
        return (codes - center) / unit

    @abstractmethod
    def propose(self, others: list[Proposal], scale: str) -> list[Proposal]:
        """A likelihood per feature, by the proposals of other kinds and the learned scale of `Normal`."""

    def describe(self) -> str:
        """Describe one entry in words."""
        return "a number"

    def to_config(self) -> dict[str, Any]:
        """All fields as JSON values, features as ranges [first, stop]. Fields of subclasses must be tuples."""
        breaks = np.flatnonzero(np.diff(self.features) != 1) + 1
        ranges = [[int(part[0]), int(part[-1]) + 1] for part in np.split(self.features, breaks)]
        own = {field.name: getattr(self, field.name) for field in fields(self)[2:]}
        return {"kind": self.kind, "features": ranges, **own, **self.statistics.to_config()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Rebuild a column; KeyError or ValueError if an entry is missing or has the wrong length."""
        features = np.concatenate([np.arange(*pair) for pair in config["features"]])
        own = {field.name: tuple(config[field.name]) for field in fields(cls)[2:]}
        return cls(features, Statistics.from_config(config, len(features)), **own)


def as_numbers(values: np.ndarray, where: str) -> np.ndarray:
    """Numbers as floats: pixels in single, columns in double precision, as they may vary little around a large mean."""
    try:
        if values.dtype.kind in "mM":
            raise TypeError("dates are not numbers")
        numbers = values.astype(np.float64 if values.ndim == 1 else np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where} must hold numbers, as in fit; got text or something else") from error
    finite = np.abs(numbers) <= np.finfo(np.float32).max
    if not finite.all():
        row = int(np.flatnonzero(~finite.reshape(len(finite), -1).all(axis=1))[0])
        first = numbers[row].ravel()[np.flatnonzero(~finite[row].ravel())[0]]
        if np.isfinite(first):
            raise InputError(
                f"{where} is {first:.3g} in row {row}, beyond the range of single precision; divide it by a constant"
            )
        raise InputError(f"{where} is missing, NaN or infinite in row {row}; fill or remove it first")
    return numbers
