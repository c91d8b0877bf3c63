"""Columns of text that hold dates: rules compute with the dates, and rows come back as text."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple, Self

from elbax.data.cells import Cells
from elbax.data.columns.date_writing import find_writing, read_moments, write_moments
from elbax.data.columns.facts import Facts


class WrittenDates(NamedTuple):
    """How columns of text write dates, by name."""

    writings: Mapping[str, str]

    @classmethod
    def of(cls, cells: Mapping[str, Cells], names: Collection[str]) -> Self:
        """Find them among the columns of some names; InputError if most values of one are dates and some are not."""
        texts = {name: cells[name] for name in names if name in cells and cells[name].form == "text"}
        found = {name: find_writing(Facts(column, name)) for name, column in texts.items()}
        return cls({name: writing for name, writing in found.items() if writing is not None})

    def read(self, name: str, cells: Cells) -> Cells:
        """The cells of a column, as dates if it writes them."""
        if name not in self.writings or cells.form != "text":
            return cells
        return replace(cells, form="moment", values=read_moments(cells, self.writings[name]))

    def write(self, name: str, cells: Cells) -> Cells:
        """The inverse of `read`."""
        if name not in self.writings or cells.form != "moment":
            return cells
        return replace(cells, form="text", values=write_moments(cells.values, self.writings[name]))
