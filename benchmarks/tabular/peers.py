"""Synthetic rows of SDV's TVAE and CTGAN (package ``ctgan``) from the training rows of a table.

    python -m benchmarks.tabular.peers adult tvae [--minutes 15] [--seed 0] [--output FOLDER]

It runs in the environment of `peers/install.sh` and never imports elbax. Columns are prepared as SDV does: a gap of a
number becomes the mean, and as many gaps are made at random in the samples; a gap of a category is a level; dates are
seconds. Text and numbers of at most ten values are categories. Defaults of the package; if 300 epochs would take longer
than the minutes of processor time, there are as many as fit, and the record says so.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.tabular.tables import TABLES

EPOCHS = 300
FEW_LEVELS = 10
PEERS = ("tvae", "ctgan")
GAP = "(gap)"


def prepare(train: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows without gaps, and the names of the categories."""
    columns, discrete = {}, []
    for name in train:
        column = train[name]
        if is_category(column):
            columns[name] = column.astype(object).where(column.notna(), GAP).astype(str)
            discrete.append(name)
        else:
            numbers = to_numbers(column)
            columns[name] = numbers.fillna(numbers.mean())
    return pd.DataFrame(columns), discrete


def is_category(column: pd.Series) -> bool:
    number = pd.api.types.is_numeric_dtype(column) or is_date(column)
    return not number or pd.api.types.is_bool_dtype(column) or column.nunique() <= FEW_LEVELS


def is_date(column: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(column)


def to_numbers(column: pd.Series) -> pd.Series:
    """Numbers as float64; dates as seconds, with NaN for NaT."""
    if not is_date(column):
        return column.astype(float)
    naive = column.dt.tz_localize(None) if column.dt.tz is not None else column
    return (naive - pd.Timestamp("1970-01-01")).dt.total_seconds()


def restore(sample: pd.DataFrame, train: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Samples as the table has its columns: gaps, whole numbers within the range, dates."""
    columns = {}
    for name in train:
        column, drawn = train[name], sample[name]
        if is_category(column):
            levels = {str(level): level for level in column.dropna().unique()}
            columns[name] = drawn.map(levels)
            continue
        numbers = to_numbers(column)
        values = drawn.astype(float).clip(numbers.min(), numbers.max())
        if (numbers.dropna() % 1 == 0).all():
            values = values.round()
        values[rng.random(len(values)) < numbers.isna().mean()] = np.nan
        columns[name] = pd.to_datetime(values, unit="s", utc=column.dt.tz is not None) if is_date(column) else values
    return pd.DataFrame(columns)


def fit(peer: str, rows: pd.DataFrame, discrete: list[str], epochs: int, seed: int) -> tuple[Any, float]:
    """The fitted peer, and seconds of processor time, which other work on the machine does not change."""
    import ctgan
    import torch

    torch.manual_seed(seed)
    np.random.seed(seed)
    maker = {"tvae": ctgan.TVAE, "ctgan": ctgan.CTGAN}[peer]
    model = maker(epochs=epochs, enable_gpu=False)
    start = time.process_time()
    model.fit(rows, discrete)
    return model, time.process_time() - start


def run(name: str, peer: str, minutes: float, seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """As many synthetic rows as there are for training, and the record of settings and seconds."""
    from importlib.metadata import version

    train, _ = TABLES[name].split()
    rows, discrete = prepare(train)
    (_, one), (_, three) = (fit(peer, rows, discrete, epochs, seed) for epochs in (1, 3))
    epoch = max((three - one) / 2, 1e-3)
    epochs = int(np.clip((60 * minutes - one) / epoch, 1, EPOCHS))
    model, seconds = fit(peer, rows, discrete, epochs, seed)
    start = time.process_time()
    sample = model.sample(len(train))
    record = {
        "table": name,
        "peer": peer,
        "version": f"ctgan {version('ctgan')}, torch {version('torch')}",
        "seed": seed,
        "epochs": epochs,
        "epochs of the default": EPOCHS,
        "processor seconds of training": seconds,
        "processor seconds of sampling": time.process_time() - start,
    }
    return restore(sample, train, np.random.default_rng(seed)), record


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=list(TABLES))
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/.samples"))
    options = parser.parse_args(arguments)
    sample, record = run(options.table, options.peer, options.minutes, options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    stem = options.output / f"{options.table}-{options.peer}-{options.seed}"
    sample.to_csv(stem.with_suffix(".csv.gz"), index=False)
    stem.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record))


if __name__ == "__main__":
    main()
