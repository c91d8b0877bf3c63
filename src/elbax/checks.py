"""Checks of settings and arguments; errors are one sentence."""

import sys
from collections.abc import Iterable
from math import inf, isfinite
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import Any

from elbax.errors import InputError, unknown_name

LARGEST_SEED = 2**32 - 1


def check_integer(name: str, value: object, least: int = 1, example: str = "", *, also: str = "") -> int:
    """An integer of at least ``least`` as an int, else InputError with the ``example`` and what is ``also`` allowed."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        wanted = f"an integer of at least {least}{also and f', or {also}'}{_as_in(example)}"
        raise InputError(f"{name} must be {wanted}; got {value!r}")
    return int(value)


def check_number(
    name: str, value: object, example: str = "", least: float = -inf, most: float = inf, *, wanted: str = ""
) -> float:
    """Return a finite number from ``least`` to ``most`` as a float.

    Else InputError, with the ``example`` and the requirement, or ``wanted``.
    """
    number = isinstance(value, Real) and not isinstance(value, bool)
    if number and least <= value <= most and isfinite(value):
        return float(value)
    limits = "" if least == -inf else f" of at least {least:g}"
    wanted = wanted or f"a number{limits if most == inf else f' from {least:g} to {most:g}'}"
    raise InputError(f"{name} must be {wanted}{_as_in(example)}; got {value!r}")


def check_seed(name: str, value: object) -> Any:
    """Return None, an integer from 0 to 2³² - 1 as an int, or a NumPy random state; InputError for anything else."""
    if value is None or type(value).__name__ == "RandomState" or value is sys.modules.get("numpy.random"):
        return value
    if not isinstance(value, Integral) or isinstance(value, bool) or not 0 <= value <= LARGEST_SEED:
        raise InputError(
            f"{name} must be None, an integer from 0 to {LARGEST_SEED}, or a numpy.random.RandomState; got {value!r}"
        )
    return int(value)


def check_path(name: str, value: object) -> Path:
    """Return the path of a file or folder; InputError if it is neither text nor a path."""
    if not isinstance(value, str | PathLike):
        raise InputError(f"{name} must be the path of a folder; got {value!r}")
    return Path(value)


def check_flag(name: str, value: object) -> bool:
    """Return a boolean; InputError if it is anything else, numbers included."""
    if type(value).__name__ not in ("bool", "bool_"):  # NumPy's too, without importing it
        raise InputError(f"{name} must be true or false; got {value!r}")
    return bool(value)


def check_choice(name: str, value: object, known: Iterable[str]) -> str:
    """Return a known name; if it is unknown, InputError with the nearest match."""
    if not isinstance(value, str) or value not in known:
        raise unknown_name(name, value, known)
    return value


def check_widths(name: str, value: object, example: str = "", *, least: int = 1) -> tuple[int, ...]:
    """Return layer widths, at least ``least`` of them, as a tuple of ints; InputError if it is anything else."""
    if not isinstance(value, tuple | list) or len(value) < least or not all(map(_is_width, value)):
        raise InputError(f"{name} must be a list of layer widths of at least 1{_as_in(example)}; got {value!r}")
    return tuple(int(width) for width in value)


def _is_width(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= 1


def _as_in(example: str) -> str:
    return f", as in {example}" if example else ""
