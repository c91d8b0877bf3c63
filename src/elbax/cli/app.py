"""The Typer application, its exit codes, and `main`."""

import os
import sys
from typing import Annotated

import typer
from typer.core import TyperGroup

from elbax.errors import BoundError, HostLostError, InputError, MissingExtraError, TrainingError

_INTERRUPTED = 130


class _Group(TyperGroup):
    """Prints errors as one sentence; exit codes: 2 input, 1 training, bounds or a lost host, 130 Ctrl-C."""

    def invoke(self, ctx: typer.Context):
        try:
            return super().invoke(ctx)
        except (InputError, MissingExtraError) as error:
            _fail(str(error), 2)
        except (TrainingError, BoundError, HostLostError) as error:
            _fail(str(error), 1)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            _fail(f"{where}{(error.strerror or str(error)).lower()}", 2)
        except KeyboardInterrupt as error:
            _fail(str(error) or "interrupted", _INTERRUPTED)


def _fail(sentence: str, code: int) -> None:
    typer.echo(f"elbax: {' '.join(sentence.split())}", err=True)  # one line, even if it quotes several
    raise typer.Exit(code)


app = typer.Typer(
    name="elbax",
    cls=_Group,
    help="Variational autoencoders that work on your data, and say why when they don't.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"elbax {version('elbax')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Variational autoencoders that work on your data, and say why when they don't."""


def main() -> None:
    """Run the command line."""
    try:
        app()
    except SystemExit as ended:
        if ended.code == _INTERRUPTED or (ended.code and _has_other_hosts()):
            # JAX's threads may still run: Python's own exit would crash, or wait for a process that is gone.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(int(ended.code))
        raise


def _has_other_hosts() -> bool:
    jax = sys.modules.get("jax")
    return jax is not None and jax.distributed.is_initialized()
