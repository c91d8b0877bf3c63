"""Odd rows: faults planted inside a column's own range, found by elbax, Isolation Forest and ECOD."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest

import elbax
from benchmarks.tabular.filling import Codes
from benchmarks.tabular.tables import TABLES
from elbax.evaluate.conformal import conformal_p_values, flag
from elbax.evaluate.synthetic import CodedTables
from elbax.evaluate.synthetic.similarity import associations

NAMES = ("adult", "weather", "randhie", "penguins")
RATE, SHARE, MOST_ROWS = 0.1, 0.05, 6000


def plant(frame: pd.DataFrame, donors: pd.DataFrame, share: float, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows with one cell each, in a share of them, from a row whose most related column is far away.

    Returns:
        the rows, and the position of the faulty column of each, -1 for none.
    """
    rng = np.random.default_rng(seed)
    tables = CodedTables.of(donors, donors, donors)
    related = associations(tables.binned()[0]) - np.eye(len(tables.names))
    strong = np.argsort(-related.max(axis=1))[: max(2, len(tables.names) // 3)]
    known = CodedTables.of(donors, frame, frame) if len(frame) >= 10 else tables
    places, frame = np.full(len(frame), -1), frame.copy()
    for row in np.flatnonzero(rng.random(len(frame)) < share):
        j = int(rng.choice(strong))
        own, others = known.test[row, related[j].argmax()], tables.train[:, related[j].argmax()]
        if tables.categorical[related[j].argmax()]:
            far = np.flatnonzero(others != own)
        else:
            distance = np.nan_to_num(np.abs(others - own))
            far = np.flatnonzero(distance >= np.quantile(distance, 0.8))
        far = far[donors[tables.names[j]].iloc[far].notna()]
        if len(far):
            name = tables.names[j]
            frame[name] = frame[name].where(np.arange(len(frame)) != row, donors[name].iloc[int(rng.choice(far))])
            places[row] = list(frame.columns).index(name)
    return frame, places


def measure(name: str, seed: int) -> dict[str, Any]:
    """False discovery rate, power and blame on the test rows of one table with planted faults."""
    train, test = TABLES[name].split()
    rng = np.random.default_rng(seed)
    train = train.iloc[rng.permutation(len(train))[:MOST_ROWS]].reset_index(drop=True)
    n = len(train) // 4
    calibration, train = train[:n].reset_index(drop=True), train[n:].reset_index(drop=True)
    rows, places = plant(test, train, SHARE, seed)
    vae = elbax.VAE(random_state=seed, verbose=0).fit(train)
    table = vae.outliers(rows, RATE, calibration=calibration)
    odd = table["odd"].to_numpy(bool)
    right = table["blame"].to_numpy()[odd & (places >= 0)] == rows.columns.to_numpy()[places[odd & (places >= 0)]]
    found = {"elbax": _scores(odd, places), "blamed": [int(right.sum()), len(right)]}
    codes = Codes(pd.concat([train, calibration, rows], ignore_index=True))
    x = np.nan_to_num(codes.encode())
    parts = np.split(x, [len(train), len(train) + n])
    for peer, scores in (("Isolation Forest", _isolation_forest(*parts, seed)), ("ECOD", _ecod(*parts))):
        if scores is not None:
            found[peer] = _scores(flag(conformal_p_values(scores[1], scores[0]), RATE), places)
    return found


def _isolation_forest(
    train: np.ndarray, calibration: np.ndarray, rows: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    forest = IsolationForest(random_state=seed).fit(train)
    return forest.score_samples(calibration), forest.score_samples(rows)


def _ecod(train: np.ndarray, calibration: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    try:
        from pyod.models.ecod import ECOD
    except ImportError:
        return None
    model = ECOD().fit(train)
    return -model.decision_function(calibration), -model.decision_function(rows)


def _scores(odd: np.ndarray, places: np.ndarray) -> dict[str, float]:
    """Share of false discoveries, 0 without any, and power."""
    faulty = places >= 0
    return {
        "false discoveries": float((odd & ~faulty).sum() / max(odd.sum(), 1)),
        "power": float((odd & faulty).sum() / max(faulty.sum(), 1)),
    }


def run(repeats: int = 20) -> dict[str, Any]:
    """All tables, and means over repeats with their errors."""
    found: dict[str, Any] = {}
    for name in NAMES:
        draws = [measure(name, seed) for seed in range(repeats)]
        found[name] = {"draws": draws, "mean": {}}
        for method in [key for key in draws[0] if key != "blamed"]:
            for measured in ("false discoveries", "power"):
                values = [draw[method][measured] for draw in draws]
                error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
                found[name]["mean"][f"{method}, {measured}"] = [float(np.mean(values)), float(error)]
        right, flagged = np.sum([draw["blamed"] for draw in draws], axis=0)
        found[name]["mean"]["blamed right"] = [int(right), int(flagged)]
        print(name, found[name]["mean"], flush=True)
    return found
