"""Commands about the cells of tables: fill gaps, complete rows, find odd rows, make synthetic tables."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from elbax.cli.app import app
from elbax.cli.options import settings_of, settings_options
from elbax.cli.use import DATA, IMPORT, OUT, RUN
from elbax.errors import InputError
from elbax.runs.config import RunConfig
from elbax.runs.imports import import_modules

_SEED = Annotated[int, typer.Option(help="Seed of the draws.", min=0, max=2**32 - 1)]


@app.command()
def impute(
    run: RUN,
    data: DATA,
    out: OUT,
    n: Annotated[
        int | None, typer.Option("-n", help="Draw this many tables, told apart by a column 'draw'.", min=1)
    ] = None,
    statistic: Annotated[
        str | None,
        typer.Option(help="Fill numbers by their 'mean' or 'median'; by default what suits each column."),
    ] = None,
    seed: _SEED = 0,
    imports: IMPORT = None,
) -> None:
    """Write a table with its gaps filled: with what is typical given the rest of the row, or with draws."""
    import pandas as pd

    from elbax.cli.outputs import open_table, with_other_columns, write_table

    _, vae, rows, context = open_table(run, data, out)
    filled = vae.impute(rows, n, statistic=statistic, context=context, random_state=seed)
    tables = [with_other_columns(data, table) for table in ([filled] if n is None else filled)]
    if n is not None:
        tables = [pd.DataFrame(table).assign(draw=i + 1) for i, table in enumerate(tables)]
    write_table(out, tables[0] if n is None else pd.concat(tables))


@app.command()
def complete(
    run: RUN,
    data: DATA,
    out: OUT,
    n: Annotated[int, typer.Option("-n", help="Draws of each row.", min=1)] = 1,
    seed: _SEED = 0,
    imports: IMPORT = None,
) -> None:
    """Write draws of each row with its blanks filled: n rows for each, one after the other."""
    from elbax.cli.outputs import open_table, with_other_columns, write_table

    _, vae, rows, context = open_table(run, data, out)
    write_table(out, with_other_columns(data, vae.complete(rows, n, context=context, random_state=seed), n))


@app.command()
def outliers(
    run: RUN,
    data: Annotated[
        str | None,
        typer.Argument(help="New rows; by default those of the run, each scored by a model of the others."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File for a row per row: log_prob, p_value, odd, blame, ….", show_default=False)
    ] = None,
    rate: Annotated[
        float, typer.Option(help="Accepted share of false discoveries among the rows that are flagged.", min=0, max=1)
    ] = 0.1,
    cross_fit: Annotated[
        int, typer.Option(help="Parts of the run's own rows, each scored by a model of the others.", min=2)
    ] = 5,
    calibration: Annotated[
        str | None,
        typer.Option(help="Rows that the model has not seen, to compare with; by default those that it held out."),
    ] = None,
    imports: IMPORT = None,
) -> None:
    """Find odd rows, with the column to blame and what was expected there."""
    from elbax.cli.outputs import check_table, write_table
    from elbax.cli.screens import show_outliers
    from elbax.runs.folder import Run, rows_of

    if out is not None:
        check_table(out)
    opened = Run.open(run)
    vae, parts = opened.load(), opened.parts()
    usual = None if calibration is None else opened.read(calibration, vae.schema_.columns)
    if data is None:
        found = vae.outliers(rows_of(opened.dataset), rate, cross_fit=cross_fit, context=opened.dataset.context)
    elif usual is None and (usual := parts.get("validation")) is None:
        raise InputError(f"{run} held no rows out to compare with; pass --calibration FILE, rows that are new to it")
    else:
        dataset = opened.read(data, vae.schema_.columns)
        known = rows_of(usual) if usual.context is None else (rows_of(usual), usual.context)
        found = vae.outliers(rows_of(dataset), rate, calibration=known, context=dataset.context)
    show_outliers(found, rate)
    if out is not None:
        write_table(out, found)


@app.command()
@settings_options
def synth(
    data: DATA,
    out: OUT,
    n: Annotated[int | None, typer.Option("-n", help="Number of rows; by default as many as there are.", min=1)] = None,
    target: Annotated[
        str | None, typer.Option(help="A column whose prediction the rows should teach.", show_default=False)
    ] = None,
    second_stage: Annotated[
        str, typer.Option(help="Prior fitted to encoded rows before sampling; none for no second stage.")
    ] = "autoregressive",
    run: Annotated[Path | None, typer.Option(help="Folder of the run.", show_default=False)] = None,
    **options: Any,
) -> None:
    """Fit a table, write synthetic rows, and report their quality and privacy beside rows held out.

    [dim]elbax synth people.csv -n 10000 --target income --out new.csv[/dim]
    """
    from elbax.cli.outputs import check_table, write_table
    from elbax.cli.screens import show_synthetic
    from elbax.evaluate.synthetic import report_synthetic
    from elbax.files import atomic_write
    from elbax.report import write_synthetic
    from elbax.runs.folder import Run, rows_of

    check_table(out)
    merged = RunConfig.of(settings_of({"data": data, **options}))
    import_modules(merged.imports or ())
    opened = Run.create(merged, run)
    vae = opened.train()
    parts = opened.parts()
    if "validation" not in parts:
        raise InputError("synth needs rows held out to compare with; choose --validation-fraction above 0")
    train, held_out = rows_of(parts["train"]), rows_of(parts["validation"])
    if second_stage != "none":
        vae.fit_prior(rows_of(opened.dataset), prior=second_stage)
        vae.save(opened.folder)
    drawn = vae.sample(len(opened.dataset.x) if n is None else n, random_state=merged.seed)
    write_table(out, drawn)
    record = report_synthetic(train, held_out, drawn, target=target, seed=merged.seed)
    show_synthetic(record)
    numbers, page = (out.with_name(f"{out.stem}-report.{ending}") for ending in ("json", "html"))
    atomic_write(numbers, json.dumps(record.to_json(), indent=2).encode())
    write_synthetic(record, train, drawn, page, title=f"Synthetic rows of {opened.dataset.name}")
    typer.echo(f"{page}: the report, with pictures; {numbers}: its numbers; {opened.folder}: the model")
