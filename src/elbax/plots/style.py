"""The look that every figure shares, and how figures become PNG bytes."""

from collections.abc import Iterable
from io import BytesIO
from math import ceil
from os import PathLike
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

# Blue and orange stay apart in every common form of color blindness and, being dark and mid, in gray print.
BLUE, ACCENT, GRAY, INK = "#2b6a99", "#d9822b", "#a3a9b1", "#2f353d"
LONGEST_NAME = 24


class _FullNumbers(ScalarFormatter):
    """Numbers of ticks without a common factor or offset, which would lie on labels and titles."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        shared = super().get_offset()
        return f"{x:.8g}".replace("-", "−") if shared else super().__call__(x, pos)

    def get_offset(self) -> str:
        return ""


def new_figure(width: float, height: float) -> Figure:
    """Make a figure of a size in inches, outside pyplot's registry, that leaves room for its labels."""
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def subplot(width: float, height: float) -> tuple[Figure, Axes]:
    """Make a figure with one panel."""
    figure = new_figure(width, height)
    return figure, figure.add_subplot()


def subplots(
    n: int,
    panel: tuple[float, float],
    margin: tuple[float, float] = (0.0, 0.0),
    *,
    across: int | None = None,
    **options: Any,
) -> tuple[Figure, list[Axes]]:
    """Make a figure of n panels, ``across`` in a row, by default all; sizes are (width, height) in inches."""
    across = min(across or n, n)
    rows = ceil(n / across)
    figure = new_figure(margin[0] + panel[0] * across, margin[1] + panel[1] * rows)
    panels = figure.subplots(rows, across, squeeze=False, **options).ravel()
    for axes in panels[n:]:
        axes.remove()
    return figure, list(panels[:n])


def label_axes(axes: Axes, xlabel: str, ylabel: str, title: str = "") -> None:
    """Write axis labels and a left-aligned title in the house colors and sizes."""
    axes.set_xlabel(xlabel, fontsize=10, color=INK)
    axes.set_ylabel(ylabel, fontsize=10, color=INK)
    axes.set_title(title, fontsize=10.5, color=INK, loc="left")
    axes.tick_params(labelsize=9, labelcolor=INK, color=GRAY, length=3)
    axes.spines[:].set_color(GRAY)
    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_formatter(), ScalarFormatter):
            axis.set_major_formatter(_FullNumbers())


def dress(axes: Axes, xlabel: str, ylabel: str, title: str = "") -> None:
    """Label axes that hold a chart: a faint grid behind it, no frame above or to the right."""
    label_axes(axes, xlabel, ylabel, title)
    axes.set_facecolor("white")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e8eaed", lw=0.8)
    axes.set_axisbelow(True)


def colorbar(figure: Figure, axes: Axes | list[Axes], mapped: ScalarMappable, label: str) -> None:
    """Add a frameless color bar."""
    bar = figure.colorbar(mapped, ax=axes, pad=0.02, aspect=30)
    bar.outline.set_visible(False)
    bar.set_label(label, fontsize=10, color=INK)
    bar.ax.tick_params(labelsize=9, labelcolor=INK, color=GRAY, length=3)


def legend_above(axes: Axes, columns: int = 2) -> None:
    """Put the legend above the chart's right end, where it covers no data, with dots large enough to see."""
    place = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
    axes.legend(frameon=False, fontsize=9, ncols=columns, markerscale=1.6, handletextpad=0.4, **place)


def top_legend(figure: Figure, side: str = "left", columns: int = 2, **options: Any) -> None:
    """Put the legend of the first panel above all panels."""
    handles, names = figure.axes[0].get_legend_handles_labels()
    place = {"loc": f"outside upper {side}", "ncols": columns}
    figure.legend(handles, names, frameon=False, fontsize=9, **place, **options)


def ticks(values: Iterable[float]) -> list[str]:
    """Write tick values with one decimal, a true minus sign and no negative zero.

    Example:
        >>> ticks([-1.64, -0.01])
        ['−1.6', '0.0']
    """
    return [f"{round(float(value), 1) + 0.0:.1f}".replace("-", "−") for value in values]


def shorten(name: object, longest: int = LONGEST_NAME) -> str:
    """Write a name in at most 24 characters, or ``longest``, with an ellipsis where it was cut."""
    text = str(name)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def to_png(figure: Figure, dpi: float = 160) -> bytes:
    """Render a figure as PNG bytes that depend only on the figure."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def save_png(figure: Figure, path: str | PathLike[str], dpi: float = 160) -> None:
    """Write a figure to a PNG file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_png(new_figure(1, 1), Path(folder) / "empty.png")
    """
    Path(path).write_bytes(to_png(figure, dpi))
