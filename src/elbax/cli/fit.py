"""`elbax fit`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from elbax.cli.app import app
from elbax.cli.options import given, settings_options
from elbax.errors import HostLostError, InputError, TrainingError
from elbax.runs.config import RunConfig, preset_names, read_preset, read_toml
from elbax.runs.imports import import_modules


@app.command()
@settings_options
def fit(
    data: Annotated[
        str | None, typer.Argument(help="Name of a data set, or a file or folder.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the run; by default runs/DATA-1, -2, …", rich_help_panel="Run"),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Continue the run in this folder; takes no other settings but --import.",
            rich_help_panel="Run",
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file of settings; options win over it.", rich_help_panel="Run")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(help=f"Start from known settings: {', '.join(preset_names())}.", rich_help_panel="Run"),
    ] = None,
    heal: Annotated[
        bool,
        typer.Option(
            "--heal",
            help="Diagnose the fit, refit with the remedy up to three times, keep the best.",
            rich_help_panel="Run",
        ),
    ] = False,
    hosts: Annotated[
        str | None,
        typer.Option(
            help="Fit together with other processes, which run the same command: where the first of them listens, "
            "as in 10.0.0.1:1234; or auto, to ask Slurm, Open MPI or Kubernetes. Needs --out.",
            envvar="JAX_COORDINATOR_ADDRESS",
            metavar="ADDRESS:PORT",
            rich_help_panel="Hosts",
        ),
    ] = None,
    num_processes: Annotated[
        int | None,
        typer.Option(help="How many processes.", envvar="JAX_NUM_PROCESSES", rich_help_panel="Hosts"),
    ] = None,
    process_id: Annotated[
        int | None,
        typer.Option(help="Which of them this is, from 0.", envvar="JAX_PROCESS_ID", rich_help_panel="Hosts"),
    ] = None,
    **chosen: Any,
) -> None:
    """Fit a VAE to a data set, a file or a folder of images, and write a run folder with a report.

    [dim]elbax fit digits[/dim]   [dim]elbax fit table.csv --label species --latent-dim 3[/dim]
    """
    options = given({"data": data, **chosen})
    if hosts is not None:
        _join(hosts, num_processes, process_id, out or resume, heal)
    elif num_processes is not None or process_id is not None:
        raise InputError("--num-processes and --process-id need --hosts ADDRESS:PORT, or --hosts auto")
    if resume is not None:
        import_modules(options.pop("imports", ()))
        if options or out or config or preset:
            raise InputError(
                "--resume continues a run with its own settings; drop the data and all options but --import"
            )
        _run(resume, None, None, heal)
        return
    layers = [read_preset(preset)] if preset else []
    layers += [read_toml(config)] if config else []
    settings = RunConfig.of(*layers, options)
    import_modules(settings.imports or ())
    _run(None, settings, out, heal)


def _join(address: str, count: int | None, index: int | None, folder: Path | None, heal: bool) -> None:
    if folder is None:
        raise InputError("several processes need one folder: name it with --out, on a disk that they share")
    if heal:
        raise InputError("--heal fits in one process; drop it, or --hosts")
    from elbax.train.hosts import join

    join(address, count, index)


def _run(resume: Path | None, settings: RunConfig | None, out: Path | None, heal: bool) -> None:
    # JAX and scikit-learn take seconds to import: only when there is something to do.
    from elbax.cli.screens import show_refit, show_round, show_run
    from elbax.runs.folder import Run
    from elbax.runs.results import measure_run, write_metrics, write_report
    from elbax.train.hosts import is_first, leave

    run = Run.open(resume) if settings is None else Run.create(settings, out)
    hint = f"continue with: elbax fit --resume {run.folder}"
    try:
        vae = run.train()
        leave()
        if not is_first():
            return
        if heal:
            refit = run.heal(vae, show_round)
            vae, run = refit.best, Run.open(run.folder)
            show_refit(refit)
        metrics = measure_run(run, vae)
        write_metrics(run, metrics)
        if run.settings.report:
            write_report(run, vae)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(f"{error or 'stopped'}; {hint}" if run.folder.exists() else "") from error
    except TrainingError as error:
        raise TrainingError(f"{error} in {run.folder}") from error
    except HostLostError as error:
        raise HostLostError(f"{error}; {hint} in every process") from error
    show_run(run, vae, metrics)
