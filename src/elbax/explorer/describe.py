"""What a page needs to know of a model before anything else."""

from typing import Any

import numpy as np

from elbax.data import Schema
from elbax.explorer.cards import MOST_CELLS, form_of
from elbax.explorer.forms import form_columns
from elbax.explorer.session import Session

_ROOM = 0.15  # of the range of a latent that sliders go beyond it


def describe(session: Session) -> dict[str, Any]:
    """The model, its latents, what rows look like, what colors them, and which controls there are."""
    vae, z = session.vae, session.z
    low, high = z.min(axis=0), z.max(axis=0)
    room = np.maximum(high - low, 1e-3) * _ROOM
    return {
        "status": "ready",
        "title": session.title,
        "n_rows": len(session.rows),
        "n_all": session.n_all,
        "latents": [
            {"name": f"z{k + 1}", "low": float(low[k] - room[k]), "high": float(high[k] + room[k])}
            for k in range(session.latent_dim)
        ],
        "axes": _axes(z),
        "form": form_of(session.schema),
        "columns": _columns(session),
        "series": _series(session),
        "likelihood": vae.likelihood_.name.replace("_", " "),
        "colorings": _colorings(session),
        "context": None if vae.context_schema_ is None else _context(session),
        "fields": form_columns(session.schema),
        "can_complete": bool(form_columns(session.schema)),
    }


def _axes(z: np.ndarray) -> list[int]:
    """The two latents that vary most, in order; one where there is one."""
    return sorted(np.argsort(-z.var(axis=0), kind="stable")[:2].tolist())


def _columns(session: Session) -> list[str]:
    """Names of a table's columns in the order of its cells."""
    schema = session.schema
    if form_of(schema) != "table":
        return []
    if schema.columns is not None:
        return list(schema.columns)[:MOST_CELLS]
    return [f"column {i}" for i in range(min(int(np.prod(schema.axes.shape)), MOST_CELLS))]


def _series(session: Session) -> dict[str, Any] | None:
    """The range of each series of a window, in the data's own units."""
    schema = session.schema
    if form_of(schema) != "series":
        return None
    shape = (-1, schema.axes.channels)
    low, high = (getattr(schema.statistics, end).reshape(shape) for end in ("minimum", "maximum"))
    return {"low": low.min(axis=0).tolist(), "high": high.max(axis=0).tolist()}


def _colorings(session: Session) -> list[dict[str, str]]:
    labels = [] if session.rows.labels is None else [{"id": "label", "name": session.rows.label_name}]
    columns = [{"id": f"column:{name}", "name": name} for name in session.colored_columns]
    latents = [{"id": f"latent:{k}", "name": f"z{k + 1}"} for k in range(session.latent_dim)]
    return [*labels, *columns[:MOST_CELLS], {"id": "score", "name": session.n_scored}, *latents]


def _context(session: Session) -> list[dict[str, Any]]:
    """The controls of the context: labels, or numbers within the range of the training rows; none for images."""
    schema = session.vae.context_schema_
    if schema.is_image:
        return []
    return [_control(schema, feature) for feature in range(schema.n_features)]


def _control(schema: Schema, feature: int) -> dict[str, Any]:
    name = schema.columns[feature] if schema.columns else f"context {feature + 1}"
    labels = getattr(schema.column_of[feature], "labels", None)
    if labels is not None:
        return {"name": name, "levels": list(labels), "usual": labels[0]}
    low, high, mean = (float(getattr(schema.statistics, end)[feature]) for end in ("minimum", "maximum", "mean"))
    return {"name": name, "low": low, "high": high, "usual": mean}
