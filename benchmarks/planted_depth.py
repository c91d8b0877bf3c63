"""Latents of counts with a planted depth and a planted batch: what each has to do with them.

    python -m benchmarks.planted_depth [--draws 3] [--output FILE]

Counts are negative binomial, with means depth × exp(z W + batch × B + b): two latents z, a depth of each row
(log-normal, deviation .7, independent of z), and two batches. Every draw is fitted without an exposure, with that of
each row's total, with its depth given, and with its total and batch given. `depth` and `batch` are |r| of each latent
with log depth and with the batch, `planted` the R² of the planted latents from those found, `effect` the correlation of
decoded log-ratios of the two batches with planted ones.
"""

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from benchmarks.machine import describe_machine
from elbax import VAE

RESULTS = Path(__file__).parent / "results" / "planted_depth.json"
ROWS, COLUMNS, LATENTS = 800, 30, 2
SETTINGS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "no exposure": (None, ()),
    'exposure="total"': ("total", ()),
    "its depth given": ("depth", ("depth",)),
    'exposure="total", batch given': ("total", ("batch",)),
}


class Planted(NamedTuple):
    """A draw of counts (n, d) with what made them."""

    counts: np.ndarray
    latents: np.ndarray
    rows: pd.DataFrame  # depth and batch
    effect: np.ndarray  # log-ratio of each column's means in batch b and a


def plant(seed: int, batches: float) -> Planted:
    """Draw counts; ``batches`` is the deviation of the batches' log-ratios."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(ROWS, LATENTS))
    depth = np.exp(rng.normal(0, 0.7, ROWS))
    batch = rng.integers(0, 2, ROWS)
    loadings, base = rng.normal(0, 0.6, (LATENTS, COLUMNS)), rng.normal(0.7, 0.7, COLUMNS)
    effect = rng.normal(0, batches, COLUMNS)
    mean = depth[:, None] * np.exp(z @ loadings + base + batch[:, None] * effect)
    counts = rng.negative_binomial(5, 1 / (1 + mean / 5))
    return Planted(counts, z, pd.DataFrame({"depth": depth, "batch": np.array(["a", "b"])[batch]}), effect)


def measure(planted: Planted, exposure: str | None, names: tuple[str, ...], seed: int) -> dict[str, Any]:
    """Fit one setting, and compare its latents with what was planted."""
    context = planted.rows[list(names)] if names else None
    vae = VAE(LATENTS, hidden=(32,), epochs=60, exposure=exposure, random_state=seed, verbose=0)
    z = vae.fit(planted.counts, context=context).transform(planted.counts, context=context)
    record = {
        "depth": largest(z, np.log(planted.rows["depth"])),
        "batch": largest(z, planted.rows["batch"] == "b"),
        "planted": round(float(LinearRegression().fit(z, planted.latents).score(z, planted.latents)), 3),
    }
    if "batch" in names:
        center = np.zeros((1, LATENTS))
        rates = [vae.inverse_transform(center, context={"batch": batch})[0] for batch in "ab"]
        record["effect"] = round(float(np.corrcoef(np.log(rates[1] / rates[0]), planted.effect)[0, 1]), 3)
    return record


def largest(z: np.ndarray, other: Any) -> list[float]:
    """|r| of each latent with something else."""
    return [round(abs(float(np.corrcoef(latent, np.asarray(other, float))[0, 1])), 3) for latent in z.T]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.planted_depth", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    records = []
    for seed in range(options.draws):
        for setting, (exposure, names) in SETTINGS.items():
            planted = plant(seed, 0.5 if "batch" in names else 0.0)
            record = {"draw": seed, "setting": setting, **measure(planted, exposure, names, seed)}
            records.append(record)
            print(json.dumps(record), flush=True)
    options.output.write_text(json.dumps({"records": records, "machine": describe_machine()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
