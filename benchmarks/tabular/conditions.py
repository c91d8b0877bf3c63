"""Conditions after the fit: planted models with known conditionals, and twenty conditions on Adult."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

import elbax
from benchmarks.tabular.filling import DEFAULTS, wanted
from benchmarks.tabular.tables import TABLES
from elbax.evaluate.synthetic import CodedTables
from elbax.evaluate.synthetic.similarity import column_shapes

ROWS, MOST_ROWS = 1000, 2000  # drawn, and real ones they are compared with
SHUFFLES = 100
ADULT: tuple[dict[str, Any], ...] = (
    {"sex": "Female"},
    {"age": (50, 60)},
    {"income": ">50K"},
    {"income": ">50K", "sex": "Female"},
    {"education": "Doctorate"},
    {"education": ["Masters", "Doctorate"], "age": (30, 40)},
    {"marital-status": "Widowed"},
    {"race": "Black", "income": ">50K"},
    {"occupation": "Priv-house-serv"},
    {"occupation": "Protective-serv"},
    {"native-country": "Laos"},
    {"workclass": "Without-pay"},
    {"native-country": "Mexico"},
    {"native-country": "Hungary"},
    {"native-country": "Scotland"},
    {"capital-gain": (10_000, 20_000)},
    {"capital-loss": (1500, 2500), "sex": "Male"},
    {"hours-per-week": (80, 99)},
    {"age": (80, 90), "income": ">50K"},
    {"age": (17, 20), "marital-status": "Divorced"},
)


def planted(settings: dict[str, Any], seed: int = 0) -> dict[str, Any]:
    """A category and two numbers that hang on it: conditional draws beside those of the truth."""
    rng = np.random.default_rng(seed)

    def draw(n: int) -> pd.DataFrame:
        group = rng.integers(0, 3, n)
        x = 3.0 * group + rng.normal(size=n)
        return pd.DataFrame({"group": np.array(list("abc"))[group], "x": x, "y": 0.8 * x + 0.6 * rng.normal(size=n)})

    vae = elbax.VAE(**{**DEFAULTS, **settings}).fit(draw(2000))
    truth, found = draw(400_000), {}
    for given in ({"group": "b"}, {"x": (2.0, 4.0)}, {"group": ["a", "c"], "y": (1.0, 2.0)}, {"x": (7.0, 9.0)}):
        found[str(given)] = measure(vae, truth[meets(truth, given)], given, seed)
    return found


def measure(vae: elbax.VAE, real: pd.DataFrame, given: dict[str, Any], seed: int) -> dict[str, float]:
    """Rows under a condition beside real ones: distances of columns, and seconds of the first call and of the next."""
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        made = vae.sample(ROWS, given=given, random_state=seed)
        seconds.append(time.perf_counter() - start)
    own = real.sample(min(len(real), MOST_ROWS), random_state=seed)
    tables = CodedTables.of(own, own, made[list(own)])
    distances, chance = distances_and_chance(tables, seed)
    return {
        "rows": len(real),
        "met": float(meets(made, given).mean()),
        "distance": float(distances.mean()),
        "distance of equal distributions": float(chance.mean()),
        "columns within chance": float((distances <= np.quantile(chance, 1 - 0.05 / len(distances), axis=0)).mean()),
        "seconds, first": seconds[0],
        "seconds": seconds[1],
    }


def distances_and_chance(tables: CodedTables, seed: int, shuffles: int = SHUFFLES) -> tuple[np.ndarray, np.ndarray]:
    """Distances of columns between real and synthetic rows (d,), and where the same rows are shuffled (k, d)."""
    rng, both = np.random.default_rng(seed), np.vstack([tables.train, tables.synthetic])
    n = len(tables.train)

    def distances(order: np.ndarray) -> np.ndarray:
        part = replace(tables, train=both[order[:n]], synthetic=both[order[n:]])
        return np.array([1 - column.shape for column in column_shapes(part)])

    chance = [distances(rng.permutation(len(both))) for _ in range(shuffles)]
    return distances(np.arange(len(both))), np.array(chance)


def meets(frame: pd.DataFrame, given: dict[str, Any]) -> np.ndarray:
    """Which rows meet conditions; both ends of a range are inside."""
    met = np.ones(len(frame), bool)
    for name, value in given.items():
        column = frame[name]
        if isinstance(value, tuple):
            met &= column.between(*value).to_numpy()
        else:
            met &= column.isin(value if isinstance(value, list) else [value]).to_numpy()
    return met


def run(settings: dict[str, Any], record: dict[str, Any], save: Callable[[], None], only: Sequence[str]) -> None:
    """Add what the record lacks: the planted model, and each condition on Adult; only the parts named, if any."""
    if wanted("planted", only) and "planted" not in record:
        record["planted"] = planted(settings)
        save()
    own = record.setdefault("adult", {})
    missing = [given for given in ADULT if str(given) not in own]
    if not wanted("adult", only) or not missing:
        return
    train, test = TABLES["adult"].split()
    vae, everything = elbax.VAE(**{**DEFAULTS, **settings}).fit(train), pd.concat([train, test])
    for given in missing:
        own[str(given)] = measure(vae, everything[meets(everything, given)], given, 0)
        print(given, own[str(given)], flush=True)
        save()
