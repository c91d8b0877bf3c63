"""One request and its answer, as logs and metrics see it."""

import re
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass
class Exchange:
    """What is known of one request when its answer has been sent; nothing of what it holds.

    Attributes:
        request_id: that of the header ``X-Request-ID`` if it is plain, else a new one.
        method, path: of the request.
        status: of the answer; 499 if the client left before.
        seconds: from the head of the request to the end of the answer.
        bytes_in, bytes_out: lengths of the two bodies.
        facts: what the application adds, such as the number of rows.
    """

    request_id: str
    method: str
    path: str
    status: int = 499
    seconds: float = 0.0
    bytes_in: int = 0
    bytes_out: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    @classmethod
    def of(cls, scope: Any) -> "Exchange":
        """Begin with a request's ASGI scope, in which the exchange is then found as ``scope["state"]["exchange"]``."""
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given.decode() if _ID.fullmatch(given) else uuid4().hex
        exchange = cls(request_id, scope["method"], scope["path"])
        scope.setdefault("state", {})["exchange"] = exchange
        return exchange

    def end(self) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self.started
