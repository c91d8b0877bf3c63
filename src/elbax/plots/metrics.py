"""Figures of numbers about a fit: losses, KL per latent, distributions of columns."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from elbax.errors import InputError
from elbax.plots.labels import column_names, latent_name
from elbax.plots.style import ACCENT, BLUE, GRAY, dress, legend_above, shorten, subplot, subplots, top_legend

MAX_BARS = 10
REAL: dict[str, Any] = {"color": BLUE, "alpha": 0.55, "label": "real"}
SAMPLED: dict[str, Any] = {"color": ACCENT, "label": "sampled"}
LOSS_PANELS = {
    "loss": "Loss",
    "reconstruction": "Reconstruction, −log p(x|z)",
    "kl": "KL of q(z|x) from the prior",
}


def loss_curves(history: pd.DataFrame) -> Figure:
    """Draw loss, reconstruction and KL by epoch, training beside validation, in nats per row.

    Args:
        history: columns ``loss`` and optionally ``reconstruction``, ``kl`` and their ``val_`` forms; one row per
            epoch, numbered by an ``epoch`` column or counted from 1.

    Example:
        >>> len(loss_curves(pd.DataFrame({"loss": [3.0, 2.0], "val_loss": [3.1, 2.5]})).axes)
        1
    """
    history = pd.DataFrame(history)
    panels = [name for name in LOSS_PANELS if name in history]
    if not panels:
        raise InputError(f"history must have a 'loss' column; got {list(history)}")
    epochs = history["epoch"] if "epoch" in history else np.arange(1, len(history) + 1)
    figure, row = subplots(len(panels), (3.6, 3.2), (1.2, 0))
    for axes, name in zip(row, panels, strict=True):
        dot = "o" if len(history) == 1 else None
        axes.plot(epochs, history[name], color=BLUE, lw=1.6, marker=dot, label="training")
        if f"val_{name}" in history:
            axes.plot(epochs, history[f"val_{name}"], color=ACCENT, lw=1.6, marker=dot, label="validation")
        dress(axes, "epoch", "nats per row", LOSS_PANELS[name])
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    top_legend(figure, "right")
    return figure


def kl_per_unit(kl: ArrayLike, active: ArrayLike | None = None) -> Figure:
    """Draw the mean KL of each latent, in nats per row; active latents in blue, unused ones in gray.

    Args:
        kl: shape (latent_dim,).
        active: shape (latent_dim,), true where the latent mean varies with x (arXiv 1509.00519).

    Raises:
        InputError: kl and active differ in shape.
    """
    kl = np.asarray(kl, dtype=float)
    marks = np.ones(len(kl), bool) if active is None else np.asarray(active, dtype=bool)
    if marks.shape != kl.shape:
        raise InputError(f"active must have one entry per latent, shape {kl.shape}; got {marks.shape}")
    figure, axes = subplot(float(np.clip(2 + 0.3 * len(kl), 4, 8)), 3.2)
    for color, name, units in ((BLUE, "active", marks), (GRAY, "not active", ~marks)):
        if units.any():
            axes.bar(np.flatnonzero(units), kl[units], color=color, width=0.7, label=f"{name}: {units.sum()}")
    dress(axes, "latent", "KL (nats per row)")
    shown = np.arange(0, len(kl), ceil(len(kl) / 25))
    axes.set_xticks(shown, [latent_name(unit) for unit in shown.tolist()])
    axes.set_xlim(-0.8, len(kl) - 0.2)
    axes.grid(axis="x", visible=False)
    if active is not None:
        legend_above(axes)
    return figure


def column_distributions(
    real: ArrayLike,
    sampled: ArrayLike,
    columns: Sequence[str] | None = None,
    *,
    across: int = 3,
    made: str = "sampled",
) -> Figure:
    """Draw each column of a table as observed and as sampled from the model, one small panel per column.

    Numbers are drawn as histograms over the central 99% of the real values, so that outliers cannot flatten a panel;
    the end bins count the values beyond. Names, and numbers with at most ten distinct values in both tables, are drawn
    as bars, the ten commonest and the rest. Dates are histograms. Gaps are left out; titles have their shares.

    Args:
        real: table of shape (n, columns), array or data frame.
        sampled: table with the same columns.
        columns: names; those of a data frame, or x₁, x₂, … by default.
        across: panels in a row.
        made: a word for sampled rows.

    Example:
        >>> len(column_distributions(np.zeros((9, 2)), np.ones((9, 2)), ["age", "height"]).axes)
        2
    """
    real, sampled = pd.DataFrame(real), pd.DataFrame(sampled)
    if real.shape[1] != sampled.shape[1]:
        raise InputError(f"sampled must have the {real.shape[1]} columns of real; got {sampled.shape[1]}")
    if columns is None:
        unnamed = isinstance(real.columns, pd.RangeIndex)
        columns = column_names(real.shape[1]) if unnamed else list(real.columns)
    figure, panels = subplots(len(columns), (2.9, 2.1), (0.4, 0.4), across=across)
    for i, (axes, name) in enumerate(zip(panels, columns, strict=True)):
        pair = [(real.iloc[:, i].dropna(), REAL), (sampled.iloc[:, i].dropna(), SAMPLED | {"label": made})]
        _column(axes, [(_plain(values), style) for values, style in pair])
        gaps = f"gaps: real {real.iloc[:, i].isna().mean():.1%}, {made} {sampled.iloc[:, i].isna().mean():.1%}"
        has_gaps = real.iloc[:, i].isna().any() or sampled.iloc[:, i].isna().any()
        dress(axes, shorten(name), "share of rows (%)" if i % across == 0 else "", gaps if has_gaps else "")
        axes.locator_params(axis="y", nbins=4)
    top_legend(figure)
    return figure


def _column(axes: Axes, tables: list[tuple[pd.Series, dict[str, Any]]]) -> None:
    """Draw shares of real rows as filled bars, of sampled rows as an outline or bars beside them."""
    (real, _), (sampled, _) = tables
    # Continuous samples of a column of few values would miss every bar, so either table can require a histogram.
    if _is_scale(real) and max(real.nunique(), sampled.nunique()) > MAX_BARS:
        _histogram(axes, tables)
        return
    counts = real.value_counts()
    shown = counts.index[:MAX_BARS].sort_values()
    for (values, style), shift in zip(tables, (-0.2, 0.2), strict=True):
        shares = 100 * values.value_counts(normalize=True)
        heights = shares.reindex(shown, fill_value=0).to_numpy()
        if len(counts) > MAX_BARS:
            heights = np.append(heights, 100 - heights.sum())
        axes.bar(np.arange(len(heights)) + shift, heights, width=0.4, **style)
    names = [str(value)[:10] for value in shown] + ["others"] * (len(counts) > MAX_BARS)
    steep = sum(map(len, names)) > 22
    axes.set_xticks(np.arange(len(names)), names, rotation=90 if steep else 0)


def _plain(values: pd.Series) -> pd.Series:
    """Labels as text, so that those of two tables are alike; numbers and dates as they are."""
    if pd.api.types.is_bool_dtype(values) or not (_is_scale(values) or pd.api.types.is_numeric_dtype(values)):
        return values.astype(str)
    return values


def _is_scale(values: pd.Series) -> bool:
    times = pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values)
    return times or pd.api.types.is_numeric_dtype(values)


def _histogram(axes: Axes, tables: list[tuple[pd.Series, dict[str, Any]]]) -> None:
    """Draw numbers or dates over the central 99% of the real ones."""
    dates = pd.api.types.is_datetime64_any_dtype(tables[0][0])
    real, sampled = (_as_floats(values) for values, _ in tables)
    low, high = real.quantile(0.005), real.quantile(0.995)
    if low == high:
        low, high = min(real.min(), sampled.min()), max(real.max(), sampled.max())
    bins = np.linspace(low, high, 26).tolist()
    outline = tables[1][1] | {"histtype": "step", "lw": 1.6}
    for values, style in ((real, tables[0][1]), (sampled, outline)):
        weights = np.full(len(values), 100 / max(len(values), 1))
        axes.hist(np.clip(values, bins[0], bins[-1]), bins, weights=weights, **style)
    if not dates:
        axes.locator_params(axis="x", nbins=5)
        return
    axes.xaxis_date()
    locator = AutoDateLocator(minticks=2, maxticks=5)  # which has an interval for every range
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _as_floats(values: pd.Series) -> pd.Series:
    """Numbers; dates as matplotlib counts them, in days since 1970, and durations in days."""
    if pd.api.types.is_datetime64_any_dtype(values):
        naive = values.dt.tz_convert("UTC").dt.tz_localize(None) if values.dt.tz is not None else values
        return (naive - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    return values / pd.Timedelta(days=1) if pd.api.types.is_timedelta64_dtype(values) else values.astype(float)
