"""What a page may ask: request models with their limits, and the answer of each."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, FiniteFloat

from elbax.errors import InputError
from elbax.explorer import answers
from elbax.explorer.contexts import read_context
from elbax.explorer.describe import describe
from elbax.explorer.forms import fill, row_values
from elbax.explorer.page import Page
from elbax.explorer.session import Session

MOST_BYTES = 48 * 2**20  # of a request, and so of a dropped file, which travels in base64
_Text = Annotated[str, Field(max_length=10_000)]
_Value = FiniteFloat | bool | _Text | None
_Point = Annotated[list[FiniteFloat], Field(min_length=1, max_length=4096)]


class Request(BaseModel):
    """A request; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Request):
    """No arguments."""


class Since(Request):
    """Epochs that the page has already."""

    epoch: Annotated[int, Field(ge=0)] = 0


class Positions(Request):
    """Axes of the map."""

    axes: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=2)]


class Colors(Request):
    """What colors rows."""

    by: Annotated[str, Field(max_length=1000)]


class Row(Request):
    """One row of the map."""

    row: Annotated[int, Field(ge=0)]


class Selection(Request):
    """Rows of the map, as bits."""

    bits: Base64Bytes

    def rows(self, session: Session) -> np.ndarray:
        """Their positions; InputError if there are none, or there is not one bit for each row."""
        n = len(session.rows)
        bits = np.unpackbits(np.frombuffer(self.bits, np.uint8), bitorder="little")
        if not n <= len(bits) < n + 8 or bits[n:].any():
            raise InputError(f"a selection has one bit for each of the {n:,} rows")
        rows = np.flatnonzero(bits[:n])
        if not len(rows):
            raise InputError("no row is selected; draw around some points")
        return rows


class Shown(Selection):
    """Rows of a selection to show."""

    start: Annotated[int, Field(ge=0)] = 0
    count: Annotated[int, Field(ge=1, le=200)] = 50


class Export(Selection):
    """A selection as a file."""

    kind: Literal["csv", "parquet"]


class InContext(Request):
    """The context of a conditional model: values by name, or a row that has it."""

    context: Annotated[dict[_Text, _Value], Field(max_length=1000)] | None = None
    context_row: Annotated[int, Field(ge=0)] | None = None

    def read(self, session: Session) -> Any:
        """The context as the estimator takes it."""
        row = None if self.context_row is None else _row(session, self.context_row)
        return read_context(session, self.context, row)


class Points(InContext):
    """Latent points."""

    points: Annotated[list[_Point], Field(min_length=1, max_length=100)]

    def array(self, session: Session) -> np.ndarray:
        """The points, (k, latent_dim)."""
        if any(len(point) != session.latent_dim for point in self.points):
            raise InputError(f"a latent point has {session.latent_dim} numbers")
        return np.array(self.points, np.float32)


class Path(Points):
    """A path through latent points."""

    steps: Annotated[int, Field(ge=2, le=120)] = 12
    kind: Literal["linear", "spherical"] = "linear"
    closed: bool = False


class Near(Request):
    """A latent point whose neighbors are wanted."""

    point: _Point
    count: Annotated[int, Field(ge=1, le=60)] = 12


class Count(Request):
    """How many."""

    count: Annotated[int, Field(ge=1, le=60)] = 20


class Form(InContext):
    """The values of one row by column; gaps are null, "" or left out."""

    values: Annotated[dict[_Text, _Value], Field(max_length=1000)]


class File(Request):
    """A file whose rows are placed on the map."""

    name: Annotated[str, Field(max_length=255)]
    content: Base64Bytes


def _row(session: Session, row: int) -> int:
    if row >= len(session.rows):
        raise InputError(f"there is no row {row:,}; the map has {len(session.rows):,}")
    return row


def _positions(session: Session, request: Positions) -> Any:
    if max(request.axes) >= session.latent_dim:
        raise InputError(f"axes are latents 0 to {session.latent_dim - 1}; got {request.axes}")
    return answers.positions(session, request.axes)


def _near(session: Session, request: Near) -> Any:
    if len(request.point) != session.latent_dim:
        raise InputError(f"a latent point has {session.latent_dim} numbers")
    return answers.neighbors(session, np.array(request.point, np.float32), request.count)


def _path(session: Session, request: Path) -> Any:
    points = request.array(session)
    return answers.path(session, points, request.steps, request.kind, request.closed, request.read(session))


def _shown(session: Session, request: Shown) -> Any:
    rows = request.rows(session)
    return {"n": len(rows), **answers.show_rows(session, rows[request.start :][: request.count])}


OPERATIONS: dict[str, tuple[type[Request], Callable[[Session, Any], Any]]] = {
    "describe": (Nothing, lambda session, _: describe(session)),
    "positions": (Positions, _positions),
    "colors": (Colors, lambda session, request: session.colors(request.by)),
    "row": (Row, lambda session, request: answers.show_pair(session, _row(session, request.row))),
    "rows": (Shown, _shown),
    "decode": (Points, lambda session, request: answers.decode(session, request.array(session), request.read(session))),
    "path": (Path, _path),
    "contrast": (Selection, lambda session, request: answers.contrast(session, request.rows(session))),
    "export": (Export, lambda session, request: answers.export(session, request.rows(session), request.kind)),
    "neighbors": (Near, _near),
    "oddest": (Count, lambda session, request: answers.oddest(session, request.count)),
    "values": (Row, lambda session, request: row_values(session, _row(session, request.row))),
    "fill": (Form, lambda session, request: fill(session, request.values, request.read(session))),
    "place": (File, lambda session, request: answers.place(session, request.name, request.content)),
}


def answer(page: Page, name: str, request: Any) -> Any:
    """The answer to a request of `OPERATIONS`; of a model that still trains, its progress in place of "describe".

    Raises:
        InputError: the request asks for what is not there.
    """
    if name == "progress":
        return page.progress(request.epoch)
    if page.session is None:
        if name == "describe":
            return page.describe()
        raise InputError("the model is still being trained; wait until it is done")
    return OPERATIONS[name][1](page.session, request)


REQUESTS = {"progress": Since} | {name: model for name, (model, _) in OPERATIONS.items()}
