"""Messages for whoever watches, on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


def say(sentence: str) -> None:
    """Print one sentence."""
    Console(stderr=True).print(sentence, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def showing_steps(task: str, *, enabled: bool) -> Iterator[Callable[[str], None]]:
    """A function to call with the name of each step of a task; while it lasts, a terminal shows which step it is."""
    if not enabled:
        yield lambda step: None
        return
    with Console(stderr=True).status(task) as status:
        yield lambda step: status.update(f"{task}: {step}")
