"""A linear VAE against exact probabilistic PCA (arXiv 1911.02469): 1000 MNIST pictures, 200 latents.

    ELBAX_DATA=... python -m benchmarks.published.linear [--latents 200] [--rows 1000] [--steps 20000] [--output FOLDER]

A linear VAE's ELBO has the same maximum as probabilistic PCA's log-likelihood, which is known exactly: no local maximum
keeps a trained one from it. Pixels are in units of their range; the same start for all, no warm start; the scale is
shared by all pixels and learned. Writes linear.json and prints the row.
"""

import numpy as np
from sklearn.decomposition import PCA

import elbax
from benchmarks.machine import describe_machine
from benchmarks.published.training import digits, options_of, write_row


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--latents", type=int, default=200)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=20_000)
    options = parser.parse_args()
    x = digits()[0][: options.rows]
    exact = PCA(options.latents).fit(x).score_samples(x)
    vae = elbax.VAE(
        options.latents,
        hidden=(),
        activation="linear",
        likelihood="normal(scale=shared)",
        init="random",
        batch_size=options.rows,
        epochs=options.steps,
        validation_fraction=0.0,
        patience=0,
        random_state=0,
        verbose=0,
    ).fit(x)
    bound = vae.elbo(x, 64)["elbo"]
    row = {
        "rows": options.rows,
        "latents": options.latents,
        "steps": options.steps,
        "exact": float(exact.mean()),
        "elbo": float(bound.mean()),
        "gap": float((exact - bound).mean()),
        "gap_standard_error": float(np.std(exact - bound) / np.sqrt(len(x))),
        "seconds": float(vae.history_["seconds"].iloc[-1]),
        "seed": 0,
        "machine": describe_machine(),
    }
    write_row(options.output / "linear.json", row, ("rows", "latents", "steps"))


if __name__ == "__main__":
    main()
