"""Conditions after the fit: planted models with known conditionals, and twenty conditions on Adult."""

import time
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

import elbax
from benchmarks.tabular.tables import TABLES
from elbax.evaluate.synthetic import CodedTables
from elbax.evaluate.synthetic.similarity import column_shapes

ROWS = 1000
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


def planted(seed: int = 0) -> dict[str, Any]:
    """A category and two numbers that hang on it: conditional draws beside those of the truth."""
    rng = np.random.default_rng(seed)

    def draw(n: int) -> pd.DataFrame:
        group = rng.integers(0, 3, n)
        x = 3.0 * group + rng.normal(size=n)
        return pd.DataFrame({"group": np.array(list("abc"))[group], "x": x, "y": 0.8 * x + 0.6 * rng.normal(size=n)})

    vae = elbax.VAE(random_state=seed, verbose=0).fit(draw(4000))
    truth, found = draw(400_000), {}
    for given in ({"group": "b"}, {"x": (2.0, 4.0)}, {"group": ["a", "c"], "y": (1.0, 2.0)}, {"x": (7.0, 9.0)}):
        real = truth[meets(truth, given)][:20_000]
        made = vae.sample(ROWS, given=given)
        distance = {name: float(ks_2samp(real[name], made[name]).statistic) for name in ("x", "y")}
        shares = (made["group"].value_counts(normalize=True) - real["group"].value_counts(normalize=True)).fillna(0)
        found[str(given)] = {**distance, "group": float(shares.abs().sum() / 2), "expected": 1.36 / np.sqrt(ROWS)}
    return found


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


def adult(seed: int = 0) -> dict[str, Any]:
    """Shapes of all columns under each condition, beside those of as many real rows, and seconds for 1,000 rows."""
    train, test = TABLES["adult"].split()
    vae = elbax.VAE(random_state=seed, verbose=0).fit(train)
    everything, found = pd.concat([train, test]), {}
    for given in ADULT:
        real = everything[meets(everything, given)]
        start = time.perf_counter()
        made = vae.sample(ROWS, given=given)
        seconds = time.perf_counter() - start
        again = real.sample(len(real), replace=True, random_state=seed)
        tables = CodedTables.of(real, again, made)
        shapes = [
            np.mean([one.shape for one in column_shapes(tables, rows)]) for rows in (tables.synthetic, tables.test)
        ]
        found[str(given)] = {
            "rows": len(real),
            "met": float(meets(made, given).mean()),
            "shape": float(shapes[0]),
            "shape of real rows drawn again": float(shapes[1]),
            "seconds": seconds,
        }
        print(given, found[str(given)], flush=True)
    return found


def run(seed: int = 0) -> dict[str, Any]:
    return {"planted": planted(seed), "adult": adult(seed)}
