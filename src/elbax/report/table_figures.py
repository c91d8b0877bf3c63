"""The static figures of a report for tables with kinds and gaps."""

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from elbax import plots
from elbax.report.static_figure import StaticFigure

MOST_COLUMNS = 24


def table_figures(vae: Any, x: Any, context: Any) -> Iterator[StaticFigure]:
    """Yield the figures for a fitted estimator and some rows of its table, with their context."""
    table = vae.schema_.table
    n = len(vae.schema_.encode(x))
    sampled = vae.sample(n if context is None else 1, context=context, random_state=0)
    shown = [position for column in table.modeled for position in column.positions][:MOST_COLUMNS]
    names = [table.layout.texts[position] for position in shown]
    which = "" if len(names) == len(table.layout.names) else f" {len(names)} of {len(table.layout.names)} columns."
    yield StaticFigure(
        "Columns, real and sampled",
        f"Distributions of {len(names)} columns in the data and in samples from the model.",
        "Where outline and bars agree, values of that column are as frequent in samples as in the data. "
        f"{n:,} rows of each; the end bins hold the values beyond.{which}",
        plots.column_distributions(*(_as_pandas(rows).iloc[:, shown] for rows in (x, sampled)), names),
    )
    gaps = pd.DataFrame(np.isnan(vae.schema_.encode(x)), columns=vae.schema_.feature_names)
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
        "The change of a column's mean while one latent goes from its 5% to its 95% quantile and the others stay. "
        "`explain_latents` has the numbers in the columns' units.",
        plots.latent_effects_map(vae.explain_latents(x, context=context)),
    )


def _as_pandas(rows: Any) -> pd.DataFrame:
    frame = nw.from_native(rows, pass_through=True)
    return frame.to_pandas() if isinstance(frame, nw.DataFrame) else pd.DataFrame(rows)
