"""schema.json: the shapes of an exported model, and how text, dates and gaps become its numbers."""

from importlib.metadata import version
from typing import Any

from elbax.data import Schema
from elbax.data.columns.table_column import AbstractTableColumn
from elbax.errors import InputError
from elbax.export.functions import ExportedModel, row_shape

FORMAT = 1
_INTERNAL = ("features", "statistics", "grid", "why", "gaps", "positions", "prefix", "width", "following")


def describe_schema(model: ExportedModel, title: str) -> dict[str, Any]:
    """Everything that a reader of rows needs, as JSON values.

    It holds names of columns, their levels, and the range and mean of numbers, but no rows.

    Raises:
        InputError: the rows hold to rules, which only elbax can compute.
    """
    schema, context = model.schema, model.context_schema
    if schema.rules is not None:
        raise InputError("a model with rules= cannot be exported, since only elbax computes them; fit without rules")
    return {
        "format": FORMAT,
        "elbax": version("elbax"),
        "title": title,
        "latent_dim": model.module.latent_dim,
        "noise": model.n_noise,
        "x": describe_part(schema),
        "context": None if context is None else describe_part(context),
    }


def describe_part(schema: Schema) -> dict[str, Any]:
    """How rows of x, or of the context, are numbers: their shape, and the columns of a table."""
    table = schema.table
    names = None if schema.columns is None else list(map(str, schema.columns))
    own = {"shape": list(row_shape(schema)), "axes": schema.axes.names, "names": names}
    if table is None:
        is_context = schema.name == "context" and schema.axes.is_table
        return own | {"columns": _columns(schema) if is_context else None, "range": _range(schema)}
    texts = list(table.layout.texts)
    columns = [_table_column(column, texts) for column in table.columns]
    return own | {"names": texts, "missing": list(table.missing), "columns": columns}


def _range(schema: Schema) -> dict[str, Any] | None:
    """The smallest, the mean and the largest number of each column, or of all pixels; of codes no reader knows."""
    statistics = schema.statistics
    if schema.removal is not None or any(not column.is_number for column in schema.blocks):
        return None
    ends = statistics.minimum, statistics.mean, statistics.maximum
    if schema.is_image:
        ends = ends[0].min(), ends[1].mean(), ends[2].max()
    return {name: end.tolist() for name, end in zip(("low", "mean", "high"), ends, strict=True)}


def _columns(schema: Schema) -> list[dict[str, Any]]:
    """Columns of context: numbers, labels, and an exposure."""
    columns = []
    for feature, column in enumerate(schema.column_of):
        name = str(feature) if schema.columns is None else str(schema.columns[feature])
        own: dict[str, Any] = {"name": name, "kind": column.kind if not column.is_number else "real"}
        if column.is_number or column.kind == "exposure":
            place = column.features.tolist().index(feature)
            ends = (column.statistics.minimum, column.statistics.mean, column.statistics.maximum)
            own |= {k: float(end[place]) for k, end in zip(("minimum", "mean", "maximum"), ends, strict=True)}
        else:
            own |= {"values": list(column.to_config()["labels"]), "other": False}
        columns.append(own | {"columns": [name], "feature": feature})
    return columns


def _table_column(column: AbstractTableColumn, texts: list[str]) -> dict[str, Any]:
    own = {key: value for key, value in column.to_config().items() if key not in _INTERNAL}
    own["columns"] = [texts[position] for position in column.positions]
    own["feature"] = int(column.features[0]) if column.modeled else None
    if column.modeled:
        for name in ("minimum", "mean", "maximum"):
            own[name] = float(getattr(column.statistics, name)[0])
    return own
