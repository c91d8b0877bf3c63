"""Simple models on planted factor models, from 20 rows of 5,000 columns to 5,000 rows of 20.

    python -m benchmarks.simple_models [--draws 10] [--output FOLDER]

Each draw is a new factor model with as many rows to fit and 1,000 new ones (200 of the widest) to score. Of what the
planted model gains over independent columns, the table shows the share that each simple model misses, the number of
factors that held-out rows choose, and seconds for all of them. Writes simple_models.json and simple_models.md.
`benchmarks.never_worse` compares fits with such models.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine
from elbax.evaluate import LinearGaussian, choose_rank, factor_analysis, full_normal, independent, ppca

SHAPES = (  # rows, columns, factors
    *((20, 5000, 3), (30, 2000, 3), (50, 500, 3), (60, 60, 2)),
    *((100, 1000, 4), (150, 30, 2), (200, 50, 3), (500, 5, 1)),
    *((1000, 200, 5), (5000, 20, 3)),
)
MODELS = {"probabilistic PCA": ppca, "factor analysis": factor_analysis, "full normal": lambda x, rank: full_normal(x)}


def draw(n: int, d: int, rank: int, seed: int) -> tuple[np.ndarray, np.ndarray, LinearGaussian]:
    """Rows, new rows, and the model that they come from."""
    rng = np.random.default_rng([seed, n, d])
    loadings, scale = rng.normal(size=(d, rank)), rng.uniform(0.5, 1.5, d)
    planted = LinearGaussian.of("planted", rng.normal(size=d), loadings, scale)

    def rows(n: int) -> np.ndarray:
        return planted.mean + rng.normal(size=(n, rank)) @ loadings.T + scale * rng.normal(size=(n, d))

    return rows(n), rows(1000 if d <= 1000 else 200), planted


def measure(shape: tuple[int, int, int], seed: int) -> dict:
    """Score simple models on one draw."""
    x, new, planted = draw(*shape, seed)
    start = time.perf_counter()
    exact, alone = planted.log_prob(new).mean(), independent(x).log_prob(new).mean()
    scores = {name: fit(x, shape[2]).log_prob(new).mean() for name, fit in MODELS.items()}
    seconds = time.perf_counter() - start
    missed = {name: (exact - score) / (exact - alone) for name, score in scores.items()}
    n_held_out = max(len(x) // 5, 5)
    rank = choose_rank(x[:-n_held_out], x[-n_held_out:])
    return {"shape": shape, "seed": seed, "planted": exact, "missed": missed, "seconds": seconds, "rank": rank}


def as_markdown(results: list[dict]) -> str:
    """A line for each shape, means over draws."""
    heading = ["rows × columns, factors", *(f"{name} misses" for name in MODELS), "factors chosen", "seconds"]
    lines = [f"| {' | '.join(heading)} |", "|---" * len(heading) + "|"]
    for shape in SHAPES:
        own = [result for result in results if tuple(result["shape"]) == shape]
        missed = [f"{np.mean([result['missed'][name] for result in own]):.1%}" for name in MODELS]
        ranks = [result["rank"] for result in own]
        seconds = f"{np.median([result['seconds'] for result in own]):.2f}"
        cells = [f"{shape[0]:,} × {shape[1]:,}, {shape[2]}", *missed, f"{min(ranks)} to {max(ranks)}", seconds]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    results = [measure(shape, seed) for shape in SHAPES for seed in range(options.draws)]
    record = {"machine": describe_machine(), "results": results}
    (options.output / "simple_models.json").write_text(json.dumps(record, indent=1, default=float) + "\n")
    markdown = as_markdown(results)
    (options.output / "simple_models.md").write_text(markdown)
    print(markdown)


if __name__ == "__main__":
    main()
