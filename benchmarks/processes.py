"""Many fits of other shapes in one process, single rows, and forked children: seconds and memory.

    python -m benchmarks.processes [--fits 200]

Fits have 3 epochs of 100, 101, 102, … rows, and then as many of 30 to 3,000 rows with the default plan's settings and
10 epochs. Printed are resident memory and the time of fits of shapes not seen before, beside fits of a shape seen
before; then the median times of calls with one row, and how long a forked child takes to say that it cannot compute.
Writes benchmarks/results/processes.json.
"""

import argparse
import gc
import json
import multiprocessing
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

import elbax
from benchmarks.machine import describe_machine

__all__ = ["main"]

RESULTS = Path(__file__).parent / "results"
FEATURES, REPEATS = 6, 200


def resident() -> float:
    """MiB that this process holds (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def seconds_of(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def fits_of_new_shapes(counts: list[int], epochs: int) -> dict:
    """Fit once per number of rows; memory after some of them, and seconds, also of one number again."""
    x = np.random.default_rng(0).normal(size=(max(counts), FEATURES)) @ np.diag(np.arange(1.0, FEATURES + 1))
    seconds, memory = [], {}
    for number, n in enumerate(counts, 1):
        vae = elbax.VAE(epochs=epochs, random_state=0, verbose=0)
        seconds.append(seconds_of(lambda vae=vae, n=n: (vae.fit(x[:n]), vae.transform(x[:n]))))
        if number in (1, 10, 50, 100, 200, len(counts)):
            gc.collect()
            memory[number] = round(resident())
    last = counts[-1]
    again = [seconds_of(lambda: elbax.VAE(epochs=epochs, random_state=0, verbose=0).fit(x[:last])) for _ in range(5)]
    return {
        "fits": len(counts),
        "rows": [min(counts), max(counts)],
        "epochs": epochs,
        "resident_mib": memory,
        "growth_since_tenth": round(memory[len(counts)] / memory[10], 3),
        "first_seconds": round(seconds[0], 3),
        "median_seconds_of_the_last_half": round(median(seconds[len(seconds) // 2 :]), 3),
        "longest_of_the_last_half": round(max(seconds[len(seconds) // 2 :]), 3),
        "seconds_of_a_shape_seen_before": round(median(again), 3),
    }


def single_rows() -> dict[str, float]:
    """Median milliseconds of calls with one row, of a default fit."""
    from sklearn.datasets import load_wine

    x = load_wine().data
    vae = elbax.VAE(epochs=20, random_state=0, verbose=0).fit(x)
    calls = {
        "transform": lambda: vae.transform(x[:1]),
        "score_samples": lambda: vae.score_samples(x[:1]),
        "sample(1)": lambda: vae.sample(1),
        "inverse_transform": lambda: vae.inverse_transform(np.zeros((1, 2))),
    }
    milliseconds = {}
    for name, call in calls.items():
        call()
        milliseconds[name] = round(1000 * median(seconds_of(call) for _ in range(REPEATS)), 3)
    return milliseconds


def forked() -> dict:
    """Seconds that a worker of a forked pool takes to answer, and its answer."""
    x = np.random.default_rng(0).normal(size=(60, 3))
    vae = elbax.VAE(epochs=1, random_state=0, verbose=0).fit(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with multiprocessing.get_context("fork").Pool(1) as pool:
            start = time.perf_counter()
            try:
                pool.apply_async(vae.transform, (x,)).get(timeout=30)
                answer = "works"
            except Exception as error:
                answer = f"{type(error).__name__}: {error}"
            seconds = time.perf_counter() - start
    return {"seconds": round(seconds, 3), "answer": answer}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fits", type=int, default=200)
    parser.add_argument("--output", type=Path, default=RESULTS / "processes.json")
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(0)
    any_rows = [int(n) for n in np.exp(rng.uniform(np.log(30), np.log(3000), options.fits))]
    measurements = {
        "machine": describe_machine,
        "forked worker": forked,
        "single rows, ms": single_rows,
        "neighboring shapes": lambda: fits_of_new_shapes(list(range(100, 100 + options.fits)), 3),
        "shapes of any size": lambda: fits_of_new_shapes(any_rows, 10),
    }
    record = {}
    for name, take in measurements.items():
        record[name] = take()
        print(name, json.dumps(record[name], indent=2), flush=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
