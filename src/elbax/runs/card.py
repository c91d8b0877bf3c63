"""The model card of a run: what a person must know before using the model."""

import html
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import jinja2

from elbax.data import data_facts
from elbax.doctor import has_seen_held_out
from elbax.estimator import VAE
from elbax.runs.folder import Run
from elbax.runs.results import read_metrics

_MOST_COLUMNS, _SHOWN = 200, 5  # columns in the table; rows of the data that are shown
_MEASURES = {
    "elbo": "ELBO (nats per row)",
    "log_likelihood": "log p(x), importance-weighted (nats per row)",
    "reconstruction": "reconstruction, -log p(x given z) (nats per row)",
    "kl": "KL (nats per row)",
    "bits_per_dim": "bits per feature",
    "active_units": "active latents",
    "n_rows": "rows",
}


def model_card(run: Run, vae: VAE, *, rows: bool = True) -> str:
    """A README with front matter as model hubs read it: data, choices, numbers, use and limits.

    Args:
        run: the finished run.
        vae: its model.
        rows: whether the card shows the first rows of a table.
    """
    template = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(
        (files("elbax.runs") / "card.md").read_text(encoding="utf-8")
    )
    return template.render(**_facts(run, vae), example=_example(run) if rows else "")


def _facts(run: Run, vae: VAE) -> dict[str, Any]:
    schema, plan = vae.schema_, vae.plan_.describe(vae.outcome_.restart)
    metrics = read_metrics(run)
    prior = type(vae.module_.prior)
    return {
        "name": run.folder.resolve().name,
        "version": version("elbax"),
        "today": datetime.now(UTC).date().isoformat(),
        "source": run.dataset.name,
        "n_rows": f"{schema.n_rows:,}",
        "what": schema.axes.describe() if schema.columns is None else f"{len(schema.columns)} columns",
        "facts": data_facts(schema),
        "kind": "tabular" if schema.axes.is_table else "image" if schema.axes.is_image else "time-series",
        "columns": _columns(vae),
        "context": None if vae.context_schema_ is None else vae.context_schema_.describe_entry(),
        "choices": {
            "likelihood": _cell(f"{plan['chosen_likelihood']} ({vae.likelihood_reason_})"),
            "latents": vae.module_.latent_dim,
            "network": f"{vae.plan_.network_text()}, {vae.n_parameters_:,} parameters",
            "posterior": plan["posterior"],
            "prior": plan["prior"],
            "objective": plan["objective"],
            "training": _cell(vae.outcome_),
            "seed": vae.seed_,
        },
        "measures": _measures(metrics),
        "seen": has_seen_held_out(vae.plan_, vae.outcome_),
        "holds_rows": prior.pseudo_inputs,
        "parts": list(_parts(metrics)),
    }


def _parts(metrics: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: metrics[name] for name in ("train", "validation", "test") if name in metrics}


def _measures(metrics: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """A row for each measure, with a cell for each part of the data."""
    parts = _parts(metrics).values()
    rows = ((label, [_shown(part.get(key)) for part in parts]) for key, label in _MEASURES.items())
    return [(label, cells) for label, cells in rows if any(cell != "–" for cell in cells)]


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _columns(vae: VAE) -> list[tuple[str, str, str]]:
    """Name, kind, and values or range of each column."""
    schema = vae.schema_
    if schema.table is not None:
        columns = [column for column in schema.table.columns if column.kind != "gap"]
        return [(_cell(c.name), c.kind, _cell(c.describe())) for c in columns[:_MOST_COLUMNS]]
    if schema.columns is None:
        return []
    return [(_cell(name), kind, "a number") for name, kind in zip(schema.columns, schema.kinds, strict=False)]


def _example(run: Run) -> str:
    """The first rows of a table in Markdown."""
    x = run.dataset.x
    if run.dataset.columns is None and not hasattr(x, "columns"):
        return ""
    names = list(x.columns if hasattr(x, "columns") else run.dataset.columns)
    if len(names) > 20:
        return ""
    records = x.iloc[:_SHOWN].to_numpy(object) if hasattr(x, "iloc") else x[:_SHOWN]
    lines = [[_cell(name) for name in names], ["---"] * len(names), *([_cell(v) for v in row] for row in records)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    """Text for a cell of a table in Markdown."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return " ".join(html.escape(text, quote=False).replace("|", "\\|").split())
