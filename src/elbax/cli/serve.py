"""`elbax serve`."""

from pathlib import Path
from typing import Annotated

import typer

from elbax.cli.app import app
from elbax.cli.options import integer
from elbax.cli.use import IMPORT

_PORT = 8000
_WHOLE = {"parser": integer(1), "metavar": "INTEGER"}


@app.command()
def serve(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, or of models.", show_default=False)],
    port: Annotated[
        int | None,
        typer.Option(
            help=f"Port; 0 for any, by default the first free one from {_PORT}.",
            parser=integer(0, 65_535),
            metavar="INTEGER",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; beyond this machine a token is needed.")
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Further names that clients call this server by; repeat for more.", show_default=False),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the token that clients must send; by default $ELBAX_TOKEN.", show_default=False),
    ] = None,
    most_rows: Annotated[int, typer.Option(help="Rows of one request or answer.", **_WHOLE)] = 10_000,
    most_bytes: Annotated[int, typer.Option(help="Bytes of one request.", **_WHOLE)] = 16 * 2**20,
    seconds: Annotated[float, typer.Option(help="Time of one request.", min=0.1)] = 30.0,
    imports: IMPORT = None,
) -> None:
    """Answer over HTTP: encode, reconstruct, score, sample, impute, complete, diagnose.

    [dim]elbax serve runs/people-1 --port 8000[/dim]
    """
    from elbax.web import Guard, Server, check_served, hosts_of, is_loopback, open_socket, read_token

    check_served("elbax serve")
    token = read_token(token_file, needed=not is_loopback(host))
    from elbax.service import OPEN_PATHS, ServedModel, Service

    models = [ServedModel.open(run) for run in runs]
    service = Service(models, most_rows=most_rows, token=token is not None)
    guard = Guard(
        service,
        hosts_of(host, allow_host or ()),
        most_bytes=most_bytes,
        seconds=seconds,
        answer_seconds=seconds,
        token=token,
        open_paths=OPEN_PATHS,
        headers={"content-security-policy": "default-src 'none'; frame-ancestors 'none'"},
        observe=service.observe,
    )
    server = Server(guard, open_socket(host, port, _PORT), seconds=int(seconds) + 1, log_level="INFO")
    names = ", ".join(f"/models/{model.name}" for model in models)
    server.run(lambda: typer.echo(f"{server.address}: {names} (Ctrl-C ends)"))
