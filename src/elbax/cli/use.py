"""Commands for finished runs, and the list of data sets."""

import json
from pathlib import Path
from typing import Annotated

import typer

from elbax.checks import LARGEST_SEED
from elbax.cli.app import app
from elbax.cli.options import integer
from elbax.errors import InputError, counted
from elbax.runs.imports import import_modules

RUN = Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)]
IMPORT = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        callback=lambda modules: import_modules(modules or ()),
        help="Module or .py file to import first, which registers your own parts; repeat for more.",
        show_default=False,
    ),
]
DATA = Annotated[str, typer.Argument(help="Name of a data set, or a file or folder.", show_default=False)]
OUT = Annotated[
    Path,
    typer.Option(
        help="File to write in the format of its ending, such as .npy, .csv or .parquet; .png for a figure.",
        show_default=False,
    ),
]


@app.command()
def report(run: RUN, imports: IMPORT = None) -> None:
    """Write a run's report.html again."""
    from elbax.runs.folder import Run
    from elbax.runs.results import write_report

    opened = Run.open(run)
    typer.echo(write_report(opened, opened.load()))


@app.command()
def evaluate(
    run: RUN,
    data: Annotated[
        str | None, typer.Argument(help="Other data; by default the run's own parts.", show_default=False)
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="Bounds with errors, gaps, latents and samples beside baselines, in a minute or two; also for the "
            "report.",
        ),
    ] = False,
    samples: Annotated[
        int | None,
        typer.Option(
            help="With --full: importance samples per row, 1024 by default.",
            parser=integer(16),
            metavar="INTEGER",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    imports: IMPORT = None,
) -> None:
    """Measure a run's model: ELBO and its terms, log-likelihood, active units."""
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
        part, evaluation = evaluate_run(opened, vae, None if data is None else dataset, **settings)
        if as_json:
            typer.echo(json.dumps({"part": part, **evaluation.to_json()}, indent=2))
        else:
            show_evaluation(evaluation, f"elbax evaluate {run} --full", part)
        if data is None:
            write_evaluation(opened, part, evaluation)
        return
    parts = opened.parts() if data is None else {dataset.name: dataset}
    metrics = {name: measure(vae, part) for name, part in parts.items()}
    if as_json:
        typer.echo(json.dumps({**metrics, "units": UNITS}, indent=2))
    else:
        show_metrics(metrics, vae.module_.latent_dim)


@app.command()
def diagnose(
    run: RUN,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    imports: IMPORT = None,
) -> None:
    """Find what is wrong with a run's model, and the remedy."""
    from elbax.cli.screens import show_diagnosis
    from elbax.runs.folder import Run

    opened = Run.open(run)
    diagnosis = opened.diagnose(opened.load())
    if as_json:
        typer.echo(json.dumps(diagnosis.to_json(), indent=2))
    else:
        show_diagnosis(diagnosis, opened)


@app.command()
def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN... [DATA]",
            help="Folders of runs, then other data, if any: by default the rows that every run held out.",
            show_default=False,
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="File for the figure, .png.", show_default=False)] = None,
    samples: Annotated[
        int, typer.Option(help="Importance samples per row.", parser=integer(1), metavar="INTEGER")
    ] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    imports: IMPORT = None,
) -> None:
    """Compare models, and simple ones, on the same held-out rows: paired differences with errors."""
    from elbax.cli.outputs import check_figure, write_figure
    from elbax.cli.screens import show_comparison
    from elbax.runs.comparison import compare_runs
    from elbax.runs.folder import is_run

    check_figure(out)
    data = None if is_run(runs[-1]) or len(runs) == 1 else str(runs.pop())
    comparison = compare_runs(runs, data, samples)
    if as_json:
        typer.echo(json.dumps(comparison.to_json(), indent=2))
    else:
        show_comparison(comparison)
    if out is not None:
        write_figure(out, comparison.plot())


@app.command()
def encode(
    run: RUN,
    data: DATA,
    out: OUT,
    label: Annotated[
        str | None,
        typer.Option(help="Column of labels, which color the figure; by default that of the run.", show_default=False),
    ] = None,
    rates: Annotated[
        bool, typer.Option("--rates", help="In .h5ad also the means of all columns at the usual exposure, as a layer.")
    ] = False,
    imports: IMPORT = None,
) -> None:
    """Write the latent position (posterior mean) of each row; .png draws them, .h5ad adds them and scores."""
    from elbax import plots
    from elbax.cli.outputs import annotate_file, open_run, write
    from elbax.runs.folder import rows_of

    if out.suffix.lower() == ".h5ad":
        annotate_file(run, data, out, rates=rates)
        return
    if rates:
        raise InputError(f"--rates are a layer of .h5ad files, and {out} is none; drop it")
    opened, vae = open_run(run, out, images=False)
    dataset = opened.read(data, vae.schema_.columns, label=label)
    z = vae.transform(rows_of(dataset), context=dataset.context)
    names = [f"z{i + 1}" for i in range(vae.module_.latent_dim)]  # counted as in figures
    write(out, z, names, lambda: plots.latent_scatter(z, opened.named_labels(dataset, label)))


@app.command()
def reconstruct(run: RUN, data: DATA, out: OUT, imports: IMPORT = None) -> None:
    """Write the reconstruction of each row; .png draws images above their reconstructions."""
    from elbax.cli.outputs import draw_pairs, open_run, write
    from elbax.runs.folder import rows_of

    opened, vae = open_run(run, out)
    dataset = opened.read(data, vae.schema_.columns)
    decoded = vae.reconstruct(rows_of(dataset), context=dataset.context)
    x = opened.in_data_units(decoded)
    write(out, x, vae.schema_.columns, lambda: draw_pairs(vae, dataset.x, decoded))


@app.command()
def sample(
    run: RUN,
    out: OUT,
    n: Annotated[
        int | None,
        typer.Option(
            "-n",
            help="Number of rows: by default 100, or one per entry of context.",
            parser=integer(1),
            metavar="INTEGER",
        ),
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            help="For a run with context: NAME=VALUE, once per column, or a file with one entry per row.",
            show_default=False,
        ),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            help="Draw under conditions on columns of a table, or on the run's label: NAME=VALUE, NAME=LOW..HIGH or "
            "NAME=A|B; repeat for more.",
            show_default=False,
        ),
    ] = None,
    near: Annotated[
        str | None,
        typer.Option(
            help="Draw from the posteriors of these rows, a data set or a file, instead of from the prior.",
            metavar="DATA",
            show_default=False,
        ),
    ] = None,
    mean: Annotated[bool, typer.Option("--mean", help="Write E\\[x|z], without the likelihood's noise.")] = False,
    seed: Annotated[
        int, typer.Option(help="Seed of the draw.", parser=integer(0, LARGEST_SEED), metavar="INTEGER")
    ] = 0,
    imports: IMPORT = None,
) -> None:
    """Draw new rows from the model; .png draws a sheet of images."""
    from elbax.cli.outputs import open_run, read_given, write_samples
    from elbax.runs.folder import rows_of
    from elbax.runs.labels import sample_labels

    opened, vae = open_run(run, out)
    label, conditions = opened.settings.label, read_given(given or ())
    if label in conditions and label not in (vae.schema_.columns or ()):
        if near is not None or context or mean:
            raise InputError(f"--given {label}=… draws near rows of that label; drop --near, --context and --mean")
        decoded, labels = sample_labels(opened, vae, n or 100, conditions.pop(label), conditions, seed)
        write_samples(opened, vae, out, decoded, {label: labels})
        return
    if near is None:
        rows, values = None, opened.read_context(context or ())
        several = hasattr(values, "shape") and len(values) > 1
    elif context:
        raise InputError("--near takes the context of its rows; drop --context")
    else:
        dataset = opened.read(near, vae.schema_.columns)
        rows, values, several = rows_of(dataset), dataset.context, False
    n = (1 if several else 100) if n is None else n
    decoded = vae.sample(n, near=rows, given=conditions or None, context=values, noise=not mean, random_state=seed)
    write_samples(opened, vae, out, decoded)


@app.command()
def info(run: RUN, imports: IMPORT = None) -> None:
    """Show a run's data, model, plan, outcome and measures."""
    from elbax.cli.screens import REFITTED, label_fact, likelihood_of, show_facts, show_ladder, show_metrics
    from elbax.data import data_facts
    from elbax.doctor import has_seen_held_out
    from elbax.fit.messages import describe_columns
    from elbax.runs.folder import Run
    from elbax.runs.results import read_metrics

    opened = Run.open(run)
    vae, metrics = opened.load(), read_metrics(opened)
    seen = has_seen_held_out(vae.plan_, vae.outcome_)
    settings, schema, plan = opened.settings, vae.schema_, vae.plan_.describe(vae.outcome_.restart)
    training = (
        f"init {plan['init']}",
        counted(plan["epochs"], "epoch"),
        f"batches of {plan['batch_size']}",
        f"learning rate {plan['learning_rate']:g} {plan['schedule']}",
        plan["optimizer"],
        plan["precision"],
        "to the end" if plan["patience"] is None else f"patience {plan['patience']}",
    )
    facts = {
        "data": f"{settings.data}, {schema.n_rows:,} rows of {' × '.join(map(str, schema.axes.shape))}",
        **{name.lower(): fact for name, fact in data_facts(schema).items()},
        **({} if opened.reading is None else {"images": opened.reading}),
        "likelihood": likelihood_of(vae),
        **({} if (labels := label_fact(opened)) is None else {"labels": labels}),
        **({} if vae.context_schema_ is None else {"context": vae.context_schema_.describe_entry()}),
        "network": f"{vae.plan_.network_text()}, {counted(vae.module_.latent_dim, 'latent')}, "
        f"{vae.n_parameters_:,} parameters",
        "posterior and prior": f"{plan['posterior']}, {plan['prior']}",
        "objective": plan["objective"],
        "rows": f"{plan['n_rows']:,} trained on, {vae.outcome_.n_held_out:,} validated on{REFITTED if seen else ''}",
        "plan": ", ".join(training),
        "outcome": str(vae.outcome_),
        "seed": str(settings.seed),
    }
    show_facts(str(run), facts)
    if schema.table is not None:
        typer.echo(f"\n{describe_columns(schema)}\n")
    others = ("units", "simple_models")
    parts = {name: part for name, part in metrics.items() if isinstance(part, dict) and name not in others}
    show_metrics(parts, vae.module_.latent_dim)
    if vae.outcome_.ladder is not None:
        show_ladder(vae.outcome_.ladder, before_refit=seen)


@app.command()
def datasets() -> None:
    """List the data sets that have names."""
    from elbax.cli.screens import show_table
    from elbax.data import dataset_names, describe

    rows = []
    for name in dataset_names():
        _, kind, (n, *event), description, _ = describe(name)
        rows.append((name, kind, f"{n:,}", "×".join(map(str, event)), description))
    show_table(("name", "kind", "rows", "one row", "what"), rows, numbers=("rows",))
