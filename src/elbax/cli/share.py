"""Commands that take a run's model to other programs and people."""

from pathlib import Path
from typing import Annotated, Any

import typer

from elbax.checks import check_choice
from elbax.cli.app import app
from elbax.cli.use import IMPORT, RUN
from elbax.errors import InputError

NO_ROWS = Annotated[bool, typer.Option("--no-rows", help="Leave out rows of the data; see docs/export.md.")]


@app.command()
def export(
    run: RUN,
    to: Annotated[str, typer.Option(help="Format: onnx, stablehlo or mlflow.")] = "onnx",
    out: Annotated[
        Path | None, typer.Option(help="Folder for the programs, schema.json and readers.", show_default=False)
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="File for one page that encodes and decodes in a browser, from disk.", show_default=False),
    ] = None,
    no_rows: NO_ROWS = False,
    imports: IMPORT = None,
) -> None:
    """Write a run's encoder, decoder and score as ONNX or StableHLO, or as one HTML page; or a model for MLflow."""
    from elbax.runs.folder import Run, rows_of

    check_choice("to", to, ("onnx", "stablehlo", "mlflow"))
    if out is None and html is None:
        raise InputError("name where to export to: --out FOLDER for programs, --html FILE for a page")
    opened = Run.open(run)
    vae, part = opened.load(), next(iter(reversed(opened.parts().values())))
    rows, title = rows_of(part), opened.folder.resolve().name
    if out is not None and to == "mlflow":
        _save_mlflow(vae, out, opened.settings.divide_by)
    elif out is not None:
        vae.export(out, rows, context=part.context, to=to, title=title)
        typer.echo(f"{out}: programs for {to}, compared with the model on its own rows")
    if html is not None:
        context = None if no_rows else part.context
        vae.export_page(html, None if no_rows else rows, context=context, title=title)
        typer.echo(f"{html}: open it in a browser; it {'holds no rows of data' if no_rows else 'holds up to 12 rows'}")
    if opened.settings.divide_by is not None and not (to == "mlflow" and html is None):
        typer.echo(f"rows must be divided by {opened.settings.divide_by:g} first, as in the fit")


def _save_mlflow(vae: Any, folder: Path, divide_by: float | None) -> None:
    from elbax.service.mlflow_model import save_mlflow

    save_mlflow(vae, folder, divisor=divide_by or 1.0)
    typer.echo(f"{folder}: mlflow models serve --model-uri {folder} --env-manager local")


@app.command()
def card(
    run: RUN,
    out: Annotated[
        Path | None, typer.Option(help="File to write; by default README.md in the run.", show_default=False)
    ] = None,
    no_rows: NO_ROWS = False,
    imports: IMPORT = None,
) -> None:
    """Write a model card: data, choices, numbers and limits, as model hubs show it."""
    from elbax.files import atomic_write
    from elbax.runs.card import model_card
    from elbax.runs.folder import Run

    opened = Run.open(run)
    path = opened.folder / "README.md" if out is None else out
    atomic_write(path, model_card(opened, opened.load(), rows=not no_rows).encode())
    typer.echo(path)
