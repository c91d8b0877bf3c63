"""The explorer in a notebook: the same page, whose requests travel as messages of the widget."""

from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from elbax.errors import BoundError, InputError, MissingExtraError
from elbax.explorer.packing import split
from elbax.explorer.page import Page
from elbax.explorer.session import Session


def make_widget(session: Session) -> Any:
    """A Jupyter widget that explores a session.

    Raises:
        MissingExtraError: anywidget is not installed.
    """
    if missing := [name for name in ("anywidget", "pydantic") if find_spec(name) is None]:
        raise MissingExtraError(f"explore in a notebook needs {' and '.join(missing)}: pip install elbax[widget]")
    import anywidget

    static = files("elbax.explorer").joinpath("static")

    class ExplorerWidget(anywidget.AnyWidget):
        _esm = static.joinpath("explorer.js").read_text(encoding="utf-8")
        _css = static.joinpath("explorer.css").read_text(encoding="utf-8")

    widget, page = ExplorerWidget(), Page(session)
    widget.on_msg(lambda widget, content, _: _reply(widget, page, content))
    return widget


def _reply(widget: Any, page: Page, content: Any) -> None:
    """Answer one message {"id", "name", "request"} by {"id", "reply"} with buffers, or {"id", "error"}."""
    from pydantic import ValidationError

    from elbax.explorer.operations import REQUESTS, answer

    try:
        request = REQUESTS[content["name"]].model_validate(content["request"])
        reply, buffers = split(answer(page, content["name"], request))
    except (InputError, BoundError, MissingExtraError, ValidationError, KeyError) as error:
        widget.send({"id": content.get("id"), "error": " ".join(str(error).split())})
        return
    widget.send({"id": content["id"], "reply": reply}, [buffer.tobytes() for buffer in buffers])
