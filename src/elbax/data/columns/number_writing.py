"""Numbers as text writes them."""

import re

import numpy as np

from elbax.data.cells import Cells, as_number

# A writing is "short" for the shortest text of each number, "float" for Python's, as in 12.0, or a number of decimals
# that all texts have.
_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
SHORT, FLOAT = "short", "float"


def find_number_writing(texts: np.ndarray) -> str | None:
    """How texts write numbers; None if they are no numbers, or codes such as 0080, which would not come back."""
    matches = [_PLAIN.fullmatch(text) for text in texts.tolist()]
    if not all(matches):
        return None
    decimals = {len(match[2] or ".") - 1 for match in matches if match}
    if len(decimals) == 1:
        return str(decimals.pop())
    numbers = np.array([float(text) for text in texts])
    return next((writing for writing in (SHORT, FLOAT) if (write_numbers(numbers, writing) == texts).all()), None)


def read_numbers(cells: Cells) -> np.ndarray:
    """Numbers (n,) of texts, NaN for those that are none, and for gaps."""
    pairs = zip(cells.values.tolist(), cells.gaps.tolist(), strict=True)
    numbers = (None if gap else as_number(text) for text, gap in pairs)
    return np.array([np.nan if number is None else number for number in numbers])


def write_numbers(values: np.ndarray, writing: str) -> np.ndarray:
    """Numbers as text: the inverse of `read_numbers`."""
    if writing == FLOAT:
        return np.array([repr(float(value)) for value in values.tolist()], object)
    if writing != SHORT:
        return np.array([f"{value:.{writing}f}" for value in values.tolist()], object)
    return np.array([str(int(v)) if float(v).is_integer() else repr(float(v)) for v in values.tolist()], object)
