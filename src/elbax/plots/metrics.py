"""Figures of numbers about a fit: losses, KL per latent, distributions of columns."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter, date2num
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
    real: ArrayLike, sampled: ArrayLike, columns: Sequence[str] | None = None, *, across: int = 3
) -> Figure:
    """Draw each column of a table as observed and as sampled from the model, one small panel per column.

    Numbers are drawn as histograms over the central 99% of the real values, so that outliers cannot flatten a panel;
    the end bins count the values beyond. Names, and numbers with at most ten distinct values in both tables, are drawn
    as bars. Missing values are left out.

    Args:
        real: table of shape (n, columns), array or data frame.
        sampled: table with the same columns.
        columns: names; those of a data frame, or x₁, x₂, … by default.
        across: panels in a row.

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
        _column(axes, real.iloc[:, i].dropna(), sampled.iloc[:, i].dropna())
        dress(axes, shorten(name), "share of rows (%)" if i % across == 0 else "")
        axes.locator_params(axis="y", nbins=4)
    top_legend(figure)
    return figure


def _column(axes: Axes, real: pd.Series, sampled: pd.Series) -> None:
    """Draw shares of real rows as filled bars, of sampled rows as an outline or bars beside them."""
    if pd.api.types.is_datetime64_any_dtype(real):
        real, sampled = (pd.Series(date2num(pd.DatetimeIndex(values).tz_localize(None))) for values in (real, sampled))
        axes.xaxis_date()
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
    # Continuous samples of a column of few values would miss every bar, so either table can require a histogram.
    if pd.api.types.is_numeric_dtype(real) and max(real.nunique(), sampled.nunique()) > MAX_BARS:
        low, high = real.quantile(0.005), real.quantile(0.995)
        if low == high:
            low, high = min(real.min(), sampled.min()), max(real.max(), sampled.max())
        bins = np.linspace(low, high, 26).tolist()
        for values, style in ((real, REAL), (sampled, SAMPLED | {"histtype": "step", "lw": 1.6})):
            weights = np.full(len(values), 100 / len(values))
            axes.hist(np.clip(values, bins[0], bins[-1]), bins, weights=weights, **style)
        if not isinstance(axes.xaxis.get_major_formatter(), ConciseDateFormatter):
            axes.locator_params(axis="x", nbins=5)
        return
    shown = real.value_counts().index[:MAX_BARS].sort_values()
    for values, style, shift in ((real, REAL, -0.2), (sampled, SAMPLED, 0.2)):
        shares = 100 * values.value_counts(normalize=True).reindex(shown, fill_value=0)
        axes.bar(np.arange(len(shown)) + shift, shares, width=0.4, **style)
    names = [shorten(value, 10) for value in shown]
    steep = sum(map(len, names)) > 22
    axes.set_xticks(np.arange(len(shown)), names, rotation=90 if steep else 0)
