"""The HTTP application of a service."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pyarrow as pa
import pydantic_core
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from elbax.errors import BoundError, InputError
from elbax.service import arrow
from elbax.service.batching import Batcher
from elbax.service.document import describe, document
from elbax.service.metrics import MEDIA_TYPE as METRICS_TYPE
from elbax.service.metrics import Metrics
from elbax.service.model import ServedModel
from elbax.service.requests import Operation, operations_of
from elbax.service.warm_up import warm_up
from elbax.web import Exchange, Problem, log_exchange

OPEN_PATHS = ("/health", "/ready")  # need no token
_JSON = "application/json"
_MAY_CONFLICT = ("sample", "impute", "complete", "diagnose")  # valid values that do not go together: 409


class Service:
    """An ASGI application that answers for fitted models.

    Args:
        models: the models, each with a name of its own.
        most_rows: of one request or answer.
        most_waiting: rows that may wait for their turn.
        token: whether OpenAPI says that requests need one.
        warm: whether to compile all programs at the start; ``/ready`` answers 503 until that is done.

    Raises:
        InputError: two models have the same name.
    """

    def __init__(
        self,
        models: Sequence[ServedModel],
        *,
        most_rows: int = 10_000,
        most_waiting: int = 100_000,
        token: bool = False,
        warm: bool = True,
    ):
        self.models = {model.name: model for model in models}
        if len(self.models) < len(models):
            raise InputError("two of the models have the same folder name; rename one, as names are part of addresses")
        self.most_rows, self._warm = most_rows, warm
        self.metrics, self.is_ready = Metrics(), False
        self._fault = ""  # of compiling the models
        self._fast = Batcher(most_waiting, self.metrics.batch)
        self._slow = Batcher(most_waiting)  # of what takes seconds
        operations = {name: operations_of(model, most_rows) for name, model in self.models.items()}
        self.app = Starlette(lifespan=self._lifespan)
        self.app.router.redirect_slashes = False
        self._add_routes(operations)
        self.document = document(self.models, operations, token=token)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, as an ASGI application."""
        await self.app(scope, receive, send)

    def observe(self, exchange: Exchange) -> None:
        """Count and log one exchange, for `Guard`."""
        self.metrics.exchange(exchange)
        log_exchange(exchange)

    def _add_routes(self, operations: dict[str, dict[str, Operation]]) -> None:
        pages = {
            "/health": lambda: {"status": "ok"},
            "/ready": self._readiness,
            "/openapi.json": lambda: self.document,
            "/models": lambda: {"models": [describe(model) for model in self.models.values()]},
        }
        for path, page in pages.items():
            self.app.add_route(path, partial(_page, page), methods=["GET"])
        self.app.add_route("/metrics", self._metrics, methods=["GET"])
        for name, own in operations.items():
            self.app.add_route(f"/models/{name}", partial(_page, partial(describe, self.models[name])), methods=["GET"])
            for operation in own.values():
                answer = partial(self._answer, self.models[name], operation)
                self.app.add_route(f"/models/{name}/{operation.name}", answer, methods=["POST"])
        for error in (HTTPException, Problem, Exception):
            self.app.add_exception_handler(error, _as_problem)

    async def _answer(self, model: ServedModel, operation: Operation, request: Request) -> Response:
        exchange: Exchange = request.scope["state"]["exchange"]
        exchange.facts |= {"model": model.name, "operation": operation.name}
        wants_arrow = _wants_arrow(request.headers.get("accept"), operation)
        table, options = await self._read(operation, request)
        exchange.facts["rows"] = options.get("n", 1) if table is None else table.num_rows
        try:
            answer = await self._compute(model, operation, table, options, request)
        except (InputError, BoundError) as error:
            raise Problem(409 if operation.name in _MAY_CONFLICT else 422, str(error)) from error
        if wants_arrow:
            return Response(arrow.write_stream(answer), media_type=arrow.MEDIA_TYPE)
        return Response(operation.write_json(answer), media_type=_JSON)

    async def _compute(self, model: ServedModel, operation: Operation, table: Any, options: dict, request: Request):
        if operation.name == "sample":
            return await self._fast.alone(partial(model.sample, **options))
        if operation.name == "diagnose":
            return await self._slow.alone(partial(model.diagnose, table))
        if table.num_rows * options.get("n", 1) > self.most_rows:
            raise Problem(413, f"an answer has at most {self.most_rows:,} rows; ask for fewer draws or send fewer rows")
        call = model.calls()[operation.name]
        key = (model.name, operation.name, *sorted(options.items()))
        return await self._fast.rows(key, partial(call, **options), table, request.is_disconnected)

    async def _read(self, operation: Operation, request: Request) -> tuple[pa.Table | None, dict[str, Any]]:
        """The rows of a request, or None, and its options."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = await request.body()
        if kind == _JSON:
            return operation.read_json(body)
        if kind == arrow.MEDIA_TYPE and operation.name != "sample":
            return operation.read_arrow(body, request.url.query, self.most_rows)
        kinds = _JSON if operation.name == "sample" else f"{_JSON}, {arrow.MEDIA_TYPE}"
        raise Problem(415, f"send a body of type {kinds}", {"Accept": kinds})

    def _readiness(self) -> dict[str, str]:
        if self._fault:
            raise Problem(503, f"the models cannot be compiled: {self._fault}")
        if not self.is_ready:
            raise Problem(503, "the models are still being compiled", {"Retry-After": "1"})
        return {"status": "ready"}

    async def _metrics(self, request: Request) -> Response:
        return Response(self.metrics.text(self._fast.waiting_rows), media_type=METRICS_TYPE)

    @asynccontextmanager
    async def _lifespan(self, app: Starlette):
        task = asyncio.create_task(self._prepare())
        yield
        self.is_ready = False
        task.cancel()
        await self._fast.close()
        await self._slow.close()

    async def _prepare(self) -> None:
        log = logging.getLogger("elbax.web")
        for model in self.models.values() if self._warm else ():
            try:
                await self._fast.alone(partial(warm_up, model))
            except Exception as error:  # which nobody awaits: the server answers, and says that it is not ready
                self._fault = f"{model.name}: {error}"
                log.error("not compiled", exc_info=True, extra={"facts": {"model": model.name}})
                return
            log.info("compiled", extra={"facts": {"model": model.name}})
        self.is_ready = True


async def _page(content: Any, request: Request) -> Response:
    return Response(pydantic_core.to_json(content()), media_type=_JSON)


async def _as_problem(request: Request, error: Exception) -> Response:
    """Errors in the one form of all: also Starlette's own, of paths and methods, and faults."""
    if isinstance(error, HTTPException):
        words = {404: "there is no such path; GET /models lists what there is", 405: "this path takes another method"}
        error = Problem(error.status_code, words.get(error.status_code, str(error.detail)), error.headers)
    elif not isinstance(error, Problem):
        error = Problem(500, "a fault of the server; its log has more under the request id")
    exchange: Exchange = request.scope["state"]["exchange"]
    body = pydantic_core.to_json(error.body(exchange.request_id))
    return Response(body, error.status, error.headers, "application/problem+json")


def _wants_arrow(accept: str | None, operation: Operation) -> bool:
    """Whether the answer is an Arrow stream; 406 if the client takes neither that nor JSON."""
    kinds = [part.partition(";")[0].strip().lower() for part in (accept or "*/*").split(",")]
    known = {_JSON, "application/*", "*/*", "application/problem+json"}
    if arrow.MEDIA_TYPE in kinds and operation.name != "diagnose":
        return True
    if not known.intersection(kinds):
        raise Problem(406, f"answers are {_JSON} or {arrow.MEDIA_TYPE}")
    return False
