"""Arrays to files, in the format that the name's ending asks for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from elbax import plots
from elbax.data import write_array
from elbax.data.array_files import WRITERS, listed_endings
from elbax.errors import InputError
from elbax.estimator import VAE
from elbax.files import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHEET = 48


def check(out: Path) -> None:
    """Refuse a name that could not be written, before any work is done."""
    if out.suffix.lower() not in (*WRITERS, ".png"):
        raise InputError(f"cannot write {out}: expected a name that ends in {listed_endings('.png')}")
    if not out.absolute().parent.is_dir():
        raise InputError(f"cannot write {out}: there is no folder {out.parent}")


def check_images(out: Path, vae: VAE) -> None:
    """Refuse to draw the rows of a table as images."""
    if out.suffix.lower() == ".png" and not vae.schema_.is_image:
        raise InputError(f"cannot draw {out}: the rows are no images; write {listed_endings()}")


def columns_of(vae: VAE) -> Sequence[str] | None:
    """Names of the model's columns, where it has any."""
    return vae.schema_.columns


def pixel_range(vae: VAE) -> tuple[float, float]:
    """What is drawn black and white."""
    known = vae.schema_.statistics
    return float(known.minimum.min()), float(known.maximum.max())


def write(out: Path, array, columns: Sequence[str] | None, draw: Callable[[], "Figure"]) -> None:
    """Write an array, or the figure that ``draw`` makes of it, whole or not at all."""
    if out.suffix.lower() == ".png":
        atomic_write(out, plots.to_png(draw()))
    else:
        write_array(out, array, columns)
    one = " × ".join(map(str, array.shape[1:]))
    typer.echo(f"{out}: {len(array):,} row{'s' * (len(array) != 1)} of {one}")
