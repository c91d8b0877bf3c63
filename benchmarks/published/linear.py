"""A linear VAE against exact probabilistic PCA (arXiv 1911.02469): 1000 MNIST images, 200 latents.

    ELBAX_DATA=... python -m benchmarks.published.linear [--latents 200] [--rows 1000] [--steps 50000]

A linear VAE's ELBO has the same maximum as probabilistic PCA's log-likelihood, which is known exactly: no local maximum
keeps a trained one from it. The trained decoder's own log-likelihood is exact too, so that what the decoder lacks and
what the bound loses beside it are two numbers. The start is random. The scale is learned and shared by all pixels, and
so is its floor: by default that would follow the rounding of each pixel, and be another model than probabilistic PCA.
Writes linear.json and prints the row.
"""

from math import ceil

import jax
import numpy as np
from scipy.stats import multivariate_normal

import elbax
from benchmarks.machine import describe_machine
from benchmarks.published.training import digits, options_of, write_row
from elbax.core.vae import VAEModule

BATCH = 100


def largest_log_likelihood(x: np.ndarray, latents: int) -> float:
    """The maximum of probabilistic PCA's mean log-likelihood of rows, nats (Tipping and Bishop, 1999).

    scikit-learn's PCA takes the mean of too few left-out eigenvalues where there are fewer rows than features.
    """
    d = x.shape[1]
    centered = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    eigenvalues = np.linalg.svd(centered, compute_uv=False) ** 2 / len(x)
    noise = eigenvalues[latents:].sum() / (d - latents)
    log_det = np.log(eigenvalues[:latents]).sum() + (d - latents) * np.log(noise)
    return float(-0.5 * (d * np.log(2 * np.pi) + log_det + d))


def log_likelihood(module: VAEModule, x: np.ndarray) -> float:
    """The mean log-likelihood of rows (n, d) under a linear decoder, nats: that of a normal."""

    def mean(z):
        return module.mean(module.decode(z)).ravel()

    origin = np.zeros(module.latent_dim, np.float32)
    weights = np.asarray(jax.jacobian(mean)(origin), np.float64)
    noise = np.asarray(module.variance(module.decode(origin)), np.float64).ravel()
    law = multivariate_normal(np.asarray(mean(origin)), weights @ weights.T + np.diag(noise))
    return float(law.logpdf(x).mean())


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--latents", type=int, default=200)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=50_000)
    options = parser.parse_args()
    x = digits()[0][: options.rows]
    vae = elbax.VAE(
        options.latents,
        hidden=(),
        activation="linear",
        likelihood="normal(scale=shared, floor=0.001)",
        init="random",
        batch_size=BATCH,
        epochs=ceil(options.steps * BATCH / options.rows),
        validation_fraction=0.0,
        patience=0,
        random_state=0,
        verbose=0,
    ).fit(x)
    exact = largest_log_likelihood(x, options.latents)
    reached = log_likelihood(vae.module_, x)
    bound = float(vae.elbo(x, 64)["elbo"].mean())
    row = {
        "rows": options.rows,
        "latents": options.latents,
        "batch": BATCH,
        "steps": options.steps,
        "largest_log_likelihood": exact,
        "log_likelihood": reached,
        "elbo": bound,
        "seconds": float(vae.history_["seconds"].iloc[-1]),
        "seed": 0,
        "machine": describe_machine(),
    }
    write_row(options.output / "linear.json", row, ("rows", "latents", "steps"))


if __name__ == "__main__":
    main()
