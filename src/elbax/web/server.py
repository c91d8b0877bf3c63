"""Running an application: uvicorn with limits on connections, and an end that lets requests finish."""

import signal
import socket
from collections.abc import Callable
from importlib.util import find_spec
from threading import Thread
from time import monotonic, sleep
from typing import Any

from elbax.errors import MissingExtraError
from elbax.web.hosts import address_of
from elbax.web.logs import logging_config

_NEEDED = ("fastapi", "uvicorn", "httptools", "prometheus_client", "pyarrow")
_STARTED = 20.0  # seconds at most


def check_served(purpose: str) -> None:
    """Check that the libraries of a server are installed; MissingExtraError if not."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise MissingExtraError(f"{purpose} needs {' and '.join(missing)}: pip install elbax[serve]")


class Server:
    """An ASGI application on a socket.

    Args:
        app: the application, such as a `Guard`.
        listening: from `open_socket`.
        seconds: that open requests get to finish when the server stops.
        head_seconds: for the head of a request to arrive, and for a client to read an answer.
        log_level: of the lines of JSON on standard error.
        options: further settings of uvicorn.
    """

    def __init__(
        self,
        app: Any,
        listening: socket.socket,
        *,
        seconds: int = 5,
        head_seconds: float = 10.0,
        log_level: str = "WARNING",
        **options: Any,
    ):
        import uvicorn

        from elbax.web.connection import connection_class

        settings: dict[str, Any] = {"ws": "none", "lifespan": "on", "access_log": False, "server_header": False}
        settings |= {"http": connection_class(head_seconds), "log_config": logging_config(log_level)}
        settings |= {"limit_concurrency": 512, "timeout_keep_alive": 30, "timeout_graceful_shutdown": seconds}
        self._socket = listening
        self._server = uvicorn.Server(uvicorn.Config(app, proxy_headers=False, **(settings | options)))
        self._thread: Thread | None = None

    @property
    def address(self) -> str:
        """The URL of the server."""
        return address_of(self._socket)

    def run(self, started: Callable[[], None] | None = None) -> None:
        """Serve until Ctrl-C or a signal to end; ``started`` is called first."""
        if started is not None:
            started()
        # uvicorn raises the signal again once it has ended: being asked to end is no failure.
        before = {sign: signal.signal(sign, lambda *_: None) for sign in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._server.run(sockets=[self._socket])
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)
            self._socket.close()

    def start(self) -> None:
        """Serve in a thread, beside other work."""
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        end = monotonic() + _STARTED
        while not self._server.started and self._thread.is_alive() and monotonic() < end:
            sleep(0.01)

    def wait(self) -> None:
        """Wait for the server of `start` to end; Ctrl-C ends it."""
        assert self._thread is not None  # of `start`
        try:
            while self._thread.is_alive():
                self._thread.join(0.5)
        except KeyboardInterrupt:
            self.stop()

    def stop(self) -> None:
        """End the server of `start`."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(10)
        self._socket.close()
