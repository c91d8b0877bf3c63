"""The exceptions elbax raises on purpose: each message is one sentence a user can act on."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Something given to elbax cannot be used; the message names it and says what to do."""


class Interrupted(KeyboardInterrupt):
    """Training was stopped from the keyboard after ``epoch`` of ``epochs``; the state has been saved."""

    def __init__(self, epoch: int, epochs: int):
        super().__init__(f"stopped at epoch {epoch} of {epochs}")
        self.epoch, self.epochs = epoch, epochs


class MissingExtraError(ImportError):
    """An optional dependency is not installed; the message says what to install."""


class HostLostError(RuntimeError):
    """Another process of the same fit has ended or never came; a checkpoint holds the state, where there is one."""


class TrainingError(RuntimeError):
    """Training cannot go on; ``fitted`` holds the last good state."""

    fitted: object = None


def reason_of(error: Exception) -> str:
    """Write an exception raised by other code in one line, with its type; errors of elbax keep their own words.

    Example:
        >>> reason_of(KeyError("a"))
        "KeyError: 'a'"
    """
    line = " ".join(str(error).split())
    return line if isinstance(error, InputError) else f"{type(error).__name__}: {line}"


_MANY = 30  # names that nobody reads where one is meant


def unknown_name(argument: str, name: object, known: Iterable[str]) -> InputError:
    """Build the error for a name that is not among the known ones, with the nearest match.

    Example:
        >>> unknown_name("likelihood", "bernouli", ["bernoulli", "normal"])
        InputError("unknown likelihood 'bernouli'; did you mean 'bernoulli'? known: bernoulli, normal")
    """
    known = sorted(known)
    near = get_close_matches(str(name), known, n=1)
    if near and len(known) > _MANY:
        return InputError(f"unknown {argument} {name!r}; did you mean {near[0]!r}?")
    hint = f"did you mean {near[0]!r}? " if near else ""
    return InputError(f"unknown {argument} {name!r}; {hint}known: {', '.join(known)}")


def one_of(names: Iterable[str]) -> str:
    """List names for a message.

    Example:
        >>> one_of([".npy", ".csv", ".png"])
        '.npy, .csv or .png'
    """
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
