"""Messages on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


def print_message(sentence: str) -> None:
    """Print one sentence."""
    Console(stderr=True).print(sentence, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def step_status(task: str, *, enabled: bool) -> Iterator[Callable[[str], None]]:
    """Show a task's current step on a terminal; yields a function to call with the name of each step."""
    if not enabled:
        yield lambda step: None
        return
    with Console(stderr=True).status(task) as status:
        yield lambda step: status.update(f"{task}: {step}")
