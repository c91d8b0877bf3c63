"""What stands between the network and an application: host, origin, token, and limits on bytes and seconds."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from elbax.web.exchange import Exchange
from elbax.web.hosts import host_name
from elbax.web.logs import LOGGER
from elbax.web.problems import Problem
from elbax.web.tokens import Token

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """An ASGI application around another one, which refuses requests that the other should not see.

    In this order: 421 for a Host header that is not among ``hosts`` (DNS rebinding), 403 for an Origin other than the
    server's own (there is no CORS), 401 without the token, 415 for a compressed body (which may be a bomb), 413 for one
    that is too long, 408 for one that takes too long to arrive, 503 for an answer that takes too long. Answers carry
    the usual security headers.

    Args:
        app: the application.
        hosts: names that the server goes by, without port, see `hosts_of`; "*" among them stands for all.
        most_bytes: of a request's body.
        seconds: in which a body must have arrived.
        answer_seconds: in which the answer must have been sent; None for no limit.
        token: the secret that requests bring as ``Authorization: Bearer …``; None for none.
        open_paths: paths that need no token; one that ends in "/" stands for all below it, but "/" for itself only.
        headers: further headers of every answer.
        observe: called with each `Exchange` at its end.
    """

    def __init__(
        self,
        app: Any,
        hosts: Collection[str],
        *,
        most_bytes: int,
        seconds: float = 30.0,
        answer_seconds: float | None = None,
        token: Token | None = None,
        open_paths: Collection[str] = (),
        headers: Mapping[str, str] | None = None,
        observe: Callable[[Exchange], None] = lambda exchange: None,
    ):
        self._app, self._hosts, self._token = app, frozenset(hosts), token
        self._most_bytes, self._seconds, self._answer_seconds = most_bytes, seconds, answer_seconds
        self._open_paths, self._observe = tuple(open_paths), observe
        fields = _HEADERS | dict(headers or {})
        self._headers = [(name.encode(), value.encode()) for name, value in fields.items()]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # uvicorn closes a connection that is not accepted
        exchange = Exchange.of(scope)
        body = _Body(receive, self._most_bytes, self._seconds, exchange)
        answer = _Answer(send, self._headers, exchange)
        try:
            await self._answer(scope, body, answer)
        finally:
            exchange.end()
            self._observe(exchange)

    async def _answer(self, scope: Any, body: "_Body", answer: "_Answer") -> None:
        clock = asyncio.timeout(self._answer_seconds)
        try:
            self._check(scope)
            async with clock:
                await self._app(scope, body, answer)
        except Problem as problem:
            await _refuse(problem, answer)
        except Exception as error:
            if isinstance(error, TimeoutError) and clock.expired():
                sentence = f"no answer within {self._answer_seconds:g} seconds; send fewer rows, or try later"
                await _refuse(Problem(503, sentence, {"Retry-After": "5"}), answer)
            elif not body.is_gone:
                facts = {"request_id": answer.exchange.request_id}
                logging.getLogger(LOGGER).exception("fault", extra={"facts": facts})
                await _refuse(Problem(500, "a fault of the server; its log has more under the request id"), answer)

    def _check(self, scope: Any) -> None:
        """Raise the `Problem` of a request that its head alone shows."""
        names = [name for name, _ in scope["headers"]]
        headers = dict(reversed(scope["headers"]))  # the first of several
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if names.count(b"host") != 1 or not self._knows(host):
            raise Problem(421, f"this server does not go by the name {host[:80]!r}")
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1").lower().partition("://")[2] != host:
            raise Problem(403, "pages of other origins may not ask this server")
        if self._token is not None and not self._is_open(scope["path"]) and not self._has_token(headers):
            raise Problem(
                401, "the token is missing or wrong; send Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"}
            )
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Problem(415, "send the body without compression", {"Accept-Encoding": "identity"})
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > self._most_bytes:
            raise _too_long(self._most_bytes)

    def _knows(self, host: str) -> bool:
        return "*" in self._hosts or host_name(host) in self._hosts

    def _is_open(self, path: str) -> bool:
        folders = (own for own in self._open_paths if own.endswith("/") and own != "/")
        return path in self._open_paths or any(path.startswith(own) for own in folders)

    def _has_token(self, headers: dict[bytes, bytes]) -> bool:
        scheme, _, given = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        assert self._token is not None  # who asks has looked
        return self._token.matches(given.strip()) and scheme.lower() == "bearer"


class _Body:
    """The receiving half of a request, counted."""

    def __init__(self, receive: Any, most: int, seconds: float, exchange: Exchange):
        self.receive, self.most, self.seconds, self.exchange = receive, most, seconds, exchange
        self.is_whole = self.is_gone = False

    async def __call__(self) -> Any:
        message = await self.receive() if self.is_whole else await self._part()
        if message["type"] == "http.request":
            self.exchange.bytes_in += len(message.get("body", b""))
            self.is_whole = not message.get("more_body", False)
            if self.exchange.bytes_in > self.most:
                raise _too_long(self.most)
        else:
            self.is_gone = True
        return message

    async def _part(self) -> Any:
        left = self.seconds - (time.perf_counter() - self.exchange.started)
        try:
            async with asyncio.timeout(left):
                return await self.receive()
        except TimeoutError as error:
            sentence = f"the body did not arrive within {self.seconds:g} seconds; send it faster"
            raise Problem(408, sentence, {"Connection": "close"}) from error


class _Answer:
    """The sending half, with the headers that every answer has, and counted."""

    def __init__(self, send: Any, headers: list[tuple[bytes, bytes]], exchange: Exchange):
        self.send, self.exchange, self.started = send, exchange, False
        self.headers = [*headers, (b"x-request-id", exchange.request_id.encode())]

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.started, self.exchange.status = True, message["status"]
            own = list(message.get("headers", ()))
            names = {name for name, _ in own}
            message = {**message, "headers": own + [pair for pair in self.headers if pair[0] not in names]}
        else:
            self.exchange.bytes_out += len(message.get("body", b""))
        await self.send(message)


async def _refuse(problem: Problem, answer: _Answer) -> None:
    if not answer.started:
        await problem.send(answer, answer.exchange.request_id)


def _too_long(most: int) -> Problem:
    return Problem(413, f"the body has more than {most:,} bytes; send fewer rows at a time", {"Connection": "close"})
