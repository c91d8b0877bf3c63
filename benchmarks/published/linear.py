"""A linear VAE against exact probabilistic PCA (arXiv 1911.02469): 1000 MNIST pictures, 200 latents.

    ELBAX_DATA=... python -m benchmarks.published.linear [--latents 200] [--rows 1000] [--steps 200000]

A linear VAE's ELBO has the same maximum as probabilistic PCA's log-likelihood, which is known exactly: no local maximum
keeps a trained one from it. Pixels are in units of their range; the same start for all, no warm start; the scale is
shared by all pixels and learned. Writes linear.json and prints the row.
"""

from math import ceil

import numpy as np

import elbax
from benchmarks.machine import describe_machine
from benchmarks.published.training import digits, options_of, write_row

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


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--latents", type=int, default=200)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=200_000)
    options = parser.parse_args()
    x = digits()[0][: options.rows]
    vae = elbax.VAE(
        options.latents,
        hidden=(),
        activation="linear",
        likelihood="normal(scale=shared)",
        init="random",
        batch_size=BATCH,
        epochs=ceil(options.steps * BATCH / options.rows),
        validation_fraction=0.0,
        patience=0,
        random_state=0,
        verbose=0,
    ).fit(x)
    exact = largest_log_likelihood(x, options.latents)
    bound = float(vae.elbo(x, 64)["elbo"].mean())
    row = {
        "rows": options.rows,
        "latents": options.latents,
        "batch": BATCH,
        "steps": options.steps,
        "exact": exact,
        "elbo": bound,
        "gap": exact - bound,
        "seconds": float(vae.history_["seconds"].iloc[-1]),
        "seed": 0,
        "machine": describe_machine(),
    }
    write_row(options.output / "linear.json", row, ("rows", "latents", "steps"))


if __name__ == "__main__":
    main()
