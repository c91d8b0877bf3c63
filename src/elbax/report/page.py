"""The report of a model as one self-contained HTML page."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import ArrayLike
from plotly.offline import get_plotlyjs

from elbax import plots
from elbax.evaluate import Estimate
from elbax.files import atomic_write
from elbax.report.content import ReportContent
from elbax.report.html import inline, render_page

METRICS = {
    "elbo": ("ELBO", "lower bound of log p(x); higher is better"),
    "log_likelihood": ("log p(x), estimated", "by importance weighting, at least the ELBO; higher is better"),
    "reconstruction": ("Reconstruction, −log p(x|z)", "cost of a row given its latents; lower is better"),
    "kl": ("KL of q(z|x) from p(z)", "information about a row in the latents; 0 if they are ignored"),
}
MOST_AXES = 12


def render(content: ReportContent) -> str:
    """Render content as one self-contained HTML document that fetches nothing; all texts are escaped."""
    return render_page(
        "model.html",
        content.title,
        content=content,
        metrics=_metric_rows(content.metrics),
        losses=_losses(content),
        latent=_latent(content),
        figures=[inline(figure) for figure in content.figures],
        ladder_figures=[inline(figure) for figure in content.ladder_figures],
        evaluation_figures=[inline(figure) for figure in content.evaluation_figures],
        plotly=Markup(get_plotlyjs()),
    )


def write(content: ReportContent, path: str | PathLike[str]) -> None:
    """Write the page to a file, whole or not at all; InputError if the file cannot be written."""
    atomic_write(Path(path), render(content).encode())


def _metric_rows(metrics: Mapping[str, Mapping[str, Estimate]]) -> list[dict[str, Any]]:
    """One table row per quantity, one cell per split."""
    rows = []
    for key, (name, meaning) in METRICS.items():
        if cells := [_cell(measured[key]) for measured in metrics.values() if key in measured]:
            rows.append({"name": name, "meaning": meaning, "cells": cells})
    return rows


def _cell(estimate: Estimate) -> dict[str, str]:
    """An estimate with as many decimals as its standard error justifies."""
    error = estimate.error
    decimals = int(np.clip(1 - np.floor(np.log10(error)), 0, 4)) if error > 0 else 3
    text = {"value": f"{estimate.mean:.{decimals}f}".replace("-", "−"), "rows": f"{estimate.rows:,} rows"}
    return text | {"error": f"± {error:.{decimals}f}" if np.isfinite(error) else ""}


def _losses(content: ReportContent) -> list[dict[str, Any]]:
    """The three loss panels, as lines by epoch."""
    history, panels = content.history, []
    titles = {"loss": "Loss", "reconstruction": "Reconstruction"} | ({"kl": "KL"} if content.has_bound else {})
    for key, title in titles.items():
        lines = [("training", key, "--accent"), ("validation", f"val_{key}", "--second")]
        lines = [
            {"name": name, "color": color, "y": _numbers(history[column])}
            for name, column, color in lines
            if column in history
        ]
        panels.append({"id": f"loss-{key}", "title": title, "lines": lines})
    return [panel | {"x": _numbers(history["epoch"])} for panel in panels]


def _latent(content: ReportContent) -> dict[str, Any]:
    """Latent means by unit, their colors by class or scale, and the initial axes."""
    used = content.kl if content.has_bound else content.latent.var(axis=0)
    order = np.argsort(-used, kind="stable")[:MOST_AXES]
    groups = None if content.labels is None else plots.label_groups(content.labels)
    everything = [plots.LabelGroup("rows", plots.BLUE, np.arange(len(content.rows)))]
    scale = _numbers(content.labels) if content.labels is not None and groups is None else None
    return {
        "units": [
            {"unit": unit, "name": plots.latent_name(unit), "z": _numbers(content.latent[:, unit], digits=4)}
            for unit in sorted(order.tolist())
        ],
        "start": sorted(order[:2].tolist()) if len(order) > 1 else [0],
        "rows": content.rows.tolist(),
        "labelName": content.label_name,
        "labels": None if content.labels is None else [_label(label) for label in content.labels],
        "scale": scale,
        "groups": [
            {"name": group.name, "color": group.color, "rows": group.rows.tolist()} for group in groups or everything
        ],
    }


def _label(label: Any) -> str:
    return "missing" if pd.isna(label) else str(label)


def _numbers(values: ArrayLike, digits: int = 6) -> list[float | None]:
    """Numbers for JSON, rounded to significant digits; None if not finite."""
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in np.asarray(values, float)]
