"""The explorer's server."""

import secrets
import webbrowser

from elbax.explorer.page import Page
from elbax.web import Server, Token, check_served, hosts_of, is_loopback, open_socket

DEFAULT_PORT = 8642


def open_server(page: Page, host: str = "127.0.0.1", port: int | None = None) -> tuple[Server, str]:
    """A server of a page that is not started yet, and its address; beyond loopback the address has a token.

    Raises:
        MissingExtraError: FastAPI or uvicorn is not installed.
        InputError: the port is taken, or the host is no address of this machine.
    """
    check_served("the explorer")
    from elbax.explorer.app import make_app

    hosts = hosts_of(host)
    secret = None if is_loopback(host) else secrets.token_urlsafe(24)
    token = None if secret is None else Token(secret)
    server = Server(make_app(page, hosts, token), open_socket(host, port, DEFAULT_PORT))
    return server, server.address + ("/" if secret is None else f"/#token={secret}")


def show_address(address: str, browser: bool) -> None:
    """Print the address, and open it in a browser if wanted and possible."""
    print(f"explorer: {address}  (Ctrl-C ends it)", flush=True)
    if browser:
        webbrowser.open(address)
