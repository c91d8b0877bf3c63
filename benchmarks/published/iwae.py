"""The table of the IWAE paper (arXiv 1509.00519): its network, schedule and estimate, on dynamically binarised MNIST.

    ELBAX_DATA=... python -m benchmarks.published.iwae [--k 1] [--layers 1] [--gradient dreg] [--fixed] [--minutes 100]

One row of the table at a time. Stage i, from 0 to 7, has 3^i epochs with Adam at 1e-3 · 10^(-i/7); after each stage the
test images, binarised once, are scored with 100 samples, and in the end with 5000. The state is kept every few
minutes, so that the same command goes on where an earlier one stopped, at the end of its ``--minutes`` or for any other
reason. ``--fixed`` draws the pixels once, with a seed; published figures have another draw. ``--gradient`` replaces the
bound's own gradient (arXiv 1703.09194, 1810.04152). Writes iwae.json and prints the row.
"""

import argparse

import elbax
from benchmarks.published.training import Training, binarised, digits, options_of, score, write_row

STAGES = 8
EPOCHS = sum(3**stage for stage in range(STAGES))
PUBLISHED = {
    # (layers, k, fixed binarisation): nats, from tables 1 and 2 of the paper
    (1, 1, False): 86.76,
    (1, 5, False): 85.54,
    (1, 50, False): 84.78,
    (2, 1, False): 85.33,
    (2, 5, False): 83.89,
    (2, 50, False): 82.90,
    (1, 1, True): 88.71,
    (1, 5, True): 87.63,
    (1, 50, True): 87.10,
}


def stage_of(epoch: int) -> int:
    """The stage that an epoch, counted from 0, belongs to: 0 for the first, 1 for the next three, and so on.

    Example:
        >>> [stage_of(epoch) for epoch in (0, 1, 3, 4, 12, 13)]
        [0, 1, 1, 2, 2, 3]
    """
    stage, end = 0, 1
    while epoch >= end:
        stage += 1
        end += 3**stage
    return stage


def untrained(k: int, layers: int, gradient: str) -> elbax.VAE:
    """The paper's network of one or two stochastic layers."""
    deep = {
        "latent_dim": 150,
        "posterior": "layers(sizes=(100, 50), hidden=(100, 100))",
        "prior": "layers(sizes=(100, 50), hidden=(100, 100))",
    }
    return elbax.VAE(
        **({"latent_dim": 50} if layers == 1 else deep),
        hidden=(200, 200),
        activation="tanh",
        likelihood="bernoulli",
        objective="elbo" if (k, gradient) == (1, "standard") else f"iwae(k={k}, gradient={gradient})",
        optimizer="adam(eps=1e-4)",
        batch_size=20,
        init="random",
        random_state=0,
        verbose=0,
    )


def row(options: argparse.Namespace) -> dict:
    """Train for a sitting, and score."""
    fixed, gradient = "-fixed" if options.fixed else "", options.gradient
    name = f"iwae-l{options.layers}-k{options.k}-{gradient}{fixed}"
    training = Training(options.state / f"{name}.pickle", lambda: untrained(options.k, options.layers, gradient))
    gray, test_x = digits()
    test_x = binarised(test_x, [1])

    def after_a_stage(training: Training):
        ended = stage_of(training.epoch) > stage_of(training.epoch - 1)
        return score(training.vae, test_x, 100) if ended else None

    training.go_on(
        EPOCHS,
        options.minutes,
        lambda epoch: binarised(gray, [2] if options.fixed else [3, epoch]),
        lambda epoch: {"learning_rate": 1e-3 * 10 ** (-stage_of(epoch) / 7)},
        after_a_stage,
    )
    mean, error = score(training.vae, test_x, 5000)
    plain = gradient == "standard"
    return {
        "layers": options.layers,
        "k": options.k,
        "gradient": gradient,
        "binarisation": "fixed" if options.fixed else "dynamic",
        "published": PUBLISHED.get((options.layers, options.k, options.fixed)) if plain else None,
        "nats": mean,
        "standard_error": error,
        "whole_schedule": training.epoch >= EPOCHS,
        **training.record,
    }


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--k", type=int, default=1, help="samples of the bound")
    parser.add_argument("--layers", type=int, default=1, choices=(1, 2), help="stochastic layers")
    parser.add_argument("--gradient", default="standard", choices=("standard", "stl", "dreg"))
    parser.add_argument("--fixed", action="store_true", help="one binarisation for all epochs")
    options = parser.parse_args()
    same = ("layers", "k", "gradient", "binarisation")
    write_row(options.output / "iwae.json", row(options), same)


if __name__ == "__main__":
    main()
