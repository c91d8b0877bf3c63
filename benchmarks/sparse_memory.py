"""Peak memory of a fit to sparse counts, at each of its stages.

    python -m benchmarks.sparse_memory [--rows 100000] [--columns 20000] [--trained 100000]

makes counts of which 5% are not zero, writes them, and in a process of its own reads them, fits an epoch with an
exposure, and encodes, scores, diagnoses and evaluates. Dense, in single precision, 100,000 rows of 20,000 columns would
take 7.5 GiB. ``--trained`` gives the other rows a weight of zero: a shorter epoch in as much memory. The record, with
the machine, is added to results/sparse_memory.json.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy import sparse

RESULTS = Path(__file__).parent / "results" / "sparse_memory.json"
SPACING = 20  # columns of which each row has one count above 0
ROWS_AT_ONCE = 1000


def make(path: Path, n: int, d: int) -> None:
    """Write counts (n, d), one above 0 among every 20 columns, in rows of different depth."""
    rng = np.random.default_rng(0)
    per_row = d // SPACING
    depth = np.exp(rng.normal(0, 0.5, n))
    places, values = np.empty((n, per_row), np.int32), np.empty((n, per_row), np.float32)
    for start in range(0, n, ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        shape = places[rows].shape
        places[rows] = np.arange(per_row) * SPACING + rng.integers(0, SPACING, shape)
        values[rows] = 1 + rng.poisson(depth[rows, None], shape)
    starts = (np.arange(n + 1) * per_row).astype(np.int32)  # else all places would take 8 bytes each
    matrix = sparse.csr_array((values.ravel(), places.ravel(), starts), shape=(n, d))
    sparse.save_npz(path, matrix, compressed=False)


def measure(path: Path, likelihood: str, trained: int) -> None:
    """Print a record for each stage: seconds since the start, and the highest memory so far in GiB."""
    start = time.monotonic()

    def record(stage: str) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            json.dumps({"stage": stage, "seconds": round(time.monotonic() - start), "GiB": round(peak, 2)}), flush=True
        )

    from benchmarks.machine import describe_machine
    from elbax import VAE
    from elbax.data import evenly_spaced

    record("imports")
    x = sparse.load_npz(path)
    record("reading")
    said = []

    def tell(progress) -> None:
        if not said:
            record("start")
        said.append(progress.step)

    weight = np.zeros(x.shape[0])
    weight[evenly_spaced(len(weight), trained)] = 1
    vae = VAE(10, likelihood=likelihood, exposure="total", epochs=1, random_state=0, verbose=0)
    vae.fit(x, callbacks=[tell], sample_weight=weight)
    record(f"training, {said[-1]:,} steps of {vae.plan_.train.batch_size} rows")
    z = vae.transform(x)
    record("encoding of all rows")
    vae.score(x[:1000])
    record("scores of 1,000 rows")
    vae.diagnose(x, probes=False)
    record("diagnosis")
    vae.evaluate(x[:200], n_importance=64)
    record("evaluation of 200 rows")
    depth = np.log(np.asarray(x.sum(axis=1)).ravel())
    found = [round(float(np.corrcoef(latent, depth)[0, 1]), 3) for latent in z.T]
    print(json.dumps({"correlation of latents with log depth": found, "machine": describe_machine()}))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sparse_memory", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=20_000)
    parser.add_argument("--trained", type=int, default=100_000)
    parser.add_argument("--likelihood", default="negative_binomial")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    if options.measure:
        measure(options.measure, options.likelihood, options.trained)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts.npz"
        # A child's peak starts at its parent's, so rows are made by another process than this one.
        making = f"from benchmarks.sparse_memory import *; make(Path({str(path)!r}), {options.rows}, {options.columns})"
        subprocess.run([sys.executable, "-c", making], check=True)
        command = [sys.executable, "-m", "benchmarks.sparse_memory", "--measure", str(path)]
        command += ["--likelihood", options.likelihood, "--trained", str(options.trained)]
        stages = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                stages.append(json.loads(line))
                print(line, end="", flush=True)
    if process.returncode:
        sys.exit(process.returncode)
    known = json.loads(options.output.read_text()) if options.output.exists() else {}
    name = f"{options.rows} x {options.columns}, {options.likelihood}"
    known[name] = {
        "trained": options.trained,
        "stages": stages[:-1],
        **stages[-1],
    }
    options.output.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
