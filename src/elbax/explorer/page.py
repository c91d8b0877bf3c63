"""What a page shows: a model that trains, or a finished one."""

from threading import Thread, main_thread
from typing import Any

from elbax.explorer.forms import warm_up_form
from elbax.explorer.session import Session
from elbax.explorer.watch import Watch


class Page:
    """Shows a fit while it runs, and its model once it is there.

    Attributes:
        session: the finished model with its rows; None while it trains.
        watch: records the fit; None where there is none to watch.
    """

    def __init__(self, session: Session | None = None, watch: Watch | None = None):
        self.session, self.watch = session, watch

    def open(self, session: Session) -> None:
        """Show a finished model; what takes longest to compile is compiled in a thread, before it is asked for."""
        session.warm_up()
        self.session = session
        Thread(
            target=_warm_up, args=(session,)
        ).start()  # Python's end waits for it: XLA aborts a process amid its work

    def describe(self) -> dict[str, Any]:
        """What a page needs before anything else while the model trains."""
        return {"status": "training", "title": "" if self.watch is None else self.watch.title}

    def progress(self, epoch: int) -> dict[str, Any]:
        """The curves from an epoch on, and the map; "ready" once the model is there."""
        if self.session is not None or self.watch is None:
            return {"status": "ready"}
        return {"status": "training", **self.watch.progress(epoch)}


def _warm_up(session: Session) -> None:
    for compile_step in (session.warm_up_paths, lambda: warm_up_form(session)):
        if main_thread().is_alive():  # else the process is about to end
            compile_step()
