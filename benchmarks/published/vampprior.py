"""A standard normal prior against the VampPrior (arXiv 1705.07120), on binarised MNIST.

    ELBAX_DATA=... python -m benchmarks.published.vampprior [--prior vamp] [--network gated] [--fixed] [--epochs 100]

The paper's networks: two gated layers of 300 units, or with ``--network plain`` two of 400; 40 latents, 500
pseudo-inputs, Adam at 5e-4, batches of 100. The KL's weight rises over the first tenth of the epochs. 10,000 training
images are left out of training; the weights with the best ELBO on them are scored with 5000 samples on the test
images. Published figures come from several hundred epochs, and those for fixed pixels from another draw of them than
``--fixed`` makes. The state is kept every few minutes, and the same command goes on. Writes vampprior.json and prints
the row.
"""

import argparse

import elbax
from benchmarks.published.training import Training, binarised, digits, options_of, score, write_row

NETWORKS = {
    "gated": {"hidden": (300, 300), "activation": "glu"},
    "plain": {"hidden": (400, 400), "activation": "relu"},
}
PRIORS = {"standard": "standard_normal", "vamp": "vamp(components=500)"}
PUBLISHED = {
    # (network, prior, fixed binarisation): nats, as the authors of the Exemplar VAE found them again, and the paper's
    ("gated", "standard", False): 84.45,
    ("gated", "vamp", False): 82.43,
    ("gated", "vamp", True): 85.57,
    ("plain", "standard", True): 89.8,
}
HELD_OUT = 10_000


def row(options: argparse.Namespace) -> dict:
    """Train for a sitting, and score."""
    gray, test_x = digits()
    kept = [2] if options.fixed else [4]  # of the training rows, were they binarised once
    validation_x = binarised(gray, kept)[-HELD_OUT:]
    gray = gray[:-HELD_OUT]
    name = f"prior-{options.prior}-{options.network}-{options.epochs}{'-fixed' if options.fixed else ''}"
    training = Training(
        options.state / f"{name}.pickle",
        lambda: elbax.VAE(
            latent_dim=40,
            **NETWORKS[options.network],
            prior=PRIORS[options.prior],
            likelihood="bernoulli",
            learning_rate=5e-4,
            batch_size=100,
            init="random",
            random_state=0,
            verbose=0,
        ),
    )
    training.go_on(
        options.epochs,
        options.minutes,
        lambda epoch: binarised(gray, [2] if options.fixed else [3, epoch]),
        lambda epoch: {"beta": min(1.0, 10 * (epoch + 1) / options.epochs)},
        lambda training: (-float(training.vae.elbo(validation_x)["elbo"].mean()), None),
    )
    mean, error = score(training.chosen(), binarised(test_x, [1]), options.samples)
    return {
        "prior": options.prior,
        "network": options.network,
        "binarisation": "fixed" if options.fixed else "dynamic",
        "planned_epochs": options.epochs,
        "samples": options.samples,
        "published": PUBLISHED.get((options.network, options.prior, options.fixed)),
        "nats": mean,
        "standard_error": error,
        "whole_schedule": training.epoch >= options.epochs,
        **training.record,
    }


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--prior", default="standard", choices=PRIORS)
    parser.add_argument("--network", default="gated", choices=NETWORKS)
    parser.add_argument("--fixed", action="store_true", help="one binarisation for all epochs")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--samples", type=int, default=5000, help="of each test image")
    options = parser.parse_args()
    write_row(
        options.output / "vampprior.json",
        row(options),
        ("prior", "network", "binarisation", "planned_epochs"),
    )


if __name__ == "__main__":
    main()
