"""The look that every figure shares, and how figures become PNG bytes."""

from collections.abc import Iterable
from io import BytesIO
from os import PathLike
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

# Blue and orange stay apart in every common form of color blindness and, being dark and mid, in gray print.
BLUE, ACCENT, GRAY, INK = "#2b6a99", "#d9822b", "#a3a9b1", "#2f353d"
LONGEST_NAME = 24


def new_figure(width: float, height: float) -> Figure:
    """Make a figure of a size in inches, outside pyplot's registry, that leaves room for its labels."""
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def label_axes(axes: Axes, xlabel: str, ylabel: str, title: str = "") -> None:
    """Write axis labels and a left-aligned title in the house colors and sizes."""
    axes.set_xlabel(xlabel, fontsize=10, color=INK)
    axes.set_ylabel(ylabel, fontsize=10, color=INK)
    axes.set_title(title, fontsize=10.5, color=INK, loc="left")
    axes.tick_params(labelsize=9, labelcolor=INK, color=GRAY, length=3)
    axes.spines[:].set_color(GRAY)


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


def ticks(values: Iterable[float]) -> list[str]:
    """Write tick values with one decimal, a true minus sign and no negative zero.

    Example:
        >>> ticks([-1.64, -0.01])
        ['−1.6', '0.0']
    """
    return [f"{round(float(value), 1) + 0.0:.1f}".replace("-", "−") for value in values]


def shorten(name: object) -> str:
    """Write a name in at most 24 characters, with an ellipsis where it was cut.

    Example:
        >>> shorten("a-rather-long-name-of-a-column")
        'a-rather-long-name-of-a…'
    """
    text = str(name)
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def to_png(figure: Figure, dpi: float = 160) -> bytes:
    """Render a figure as PNG bytes that depend on nothing but the figure."""
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
