"""The exceptions elbax raises on purpose: each message is one sentence a user can act on."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "HostLostError",
    "InputError",
    "Interrupted",
    "MissingExtraError",
    "TrainingError",
<<<<<<< 0ed7038d52b864319f6051cea7ee7967457b6b5d
=======
    "check_count",
    "reason_of",
>>>>>>> 8ea5534f8553f8a70e63ba7cb15767ea0c8b7902
    "unknown_name",
]


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


<<<<<<< 0ed7038d52b864319f6051cea7ee7967457b6b5d
=======
def check_count(name: str, value: object, least: int = 1) -> None:
    """Make sure that a setting is a whole number of at least ``least``.

    Raises:
        InputError: it is not.

    Example:
        >>> check_count("n_samples", 3)
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} must be a whole number of at least {least}; got {value!r}")


def reason_of(error: Exception) -> str:
    """Write an error of somebody else's code in one line, with its type; errors of elbax speak for themselves.

    Example:
        >>> reason_of(KeyError("a"))
        "KeyError: 'a'"
    """
    line = " ".join(str(error).split())
    return line if isinstance(error, InputError) else f"{type(error).__name__}: {line}"


>>>>>>> 8ea5534f8553f8a70e63ba7cb15767ea0c8b7902
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
