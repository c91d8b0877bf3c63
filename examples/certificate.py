"""Draw where an output beats the constant on the S-shaped curve: ``python examples/certificate.py [OUT.png]``."""

import sys

import numpy as np

from elbax import plots
from elbax.core.likelihoods import CrossEntropy, Normal, SumOfSquares
from elbax.doctor import collapse_certificate, critical_scale, log_d_surface


def s_curve(n: int = 2000) -> np.ndarray:
    """The notebook's curve at n evenly spaced places."""
    t = 3 * np.pi * ((np.arange(n) + 0.5) / n - 0.5)
    return np.column_stack([(1 + np.sin(t)) / 2, (np.sign(t) * (np.cos(t) - 1) + 2) / 4])


def main(path: str = "certificate.png") -> None:
    x = s_curve()
    for likelihood in (SumOfSquares(), CrossEntropy(), Normal("fixed", value=0.1**0.5)):
        print(f"{likelihood.name}: {collapse_certificate(likelihood, x).statement}")
    print(f"critical variance: {critical_scale(Normal(), x) ** 2:.5f}")
    panels = [
        plots.SurfacePanel(f"σ² = {variance:g}", *log_d_surface(Normal(), x, scale=variance**0.5))
        for variance in (0.5, 0.1)
    ]
    plots.save_png(plots.certificate_surface(x, panels), path)


if __name__ == "__main__":
    main(*sys.argv[1:])
