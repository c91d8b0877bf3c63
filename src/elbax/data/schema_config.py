"""Schemas as JSON values."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from elbax.data.axes import Axes
from elbax.data.columns import COLUMN_KINDS
from elbax.data.repeats import Repeats
from elbax.data.rules import Rules
from elbax.data.table import Table
from elbax.data.table_layout import TableLayout
from elbax.data.tie_removal import TieRemoval
from elbax.data.ties import Tie

if TYPE_CHECKING:
    from elbax.data.schema import Schema


def schema_to_config(schema: "Schema") -> dict[str, Any]:
    """All fields of a schema but its name as JSON values; those of tables only where it has them."""
    config = {
        "axes": schema.axes.names,
        "event_shape": list(schema.axes.shape),
        "names": None if schema.columns is None else list(schema.columns),
        "n_rows": schema.n_rows,
        "columns": [] if schema.table is not None else [column.to_config() for column in schema.blocks],
        "ties": [tie.to_json() for tie in schema.ties],
        "repeats": asdict(schema.repeats),
        "removal": None if schema.removal is None else schema.removal.to_json(),
    }
    if schema.table is not None:
        config["table"] = schema.table.to_config()
    if schema.layout is not None:
        config["layout"] = schema.layout.to_config()
    if schema.rules is not None:
        config["rules"] = schema.rules.to_config() | {"layout": schema.rules.layout.to_config()}
    return config


def fields_from_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a schema but its name; KeyError, TypeError or ValueError if an entry is missing or unusable."""
    table = Table.from_config(config["table"]) if "table" in config else None
    own = tuple(COLUMN_KINDS[entry["kind"]].from_config(entry) for entry in config["columns"])
    rules = config.get("rules")
    return {
        "axes": Axes(config["axes"], tuple(config["event_shape"])),
        "columns": None if config["names"] is None else tuple(config["names"]),
        "n_rows": config["n_rows"],
        "blocks": own if table is None else table.columns,
        "ties": tuple(map(Tie.from_json, config["ties"])),
        "repeats": Repeats(**config["repeats"]),
        "removal": None if config["removal"] is None else TieRemoval.from_json(config["removal"]),
        "table": table,
        "layout": TableLayout.from_config(config["layout"]) if "layout" in config else None,
        "rules": None if rules is None else Rules.from_config(rules, TableLayout.from_config(rules["layout"])),
    }
