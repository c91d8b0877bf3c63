"""The commands that use a run, and the list of data sets."""

from pathlib import Path
from typing import Annotated

import typer

from elbax.cli.app import app
from elbax.errors import InputError
from elbax.runs.imports import import_modules

_RUN = Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)]
_IMPORT = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        callback=lambda modules: import_modules(modules or ()),
        help="Module, or .py file, to import first: it registers parts of your own. Repeat it for more.",
        show_default=False,
    ),
]
_DATA = Annotated[str, typer.Argument(help="Name of a data set, or a file or folder.", show_default=False)]
_OUT = Annotated[
    Path, typer.Option(help="File to write, such as .npy, .csv, .parquet or .png.", show_default=False)
]


@app.command()
def report(run: _RUN, imports: _IMPORT = None) -> None:
    """Write a run's report.html again."""
    from elbax.runs.folder import Run
    from elbax.runs.results import write_report

    opened = Run.open(run)
    typer.echo(write_report(opened, opened.load()))


@app.command()
def evaluate(
    run: _RUN,
    data: Annotated[
        str | None, typer.Argument(help="Other data; by default the run's own parts.", show_default=False)
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="Bounds with errors, gaps, latents, samples, and what is a good value: a minute or two. The report "
            "shows it from then on.",
        ),
    ] = False,
    samples: Annotated[
        int | None,
        typer.Option(
            help="With --full: importance samples of each row, 1024 by default.", min=16, show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    imports: _IMPORT = None,
) -> None:
    """Measure a run's model: ELBO and its terms, log-likelihood, active units."""
    import json

    from elbax.cli.screens import show_evaluation, show_metrics
    from elbax.runs.folder import Run
    from elbax.runs.results import IMPORTANCE_SAMPLES, UNITS, evaluate_run, measure, write_evaluation

    if samples is not None and not full:
        raise InputError(
            f"--samples goes with --full; without it every row has {IMPORTANCE_SAMPLES} importance samples"
        )
    opened = Run.open(run)
    vae = opened.load()
    dataset = opened.read(data, vae.schema_.columns)
    if full:
        settings = {} if samples is None else {"n_importance": samples}
        part, found = evaluate_run(opened, vae, None if data is None else dataset, **settings)
        if as_json:
            typer.echo(json.dumps({"part": part, **found.to_json()}, indent=2))
        else:
            show_evaluation(found, f"elbax evaluate {run} --full", part)
        if data is None:
            write_evaluation(opened, part, found)
        return
    parts = opened.parts() if data is None else {dataset.name: dataset}
    metrics = {name: measure(vae, part) for name, part in parts.items()}
    if as_json:
        typer.echo(json.dumps({**metrics, "units": UNITS}, indent=2))
    else:
        show_metrics(metrics, vae.latent_dim)


@app.command()
def diagnose(
    run: _RUN,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    imports: _IMPORT = None,
) -> None:
    """Find out what is wrong with a run's model, and what to do about it."""
    import json

    from elbax.cli.screens import show_diagnosis
    from elbax.runs.folder import Run

    opened = Run.open(run)
    diagnosis = opened.diagnose(opened.load())
    if as_json:
        typer.echo(json.dumps(diagnosis.to_json(), indent=2))
    else:
        show_diagnosis(diagnosis, opened)


@app.command()
def encode(run: _RUN, data: _DATA, out: _OUT, imports: _IMPORT = None) -> None:
    """Write the latent position (posterior mean) of each row; .png draws them."""
    from elbax import plots
    from elbax.cli.outputs import check, write
    from elbax.runs.folder import Run, rows_of

    check(out)
    opened = Run.open(run)
    vae = opened.load()
    dataset = opened.read(data, vae.schema_.columns)
    z = vae.transform(rows_of(dataset), context=dataset.context)
    write(out, z, [f"z{i}" for i in range(vae.latent_dim)], lambda: plots.latent_scatter(z, dataset.labels))


@app.command()
def reconstruct(run: _RUN, data: _DATA, out: _OUT, imports: _IMPORT = None) -> None:
    """Write what the model makes of each row; .png draws images above their reconstructions."""
    from elbax import plots
    from elbax.cli.outputs import SHEET, check, check_images, columns_of, pixel_range, write
    from elbax.runs.folder import Run, rows_of

    check(out)
    opened = Run.open(run)
    vae = opened.load()
    check_images(out, vae)
    dataset = opened.read(data, vae.schema_.columns)
    decoded = vae.reconstruct(rows_of(dataset), context=dataset.context)

    def draw():
        few = slice(0, SHEET)
        return plots.reconstructions(dataset.x[few], decoded[few], value_range=pixel_range(vae))

    write(out, opened.given_units(decoded), columns_of(vae), draw)


@app.command()
def sample(
    run: _RUN,
    out: _OUT,
    n: Annotated[
        int | None, typer.Option("-n", help="How many rows to draw: 100, or one for each entry of context.")
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            help="For a run with context: NAME=VALUE, once for each column, or a file with an entry for each row.",
            show_default=False,
        ),
    ] = None,
    mean: Annotated[
        bool, typer.Option("--mean", help="Write E\\[x|z], without the likelihood's noise.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the draw.", min=0, max=2**32 - 1)] = 0,
    imports: _IMPORT = None,
) -> None:
    """Draw new rows from the model; .png draws a sheet of images."""
    from elbax import plots
    from elbax.cli.outputs import check, check_images, columns_of, pixel_range, write
    from elbax.runs.folder import Run

    check(out)
    opened = Run.open(run)
    vae = opened.load()
    check_images(out, vae)
    given = opened.read_context(context or ())
    several = hasattr(given, "shape") and len(given) > 1
    n = (1 if several else 100) if n is None else n
    x = vae.sample(n, context=given, noise=not mean, random_state=seed)
    write(
        out, opened.given_units(x), columns_of(vae), lambda: plots.image_grid(x, value_range=pixel_range(vae))
    )


@app.command()
def info(run: _RUN, imports: _IMPORT = None) -> None:
    """Show what a run fitted, chose and reached."""
    from elbax.cli.screens import chosen_likelihood, show_facts, show_metrics
    from elbax.runs.folder import Run
    from elbax.runs.results import read_metrics

    opened = Run.open(run)
    vae, metrics = opened.load(), read_metrics(opened)
    settings, schema, plan = opened.settings, vae.schema_, vae.plan_.describe(vae.outcome_.restart)
    facts = {
        "data": f"{settings.data}, {schema.n_rows:,} rows of {' × '.join(map(str, schema.event_shape))}",
        "likelihood": chosen_likelihood(vae),
        **({} if vae.context_schema_ is None else {"context": vae.context_schema_.describe_entry()}),
        "network": f"{vae.plan_.network_text()}, {vae.latent_dim} latents, {vae.n_parameters_:,} parameters",
        "posterior and prior": f"{plan['posterior']}, {plan['prior']}",
        "objective": plan["objective"],
        "rows": f"{plan['n_rows']:,} trained on, {vae.outcome_.n_held_out:,} validated on",
        "plan": ", ".join(
            (
                f"init {plan['init']}",
                f"{plan['epochs']:,} epochs",
                f"batches of {plan['batch_size']}",
                f"learning rate {plan['learning_rate']:g} {plan['schedule']}",
                plan["optimizer"],
                plan["precision"],
                "to the end" if plan["patience"] is None else f"patience {plan['patience']}",
            )
        ),
        "outcome": str(vae.outcome_),
        "seed": str(settings.seed),
    }
    show_facts(str(run), facts)
    show_metrics(
        {k: v for k, v in metrics.items() if isinstance(v, dict) and k != "units"},
        vae.latent_dim,
    )


@app.command()
def datasets() -> None:
    """List the data sets that can be named."""
    from elbax.cli.screens import show_table
    from elbax.data import dataset_names, describe

    rows = [
        (
            entry.name,
            entry.kind,
            f"{entry.shape[0]:,}",
            "×".join(map(str, entry.shape[1:])),
            entry.description,
        )
        for entry in map(describe, dataset_names())
    ]
    show_table(("name", "kind", "rows", "one row", "what"), rows, numbers=("rows",))
