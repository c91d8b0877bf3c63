"""What every page and service of elbax shares: who may ask, how much and for how long; how a server starts and ends."""

from elbax.web.exchange import Exchange
from elbax.web.guard import Guard
from elbax.web.hosts import hosts_of, is_loopback, open_socket
from elbax.web.logs import log_exchange
from elbax.web.problems import Problem
from elbax.web.server import Server, check_served
from elbax.web.tokens import Token, read_token

__all__ = [
    "Exchange",
    "Guard",
    "Problem",
    "Server",
    "Token",
    "check_served",
    "hosts_of",
    "is_loopback",
    "log_exchange",
    "open_socket",
    "read_token",
]
