"""Odd rows: faults planted inside a column's own range, found by elbax, Isolation Forest and ECOD."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest

import elbax
from benchmarks.tabular.filling import DEFAULTS, Codes, wanted
from benchmarks.tabular.tables import TABLES
from elbax import evaluate
from elbax.evaluate.conformal import conformal_p_values, flag
from elbax.evaluate.synthetic import CodedTables
from elbax.evaluate.synthetic.similarity import associations

NAMES = ("adult", "weather", "randhie", "flights")
REPEATS, RATE, SHARE = 20, 0.1, 0.05
TRAIN_ROWS, CALIBRATION_ROWS, TEST_ROWS = 3000, 2000, 500
RELATED = 0.3  # association with two columns that a column needs, so that a fault in it can be told from one in them


class Donors(NamedTuple):
    """Rows that faults come from.

    Attributes:
        rows: the rows.
        related: the two most related columns of each column, (d, 2).
        faulty: the columns that have faults.
        names: of the columns.
    """

    rows: pd.DataFrame
    related: np.ndarray
    faulty: list[int]
    names: list[str]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Donors":
        tables = CodedTables.of(rows, rows, rows)
        strength = associations(tables.binned()[0])
        np.fill_diagonal(strength, 0)
        related = np.argsort(-strength, axis=1)[:, :2]
        second = np.take_along_axis(strength, related, axis=1)[:, 1]
        faulty = np.flatnonzero(second >= min(RELATED, np.sort(second)[-2]))
        return cls(rows, related, faulty.tolist(), list(tables.names))

    def far(self, tables: CodedTables, own: np.ndarray, column: int) -> np.ndarray:
        """Positions of the donors, coded in a table, whose two related columns are far from a row of codes (d,)."""
        far = ~np.isnan(tables.train[:, column])
        for other in self.related[column]:
            codes = tables.train[:, other]
            if tables.categorical[other]:
                far &= codes != own[other]
            else:
                distance = np.nan_to_num(np.abs(codes - own[other]))
                far &= (distance > 0) & (distance >= np.quantile(distance, 0.6))
        return np.flatnonzero(far)


def plant(frame: pd.DataFrame, donors: Donors, share: float, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows with one faulty cell each, in a share of them: that of a row whose two most related columns are far away.

    Returns:
        the rows, and the position of the faulty column of each, -1 for none.
    """
    rng, tables = np.random.default_rng(seed), CodedTables.of(donors.rows, frame, frame)
    places, frame = np.full(len(frame), -1), frame.copy()
    for row in np.flatnonzero(rng.random(len(frame)) < share):
        j = int(rng.choice(donors.faulty))
        far = donors.far(tables, tables.test[row], j)
        name, own = tables.names[j], tables.test[row, j]
        far = far[tables.train[far, j] != own]
        if len(far) and not np.isnan(own):
            value = donors.rows[name].iloc[int(rng.choice(far))]
            frame[name] = frame[name].where(np.arange(len(frame)) != row, value)
            places[row] = list(frame.columns).index(name)
    return frame, places


class Task:
    """A table with a model of some of its rows and scores of the others, from which each repeat takes its own."""

    def __init__(self, name: str, settings: dict[str, Any]):
        train, test = TABLES[name].split()
        rows = pd.concat([train, test], ignore_index=True).sample(frac=1, random_state=0, ignore_index=True)
        self.train, self.pool = rows[:TRAIN_ROWS], rows[TRAIN_ROWS : TRAIN_ROWS + 2 * CALIBRATION_ROWS]
        self.pool = self.pool.reset_index(drop=True)
        self.donors = Donors.of(self.train)
        self.vae = elbax.VAE(**{**DEFAULTS, **settings}).fit(self.train)
        coded = self.vae._read(self.pool)
        self.usual = evaluate.calibrate(self.vae.module_, coded, 0)  # of all; each repeat compares with its own part
        self.peers = _peers(_codes(self.train))

    def measure(self, seed: int) -> dict[str, Any]:
        """False discoveries and power of each method, and how many of the faults found have their column blamed."""
        order = np.random.default_rng(seed).permutation(len(self.pool))
        test, calibration = order[:TEST_ROWS], order[TEST_ROWS : TEST_ROWS + CALIBRATION_ROWS]
        rows, places = plant(self.pool.iloc[test].reset_index(drop=True), self.donors, SHARE, seed)
        coded, planted = self.vae._read(rows), places >= 0
        scores = self.usual.scores[test].copy()
        scores[planted] = self.vae.score_samples(rows[planted])
        usual = self.usual._replace(scores=self.usual.scores[calibration])
        found = evaluate.find_outliers(
            self.vae.module_, self.vae.schema_, coded, usual, RATE, self.vae.seed_, scores=scores
        )
        odd = found["odd"].to_numpy(bool)
        right = found["blame"].to_numpy()[odd & planted] == rows.columns.to_numpy()[places[odd & planted]]
        record = {"elbax": _scores(odd, planted), "blamed": [int(right.sum()), len(right)]}
        for peer, score in self.peers.items():
            own = conformal_p_values(score(_codes(rows, self.train)), score(_codes(self.pool, self.train))[calibration])
            record[peer] = _scores(flag(own, RATE), planted)
        return record


def _codes(rows: pd.DataFrame, like: pd.DataFrame | None = None) -> np.ndarray:
    """Rows as numbers and one-hot levels, in the units and with the levels of other rows; gaps are zeros."""
    codes = Codes(rows if like is None else like)
    codes.frame = rows
    return np.nan_to_num(codes.encode())


def _peers(train: np.ndarray) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Scores of rows by other methods, low for odd ones."""
    peers = {"Isolation Forest": IsolationForest(random_state=0).fit(train).score_samples}
    try:
        from pyod.models.ecod import ECOD
    except ImportError:
        return peers
    model = ECOD().fit(train)
    return {**peers, "ECOD": lambda rows: -model.decision_function(rows)}


def _scores(odd: np.ndarray, planted: np.ndarray) -> dict[str, float]:
    """Share of false discoveries, 0 without any, and power."""
    return {
        "false discoveries": float((odd & ~planted).sum() / max(odd.sum(), 1)),
        "power": float((odd & planted).sum() / max(planted.sum(), 1)),
    }


def summarize(draws: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Means over repeats with their errors, and the planted rows that were flagged whose column was blamed."""
    mean: dict[str, list[float]] = {}
    for method in [key for key in draws[0] if key != "blamed"]:
        for measured in ("false discoveries", "power"):
            values = [draw[method][measured] for draw in draws]
            mean[f"{method}, {measured}"] = [float(np.mean(values)), float(np.std(values, ddof=1) / len(values) ** 0.5)]
    return {**mean, "blamed right, of": np.sum([draw["blamed"] for draw in draws], axis=0).tolist()}


def run(settings: dict[str, Any], record: dict[str, Any], save: Callable[[], None], only: Sequence[str]) -> None:
    """Add the tables that the record lacks; only those named, if any."""
    for name in (name for name in NAMES if wanted(name, only) and name not in record):
        task = Task(name, settings)
        draws = [task.measure(seed) for seed in range(REPEATS)]
        faulty = [task.donors.names[j] for j in task.donors.faulty]
        record[name] = {"mean": summarize(draws), "faulty columns": faulty, "draws": draws}
        print(name, record[name]["mean"], flush=True)
        save()
