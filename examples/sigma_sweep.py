"""Fits of the S-curve with the noise fixed at different scales: where the latent falls silent. ``--quick`` for few."""

import numpy as np
from _gallery import Page, table

import elbax
from elbax import plots
from elbax.collapse import collapse_certificate
from elbax.core.likelihoods import SumOfSquares

VARIANCES = (0.5, 0.3, 0.2, 0.14, 0.13, 0.1, 0.05, 0.02, 0.01, 0.0025)
SHOWN = (0.5, 0.1, 0.05, 0.0025)


def s_curve(n: int = 300) -> np.ndarray:
    """The notebook's curve at evenly spaced places, so that nothing depends on a draw."""
    t = 3 * np.pi * ((np.arange(n) + 0.5) / n - 0.5)
    return np.stack([(1 + np.sin(t)) / 2, (np.sign(t) * (np.cos(t) - 1) + 2) / 4], axis=1)


def fit(
    x: np.ndarray, variance: float, epochs: int, seed: int = 0, init: str = "random"
) -> tuple[float, float, np.ndarray]:
    """KL (nats), error per point and reconstructions of a fit whose σ² is fixed."""
    vae = elbax.VAE(
        latent_dim=1,
        hidden=(20, 20),
        activation="tanh",
        init=init,
        likelihood=f"normal(scale=fixed, value={variance**0.5})",
        epochs=epochs,
        learning_rate=3e-3,
        validation_fraction=0,
        random_state=seed,
        verbose=0,
    ).fit(x)
    x_hat = vae.reconstruct(x)
    return vae.elbo(x).kl.mean(), np.sqrt(np.square(x - x_hat).sum(axis=1).mean()), x_hat


def linear_theory(variances: np.ndarray, spectrum: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """KL and error of the best linear model with one latent: probabilistic PCA, λ₁ > λ₂."""
    second, first = spectrum
    kl = 0.5 * np.log(np.maximum(first / variances, 1))
    return kl, np.sqrt(second + np.minimum(variances, first) ** 2 / first)


def sweep_figure(page: Page, variances: np.ndarray, kl, error, spectrum: np.ndarray, critical: float) -> str:
    """KL and error of every fit, beside the best linear model's."""
    panels = {"KL (nats per point)": kl, "error per point (data units)": error}
    figure = plots.sweep(
        variances,
        panels,
        xlabel="σ², the variance the likelihood assumes (data units²)",
        mark=(critical, f"critical: {critical:.4f}"),
        theory=dict(zip(panels, linear_theory(variances, spectrum), strict=True)),
        theory_name="best linear model",
    )
    return page.figure("sweep", figure, "What the latent carries, and the error, against the assumed variance.")


def curves_figure(page: Page, x: np.ndarray, variances: np.ndarray, fits: list) -> str:
    """Reconstructions under some of the variances."""
    shown = {f"σ² = {v:g}": row[0][2] for v, row in zip(variances, fits, strict=True) if v in SHOWN}
    figure = plots.reconstruction_panels(x, shown)
    return page.figure("curves", figure, "Reconstructions of the fits with a good start.")


def measures(fits: list) -> tuple[np.ndarray, np.ndarray]:
    """KL and error of each fit, both (variances, fits)."""
    return tuple(np.array([[one[i] for one in row] for row in fits]) for i in (0, 1))


def main() -> None:
    page = Page("sigma_sweep", __doc__)
    variances = np.array((0.5, 0.01) if page.quick else VARIANCES)
    seeds, epochs = (1, 20) if page.quick else (5, 2000)
    x = s_curve()
    spectrum = np.linalg.eigvalsh(np.cov(x.T, bias=True))
    certificate = collapse_certificate(SumOfSquares(), x)
    critical, spread = certificate.critical_scale_squared, np.sqrt(spectrum.sum())
    fits = [[fit(x, variance, epochs, seed) for seed in range(seeds)] for variance in variances]
    unfolded = [[fit(x, variance, epochs, init="geodesic")] for variance in variances]
    (kl, error), (kl_unfolded, error_unfolded) = measures(fits), measures(unfolded)
    swept = sweep_figure(page, variances, kl, error, spectrum, critical)
    curves = curves_figure(page, x, variances, unfolded)
    columns = (np.median(kl, axis=1), np.median(error, axis=1), kl_unfolded[:, 0], error_unfolded[:, 0])
    measured = table(
        ["σ²", f"collapsed of {seeds}", "KL", "error", "KL, good start", "error, good start"],
        [
            [
                f"{variance:g}{'*' * bool(variance > critical)}",
                (row < 0.01).sum(),
                *(f"{v:.3f}" for v in values),
            ]
            for variance, row, *values in zip(variances, kl, *columns, strict=True)
        ],
    )
    above = variances > critical
    most = max(kl[above].max(), kl_unfolded[above].max())
    dead = page.claim(f"no fit above the critical value carries more than {most:.3f} nats", most < 0.02)
    alive = page.claim("every fit at .1 and below carries information", kl[variances <= 0.1].min() > 0.05)
    page.write(f"""
# The noise you assume decides

A VAE that assumes too much noise ignores its latent, and it is right to: information pays only where
the assumed variance is below a critical one.

{swept}

## The question

The notebook fits an S-shaped curve in the unit square with the sum of squares as its loss, and nearly
every fit gives one point for the whole curve. The sum of squares is a normal likelihood whose variance
σ² is ½, whatever the data. Here everything else stays as it was (two layers of 20 tanh units, one
latent) and only σ² changes: {len(variances)} values, {seeds} fits each from random weights, {epochs:,}
epochs. One more fit each has a good start: both networks are first taught the curve, unfolded.

{measured}

Medians; KL in nats per point, error in data units; collapsed means a KL below .01; * above the critical
value.

## The answer

Whether a latent can pay at all is a question about the data and the likelihood alone. No network is
needed to answer it: `elbax.collapse.collapse_certificate` looks for an output that would beat the best
constant. For this curve and the notebook's loss it says:

> {certificate.statement}

So the critical variance is {critical:.4f}, and it is the top eigenvalue of the curve's covariance,
{spectrum[-1]:.4f}. For a linear model that is a classic theorem (probabilistic PCA; Lucas et al. 2019,
arXiv 1911.02469); here it holds for every network, and the fits agree: {dead}, and {alive}. A collapsed
fit gives every point the mean of the data, an error of {spread:.3f}.

The notebook's ½ is {0.5 / critical:.1f} times the critical value. Training longer could not have
helped: even the fits that start from the unfolded curve let go of it.

{curves}

Just below the critical value the reconstruction is a short straight stroke: the latent pays for itself,
but barely. The dotted line in the first figure is the best linear model, which can draw nothing else;
the network leaves it behind where the variance is small enough for the bends to matter. There the start
matters as well, for a curve once folded the wrong way stays so.

## What to do

Learn the scale: it is the default of `elbax.VAE`. A fixed one has to be well below the critical one,
and `elbax.collapse.critical_scale` computes it for your data.
""")


if __name__ == "__main__":
    main()
