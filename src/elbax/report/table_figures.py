"""The static figures of a report for tables with kinds and gaps."""

from collections.abc import Iterator, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from elbax import plots
from elbax.data import evenly_spaced, take_rows
from elbax.data.columns.written_text import read_written
from elbax.evaluate.synthetic import CodedTables, SyntheticReport, associations
from elbax.fit.rows import index_of
from elbax.report.static_figure import StaticFigure

_PANELS, _MOST_COLUMNS = 24, 240  # in a figure, and drawn at all
_FEWEST_ROWS = 10  # of which associations are measured
_ODD_ROWS, _SCORED_ROWS = 12, 2_000
_FEWEST_USUAL, _USUAL_CELLS = 16, 512  # rows and cells that say what is usual


def table_figures(vae: Any, x: Any, context: Any) -> Iterator[StaticFigure]:
    """Yield the figures for a fitted estimator and some rows of its table, with their context."""
    table, codes = vae.schema_.table, vae.schema_.encode(x)
    n = len(codes)
    sampled = _as_pandas(vae.sample(n if context is None else 1, context=context, random_state=0))
    shown = [position for column in table.modeled for position in column.positions]
    names = [table.layout.texts[position] for position in shown]
    real, sampled = (frame.iloc[:, shown].set_axis(names, axis=1) for frame in (_as_pandas(x), sampled))
    yield from column_figures(real, sampled, "sampled")
    if len(names) > 1 and n >= _FEWEST_ROWS:
        coded = CodedTables.of(real, real, sampled)
        binned = coded.binned()
        yield pair_figure(associations(binned[0]), associations(binned[2]), coded.names, "sampled")
    gaps = pd.DataFrame(np.isnan(codes), columns=vae.schema_.feature_names)
    if gaps.any(axis=None):
        yield StaticFigure(
            "Gaps",
            "Bars of the share of gaps in each column, above the commonest patterns of gaps.",
            f"{gaps.to_numpy().mean():.1%} of the cells are gaps. The model learns from the cells that are there, and "
            "its densities are of those; `impute` fills the others.",
            plots.gap_patterns(gaps),
        )
    yield StaticFigure(
        "What moves with each latent",
        "A square for each column and latent, darker where the column changes more.",
        "The change of a column's mean while one latent goes from its 5% to its 95% quantile and the others stay: in "
        "standard deviations of the column, of labels in probability. "
        "`explain_latents` has the numbers in the columns' units.",
        plots.latent_effects_map(vae.explain_latents(x, context=context)),
    )
    if vae.module_.posterior.has_density:
        yield _odd_rows(vae, x, context)


def synthetic_figures(record: SyntheticReport, train: Any, synthetic: Any) -> Iterator[StaticFigure]:
    """Yield the figures of synthetic rows beside the training rows of their model: every column, and all pairs."""
    names = [column.name for column in record.columns]
    yield from column_figures(*(_named(rows)[names] for rows in (train, synthetic)), "synthetic")
    if len(names) > 1:
        yield pair_figure(record.real_associations, record.synthetic_associations, names, "synthetic")


def column_figures(real: pd.DataFrame, made: pd.DataFrame, called: str) -> Iterator[StaticFigure]:
    """Yield the distributions of all columns, real beside ``called`` ones, 24 in a figure and 240 at most."""
    names = list(real.columns)
    count = min(len(names), _MOST_COLUMNS)
    for start in range(0, count, _PANELS):
        some = names[start : min(start + _PANELS, count)]
        several = f", {start + 1} to {start + len(some)} of {len(names)}" if len(names) > _PANELS else ""
        yield StaticFigure(
            f"Columns, real and {called}{several}",
            f"Distributions of {len(some)} columns in the data and in {called} rows.",
            f"Where outline and bars agree, values of that column are as frequent in {called} rows as in the data. "
            f"{len(real):,} real and {len(made):,} {called} rows; the end bins hold the values beyond.",
            plots.column_distributions(*_as_written(real[some], made[some]), some, made=called),
        )


def _as_written(*frames: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    """Frames of the same columns, with text of dates or numbers as what it says."""
    read = [frame.copy() for frame in frames]
    for name in frames[0].columns:
        written = read_written([nw.from_native(frame[name], series_only=True) for frame in frames], str(name))
        for frame, values in zip(read, written or (), strict=False):
            frame[name] = values
    return tuple(read)


def pair_figure(real: np.ndarray, made: np.ndarray, names: Sequence[str], called: str) -> StaticFigure:
    """The associations of all pairs of columns, of real and of ``called`` rows."""
    return StaticFigure(
        f"Pairs of columns, real and {called}",
        f"Three heat maps of pairs of columns: real rows, {called} rows, and the difference.",
        "How strongly two columns hang together: 0 if one says nothing about the other, 1 if it determines it "
        "(Cramér's V, numbers in ten bins). The right map should be pale; red pairs hang together more in "
        f"{called} rows, blue ones less.",
        plots.pair_associations(real, made, names, made=called),
    )


def _odd_rows(vae: Any, x: Any, context: Any) -> StaticFigure:
    """The rows of the lowest density, and which of their cells surprise."""
    some = evenly_spaced(len(vae.schema_.encode(x)), _SCORED_ROWS)
    x, context = take_rows(x, some), take_rows(context, some)
    scores = vae.score_samples(x, context=context)
    lowest = np.argsort(scores)[:_ODD_ROWS]
    rows = take_rows(x, lowest)
    few = evenly_spaced(len(some), max(_FEWEST_USUAL, _USUAL_CELLS // len(vae.schema_.feature_names)))
    usual = take_rows(x, few), take_rows(context, few)
    surprise = vae.surprise(rows, calibration=usual, context=take_rows(context, lowest))
    surprise = surprise if index_of(x) is not None else surprise.set_axis(some[lowest])
    return StaticFigure(
        "The oddest rows",
        f"A line for each of the {len(lowest)} rows that the model finds least likely, with the value of each cell, "
        "darker where it surprises more.",
        f"The rows of lowest log p(x) among {len(some):,}, by name or number from 0; the color of a cell is how much "
        "less likely it is, given the rest of its row, than such cells usually are. Some rows are always lowest: "
        "`elbax outliers` says which are odd.",
        plots.odd_rows(surprise, _texts(vae.schema_, rows), scores[lowest], surprise.index),
    )


def _texts(schema: Any, rows: Any) -> pd.DataFrame:
    """The value of each feature as text, blank in gaps."""
    codes = np.asarray(schema.encode(rows))
    cells = [
        ["" if np.isnan(code) else str(schema.value_of(feature, code)) for feature, code in enumerate(row)]
        for row in codes.reshape(len(codes), -1)
    ]
    return pd.DataFrame(cells, columns=schema.feature_names)


def _named(rows: Any) -> pd.DataFrame:
    frame = _as_pandas(rows)
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _as_pandas(rows: Any) -> pd.DataFrame:
    frame = nw.from_native(rows, pass_through=True)
    return frame.to_pandas() if isinstance(frame, nw.DataFrame) else pd.DataFrame(rows)
