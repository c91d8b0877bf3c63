"""`elbax explore`."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from elbax.cli.app import app
from elbax.cli.options import integer
from elbax.cli.use import IMPORT, RUN

PORT = Annotated[
    int | None,
    typer.Option(
        help="Port to listen on; 0 for any, by default the first free one from 8642 on.",
        parser=integer(0, 65535),
        metavar="INTEGER",
        show_default=False,
    ),
]
HOST = Annotated[str, typer.Option(help="Address to listen on. Beyond this machine, the printed address has a token.")]
BROWSER = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")]


@app.command()
def explore(
    run: RUN, port: PORT = None, host: HOST = "127.0.0.1", browser: BROWSER = True, imports: IMPORT = None
) -> None:
    """Open a page on a run's model: its map, live decoding, odd rows, what-if."""
    from elbax.explorer import Page, open_server
    from elbax.explorer.serve import show_address
    from elbax.runs.exploring import session_of
    from elbax.runs.folder import Run

    opened, page = Run.open(run), Page()
    server, address = open_server(page, host, port)  # a port that is taken is no surprise after a minute's work
    page.open(session_of(opened, opened.load()))
    server.run(lambda: show_address(address, browser))


@dataclass
class WatchedPage:
    """The page of `elbax fit --watch`: it shows the fit, and then its model.

    Attributes:
        port: to listen on, or None for the first free one.
        browser: whether to open the page in a browser.
    """

    port: int | None
    browser: bool

    def __post_init__(self):
        from elbax.web import check_served

        check_served("--watch")

    def begin(self, run: Any) -> tuple[Any, ...]:
        """Open the page of a run that is to be trained; return the callback that records the fit."""
        from elbax.explorer import Page, open_server
        from elbax.explorer.serve import show_address
        from elbax.runs.exploring import watch_of

        self._page = Page(watch=watch_of(run))
        self._server, address = open_server(self._page, port=self.port)
        self._server.start()
        show_address(address, self.browser)
        return (self._page.watch,)

    def stay(self, run: Any, vae: Any) -> None:
        """Show the trained model until Ctrl-C."""
        from elbax.runs.exploring import session_of

        self._page.open(session_of(run, vae))
        self._server.wait()
