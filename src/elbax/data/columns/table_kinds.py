"""The kinds of columns of a table. A kind is a class and a line here."""

from elbax.data.columns.amounts import Real, WholeNumber
from elbax.data.columns.carried import ConstantCell, Ignored
from elbax.data.columns.facts import Facts
from elbax.data.columns.labels import Boolean, Category, Ordered
from elbax.data.columns.table_column import AbstractTableColumn

# The first kind that recognizes the values of a column wins.
TABLE_KINDS: dict[str, type[AbstractTableColumn]] = {
    cls.kind: cls for cls in (Ignored, ConstantCell, Boolean, Ordered, Category, WholeNumber, Real)
}


def recognize(facts: Facts) -> tuple[str, str]:
    """The kind of observed values, and why, in one phrase."""
    found = ((kind, cls.recognize(facts)) for kind, cls in TABLE_KINDS.items())
    return next((kind, why) for kind, why in found if why is not None)
