"""A figure of a report, with its words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class StaticFigure:
    """A figure with its title, alternative text and a line on how to read it."""

    title: str
    alt: str
    reading: str
    figure: "Figure"
