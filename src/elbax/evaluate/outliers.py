"""Odd rows: how odd they are, which are flagged, which cells are to blame, and what was expected there."""

import warnings
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from elbax.core.vae import VAEModule
from elbax.data import Schema, take_evenly
from elbax.evaluate.blame import MOST_CELLS, CellScores, cell_log_probs, score_cells
from elbax.evaluate.completion import impute
from elbax.evaluate.conformal import conformal_p_values, flag
from elbax.types import Batch

_MOST_CALIBRATED = 10_000  # rows
_CELL_ROWS = 256  # of which every cell is left out once, where rows are not scored by their cells
_EXPLAINED = 10  # rows with the lowest p-values, of which what is to blame is told though none be odd
_NOTICED = 1.0  # nats from which a cell is named beside the first
_BLAMED_SAMPLES = 128  # importance samples of each row that is odd without each of its cells
_UNUSUAL = 0.95  # quantile of the surprise of a feature's cells from which it counts


class Calibration(NamedTuple):
    """What is usual among rows that the model has not seen.

    Attributes:
        rows: their scores, (m,) and (m, d).
        cells: the median of log p(x_j | other cells) of each feature, nats, (d,).
        unusual: how far below it 5% of a feature's cells are, nats, (d,).
    """

    rows: CellScores
    cells: np.ndarray
    unusual: np.ndarray

    def usualness(self, scores: CellScores) -> np.ndarray:
        """How little the cells of each row surprise, nats, (n,): 0 unless a cell is below the lowest 5% of its feature.

        Less the sum over cells of the nats that each is below these. Of rows with more than 100 cells it is log p(x).
        """
        if scores.cells.shape[1] > MOST_CELLS:
            return scores.log_prob
        return -np.nansum(np.maximum(self.cells - scores.cells - self.unusual, 0.0), axis=1)

    def p_values(self, scores: CellScores) -> np.ndarray:
        """Conformal p-values of rows (n,) by the nats with which their cells surprise."""
        return conformal_p_values(self.usualness(scores), self.usualness(self.rows))


def calibrate(module: VAEModule, rows: Batch, seed: int) -> Calibration:
    """Measure rows that the model has not seen, at most 10,000 of them."""
    return learn_usual(score_cells(module, take_evenly(rows._replace(weight=None), _MOST_CALIBRATED), seed))


def learn_usual(rows: CellScores) -> Calibration:
    """What is usual among rows with these scores; features that were never observed say nothing."""
    cells = _quantile(rows.cells, 0.5)
    return Calibration(rows, cells, _quantile(cells - rows.cells, _UNUSUAL))


def usual_cells(module: VAEModule, rows: Batch, seed: int) -> np.ndarray:
    """The median of log p(x_j | other cells) of each feature over at most 256 rows, nats, (d,).

    NaN for a feature that was never observed there.
    """
    cells = cell_log_probs(module, take_evenly(rows._replace(weight=None), _CELL_ROWS), seed)
    return _quantile(cells, 0.5)


def _quantile(cells: np.ndarray, share: float) -> np.ndarray:
    """A quantile of the observed cells of each feature, (d,); NaN for a feature without any."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a feature without cells
        return np.nanquantile(cells, share, axis=0)


def find_outliers(
    module: VAEModule,
    schema: Schema,
    rows: Batch,
    usual: np.ndarray,
    false_discovery_rate: float,
    seed: int,
    scores: np.ndarray,
    p_values: np.ndarray,
) -> pd.DataFrame:
    """A table of the rows: log_prob, p_value, odd, and for those that are odd, and the ten oddest, what is to blame.

    ``blame`` is the column whose value surprises most, given the rest of the row; ``nats`` by how much more than such
    cells usually do; ``found`` and ``expected`` are the value and what the rest of the row suggests; ``also`` names
    further columns. ``usual`` is the median of log p(x_j | other cells) of each feature, ``scores`` are log p(x).
    """
    odd = flag(p_values, false_discovery_rate)
    table = pd.DataFrame({"log_prob": scores, "p_value": p_values, "odd": odd})
    explained = np.union1d(np.flatnonzero(odd), np.lexsort((scores, p_values))[:_EXPLAINED])
    return table.join(_blame(module, schema, rows, usual, explained, seed))


def _blame(
    module: VAEModule, schema: Schema, rows: Batch, usual: np.ndarray, positions: np.ndarray, seed: int
) -> pd.DataFrame:
    """What is to blame in rows at some positions; nothing where no cell can be compared."""
    columns = ["blame", "nats", "found", "expected", "also"]
    observed = np.ones(rows.x.shape, bool) if rows.observed is None else np.asarray(rows.observed, bool)
    known = observed.reshape(len(observed), -1) & np.isfinite(usual)
    positions = positions[known[positions].any(axis=1)]
    if not len(positions):
        return pd.DataFrame({name: pd.Series(dtype=float if name == "nats" else object) for name in columns})
    rows = jax.tree.map(lambda column: np.asarray(column[positions]), rows._replace(weight=None, target_codes=None))
    surprise = usual - cell_log_probs(module, rows, seed, _BLAMED_SAMPLES)  # nats beyond the usual
    first = np.nanargmax(surprise, axis=1)
    observed = observed[positions]
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
