"""What the certificate of collapse says of the S-curve and of wide rows: the tables and the figure of its page.

    python -m benchmarks.certificate [OUT.png]

Writes benchmarks/results/certificate.json, and log D over the plane as an image if given a path.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, load_wine

from elbax import plots
from elbax.collapse import collapse_certificate, log_d_surface
from elbax.core.likelihoods import AbstractLikelihood, ContinuousBernoulli, CrossEntropy, Normal, SumOfSquares

RESULT = Path(__file__).parent / "results" / "certificate.json"


def s_curve(n: int = 2000) -> np.ndarray:
    """The notebook's curve at n evenly spaced places."""
    t = 3 * np.pi * ((np.arange(n) + 0.5) / n - 0.5)
    return np.column_stack([(1 + np.sin(t)) / 2, (np.sign(t) * (np.cos(t) - 1) + 2) / 4])


def fixed(variance: float) -> Normal:
    return Normal("fixed", value=variance**0.5)


def wide_rows() -> dict[str, tuple[np.ndarray, float]]:
    """Rows with many features, and a variance for each set."""
    rng = np.random.default_rng(0)
    noise, factors = rng.normal(size=(2000, 200)), rng.normal(size=(1000, 2)) @ rng.normal(size=(2, 50))
    wine = load_wine().data
    return {
        "noise": (noise, 1.1),
        "two factors and noise": (factors + rng.normal(size=factors.shape), 10.0),
        "digits": (load_digits().data, 100.0),
        "wine": ((wine - wine.mean(axis=0)) / wine.std(axis=0), 1.0),
    }


def measure(name: str, likelihood: AbstractLikelihood, x: np.ndarray) -> dict:
    start = time.process_time()
    c = collapse_certificate(likelihood, x)
    row = {
        "what": name,
        "rows": x.shape,
        "optimal": c.collapse_is_optimal,
        "log_sup_d": c.log_supremum,
        "gain_bound": c.gain_bound,
        "critical_variance": c.critical_scale_squared,
        "critical_kl_weight": c.critical_kl_weight,
        "top_eigenvalue": c.top_eigenvalue,
        "effective_rows": c.effective_rows,
        "unseen_log_d": c.held_out_log_d,
        "only_stores_rows": c.only_stores_rows,
        "processor_seconds": round(time.process_time() - start, 2),
    }
    print(f"{name}: {c.statement}")
    return row


def main(path: str | None = None) -> None:
    x = s_curve()
    curve = {"sum of squares": SumOfSquares(), "cross-entropy": CrossEntropy()}
    curve |= {f"normal, variance {v:g}": fixed(v) for v in (0.1365, 0.136, 0.13, 0.1, 0.05, 0.01)}
    curve["continuous Bernoulli"] = ContinuousBernoulli()
    rows = [measure(name, likelihood, x) for name, likelihood in curve.items()]
    skewed = np.repeat([[-1.0], [0.0], [6.0]], [6, 3, 1], axis=0)
    rows.append(measure("skewed, variance 5", fixed(5.0), skewed))
    rows += [measure(f"{name}, variance {v:g}", fixed(v), x) for name, (x, v) in wide_rows().items()]
    RESULT.write_text(json.dumps(rows, indent=1) + "\n")
    if path:
        surfaces = {v: log_d_surface(Normal(), x, scale=v**0.5) for v in (0.5, 0.1)}
        panels = [plots.SurfacePanel(f"σ² = {v:g}", *surface) for v, surface in surfaces.items()]
        plots.save_png(plots.certificate_surface(x, panels), path, dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:])
