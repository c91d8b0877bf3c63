"""Imports of the user's own modules, which register parts."""

import sys
from collections.abc import Callable, Iterable
from functools import wraps
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import TypeVar

from elbax.errors import InputError, reason_of

Method = TypeVar("Method", bound=Callable)


def import_modules(names: Iterable[str]) -> None:
    """Import modules by name or from .py files, each once; InputError if one is missing or fails."""
    for name in names:
        try:
            if name.endswith(".py"):
                _import_file(Path(name).resolve())
            else:
                import_module(name)
        except Exception as error:  # the module's own code may raise anything
            raise InputError(f"cannot import {name}: {reason_of(error)}") from error


def with_imports_named(method: Method) -> Method:
    """Decorate a method of a run, so that its errors name imports of the run that this process lacks."""

    @wraps(method)
    def wrapped(run, *arguments):
        try:
            return method(run, *arguments)
        except InputError as error:
            missing = [name for name in run.settings.imports or () if not _is_imported(name)]
            if not missing:
                raise
            options = " ".join(f"--import {name}" for name in missing)
            raise InputError(f"{error}; the run was started with {options}") from error

    return wrapped


def _is_imported(name: str) -> bool:
    if not name.endswith(".py"):
        return name in sys.modules
    return getattr(sys.modules.get(Path(name).stem), "__file__", None) == name


def _import_file(path: Path) -> None:
    name, file = path.stem, str(path)
    if name in sys.modules:
        if getattr(sys.modules[name], "__file__", None) != file:
            raise InputError(f"another module named {name} is imported already; rename the file")
        return
    if not path.is_file():
        raise InputError("there is no such file")
    loader = SourceFileLoader(name, file)
    module = module_from_spec(spec_from_loader(name, loader))
    sys.modules[name] = module  # pickle looks for the file's classes here
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
