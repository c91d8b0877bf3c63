"""Odd rows: faults planted inside a column's own range, found by elbax, Isolation Forest and ECOD."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
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
TRAIN_ROWS, CALIBRATION_ROWS, TEST_ROWS = 1500, 2500, 500
_FEWEST_EXPECTED = 5  # rows with two values by chance, from which none is a contradiction


def plant(frame: pd.DataFrame, donors: pd.DataFrame, share: float, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows with one faulty cell each, in a share of them: with a value of another row that contradicts two columns.

    A value contradicts a column if no donor has the two in their bins, where at least five would by chance. A fault
    that contradicts one column only could as well be one of that column.

    Returns:
        the rows, and the position of the faulty column of each, -1 for none.
    """
    rng, tables = np.random.default_rng(seed), CodedTables.of(donors, frame, frame)
    known, rows, _ = tables.binned()
    strength = associations(known) - np.eye(len(tables.names))
    related = np.argsort(-strength, axis=1)[:, :2]
    sizes = np.maximum(known.max(axis=0), rows.max(axis=0)) + 2  # with the gaps
    contradicts = [[_never(known[:, [j, k]], sizes[[j, k]]) for k in pair] for j, pair in enumerate(related)]
    places, frame = np.full(len(frame), -1), frame.copy()
    for row in np.flatnonzero(rng.random(len(frame)) < share):
        for j in rng.permutation(len(related)):
            own = [rows[row, k] for k in related[j]]
            pairs = zip(contradicts[j], own, strict=True)
            wrong = np.all([never[known[:, j], value] for never, value in pairs], axis=0) & (known[:, j] >= 0)
            if rows[row, j] >= 0 and min(own) >= 0 and wrong.any():
                name, donor = tables.names[j], int(rng.choice(np.flatnonzero(wrong)))
                frame[name] = frame[name].where(np.arange(len(frame)) != row, donors[name].iloc[donor])
                places[row] = list(frame.columns).index(name)
                break
    return frame, places


def _never(pairs: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Pairs of bins (n, 2) that no row has where at least five would by chance, of these sizes; gaps are -1."""
    counts = np.zeros(sizes)
    np.add.at(counts, tuple(pairs.T), 1)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / len(pairs)
    return (counts == 0) & (expected >= _FEWEST_EXPECTED)


class Task:
    """A table with a model of some of its rows and scores of the others, from which each repeat takes its own."""

    def __init__(self, name: str, settings: dict[str, Any]):
        train, test = TABLES[name].split()
        rows = pd.concat([train, test], ignore_index=True).sample(frac=1, random_state=0, ignore_index=True)
        self.train, others = rows[:TRAIN_ROWS], rows[TRAIN_ROWS:]
        for name, levels in Codes(self.train).levels.items():  # a new level is an error, which names it
            others = others[others[name].isin(levels) | others[name].isna()]
        self.pool = others[: CALIBRATION_ROWS + TEST_ROWS].reset_index(drop=True)
        self.vae = elbax.VAE(**{**DEFAULTS, **settings}).fit(self.train)
        coded = self.vae._read(self.pool)
        self.usual = evaluate.calibrate(self.vae.module_, coded, 0)  # of all; each repeat compares with its own part
        self.peers = _peers(_codes(self.train))

    def measure(self, seed: int) -> dict[str, Any]:
        """False discoveries and power of each method, and how many of the faults found have their column blamed."""
        order = np.random.default_rng(seed).permutation(len(self.pool))
        test, calibration = order[:TEST_ROWS], order[TEST_ROWS : TEST_ROWS + CALIBRATION_ROWS]
        rows, places = plant(self.pool.iloc[test].reset_index(drop=True), self.train, SHARE, seed)
        coded, planted = self.vae._read(rows), places >= 0
        scores = jax.tree.map(lambda column: column[test].copy(), self.usual.rows)
        own = evaluate.score_cells(self.vae.module_, self.vae._read(rows[planted]), self.vae.seed_)
        scores.log_prob[planted], scores.cells[planted] = own
        usual = evaluate.learn_usual(jax.tree.map(lambda column: column[calibration], self.usual.rows))
        found = evaluate.find_outliers(
            self.vae.module_, self.vae.schema_, coded, usual.cells, RATE, 0, scores.log_prob, usual.p_values(scores)
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
        record[name] = {"mean": summarize(draws), "draws": draws}
        print(name, record[name]["mean"], flush=True)
        save()
