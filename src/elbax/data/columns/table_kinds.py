"""The kinds of columns of a table. A kind is a class and a line here."""

from elbax.data.columns.amounts import Bounded, CountOfThings, Positive, Real, Spiked, WholeNumber
from elbax.data.columns.carried import ConstantCell, FreeText, Ignored, Key
from elbax.data.columns.facts import Facts
from elbax.data.columns.labels import Boolean, Category, GapFlag, Ordered
from elbax.data.columns.moments import Duration, Moment
from elbax.data.columns.one_hot import OneHot
from elbax.data.columns.table_column import AbstractTableColumn

_IN_ORDER = (
    Ignored,
    ConstantCell,
    Moment,
    Duration,
    OneHot,
    Boolean,
    Key,
    FreeText,
    Ordered,
    Category,
    Spiked,
    CountOfThings,
    Bounded,
    Positive,
    WholeNumber,
    Real,
    GapFlag,
)
# The first kind that recognizes the values of a column wins.
TABLE_KINDS: dict[str, type[AbstractTableColumn]] = {cls.kind: cls for cls in _IN_ORDER}


def recognize(facts: Facts) -> tuple[str, str]:
    """The kind of observed values, and why, in one phrase."""
    found = ((kind, cls.recognize(facts)) for kind, cls in TABLE_KINDS.items())
    return next((kind, why) for kind, why in found if why is not None)
