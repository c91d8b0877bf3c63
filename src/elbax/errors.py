"""The exceptions of elbax: each message is one sentence that a user can act on."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """An argument, column or row cannot be used; the message names it and suggests a remedy.

    Example:
        >>> import elbax
        >>> try:
        ...     elbax.load_data("digit")
        ... except InputError as error:
        ...     print("did you mean" in str(error))
        True
    """


class Interrupted(KeyboardInterrupt):
    """Training was stopped from the keyboard after ``epoch`` of ``epochs``; the state has been saved.

    Example:
        >>> str(Interrupted(3, 10))
        'stopped at epoch 3 of 10'
    """

    def __init__(self, epoch: int, epochs: int):
        super().__init__(f"stopped at epoch {epoch} of {epochs}")
        self.epoch, self.epochs = epoch, epochs


class MissingExtraError(ImportError):
    """An optional dependency is not installed; the message has the command that installs it.

    Example:
        >>> issubclass(MissingExtraError, ImportError)
        True
    """


class HostLostError(RuntimeError):
    """Another process of the same fit has ended or never connected; the last checkpoint holds the state.

    Example:
        >>> issubclass(HostLostError, RuntimeError)
        True
    """


class TrainingError(RuntimeError):
    """Training cannot continue; ``result`` holds the last good state, a `elbax.train.trainer.TrainResult`.

    Example:
        >>> issubclass(TrainingError, RuntimeError)
        True
    """

    result: object = None


class BoundError(ArithmeticError):
    """A bound on log p(x) is not a number, or higher than the likelihood allows; the message names the likely cause.

    Example:
        >>> issubclass(BoundError, ArithmeticError)
        True
    """


def reason_of(error: Exception) -> str:
    """An exception of other code in one line, with its type; an `InputError` without.

    Example:
        >>> reason_of(KeyError("a"))
        "KeyError: 'a'"
    """
    line = " ".join(str(error).split())
    return line if isinstance(error, InputError) else f"{type(error).__name__}: {line}"


_MANY = 30  # with more known names only the nearest is shown


def unknown_name(argument: str, name: object, known: Iterable[str]) -> InputError:
    """The error for an unknown name, with the nearest known one."""
    known = sorted(known)
    near = get_close_matches(str(name), known, n=1)
    if near and len(known) > _MANY:
        return InputError(f"unknown {argument} {name!r}; did you mean {near[0]!r}?")
    hint = f"did you mean {near[0]!r}? " if near else ""
    return InputError(f"unknown {argument} {name!r}; {hint}known: {', '.join(known)}")


def counted(n: int, noun: str) -> str:
    """A number of things for a message.

    Example:
        >>> counted(1, "epoch"), counted(2000, "row")
        ('1 epoch', '2,000 rows')
    """
    return f"{n:,} {noun}{'s' * (n != 1)}"


def one_of(names: Iterable[str]) -> str:
    """List names for a message.

    Example:
        >>> one_of([".npy", ".csv", ".png"])
        '.npy, .csv or .png'
    """
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
