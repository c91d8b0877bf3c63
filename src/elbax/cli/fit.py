"""`elbax fit`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from elbax.cli.app import app
from elbax.cli.explore import WatchedPage
from elbax.cli.options import integer, settings_of, settings_options
from elbax.errors import HostLostError, InputError, TrainingError
from elbax.runs.config import RunConfig, preset_names, read_preset, read_toml
from elbax.runs.imports import import_modules


def _run_option(text: str, *names: str, panel: str = "Run", **settings: Any) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=panel, **settings)


_INTEGER = {"parser": integer(0), "metavar": "INTEGER"}
_HOSTS_HELP = (
    "Fit together with other processes that run the same command: the address of the first, as in 10.0.0.1:1234, or "
    "auto for Slurm, Open MPI or Kubernetes. Needs --out."
)
_HEAL_HELP = "Diagnose the fit, refit with the remedy up to three times, keep the best."
_WATCH_HELP = "Show curves and the map on a local page while the model trains, then explore it, until Ctrl-C."
_PORT = {"parser": integer(0, 65535), "metavar": "INTEGER"}
_PRESET_HELP = f"Start from the settings of a preset: {', '.join(preset_names())}."


@app.command()
@settings_options
def fit(
    data: Annotated[
        str | None, typer.Argument(help="Name of a data set, or a file or folder.", show_default=False)
    ] = None,
    out: Annotated[Path | None, _run_option("Folder of the run; by default runs/DATA-1, -2, ….")] = None,
    resume: Annotated[
        Path | None, _run_option("Continue the run in this folder; takes no other settings but --import.")
    ] = None,
    config: Annotated[Path | None, _run_option("TOML file of settings; options override it.")] = None,
    preset: Annotated[str | None, _run_option(_PRESET_HELP)] = None,
    heal: Annotated[bool, _run_option(_HEAL_HELP, "--heal")] = False,
    watch: Annotated[bool, _run_option(_WATCH_HELP, "--watch")] = False,
    port: Annotated[int | None, _run_option("With --watch: the port to listen on.", **_PORT)] = None,
    browser: Annotated[bool, _run_option("With --watch: open the page in a browser.")] = True,
    hosts: Annotated[
        str | None,
        _run_option(_HOSTS_HELP, panel="Hosts", envvar="JAX_COORDINATOR_ADDRESS", metavar="ADDRESS:PORT"),
    ] = None,
    num_processes: Annotated[
        int | None, _run_option("Number of processes.", panel="Hosts", envvar="JAX_NUM_PROCESSES", **_INTEGER)
    ] = None,
    process_id: Annotated[
        int | None, _run_option("Index of this process, from 0.", panel="Hosts", envvar="JAX_PROCESS_ID", **_INTEGER)
    ] = None,
    **options: Any,
) -> None:
    """Fit a VAE to a data set, a file or a folder of images, and write a run folder with a report.

    [dim]elbax fit digits[/dim]   [dim]elbax fit table.csv --label species --latent-dim 3[/dim]
    """
    settings = settings_of({"data": data, **options})
    page = WatchedPage(port, browser) if watch else None
    if page is None and port is not None:
        raise InputError("--port is that of the page of --watch; add it, or drop --port")
    if hosts is not None:
        _join(hosts, num_processes, process_id, out or resume, heal or watch)
    elif num_processes is not None or process_id is not None:
        raise InputError("--num-processes and --process-id need --hosts ADDRESS:PORT, or --hosts auto")
    if resume is not None:
        import_modules(settings.pop("imports", ()))
        if settings or out or config or preset:
            raise InputError(
                "--resume continues a run with its own settings; drop the data and all options but --import"
            )
        _run(resume, None, None, heal, page)
        return
    layers = [read_preset(preset)] if preset else []
    layers += [read_toml(config)] if config else []
    merged = RunConfig.of(*layers, settings)
    import_modules(merged.imports or ())
    _run(None, merged, out, heal, page)


def _join(address: str, count: int | None, index: int | None, folder: Path | None, heal: bool) -> None:
    if folder is None:
        raise InputError("several processes need one folder: name it with --out, on a shared disk")
    if heal:
        raise InputError("--heal and --watch take one process; drop them, or --hosts")
    from elbax.train.hosts import join

    join(address, count, index)


def _run(
    resume: Path | None, settings: RunConfig | None, out: Path | None, heal: bool, page: WatchedPage | None
) -> None:
    # JAX and scikit-learn take seconds to import.
    from elbax.cli.screens import show_refit, show_round, show_run
    from elbax.runs.folder import Run
    from elbax.runs.results import measure_run, write_metrics, write_report
    from elbax.train.hosts import is_first, leave

    run = Run.open(resume) if settings is None else Run.create(settings, out)
    hint = f"continue with: elbax fit --resume {run.folder}"
    try:
        vae = run.train(() if page is None else page.begin(run))
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
    if page is not None:
        page.stay(run, vae)
