"""Runs opened to write arrays or figures to a file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import typer

from elbax import plots
from elbax.annotation import annotate
from elbax.data import WRITERS, load, write_annotated, write_array
from elbax.data.image_view import ImageView, windows
from elbax.errors import InputError, one_of
from elbax.estimator import VAE
from elbax.files import atomic_write
from elbax.runs.folder import Run, rows_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FIGURE = ".png"
_IMAGES, _WINDOWS, _SERIES = 48, 6, 6  # drawn at most


def open_run(folder: Path, out: Path, *, images: bool = True) -> tuple[Run, VAE]:
    """Open a run and load its model; first check the file ``out``, in which a figure may need ``images``."""
    if out.suffix.lower() not in (*WRITERS, _FIGURE):
        raise InputError(f"cannot write {out}: expected a name that ends in {one_of([*WRITERS, _FIGURE])}")
    _check_folder(out)
    run = Run.open(folder)
    vae = run.load()
    if images and out.suffix.lower() == _FIGURE and vae.schema_.axes.is_table:
        raise InputError(f"cannot draw {out}: the rows are no images; write {one_of(WRITERS)}")
    return run, vae


def open_table(folder: Path, source: str, out: Path) -> tuple[Run, VAE, Any, Any]:
    """A run, its model, and rows and context of other data for it; first check the file ``out``."""
    check_table(out)
    run = Run.open(folder)
    vae = run.load()
    dataset = run.read(source, vae.schema_.columns)
    return run, vae, rows_of(dataset), dataset.context


def annotate_file(folder: Path, source: str, out: Path, *, rates: bool) -> None:
    """Write another .h5ad file with the latents and scores of its rows, and their rates if asked."""
    if Path(source).suffix.lower() != ".h5ad":
        raise InputError(f"cannot write {out}: {source} is no .h5ad file; write {one_of(WRITERS)}")
    _check_folder(out)
    run = Run.open(folder)
    vae = run.load()
    part = out.with_name(f".{out.name}.part")
    dataset = run.read(source, vae.schema_.columns)
    data = annotate(vae, rows_of(dataset), context=dataset.context, rates=rates)
    try:
        write_annotated(data, part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    layer = ", layer elbax_rate" if rates else ""
    typer.echo(f"{out}: obsm X_elbax of {vae.latent_dim} latents, obs elbax_score{layer}, of {data.n_obs:,} rows")


def check_table(out: Path) -> None:
    """Check the name of a file for a table."""
    if out.suffix.lower() not in WRITERS:
        raise InputError(f"cannot write {out}: expected a name that ends in {one_of(WRITERS)}")
    _check_folder(out)


def write_table(out: Path, table: Any) -> None:
    """Write a table and print what it holds."""
    write_array(out, table)
    typer.echo(f"{out}: {len(table):,} row{'s' * (len(table) != 1)} of {table.shape[1]}")


def with_other_columns(source: str, table: Any, n: int = 1) -> Any:
    """The table, n rows for each of a file, with the file's other columns, such as labels, where the file has them."""
    whole = load(source, verbose=0).x
    if not isinstance(whole, pd.DataFrame) or not isinstance(table, pd.DataFrame):
        return table
    whole = whole.loc[whole.index.repeat(n)].reset_index(drop=True)
    return whole.assign(**{str(name): table[name].to_numpy() for name in table.columns})


def read_given(texts: Sequence[str]) -> dict[str, Any]:
    """Conditions as text: NAME=VALUE, NAME=LOW..HIGH (either end may be missing) or NAME=A|B."""
    given: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise InputError(f"--given must be NAME=VALUE, NAME=LOW..HIGH or NAME=A|B; got {text!r}")
        if ".." in value:
            low, _, high = value.partition("..")
            given[name] = (low or None, high or None)
        else:
            given[name] = value.split("|") if "|" in value else value
    return given


def write(out: Path, array: np.ndarray, columns: Sequence[str] | None, draw: Callable[[], "Figure"]) -> None:
    """Write an array, or the figure that ``draw`` makes of it, in the format of the file's ending."""
    if out.suffix.lower() == _FIGURE:
        atomic_write(out, plots.to_png(draw()))
    else:
        write_array(out, array, columns)
    one = " × ".join(map(str, array.shape[1:]))
    typer.echo(f"{out}: {len(array):,} row{'s' * (len(array) != 1)} of {one}")


def draw_pairs(vae: VAE, x: np.ndarray, decoded: np.ndarray) -> "Figure":
    """Images or windows with their reconstructions."""
    schema, rows = vae.schema_, (x[:_IMAGES], decoded[:_IMAGES])
    if schema.axes.is_window:
        return plots.window_reconstructions(*(windows(schema, side[:_WINDOWS])[:, :, :_SERIES] for side in rows))
    return plots.reconstructions(*map(ImageView.of(schema), rows))


def write_samples(run: Run, vae: VAE, out: Path, rows: Any, labels: dict[str, np.ndarray] | None = None) -> None:
    """Write rows that the model drew, or a figure of them; tables have columns of labels first."""
    x, columns = run.in_data_units(rows), vae.schema_.columns
    if labels and isinstance(x, pd.DataFrame):
        x = pd.concat([pd.DataFrame(labels, index=x.index), x], axis=1)
        columns = list(x.columns)
    write(out, x, columns, lambda: _draw_samples(vae, rows))


def _draw_samples(vae: VAE, rows: np.ndarray) -> "Figure":
    """Images in rows, or windows as lines."""
    schema = vae.schema_
    if schema.axes.is_window:
        return plots.window_lines({"samples": windows(schema, rows)[:, :, :_SERIES]})
    return plots.image_grid(ImageView.of(schema)(rows))


def check_figure(out: Path | None) -> None:
    """Check the name of a file for a figure, if there is one."""
    if out is None:
        return
    if out.suffix.lower() != _FIGURE:
        raise InputError(f"cannot write {out}: expected a name that ends in {_FIGURE}")
    _check_folder(out)


def write_figure(out: Path, figure: "Figure") -> None:
    """Write a figure and print where it is."""
    atomic_write(out, plots.to_png(figure))
    typer.echo(f"figure: {out}")


def _check_folder(out: Path) -> None:
    if not out.absolute().parent.is_dir():
        raise InputError(f"cannot write {out}: there is no folder {out.parent}")
