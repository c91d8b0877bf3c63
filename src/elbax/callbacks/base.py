"""Callbacks: functions of the `Progress`, with optional methods for the start and the end of a fit."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elbax.errors import InputError
from elbax.train.trainer import Progress

Callback = Callable[[Progress], None]


def check_callbacks(callbacks) -> tuple[Callback, ...]:
    """The callbacks as a tuple.

    Raises:
        InputError: one of them cannot be called.

    Example:
        >>> len(check_callbacks([print]))
        1
    """
    callbacks = tuple(callbacks) if isinstance(callbacks, list | tuple) else (callbacks,)
    for each in callbacks:
        if isinstance(each, type) or not callable(each):
            raise InputError(f"callbacks must be functions of one argument, the progress; got {each!r}")
    return callbacks


@contextmanager
def taking_part(callbacks: tuple[Callback, ...], settings: Mapping[str, Any]) -> Iterator[None]:
    """Call ``begin(settings)`` of each callback before a fit and ``end(error)`` after it, where they have them.

    ``error`` is what ended the fit, or None.
    """
    begun: list[Callback] = []
    failure: BaseException | None = None
    try:
        for each in callbacks:
            begun.append(each)
            if hasattr(each, "begin"):
                each.begin(settings)
        yield
    except BaseException as error:
        failure = error
        raise
    finally:
        for each in begun:
            if hasattr(each, "end"):
                each.end(failure)
