"""Odd rows: how odd they are, which are flagged, which cells are to blame, and what was expected there."""

from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from elbax.core.vae import VAEModule
from elbax.data import Schema, take_evenly
from elbax.evaluate.blame import cell_log_probs
from elbax.evaluate.bounds import log_likelihood
from elbax.evaluate.completion import impute
from elbax.evaluate.conformal import conformal_p_values, flag
from elbax.types import Batch

_SAMPLES = 100  # importance samples of each row
_MOST_CALIBRATED = 10_000  # rows
_CELL_ROWS = 256  # of which every cell is left out once
_NOTICED = 1.0  # nats from which a cell is named beside the first


class Calibration(NamedTuple):
    """What is usual among rows that the model has not seen.

    Attributes:
        scores: log p(x) of each row, nats, (m,).
        cells: the median of log p(x_j | other cells) of each feature, nats, (d,).
    """

    scores: np.ndarray
    cells: np.ndarray


def calibrate(module: VAEModule, rows: Batch, seed: int) -> Calibration:
    """Measure rows that the model has not seen, at most 10,000 of them."""
    rows = take_evenly(rows._replace(weight=None), _MOST_CALIBRATED)
    return Calibration(score(module, rows, seed), usual_cells(module, rows, seed))


def usual_cells(module: VAEModule, rows: Batch, seed: int) -> np.ndarray:
    """The median of log p(x_j | other cells) of each feature over at most 256 rows, nats, (d,)."""
    cells = cell_log_probs(module, take_evenly(rows._replace(weight=None), _CELL_ROWS), seed)
    return np.nanmedian(cells, axis=0)


def score(module: VAEModule, rows: Batch, seed: int) -> np.ndarray:
    """Log p(x) of each row, nats, (n,)."""
    return log_likelihood(module, rows, _SAMPLES, seed).astype(np.float64)


def find_outliers(
    module: VAEModule,
    schema: Schema,
    rows: Batch,
    calibration: Calibration,
    false_discovery_rate: float,
    seed: int,
    scores: np.ndarray | None = None,
    p_values: np.ndarray | None = None,
) -> pd.DataFrame:
    """A table of the rows: log_prob, p_value, odd, and for those that are odd what is to blame.

    ``blame`` is the column whose value surprises most, given the rest of the row; ``nats`` by how much more than such
    cells usually do; ``found`` and ``expected`` are the value and what the rest of the row suggests; ``also`` names
    further columns. ``scores`` and ``p_values`` of the rows are computed unless given.
    """
    scores = score(module, rows, seed) if scores is None else scores
    p_values = conformal_p_values(scores, calibration.scores) if p_values is None else p_values
    odd = flag(p_values, false_discovery_rate)
    table = pd.DataFrame({"log_prob": scores, "p_value": p_values, "odd": odd})
    blamed = _blame(module, schema, rows, calibration, np.flatnonzero(odd), seed)
    return table.join(blamed)


def _blame(
    module: VAEModule, schema: Schema, rows: Batch, calibration: Calibration, positions: np.ndarray, seed: int
) -> pd.DataFrame:
    """What is to blame in rows at some positions."""
    columns = ["blame", "nats", "found", "expected", "also"]
    if not len(positions):
        return pd.DataFrame({name: pd.Series(dtype=float if name == "nats" else object) for name in columns})
    rows = jax.tree.map(lambda column: np.asarray(column[positions]), rows._replace(weight=None, target_codes=None))
    surprise = calibration.cells - cell_log_probs(module, rows, seed)  # nats beyond the usual
    first = np.nanargmax(surprise, axis=1)
    observed = np.ones(rows.x.shape, bool) if rows.observed is None else rows.observed.astype(bool)
    observed = observed.copy()
    observed.reshape(len(first), -1)[np.arange(len(first)), first] = False
    expected, _ = impute(module, rows._replace(observed=observed), schema.typical, seed)
    found, expected = (_cells(schema, codes, first) for codes in (rows.x, expected))
    names = schema.feature_names
    return pd.DataFrame(
        {
            "blame": [names[feature] for feature in first],
            "nats": surprise[np.arange(len(first)), first],
            "found": found,
            "expected": expected,
            "also": [_others(row, names, feature) for row, feature in zip(surprise, first, strict=True)],
        },
        index=positions,
    )


def _cells(schema: Schema, codes: np.ndarray, features: np.ndarray) -> list:
    """The value of one feature of each row."""
    return [schema.value_of(int(feature), row.ravel()[feature]) for row, feature in zip(codes, features, strict=True)]


def _others(surprise: np.ndarray, names: list[str], first: int) -> str:
    """Further cells that surprise, with their nats."""
    order = [feature for feature in np.argsort(-surprise) if feature != first and surprise[feature] > _NOTICED]
    return ", ".join(f"{names[feature]} ({surprise[feature]:.1f})" for feature in order[:3])
