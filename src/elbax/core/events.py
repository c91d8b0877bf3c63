"""Conditions on the cells of a row."""

from typing import NamedTuple

from jaxtyping import Array, Bool, Float


class Event(NamedTuple):
    """What is known of the cells of a row that are not observed: a range, or the levels that a cell may have.

    Attributes:
        low, high: ends of each feature's range, inclusive, in codes, (d,); infinite where there is no condition.
        allowed: the levels 0, 1, … that each feature may have, (d, K); all true where there is no condition, or None
            where no feature has one.
    """

    low: Float[Array, " d"]
    high: Float[Array, " d"]
    allowed: Bool[Array, "d K"] | None = None
