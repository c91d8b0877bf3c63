"""Errors of HTTP as one record, in the form of RFC 9457."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

_TYPE = b"application/problem+json"


class Problem(Exception):
    """A request that cannot be answered: status, one sentence, and further headers.

    Example:
        >>> problem = Problem(404, "there is no model 'x'; known: 'people'")
        >>> problem.status, problem.body("7")["title"]
        (404, 'Not Found')
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None):
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})

    def body(self, request_id: str) -> dict[str, Any]:
        """The record that the client gets."""
        title = HTTPStatus(self.status).phrase
        return {"title": title, "status": self.status, "detail": self.detail, "request_id": request_id}

    async def send(self, send: Any, request_id: str) -> None:
        """Answer with the record, as an ASGI application does."""
        body = json.dumps(self.body(request_id)).encode()
        headers = [(b"content-type", _TYPE), (b"content-length", str(len(body)).encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
