"""Records that render themselves as lines under headings: in a terminal, in a notebook and as text."""

import html
from typing import ClassVar, NamedTuple

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text


class Line(NamedTuple):
    """A line of the table: name, value and note."""

    name: str
    value: str
    note: str


class AbstractRecord:
    """A record that renders itself as a Rich table, as HTML in notebooks, and as plain lines with ``str``."""

    strong: ClassVar[tuple[str, ...]] = ()  # names of lines in bold type

    def sections(self) -> dict[str, list[Line]]:
        """Lines of the table under their headings."""
        raise NotImplementedError

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons why numbers are less certain than they look, one sentence each."""
        raise NotImplementedError

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        sections = self.sections()
        widths = [
            max(len(line[i]) for lines in sections.values() for line in lines) for i in range(2)
        ]  # the same in all sections
        for i, (title, lines) in enumerate(sections.items()):
            table = Table.grid(padding=(0, 2, 0, 0))
            table.add_column(width=widths[0] + 2)
            table.add_column(justify="right", width=widths[1])
            table.add_column(style="dim")
            for line in lines:
                strong = line.name in self.strong
                table.add_row(Text(f"  {line.name}", "bold" if strong else ""), Text(line.value), Text(line.note))
            yield Group(*([Text("")] if i else []), Text(title, "bold cyan"), table)
        for i, warning in enumerate(self.warnings):
            yield Text(("" if i else "\n") + f"warning: {warning}", "bold yellow")

    def __str__(self) -> str:
        """Plain lines under headings: name, value and note, separated by tabs."""
        parts = ["\n".join([title, *map("\t".join, lines)]) for title, lines in self.sections().items()]
        warnings = "\n".join(f"warning\t{warning}" for warning in self.warnings)
        return "\n\n".join(filter(None, [*parts, warnings]))

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th colspan='3'>{html.escape(title)}</th></tr>"
            + "".join(
                f"<tr><td>{html.escape(name)}</td><td>{html.escape(value)}</td><td><small>{html.escape(note)}</small>"
                "</td></tr>"
                for name, value, note in lines
            )
            for title, lines in self.sections().items()
        )
        warnings = "".join(f"<p><b>{html.escape(warning)}</b></p>" for warning in self.warnings)
        return f"<table class='evaluation'>{rows}</table>{warnings}"
