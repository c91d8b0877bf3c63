"""Callbacks: functions of the `Progress`, with optional methods `read`, `begin` and `end`; helpers for trackers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from elbax.errors import InputError, MissingExtraError
from elbax.train.trainer import Progress
from elbax.types import Batch

Callback = Callable[[Progress], None]

CURVES = ("loss", "reconstruction", "kl")  # nats per row, of training and validation rows


def check_callbacks(callbacks) -> tuple[Callback, ...]:
    """The callbacks as a tuple; InputError if one cannot be called."""
    callbacks = tuple(callbacks) if isinstance(callbacks, list | tuple) else (callbacks,)
    for callback in callbacks:
        if isinstance(callback, type) or not callable(callback):
            raise InputError(f"callbacks must be functions of one argument, the progress; got {callback!r}")
    return callbacks


def let_read(callbacks: tuple[Callback, ...], encode: Callable[..., Batch]) -> None:
    """Call the callbacks' ``read(encode)``; ``encode(X, context=None)`` turns rows into those of the model."""
    for callback in callbacks:
        if hasattr(callback, "read"):
            callback.read(encode)


@contextmanager
def callbacks_running(callbacks: tuple[Callback, ...], settings: Mapping[str, Any]) -> Iterator[None]:
    """Call the callbacks' ``begin(settings)`` before a fit and ``end(error)`` after it; the error may be None."""
    begun: list[Callback] = []
    failure: BaseException | None = None
    try:
        for callback in callbacks:
            begun.append(callback)
            if hasattr(callback, "begin"):
                callback.begin(settings)
        yield
    except BaseException as error:
        failure = error
        raise
    finally:
        for callback in begun:
            if hasattr(callback, "end"):
                callback.end(failure)


def check_installed(tracker: str, *modules: str) -> None:
    """Check that the libraries of a tracker are installed; MissingExtraError if one is missing."""
    if missing := [name for name in modules if find_spec(name) is None]:
        raise MissingExtraError(f"tracking with {tracker} needs {' and '.join(missing)}: pip install elbax[trackers]")
