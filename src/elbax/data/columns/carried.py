"""Columns that are carried along and not modeled: constants, keys, free text and what is ignored."""

import os
import re
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from elbax.data.cells import Cells
from elbax.data.columns.facts import Facts
from elbax.data.columns.table_column import NO_STATISTICS, AbstractTableColumn, Place
from elbax.errors import InputError

_FEWEST_KEYS = 20  # rows that show that all values differ
_KEY_WORDS = 2.0  # of a key, on average; text of more words is free
_MOSTLY = 0.5  # distinct texts over rows, from which on text hardly repeats
_OFTEN, _SENTENCE = 0.2, 4.0  # the same of text with so many words on average
_DENSE = 2  # the range of numbers of rows over their number, at most
_ID = re.compile(r"(^|[^a-z])(id|key|uuid|guid|index|no|nr|number|code)$|[a-z](Id|ID)$", re.IGNORECASE)
_MEASURE = re.compile(r"(^|[^a-z])(year|date|time|day|month|age)s?($|[^a-z])", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class AbstractCarried(AbstractTableColumn):
    """A column without codes."""

    modeled = False

    @classmethod
    def learn_cells(cls, facts: Facts, feature: int, place: Place) -> Self:
        own = {"blank": facts.cells.blank, "grid": None} | cls._settings(facts)
        none = np.empty(0, int)
        return cls(none, NO_STATISTICS, place.name, place.positions, place.why, facts.gap_share, facts.form, **own)

    @classmethod
    def _settings(cls, facts: Facts) -> dict[str, Any]:
        return {}

    def encode_cells(self, cells: Cells) -> np.ndarray:
        return np.empty((len(cells.gaps), 0))

    def decode_cells(self, codes: np.ndarray) -> Cells:
        """Blanks, one for each row of codes."""
        return Cells("other", np.full(len(codes), None, object), np.ones(len(codes), bool), self.where)


@dataclass(frozen=True, eq=False)
class ConstantCell(AbstractCarried):
    """One value in every row."""

    kind = "constant"
    value: Any  # a number, text or boolean; of times the units since 1970, or of a duration
    dtype: str  # NumPy's
    box: str

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        if facts.form == "other" or len(facts.distinct) != 1:
            return None
        return "the same in every row that has one" if facts.gap_share else "the same in every row"

    @classmethod
    def _settings(cls, facts: Facts) -> dict[str, Any]:
        if facts.form == "other" or len(facts.distinct) > 1:
            raise InputError(f"{facts.where} is not the same in every row, so it cannot be 'constant'")
        first = facts.values[:1]
        value = (first.astype(np.int64) if facts.form in ("moment", "span") else first).tolist()[0]
        return {"value": value, "dtype": str(first.dtype), "box": facts.cells.box}

    def decode_cells(self, codes: np.ndarray) -> Cells:
        times = self.form in ("moment", "span")
        values = np.full(len(codes), self.value, np.int64 if times else np.dtype(self.dtype)).astype(self.dtype)
        return Cells(self.form, values, np.zeros(len(codes), bool), self.where, box=self.box)


class Ignored(AbstractCarried):
    """What is left out of the model."""

    kind = "ignore"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        return "neither numbers nor text nor dates" if facts.form == "other" else None


@dataclass(frozen=True, eq=False)
class Key(AbstractCarried):
    """Another value in every row, such as a number or a code of a person."""

    kind = "id"
    prefix: str  # what all keys begin with
    width: int  # digits of text that ends in a number, or 0
    following: int  # the first number that is free

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        if facts.digits_of_codes and len(facts.distinct) > _MOSTLY * facts.n:
            return f"codes of {facts.digits_of_codes} digits that differ in most rows"
        if len(facts.distinct) < facts.n or facts.n < _FEWEST_KEYS or facts.cells.levels is not None:
            return None
        if facts.form == "text":
            wordy = facts.number_writing not in (None, "0") or _words(facts) > _KEY_WORDS
            return None if wordy else "another text in every row"
        if not facts.whole or facts.form != "number":
            return None
        return "another whole number in every row" if _is_key(facts) else None

    @classmethod
    def _settings(cls, facts: Facts) -> dict[str, Any]:
        if facts.form == "number":
            return {"prefix": "", "width": 0, "following": int(facts.values.max()) + 1}
        if facts.form != "text":
            return {"prefix": "", "width": 0, "following": facts.n}
        texts = facts.values.tolist()
        prefix = os.path.commonprefix(texts).rstrip("0123456789")
        ends = [text.removeprefix(prefix) for text in texts]
        if not all(end.isdecimal() for end in ends):
            return {"prefix": "new-", "width": 0, "following": 1}
        widths = set(map(len, ends))
        return {
            "prefix": prefix,
            "width": widths.pop() if len(widths) == 1 else 0,
            "following": max(map(int, ends)) + 1,
        }

    def new_keys(self, n: int) -> Cells:
        """Keys that no training row has."""
        numbers = np.arange(self.following, self.following + n)
        gaps = np.zeros(n, bool)
        if self.form == "number":
            return Cells("number", numbers, gaps, self.where)
        texts = [f"{self.prefix}{number:0{self.width}d}" for number in numbers.tolist()]
        return Cells("text", np.array(texts, object), gaps, self.where)


class FreeText(AbstractCarried):
    """Sentences, names and other text that hardly repeats."""

    kind = "text"

    @classmethod
    def recognize(cls, facts: Facts) -> str | None:
        n = len(facts.distinct)
        if facts.form != "text" or facts.cells.levels is not None or n <= _FEWEST_KEYS or facts.amounts is not None:
            return None
        if n > _MOSTLY * facts.n:
            return "text that differs in most rows"
        return "sentences" if n > _OFTEN * facts.n and _words(facts) > _SENTENCE else None


def _words(facts: Facts) -> float:
    return float(np.mean([len(text.split()) for text in facts.distinct[:1000]]))


def _is_key(facts: Facts) -> bool:
    """Whether distinct whole numbers count rows, are codes of many digits, or are called so."""
    low, high = int(facts.distinct[0]), int(facts.distinct[-1])
    if _MEASURE.search(facts.name):
        return False
    if high - low < _DENSE * facts.n or _ID.search(facts.name):
        return True
    return facts.digits_of_codes > 0
