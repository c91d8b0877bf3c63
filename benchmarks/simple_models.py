"""Simple models on planted factor models, from 20 rows of 5,000 columns to 5,000 rows of 20, and VAEs beside them.

    python -m benchmarks.simple_models [--draws 10] [--fits] [--epochs 1 5 30] [--output FOLDER]

Each draw is a new factor model with as many rows to fit and 1,000 new ones (fewer of wide rows) to score. Of what the
planted model gains over independent columns, the table shows the share that each simple model misses, the number of
factors that held-out rows choose, and seconds. ``--fits`` adds default VAEs with as many latents as factors, and as
many more for each of ``--epochs``: their importance-weighted and ELBO differences to each simple model, row by row on
the new rows. Writes simple_models.json and simple_models.md.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from scipy.stats import t

import elbax
from benchmarks.machine import describe_machine
from elbax.evaluate import Estimate, LinearGaussian, choose_rank, factor_analysis, full_normal, independent, ppca

SHAPES = (  # rows, columns, factors
    *((20, 5000, 3), (30, 2000, 3), (50, 500, 3), (60, 60, 2)),
    *((100, 1000, 4), (150, 30, 2), (200, 50, 3), (500, 5, 1)),
    *((1000, 200, 5), (5000, 20, 3)),
)
MODELS = {
    "independent columns": lambda x, rank: independent(x),
    "probabilistic PCA": ppca,
    "factor analysis": factor_analysis,
    "full normal": lambda x, rank: full_normal(x),
}
_SAME_SIZE = tuple(MODELS)[:3]


def draw(n: int, d: int, rank: int, seed: int) -> tuple[np.ndarray, np.ndarray, LinearGaussian]:
    """Rows, new rows, and the model that they come from."""
    rng = np.random.default_rng([seed, n, d])
    loadings, scale = rng.normal(size=(d, rank)), rng.uniform(0.5, 1.5, d)
    planted = LinearGaussian.of("planted", rng.normal(size=d), loadings, scale)

    def rows(n: int) -> np.ndarray:
        return planted.mean + rng.normal(size=(n, rank)) @ loadings.T + scale * rng.normal(size=(n, d))

    return rows(n), rows(1000 if d <= 1000 else 200), planted


def measure(shape: tuple[int, int, int], seed: int, epochs: list[int | None]) -> dict:
    """Score simple models, and VAEs for each number of epochs, on one draw."""
    x, new, planted = draw(*shape, seed)
    rank, scores, seconds = shape[2], {}, {}
    for name, fit in MODELS.items():
        start = time.perf_counter()
        scores[name] = fit(x, rank).log_prob(new)
        seconds[name] = time.perf_counter() - start
    missed = planted.log_prob(new).mean() - scores["independent columns"].mean()
    shares = {name: (planted.log_prob(new) - score).mean() / missed for name, score in scores.items()}
    share = max(len(x) // 5, 5)
    result = {"shape": shape, "seed": seed, "planted": planted.log_prob(new).mean(), "missed": shares}
    result |= {"seconds": seconds, "rank": choose_rank(x[:-share], x[-share:])}
    result["fits"] = {str(number): _fit(x, new, rank, seed, number, scores) for number in epochs}
    return result


def _fit(x, new, rank: int, seed: int, epochs: int | None, scores: dict[str, np.ndarray]) -> dict:
    start = time.perf_counter()
    vae = elbax.VAE(rank, epochs=epochs, random_state=seed, verbose=0).fit(x)
    seconds = time.perf_counter() - start
    values = {"elbo": vae.elbo(new, 10)["elbo"].to_numpy(), "importance-weighted": vae.score_samples(new)}
    differences = {
        bound: {name: list(Estimate.of(value - scores[name])) for name in _SAME_SIZE} for bound, value in values.items()
    }
    return {"seconds": seconds, "differences": differences}


def as_markdown(results: list[dict]) -> str:
    """Two tables: simple models, and VAEs beside them."""
    heading = ["rows × columns, factors", *(f"{name} misses" for name in list(MODELS)[1:]), "factors chosen", "seconds"]
    lines = [f"| {' | '.join(heading)} |", "|---" * len(heading) + "|"]
    for shape in SHAPES:
        if own := [result for result in results if tuple(result["shape"]) == shape]:
            missed = [f"{np.mean([result['missed'][name] for result in own]):.1%}" for name in list(MODELS)[1:]]
            ranks = [result["rank"] for result in own]
            seconds = np.mean([sum(result["seconds"].values()) for result in own])
            cells = [f"{shape[0]:,} × {shape[1]:,}, {shape[2]}", *missed, f"{min(ranks)} to {max(ranks)}"]
            lines.append(f"| {' | '.join([*cells, f'{seconds:.2f}'])} |")
    fits = [number for number in results[0]["fits"]]
    for number in fits:
        title = "as planned by default" if number == "None" else number
        lines += ["", f"VAEs, epochs: {title}. Mean difference over draws ± standard error, nats per row, ELBO:", ""]
        lines += [f"| rows × columns | {' | '.join(_SAME_SIZE)} | seconds |", "|---" * (len(_SAME_SIZE) + 2) + "|"]
        lines += [_fit_line(shape, number, results) for shape in SHAPES if _of(shape, results)]
        lines += ["", _beyond(number, results)]
    return "\n".join(lines) + "\n"


def _of(shape, results: list[dict]) -> list[dict]:
    return [result for result in results if tuple(result["shape"]) == shape]


def _fit_line(shape, number: str, results: list[dict]) -> str:
    fits = [result["fits"][number] for result in _of(shape, results)]
    means = {name: [fit["differences"]["elbo"][name][0] for fit in fits] for name in _SAME_SIZE}
    cells = ["{:+.2f} ± {:.2f}".format(*Estimate.of(values)[:2]) for values in means.values()]
    seconds = np.mean([fit["seconds"] for fit in fits])
    return f"| {shape[0]:,} × {shape[1]:,} | {' | '.join(cells)} | {seconds:.1f} |"


def _beyond(number: str, results: list[dict]) -> str:
    """How many single comparisons lie below by more than two and four errors, from 50 rows on."""
    below = []
    for result in results:
        if result["shape"][0] >= 50:
            for mean, error, rows in result["fits"][number]["differences"]["elbo"].values():
                below.append(-mean / max(error, 1e-3) * (2 / t.ppf(0.975, rows - 1)))
    low = [np.sum(np.array(below) > errors) for errors in (2, 4)]
    return f"From 50 rows on, {low[0]} of {len(below)} comparisons are below by more than two errors, {low[1]} by four."


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--fits", action="store_true")
    parser.add_argument("--epochs", type=int, nargs="*", default=[])
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    epochs = [None, *options.epochs] if options.fits else []
    results = []
    for shape in SHAPES:
        for seed in range(options.draws):
            results.append(measure(shape, seed, epochs))
            print(shape, seed, {name: round(share, 3) for name, share in results[-1]["missed"].items()}, flush=True)
    record = {"machine": describe_machine(), "results": results}
    (options.output / "simple_models.json").write_text(json.dumps(record, indent=1, default=float) + "\n")
    markdown = as_markdown(results)
    (options.output / "simple_models.md").write_text(markdown)
    print(markdown)


if __name__ == "__main__":
    main()
