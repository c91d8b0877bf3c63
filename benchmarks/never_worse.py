"""Is a fit ever worse than the simple models of its size? Planted factor models, and tables with known answers.

    python -m benchmarks.never_worse [--part planted|healed|few-epochs|tables] [--draws 2] [--splits 5] [--quick]

`planted` fits rows of a factor model with as many factors as latents (`healed`: until the doctor finds nothing wrong,
`few-epochs`: with 1, 5 and 30 epochs) and scores 1,000 fresh rows; `tables` holds out 30% of a table's rows. Each fit
is compared on the same rows with independent columns, probabilistic PCA and factor analysis of the same size, fitted to
all training rows; on tables with scikit-learn's factor analysis too. A line per fit is printed; figures go to
benchmarks/results/never_worse-PART.json.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.decomposition import FactorAnalysis
from sklearn.model_selection import train_test_split

import elbax
from benchmarks.machine import describe_machine
from elbax.doctor import heal
from elbax.evaluate.factor_analysis import factor_analysis, independent, ppca

SIZES = (
    (20, 5000),
    (20, 100),
    (30, 5000),
    (50, 500),
    (60, 60),
    (150, 30),
    (200, 50),
    (400, 10),
    (1000, 50),
    (5000, 20),
)
QUICK = ((50, 20), (60, 60), (200, 50))
TABLES = {
    "wine": (load_wine, (2, 10)),
    "breast cancer": (load_breast_cancer, (2, 10)),
    "diabetes": (load_diabetes, (2,)),
    "digits": (load_digits, (2, 10)),
}
FACTORS, NEW_ROWS = 3, 1000
RESULTS = Path(__file__).parent / "results"


def planted(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training rows and fresh rows of a factor model with noise of another level in each column."""
    rng = np.random.default_rng((seed, n, d))
    factors = min(FACTORS, d - 1)
    loadings, noise = rng.normal(size=(factors, d)), rng.uniform(0.5, 2, d)

    def draw(rows: int) -> np.ndarray:
        return rng.normal(size=(rows, factors)) @ loadings + noise * rng.normal(size=(rows, d))

    return draw(n), draw(NEW_ROWS)


def compare(vae: elbax.VAE, train: np.ndarray, test: np.ndarray, latents: int, *, classic: bool) -> dict:
    """Paired differences of ELBO and importance-weighted value from the simple models: means and errors, nats a row."""
    elbo = vae.elbo(test, 64 if len(test) < NEW_ROWS else 8)["elbo"].to_numpy()
    weighted = vae.score_samples(test)
    simple = {
        "independent": independent(train).log_prob(test),
        "ppca": ppca(train, latents).log_prob(test),
        "factor analysis": factor_analysis(train, latents).log_prob(test),
    }
    if classic:
        simple["sklearn"] = FactorAnalysis(latents).fit(train).score_samples(test)
    found = {"elbo": float(elbo.mean()), "weighted": float(weighted.mean())}
    for name, log_prob in simple.items():
        for kind, values in (("elbo", elbo), ("weighted", weighted)):
            difference = values - log_prob
            found[f"{kind} - {name}"] = float(difference.mean())
            found[f"{kind} - {name}, error"] = float(difference.std() / np.sqrt(len(difference)))
    return found


def fitted(x: np.ndarray, seed: int, latents: int, **settings) -> tuple[elbax.VAE, float]:
    began = time.perf_counter()
    vae = elbax.VAE(latents, random_state=seed, verbose=0, **settings).fit(x)
    return vae, time.perf_counter() - began


def planted_part(options, epochs: tuple[int | None, ...]) -> list[dict]:
    lines = []
    for n, d in QUICK if options.quick else SIZES:
        for seed in range(options.draws):
            train, test = planted(n, d, seed)
            latents = min(FACTORS, d - 1)
            for count in epochs:
                vae, seconds = fitted(train, seed, latents, epochs=count)
                case = {"rows": n, "columns": d, "seed": seed, "epochs": count, "seconds": seconds}
                lines.append(case | outcome(vae) | compare(vae, train, test, latents, classic=False))
                report(lines[-1])
    return lines


def healed_part(options) -> list[dict]:
    lines = []
    for n, d in QUICK if options.quick else SIZES:
        for seed in range(options.draws):
            train, test = planted(n, d, seed)
            latents = min(FACTORS, d - 1)
            healing = heal(
                lambda changes, x=train, seed=seed, k=latents: fitted(x, seed, **{"latents": k, **_named(changes)})[0],
                lambda vae, x=train: vae.diagnose(x),
            )
            case = {"rows": n, "columns": d, "seed": seed, "rounds": len(healing.rounds) - 1, "kept": healing.kept}
            case["found"] = [list(round_.diagnosis.codes) for round_ in healing.rounds]
            lines.append(case | outcome(healing.best) | compare(healing.best, train, test, latents, classic=False))
            report(lines[-1])
    return lines


def _named(changes: dict) -> dict:
    return {"latents" if name == "latent_dim" else name: value for name, value in changes.items()}


def table_part(options) -> list[dict]:
    lines = []
    for name in options.data or TABLES:
        load, sizes = TABLES[name]
        x = load().data
        for latents in sizes[:1] if options.quick else sizes:
            for seed in range(options.splits):
                train, test = train_test_split(x, test_size=0.3, random_state=seed)
                varies = train.std(axis=0) > 0  # of another column a normal says nothing about new rows
                train, test = train[:, varies], test[:, varies]
                vae, seconds = fitted(train, seed, latents)
                case = {"data": name, "latents": latents, "seed": seed, "seconds": seconds}
                lines.append(case | outcome(vae) | compare(vae, train, test, latents, classic=True))
                report(lines[-1])
    return lines


def outcome(vae: elbax.VAE) -> dict:
    kept = vae.outcome_
    return {"init": kept.init, "best_epoch": kept.best_epoch, "gain": kept.gain, "growth": kept.growth}


def summary(lines: list[dict]) -> dict:
    """How many comparisons of the ELBO were below a simple model by more than two and four errors, from 50 rows on."""
    found: dict = {}
    lines = [line for line in lines if line.get("rows", 50) >= 50]
    for name in ("independent", "ppca", "factor analysis", "sklearn"):
        pairs = [(line[f"elbo - {name}"], line[f"elbo - {name}, error"]) for line in lines if f"elbo - {name}" in line]
        if pairs:
            found[name] = {
                "comparisons": len(pairs),
                "mean": float(np.mean([mean for mean, _ in pairs])),
                "worst": float(min(mean for mean, _ in pairs)),
                "beyond two errors": sum(mean < -2 * error for mean, error in pairs),
                "beyond four errors": sum(mean < -4 * error for mean, error in pairs),
            }
    return found


def report(line: dict) -> None:
    shown = {key: round(value, 3) if isinstance(value, float) else value for key, value in line.items()}
    print(", ".join(f"{key}: {value}" for key, value in shown.items() if not key.endswith("error")), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", choices=("planted", "healed", "few-epochs", "tables"), action="append")
    parser.add_argument("--data", choices=tuple(TABLES), action="append", help="tables, by default all")
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    parts = {
        "planted": lambda: planted_part(options, (None,)),
        "healed": lambda: healed_part(options),
        "few-epochs": lambda: planted_part(options, (1, 5, 30)),
        "tables": lambda: table_part(options),
    }
    for part in options.part or parts:
        lines = parts[part]()
        result = {"machine": describe_machine(), "summary": summary(lines), "fits": lines}
        (RESULTS / f"never_worse-{part}.json").write_text(json.dumps(result, indent=1) + "\n")
        print(part, json.dumps(result["summary"], indent=1), flush=True)


if __name__ == "__main__":
    main()
