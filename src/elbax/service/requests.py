"""The requests and answers of a model as pydantic types, of which OpenAPI is made."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import parse_qsl

import pyarrow as pa
import pydantic_core
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model
from pydantic import Field as Constraint
from typing_extensions import TypedDict

from elbax.checks import LARGEST_SEED
from elbax.data.columns.labels import AbstractLevels
from elbax.errors import InputError
from elbax.service import arrow
from elbax.service.fields import WHOLE, Field, to_json
from elbax.service.model import FEWEST_DIAGNOSED, ServedModel
from elbax.service.rows import RowFormat, check_columns
from elbax.web import Problem

_MOST_DRAWS = 100  # of each row
# What pydantic calls one form among several that a value may have.
_FORM = re.compile(
    r"(literal|list|function-\w+|constrained-\w+|nullable|str|int|float|bool)(\[.*)?|\w+Range", re.DOTALL
)
_STRICT = ConfigDict(extra="forbid", ser_json_inf_nan="null")
Seed = Annotated[int, Constraint(strict=True, ge=0, le=LARGEST_SEED, description="Seed of the draws."), WHOLE]
_LIST = Annotated[list[float | None], Constraint(description="One number for each latent dimension.")]

WORDS = {
    "encode": "Where rows are among the latents: mean and standard deviation of q(z|x).",
    "reconstruct": "Rows as the decoder gives them back from their posterior means.",
    "score": "Importance-weighted log p(x) of each row, nats; low for odd rows.",
    "impute": "Rows with each gap filled by what is typical given the other cells.",
    "complete": "Draws of rows whose gaps are filled, n for each row, one after the other.",
    "sample": "New rows, under conditions on columns if any are given.",
    "diagnose": "The doctor's findings on rows, without the probes that train further.",
}


@dataclass(frozen=True, eq=False)
class Operation:
    """One call of a model, as HTTP sees it.

    Attributes:
        name: the last part of its path.
        request: the type of a request in JSON; options of it are also taken from the query of one in Arrow.
        answer: the type of an answer in JSON.
        fields: the request's fields beside rows, with their types and defaults.
        gaps: whether cells may be null.
        format: of the model's rows.
    """

    name: str
    request: TypeAdapter
    answer: TypeAdapter
    fields: Mapping[str, Any]
    gaps: bool
    format: RowFormat

    @cached_property
    def _of_query(self) -> TypeAdapter:
        return TypeAdapter(create_model("Options", __config__=_STRICT, **self.fields))

    def read_json(self, body: bytes) -> tuple[pa.Table | None, dict[str, Any]]:
        """The rows of a request in JSON, None if it has none, and its options; `Problem` if it is not valid."""
        record = _valid(self.request.validate_json, body)
        options = {name: getattr(record, name) for name in self.fields}
        if "rows" in type(record).model_fields:
            return self.format.from_json(record.rows), options
        if options.get("given") is not None:
            fields = {field.name: field for field in self.format.x.fields}
            options["given"] = {name: _condition(fields[name], value) for name, value in options["given"].items()}
        if "context" in options:
            options["context"] = self.format.context_from_json([options["context"]])
        return None, options

    def read_arrow(self, body: bytes, query: str, most_rows: int) -> tuple[pa.Table, dict[str, Any]]:
        """The rows of a request in Arrow, and its options, from the query; `Problem` if it is not valid."""
        table = arrow.read_stream(body, most_rows)
        texts = dict(parse_qsl(query))  # options are whole numbers
        options = {name: int(text) if re.fullmatch(r"\d{1,18}", text) else text for name, text in texts.items()}
        record = _valid(self._of_query.validate_python, options)
        try:
            return check_columns(table, self.format.arrow_types, gaps=self.gaps), dict(record)
        except InputError as error:
            raise Problem(422, str(error)) from error

    def write_json(self, answer: pa.Table | dict[str, Any]) -> bytes:
        """An answer in JSON."""
        if isinstance(answer, pa.Table) and self.name in ("encode", "score"):
            answer = {name: to_json(answer[name]) for name in answer.column_names}
        elif isinstance(answer, pa.Table):
            answer = {"rows": self.format.to_json(answer)}
        return pydantic_core.to_json(answer, inf_nan_mode="null")


def operations_of(model: ServedModel, most_rows: int) -> dict[str, Operation]:
    """The operations of a model, by name."""
    own, title = model.format, _title(model.name)
    types = {gaps: own.json(f"{title}{'RowWithGaps' if gaps else 'Row'}", gaps=gaps) for gaps in (False, True)}
    answer = own.x.answer(f"{title}Answer")
    seed, n = (Seed, 0), (_whole(1, _MOST_DRAWS, "Draws of each row."), 1)
    options = {"impute": {"seed": seed}, "complete": {"n": n, "seed": seed}}
    found = {}
    for name in (*model.calls(), "diagnose"):
        gaps = own.has_gaps or name in ("impute", "complete")
        fewest = FEWEST_DIAGNOSED if name == "diagnose" else 1
        fields = {"rows": (_rows(types[gaps], fewest, most_rows), ...), **options.get(name, {})}
        found[name] = _operation(f"{title}{name.title()}", name, fields, answer, gaps, own)
    conditions = {} if own.schema.table is None else {"given": (_given(own, title) | None, None)}
    if own.context is not None:
        conditions["context"] = (own.context.json(f"{title}SampleContext", gaps=False), ...)
    fields = {"n": (_whole(1, most_rows, "Number of rows."), 1), "seed": seed, **conditions}
    found["sample"] = _operation(f"{title}Sample", "sample", fields, answer, False, own)
    return found


def _operation(title: str, name: str, fields: dict, answer: Any, gaps: bool, own: RowFormat) -> Operation:
    request = create_model(f"{title}Request", __config__=_STRICT, __doc__=WORDS[name], **fields)
    if name == "encode":
        answers = {"mean": (list[_LIST], ...), "std": (list[_LIST], ...)}
    elif name == "score":
        words = "Nats; null where it is no number."
        answers = {"log_prob": (list[Annotated[float | None, Constraint(description=words)]], ...)}
    elif name == "diagnose":
        answers = {"healthy": (bool, ...), "elbo": (float | None, ...), "findings": (list[dict[str, Any]], ...)}
        answers |= {"changes": (dict[str, Any], ...), "left_out": (str, ...)}
    else:
        answers = {"rows": (list[answer], ...)}
    record = create_model(f"{title}Answer", __config__=_STRICT, **answers)
    options = {field: type_ for field, type_ in fields.items() if field != "rows"}
    return Operation(name, TypeAdapter(request), TypeAdapter(record), options, gaps, own)


def _condition(field: Field, value: Any) -> Any:
    """A condition as `VAE.sample` takes it: a value, a list of labels, or a pair of ends."""
    if isinstance(value, list):
        return value
    if isinstance(value, BaseModel):
        return tuple(None if end is None else _cell(field, end) for end in (value.low, value.high))  # type: ignore
    return _cell(field, value)


def _cell(field: Field, value: Any) -> Any:
    return field.from_json([value])[0].as_py()  # durations and moments as Python has them


def _valid(read: Callable[[Any], Any], text: Any) -> Any:
    try:
        return read(text)
    except ValidationError as error:
        raise Problem(422, errors_in_words(error.errors(include_url=False, include_input=False))) from error


def _rows(row: Any, fewest: int, most: int) -> Any:
    return Annotated[list[row], Constraint(min_length=fewest, max_length=most)]


def _whole(least: int, most: int, words: str) -> Any:
    return Annotated[int, Constraint(strict=True, ge=least, le=most, description=words), WHOLE]


def _given(own: RowFormat, title: str) -> Any:
    """Conditions on columns: a value, a range, or a choice of labels."""
    assert own.schema.table is not None  # who asks has looked
    modeled = {column.name: column for column in own.schema.table.modeled}
    types = {}
    for field in own.x.fields:
        column = modeled.get(field.name)
        if column is None or column.kind == "onehot":
            continue
        choices: Any = field.json
        if isinstance(column, AbstractLevels):
            choices = choices | Annotated[list[field.json], Constraint(min_length=1, max_length=column.levels)]
        if column.kind not in ("category", "boolean"):
            choices = choices | _range(field, title)
        types[field.name] = Annotated[choices, Constraint(json_schema_extra=field.facts)]
    given = TypedDict(f"{title}Given", types, total=False)  # type: ignore[misc]
    given.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
    return given


def _range(field: Field, title: str) -> Any:
    """From ``low`` to ``high``; either may be left out."""
    end = field.json | None
    return create_model(f"{title}{_title(field.name)}Range", __config__=_STRICT, low=(end, None), high=(end, None))


def _title(name: str) -> str:
    return "".join(part for part in name.title() if part.isalnum()) or "Model"


def errors_in_words(errors: Sequence[Any]) -> str:
    """The first of pydantic's errors as one sentence.

    Example:
        >>> errors_in_words([{"loc": ("rows", 2, "age"), "msg": "Input should be a valid number"}])
        'rows[2].age: input should be a valid number'
    """
    by_place: dict[str, list[str]] = {}
    for error in errors:
        first = 3 if error["loc"][:1] == ("rows",) else 2  # before that are names of columns
        parts = [part for i, part in enumerate(error["loc"]) if i < first or not _FORM.fullmatch(str(part))]
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
        sentence = f"{error['msg'][:1].lower()}{error['msg'][1:]}"
        by_place.setdefault(place or "body", []).append(sentence)
    place, sentences = next(iter(by_place.items()))
    if sentences == ["extra inputs are not permitted"]:
        sentences = ["the model has no such part; GET /models/NAME lists its columns"]
    more = f" (and {len(by_place) - 1} more)" if len(by_place) > 1 else ""
    return f"{place}: {', or '.join(dict.fromkeys(sentences))}{more}"[:500]
