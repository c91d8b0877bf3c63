"""Correlated noise: normal(factors=auto) beside the full normal with the covariance of Ledoit and Wolf.

    python -m benchmarks.correlated_noise [--data wine ...] [--splits 5] [--only tables|wide]

Each table is split 70/30 several times; a fit has two latents and defaults otherwise. Differences are those of held-out
rows, nats per row, by the ELBO and by importance weighting; errors are those over splits. Wide data are planted factor
models with two latents and three further factors. One line per fit; benchmarks/results/correlated_noise.json has all.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine

import elbax
from benchmarks.machine import describe_machine
from elbax.evaluate.factor_analysis import factor_analysis, full_normal, independent

RESULTS = Path(__file__).parent / "results" / "correlated_noise.json"
TABLES = {"wine": load_wine, "breast cancer": load_breast_cancer, "diabetes": load_diabetes, "digits": load_digits}
WIDE = ((200, 50), (50, 500), (30, 5000))  # rows and columns
LATENTS, PLANTED, NOISE = 2, 5, 0.5


def split(name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and test rows, 70/30, without columns that are constant in training."""
    x = TABLES[name]().data
    rows = np.random.default_rng(seed).permutation(len(x))
    cut = int(0.7 * len(x))
    varies = x[rows[:cut]].std(axis=0) > 0
    return x[rows[:cut]][:, varies], x[rows[cut:]][:, varies]


def planted(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and 1,000 test rows of a factor model."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(PLANTED, columns))
    x = rng.normal(size=(rows + 1000, PLANTED)) @ loadings + NOISE * rng.normal(size=(rows + 1000, columns))
    return x[:rows], x[rows:]


def measure(train: np.ndarray, test: np.ndarray, seed: int, likelihood: str = "normal(factors=auto)") -> dict:
    """One fit and the simple models on the same rows, nats per row."""
    began = time.perf_counter()
    vae = elbax.VAE(LATENTS, likelihood=likelihood, random_state=seed, verbose=0).fit(train)
    seconds = time.perf_counter() - began
    found = {"elbo": vae.elbo(test, n_samples=20).elbo.mean(), "importance": vae.score(test)}
    simple = {
        "independent": independent(train),
        f"factor analysis, {LATENTS}": factor_analysis(train, LATENTS),
        "full normal": full_normal(train),
    }
    found |= {name: model.log_prob(test).mean() for name, model in simple.items()}
    found = {name: float(value) for name, value in found.items()}
    return {"seed": seed, "factors": vae.likelihood_.n_factors, "seconds": seconds, **found}


def summarize(fits: list[dict]) -> dict:
    """Mean differences from the full normal with standard errors over splits."""
    summary = {"factors": [fit["factors"] for fit in fits], "seconds": float(np.mean([f["seconds"] for f in fits]))}
    for name in ("elbo", "importance", f"factor analysis, {LATENTS}"):
        difference = np.array([fit[name] - fit["full normal"] for fit in fits])
        error = float(difference.std(ddof=1) / np.sqrt(len(fits))) if len(fits) > 1 else None
        summary[f"{name} - full normal"] = (float(difference.mean()), error)
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--only", choices=("tables", "wide"))
    options = parser.parse_args()
    jobs = {}
    if options.only != "wide":
        jobs |= {name: [split(name, seed) for seed in range(options.splits)] for name in options.data}
    if options.only != "tables":
        jobs |= {f"planted {n} x {d}": [planted(n, d, seed) for seed in range(options.splits)] for n, d in WIDE}
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results["machine"] = describe_machine()
    for name, splits in jobs.items():
        fits = []
        for seed, (train, test) in enumerate(splits):
            fits.append(measure(train, test, seed))
            print(name, json.dumps(fits[-1]), flush=True)
        results[name] = {"summary": summarize(fits), "fits": fits}
        print(name, json.dumps(results[name]["summary"]), flush=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
