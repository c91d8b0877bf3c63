"""What the gallery's scripts share: their options, handwritten digits, and pages whose numbers come from the run."""

import argparse
import io
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

import elbax
from elbax import plots
from elbax.data import Dataset

__all__ = ["Page", "handwriting", "table"]

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
# The order of the index; a page that was never made is left out.
ORDER = (
    "mnist_notebook",
    "s_curve",
    "likelihood_aside",
    "sigma_sweep",
    "conditional",
    "convolutional",
    "latent_paths",
    "sklearn_class",
)
_DPI = 130


class Page:
    """One page of the gallery: figures are saved as they come, then `write` makes the page and the index.

    Args:
        name: the script's name; the page is ``<name>.md`` and its figures ``images/<name>-<figure>.png``.
        description: what ``--help`` says.
    """

    def __init__(self, name: str, description: str):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--quick", action="store_true", help="few rows and epochs, to see that it runs")
        parser.add_argument("--out", type=Path, help="folder of the page (default: docs/gallery)")
        options = parser.parse_args()
        self.name, self.quick = name, options.quick
        if self.quick:  # most of a quick run is compiling; JAX reads this when it first computes
            os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
        unread = tempfile.mkdtemp(prefix="elbax-gallery-") if self.quick else GALLERY
        self.folder = Path(options.out or unread)
        (self.folder / "images").mkdir(parents=True, exist_ok=True)

    def figure(self, name: str, figure: Figure, caption: str) -> str:
        """Save a figure and return the Markdown that shows it."""
        path = f"images/{self.name}-{name}.png"
        png = plots.to_png(figure, dpi=_DPI / 3 if self.quick else _DPI)
        image = Image.open(io.BytesIO(png)).convert("RGB")
        # A palette keeps pages light; 64 colors are enough, if they are spread and rare ones, as in legends, are kept.
        light = image.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        light.save(self.folder / path, optimize=True)
        return f"![{caption}]({path})\n\n*{caption}*"

    def animation(self, name: str, animation: plots.Animation, caption: str, **options: float) -> str:
        """Save an animated GIF, with the options of `plots.to_gif`, and return the Markdown that shows it."""
        path = f"images/{self.name}-{name}.gif"
        plots.save_animation(animation, self.folder / path, **options)
        return f"![{caption}]({path})\n\n*{caption}*"

    def claim(self, sentence: str, holds: bool) -> str:
        """Return a sentence for the page; a full run stops where what it says was not measured."""
        if not (holds or self.quick):
            raise AssertionError(f"the page would say {sentence!r}, which this run did not show")
        return sentence

    def write(self, text: str) -> None:
        """Write the page, which starts with a title and a paragraph for the index, and the index."""
        note = "This is a quick run on little data: its numbers mean nothing. " if self.quick else ""
        end = f"---\n\n{note}Made by `python examples/{self.name}.py`; every number and figure is from that run."
        page = self.folder / f"{self.name}.md"
        page.write_text(f"{text.strip()}\n\n{end}\n", encoding="utf-8")
        _write_index(self.folder)
        print(f"wrote {page}")


def _write_index(folder: Path) -> None:
    rows = []
    for page in (folder / f"{name}.md" for name in ORDER):
        if page.exists():
            title, summary, *_ = page.read_text(encoding="utf-8").split("\n\n")
            image = re.search(r"!\[.*?\]\((.*?)\)", page.read_text(encoding="utf-8"))
            thumbnail = f'<img src="{image[1]}" width="260" alt="">' if image else ""
            words = " ".join(summary.split())
            rows.append([f"[{thumbnail}]({page.name})", f"**[{title.removeprefix('# ')}]({page.name})**<br>{words}"])
    text = (
        "# Gallery\n\nEach page is made by one script in `examples/`, figures and numbers included. "
        "`python examples/NAME.py` makes a page again; with `--quick` it takes seconds.\n\n"
    )
    (folder / "README.md").write_text(text + table(["", ""], rows) + "\n", encoding="utf-8")


def table(header: list[str], rows: list[list]) -> str:
    """Lay rows out as a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def handwriting(quick: bool, *, levels: bool = False) -> Dataset:
    """MNIST with values in [0, 1], or as whole ``levels``; for a quick run few rows, or the small digits."""
    if not quick or os.environ.get("ELBAX_DATA"):
        data = elbax.load_data("mnist")
    else:
        digits = elbax.load_data("digits")
        data = replace(digits, test_x=digits.x[1000:], test_labels=digits.labels[1000:])
    rows = slice(1000 if quick else None)
    top = 1 if levels else np.float32(data.x.max())
    return replace(
        data,
        x=data.x[rows] / top,
        labels=data.labels[rows],
        test_x=data.test_x[rows] / top,
        test_labels=data.test_labels[rows],
    )
