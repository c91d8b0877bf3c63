"""Figures of tables: gaps, odd rows, and what moves with each latent."""

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from elbax.plots.style import ACCENT, INK, colorbar, dress, label_axes, new_figure, shorten

_PATTERNS, _MOST_COLUMNS, _MOST_CELLS = 12, 40, 12
_LONGEST_CELL = 11
_NOTHING, _STRIKING = 1.0, 8.0  # nats: paler than the first is no surprise; the darkest color is at least the second
_THERE = "#e4e9ee"  # a cell that is no gap


def gap_patterns(gaps: pd.DataFrame) -> Figure:
    """Draw which cells of a table are gaps, a boolean frame (n, columns): shares by column, and patterns by row.

    Below the shares, each line is a pattern of gaps, the commonest first, with its share of the rows at its end.

    Example:
        >>> gaps = pd.DataFrame({"age": [True, False], "height": [False, False]})
        >>> len(gap_patterns(gaps).axes)
        2
    """
    gaps = gaps.loc[:, gaps.any()].iloc[:, :_MOST_COLUMNS]
    patterns = gaps.value_counts(normalize=True).head(_PATTERNS)
    names, width = [shorten(str(name)) for name in gaps.columns], max(4.5, 1.6 + 0.34 * gaps.shape[1])
    figure = new_figure(width, 2.6 + 0.24 * len(patterns))
    top, bottom = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [1.2, 0.24 * len(patterns)]})
    top.bar(np.arange(len(names)), 100 * gaps.mean(), color=ACCENT, width=0.7)
    dress(top, "", "gaps (%)", "Share of each column")
    bottom.imshow(
        np.array([list(pattern) for pattern in patterns.index], float),
        cmap=ListedColormap([_THERE, ACCENT]),
        vmin=0,
        vmax=1,
        aspect="auto",
    )
    for line, share in enumerate(patterns):
        bottom.text(len(names) - 0.4, line, f"{share:.1%}", va="center", fontsize=8.5, color=INK)
    dress(bottom, "", "", "Patterns of gaps, with their share of the rows")
    bottom.grid(visible=False)
    bottom.set_yticks(np.arange(len(patterns) - 1) + 0.5, minor=True)
    bottom.set_xticks(np.arange(len(names) - 1) + 0.5, minor=True)
    bottom.grid(which="minor", color="white", lw=1.5)  # between the cells
    bottom.tick_params(which="minor", length=0)
    bottom.set_axisbelow(False)
    bottom.set_yticks([])
    bottom.set_xticks(np.arange(len(names)), names, rotation=90 if sum(map(len, names)) > 40 else 0)
    return figure


def latent_effects_map(effects: pd.DataFrame) -> Figure:
    """Draw what moves with each latent: the shares of `elbax.evaluate.latent_effects`, a square for each column.

    Example:
        >>> effects = pd.DataFrame({"latent": [1, 1], "column": ["a", "b"], "share": [1.5, 0.1]})
        >>> latent_effects_map(effects).axes[0].get_xlabel()
        'latent'
    """
    shares = effects.pivot(index="column", columns="latent", values="share")
    order = shares.max(axis=1).sort_values(ascending=False).index[:_MOST_COLUMNS]
    shares = shares.loc[order]
    figure = new_figure(2.8 + 0.45 * shares.shape[1], 1.4 + 0.28 * len(shares))
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=max(1.0, float(shares.to_numpy().max())), aspect="auto")
    dress(axes, "latent", "")
    axes.grid(visible=False)
    axes.set_xticks(np.arange(shares.shape[1]), [str(latent) for latent in shares.columns])
    axes.set_yticks(np.arange(len(shares)), [shorten(str(name)) for name in shares.index])
    colorbar(figure, axes, image, "change (deviations,\nor probability)")
    return figure


def odd_rows(surprise: pd.DataFrame, values: pd.DataFrame, scores: ArrayLike, rows: ArrayLike) -> Figure:
    """Draw odd rows (n, columns): the value of each cell, on a color for how much it surprises.

    The 12 columns with the greatest surprise are drawn, in the order of the table.

    Args:
        surprise: by column, nats; NaN in gaps.
        values: the cells as text.
        scores: log p(x) of each row, nats.
        rows: numbers of the rows.

    Example:
        >>> surprise, values = pd.DataFrame({"age": [9.0]}), pd.DataFrame({"age": ["170"]})
        >>> odd_rows(surprise, values, [-20.0], [3]).axes[0].get_yticklabels()[0].get_text()
        'row 3: −20.0'
    """
    most = np.sort(np.argsort(-surprise.max().fillna(0).to_numpy(), kind="stable")[:_MOST_CELLS])
    shown, texts = surprise.iloc[:, most].to_numpy(float), values.iloc[:, most]
    names = [shorten(str(name)) for name in texts.columns]
    longest = 0.09 * max(map(len, names))
    figure = new_figure(2.6 + 0.78 * len(names), 1.2 + longest + 0.3 * len(shown))
    axes = figure.add_subplot()
    limit = max(_STRIKING, float(np.nanmax(shown, initial=0)))
    image = axes.imshow(shown, cmap="Oranges", vmin=_NOTHING, vmax=limit, aspect="auto")
    for (i, j), nats in np.ndenumerate(shown):
        ink = "white" if nats > 0.65 * limit else INK
        text = shorten(texts.iat[i, j], _LONGEST_CELL)
        axes.text(j, i, text, ha="center", va="center", fontsize=7.5, color=ink)
    label_axes(axes, "", "")
    axes.set_facecolor(_THERE)  # gaps
    axes.set_xticks(np.arange(len(names)), names, rotation=90)
    labels = [f"row {row}: {score:.1f}".replace("-", "−") for row, score in zip(rows, scores, strict=True)]
    axes.set_yticks(np.arange(len(labels)), labels)
    colorbar(figure, axes, image, "surprise beyond the usual (nats)")
    return figure
