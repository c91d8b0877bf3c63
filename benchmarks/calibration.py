"""Whether the errors of log p(x) are right: estimates against the exact value of a linear VAE, many times over.

    python -m benchmarks.calibration [--repeats 500] [--rows 20]

Each repeat estimates the mean log p(x) of fresh rows; counted is how often the exact mean lies in the stated interval,
and how often the exact mean lies between the two bounds of bidirectional Monte Carlo and their errors.
Writes benchmarks/results/calibration.json and calibration.md.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.linear_vae import Linear, linear_vae
from benchmarks.machine import describe_machine
from elbax import evaluate
from elbax.evaluate import WeightedEstimate
from elbax.types import Batch

__all__ = ["METHODS", "bracketed", "calibrate", "main"]

RESULTS = Path(__file__).parent / "results"
Method = Callable[[Linear, np.ndarray], WeightedEstimate]


def sampled(k: int) -> Method:
    return lambda linear, x: evaluate.importance_sampling(linear.module, Batch(x), k)


def annealed(start: str, steps: int, chains: int = 8) -> Method:
    def estimate(linear: Linear, x: np.ndarray) -> WeightedEstimate:
        return evaluate.anneal(linear.module, Batch(x), start=start, steps=steps, chains=chains).estimate

    return estimate


METHODS: dict[str, Method] = {
    "importance sampling, 64 samples": sampled(64),
    "importance sampling, 1024 samples": sampled(1024),
    "annealing from q, 25 steps, 8 chains": annealed("posterior", 25),
    "annealing from q, 100 steps, 8 chains": annealed("posterior", 100),
    "annealing from the prior, 100 steps, 8 chains": annealed("prior", 100),
    "annealing from the prior, 400 steps, 16 chains": annealed("prior", 400, 16),
}


def calibrate(linear: Linear, method: Method, repeats: int, rows: int, seed: int = 1) -> dict[str, float]:
    """Repeat an estimate on fresh rows: coverage of its interval, its bias, and its errors stated and found, nats.

    All repeats are rows of one call, for a row's noise is its own.
    """
    x = linear.draw(repeats * rows, seed)
    found, exact = method(linear, x), linear.log_prob(x)
    groups = [slice(i * rows, (i + 1) * rows) for i in range(repeats)]
    parts = [
        WeightedEstimate(
            found.log_likelihood[g],
            found.variance[g],
            found.ess[g],
            found.tail[g],
            found.counts,
            found.bounds[g],
        )
        for g in groups
    ]
    off = np.array([part.log_likelihood.mean() - exact[g].mean() for part, g in zip(parts, groups, strict=True)])
    ends = np.array([part.interval for part in parts])
    value = np.array([exact[g].mean() for g in groups])
    return {
        "coverage": float(np.mean((ends[:, 0] <= value) & (value <= ends[:, 1]))),
        "bias": float(off.mean()),
        "spread": float(off.std()),
        "stated_error": float(np.mean([part.monte_carlo_error for part in parts])),
        "stated_bias": float(np.mean([part.bias for part in parts])),
        "repeats": repeats,
        "rows": rows,
    }


def bracketed(linear: Linear, repeats: int, rows: int, seed: int = 1, **options: Any) -> dict[str, float]:
    """Repeat both bounds on fresh simulated rows: how often they hold the exact mean, and how far apart they are."""
    found = evaluate.bidirectional_monte_carlo(linear.module, repeats * rows, seed=seed, **options)
    shape, exact = (repeats, rows), linear.log_prob(found.x)
    lower, upper, exact = (
        each.reshape(shape).mean(axis=1) for each in (found.lower.log_likelihood, -found.upper.log_likelihood, exact)
    )
    variance = (found.lower.variance + found.upper.variance).reshape(shape)
    error = 2 * np.sqrt(variance.sum(axis=1)) / rows
    return {
        "holds": float(np.mean((lower - error <= exact) & (exact <= upper + error))),
        "lower_bias": float((lower - exact).mean()),
        "upper_bias": float((upper - exact).mean()),
        "gap": float((upper - lower).mean()),
        "repeats": repeats,
        "rows": rows,
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.calibration",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--repeats", type=int, default=500)
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    linear, records = linear_vae(), {}
    for name, method in METHODS.items():
        start = time.process_time()
        records[name] = calibrate(linear, method, options.repeats, options.rows)
        records[name]["processor_seconds"] = round(time.process_time() - start, 1)
        print(f"{name}: {records[name]['coverage']:.1%}", flush=True)
    ends = {
        f"from {start}, {steps} steps": bracketed(linear, options.repeats, options.rows, start=start, steps=steps)
        for start, steps in (("posterior", 25), ("posterior", 100), ("prior", 100), ("prior", 400))
    }
    results = {"machine": describe_machine(), "estimates": records, "both_ends": ends}
    (options.output / "calibration.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.output / "calibration.md").write_text(_markdown(results))


def _markdown(results: dict[str, Any]) -> str:
    lines = [
        "# Errors of log p(x) against the exact value",
        "",
        "A linear VAE of 6 features and 2 latents whose encoder is off by a shift and a stretched variance; the exact",
        "value is that of probabilistic PCA. Nats per row; each repeat is the mean over fresh rows.",
        "",
        "| estimate | exact value in the stated interval | bias, found (stated, at most) | error, found (stated) |",
        "|---|---|---|---|",
    ]
    for name, r in results["estimates"].items():
        lines.append(
            f"| {name} | {r['coverage']:.1%} of {r['repeats']:,} | {r['bias']:+.4f} ({-r['stated_bias']:+.4f}) | "
            f"{r['spread']:.4f} ({r['stated_error']:.4f}) |"
        )
    lines += [
        "",
        "Bounds from both ends on rows that the model made: how often they hold the exact value.",
        "",
        "| path | holds | lower bound off by | upper bound off by |",
        "|---|---|---|---|",
    ]
    for name, r in results["both_ends"].items():
        lines.append(
            f"| {name} | {r['holds']:.1%} of {r['repeats']:,} | {r['lower_bias']:+.4f} | {r['upper_bias']:+.4f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
