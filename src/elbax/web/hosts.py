"""Where a server listens, and the names that it goes by."""

import socket
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from elbax.errors import InputError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_EVERY = ("0.0.0.0", "::", "")
_MOST_PORTS = 50  # tried from the default one on


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def hosts_of(host: str, others: Iterable[str] = ()) -> frozenset[str]:
    """Names of a server that listens on a host: those of loopback, the host, and others; "*" stands for all.

    A page elsewhere that has its name resolve to this machine (DNS rebinding) still sends its own name.

    Example:
        >>> sorted(hosts_of("0.0.0.0", ["models.example"]))
        ['127.0.0.1', '::1', 'localhost', 'models.example']
    """
    own = () if host in _EVERY else (host.lower(),)
    return frozenset((*_LOOPBACK, *own, *(name.lower() for name in others)))


def host_name(netloc: str) -> str:
    """The name in a Host header without its port and brackets, in lower case; "" if it cannot be read.

    Example:
        >>> host_name("localhost:8000"), host_name("[::1]:80"), host_name("[")
        ('localhost', '::1', '')
    """
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def open_socket(host: str, port: int | None, default: int) -> socket.socket:
    """A listening socket on a port (0 for any), or without one on the first free port from the default one on.

    Raises:
        InputError: the port is taken, or the host is not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reason = ""
    for candidate in [port] if port is not None else [*range(default, default + _MOST_PORTS), 0]:
        try:
            return socket.create_server((host, candidate), family=family, backlog=2048)
        except (OSError, OverflowError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
    raise InputError(f"cannot listen on {host} port {candidate} ({reason}); choose another --port or --host")


def address_of(listening: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
