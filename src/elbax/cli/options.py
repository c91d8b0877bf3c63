"""Command-line options for the settings of a run."""

import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import Field, fields
from math import inf
from typing import Annotated, Any

import typer

from elbax.errors import InputError
from elbax.runs.config import RunConfig, kind, option_name

_ENTRIES = [entry for entry in fields(RunConfig) if entry.name != "data"]
_METAVARS = {int: "INTEGER", float: "FLOAT", tuple: "W,W,…"}  # of settings that are parsed here


def settings_options(command: Callable) -> Callable:
    """Replace the ``**options`` of a command by one option per setting, except the data."""
    signature = inspect.signature(command)
    own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [_parameter(entry) for entry in _ENTRIES]
    command.__signature__ = signature.replace(parameters=[*own, *options])
    command.__annotations__ = {p.name: p.annotation for p in (*own, *options)}
    return command


def settings_of(options: dict[str, Any]) -> dict[str, Any]:
    """The settings among the options that were used on the command line."""
    used = {name: value for name, value in options.items() if value is not None and value != []}
    kinds = {entry.name: kind(entry) for entry in _ENTRIES if kind(entry) in _METAVARS and entry.name in used}
    return used | {name: _parsed(name, type_, used[name]) for name, type_ in kinds.items()}


def integer(least: int, most: float = inf) -> Callable[[str], int]:
    """The parser of an option that takes an integer within limits."""

    def parse(text: str) -> int:
        number = _parsed("", int, text)
        if not isinstance(number, int) or not least <= number <= most:
            limits = f"of at least {least}" if most == inf else f"from {least} to {most}"
            raise typer.BadParameter(f"it must be an integer {limits}; got {text!r}")
        return number

    return parse


def _parameter(entry: Field) -> inspect.Parameter:
    name, type_ = option_name(entry), kind(entry)
    option = typer.Option(
        f"--{name}/--no-{name}" if type_ is bool else f"--{name}",
        help=_help(entry),
        rich_help_panel=entry.metadata["parameter"].group,
        show_default=False,
        metavar=_METAVARS.get(type_, "COLUMN=KIND,…" if type_ is dict else None),
    )
    annotation = Annotated[{list: list[str], bool: bool}.get(type_, str) | None, option]
    return inspect.Parameter(entry.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _help(entry: Field) -> str:
    # Unused options are None, so that a preset or a file can decide; help shows the default.
    text = entry.metadata["parameter"].text
    if entry.default is None:
        return text
    shown = {True: "on", False: "off"}[entry.default] if kind(entry) is bool else f"{entry.default}"
    return f"{text} [dim]\\[default: {shown}][/dim]"


def _parsed(name: str, type_: type, text: str) -> Any:
    """A number or widths; text that is no number as it is, so that the check of the setting says what it must be."""
    if type_ is tuple:
        return _widths(name, text)
    with suppress(ValueError):
        return type_(text)
    return text


def _widths(name: str, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(width) for width in text.split(",")) if text else ()
    except ValueError:
        raise InputError(f"{name} must be a list of layer widths such as 256,256; got {text!r}") from None
