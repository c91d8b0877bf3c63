"""The explorer's HTTP application: built assets, and one POST for each operation."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from elbax.errors import BoundError, InputError, MissingExtraError
from elbax.explorer.operations import MOST_BYTES, REQUESTS, answer
from elbax.explorer.packing import frame
from elbax.explorer.page import Page
from elbax.web import Guard, Problem, Token

ASSETS = {"index.html": "text/html", "page.js": "text/javascript", "explorer.js": "text/javascript"} | {
    "explorer.css": "text/css"
}
# regl writes its drawing commands as JavaScript, for which browsers want 'unsafe-eval'; no code but the page's own can
# be loaded, and nothing can be reached but the server. Its spatial index is made in a worker from a blob.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def make_app(page: Page, hosts: frozenset[str], token: Token | None = None) -> Guard:
    """The application behind the guard of its requests; without a token everybody on this machine may ask.

    Answers are frames of `packing`, or the record of a `Problem`.
    """
    from fastapi import FastAPI
    from fastapi.exceptions import RequestValidationError

    app = FastAPI(title="elbax explorer", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(RequestValidationError, _invalid)
    for kind in (InputError, MissingExtraError, BoundError):
        app.add_exception_handler(kind, _refuse)
    for name, model in REQUESTS.items():
        _add_operation(app, page, name, model)
    paths = {name: "/" if name == "index.html" else f"/{name}" for name in ASSETS}
    for name, media_type in ASSETS.items():
        app.add_api_route(paths[name], _asset(name, media_type), methods=["GET"])
    headers = {"content-security-policy": POLICY}
    return Guard(app, hosts, most_bytes=MOST_BYTES, token=token, open_paths=paths.values(), headers=headers)


def _asset(name: str, media_type: str) -> Callable[[], Any]:
    from fastapi.responses import Response

    content = files("elbax.explorer").joinpath("static", name).read_bytes()
    return lambda: Response(content, media_type=media_type)


def _add_operation(app: Any, page: Page, name: str, model: Any) -> None:
    from fastapi.responses import Response

    def operation(request):
        return Response(frame(answer(page, name, request)), media_type="application/octet-stream")

    operation.__annotations__ = {"request": model}
    app.add_api_route(f"/api/{name}", operation, methods=["POST"])


def _invalid(request: Any, error: Any) -> Any:
    first = error.errors()[0]
    return _refuse(request, ValueError(f"{'.'.join(map(str, first['loc'][1:])) or 'the request'}: {first['msg']}"))


def _refuse(request: Any, error: Exception) -> Any:
    from fastapi.responses import JSONResponse

    problem = Problem(422, " ".join(str(error).split()))
    body = problem.body(request.scope["state"]["exchange"].request_id)
    return JSONResponse(body, problem.status, media_type="application/problem+json")
