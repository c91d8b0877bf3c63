"""The table of the IWAE paper (arXiv 1509.00519): its network, schedule and estimate, on dynamically binarised MNIST.

    ELBAX_DATA=... python -m benchmarks.published.iwae [--k 1] [--layers 1] [--fixed] [--minutes 100] [--output FOLDER]

One row of the table at a time. Stage i, from 0 to 7, has 3^i epochs with Adam at 1e-3 · 10^(-i/7); after each stage the
test pictures, binarised once, are scored with 100 samples, and in the end with 5000. The state is kept every few
minutes, so that the same command goes on where an earlier one stopped, at the end of its ``--minutes`` or for any other
reason. Writes iwae.json and prints the row.
"""

import argparse
import json
import pickle
import time
from pathlib import Path

import numpy as np

import elbax
from benchmarks.machine import describe_machine
from elbax.files import atomic_write

HERE = Path(__file__).parent
STAGES = 8
SAVED_EVERY = 300.0  # seconds
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


def binarised(grey: np.ndarray, seed: list[int]) -> np.ndarray:
    """Pixels that are 1 with their grey level's probability, bytes."""
    draws = np.random.default_rng(seed).random(grey.shape, np.float32)
    return (draws < grey).astype(np.uint8)


def untrained(k: int, layers: int) -> elbax.VAE:
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
        objective=f"iwae(k={k})" if k > 1 else "elbo",
        optimizer="adam(eps=1e-4)",
        batch_size=20,
        init="random",
        random_state=0,
        verbose=0,
    )


class Run:
    """One row of the table, kept in a file between sittings."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        fixed = "-fixed" if options.fixed else ""
        self.path = options.state / f"iwae-l{options.layers}-k{options.k}{fixed}.pickle"
        data = elbax.load_data("mnist")
        self.grey, test = (x.reshape(len(x), -1) / np.float32(255) for x in (data.x, data.test_x))
        self.test_x = binarised(test, [1])
        self.epoch, self.seconds, self.scores = 0, 0.0, {}
        self.vae = untrained(options.k, options.layers)
        if self.path.exists():
            # Written by this script: nothing else belongs in that folder.
            kept = pickle.loads(self.path.read_bytes())
            self.vae, self.epoch, self.seconds, self.scores = kept

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(self.path, pickle.dumps((self.vae, self.epoch, self.seconds, self.scores)))

    def train(self) -> None:
        """Go on until the schedule or the time is over."""
        began = saved = time.monotonic()
        while (
            stage := stage_of(self.epoch)
        ) < STAGES and time.monotonic() - began < 60 * self.options.minutes:
            x = binarised(self.grey, [2] if self.options.fixed else [3, self.epoch])
            start = time.monotonic()
            self.vae.set_params(learning_rate=1e-3 * 10 ** (-stage / 7)).partial_fit(x)
            self.seconds += time.monotonic() - start
            self.epoch += 1
            if stage_of(self.epoch) > stage:
                self.scores[self.epoch] = self.score(100)
                print(
                    f"epoch {self.epoch}: {self.scores[self.epoch][0]:.2f} nats with 100 samples", flush=True
                )
            if time.monotonic() - saved > SAVED_EVERY:
                self.save()
                saved = time.monotonic()
        self.save()

    def score(self, samples: int) -> tuple[float, float]:
        """Negative log-likelihood of the test pictures, nats, and its standard error over pictures."""
        nats = -self.vae.score_samples(self.test_x, samples)
        return float(nats.mean()), float(nats.std() / np.sqrt(len(nats)))

    def record(self) -> dict:
        """The row, with a score of 5000 samples."""
        options = self.options
        mean, error = self.score(5000)
        return {
            "layers": options.layers,
            "k": options.k,
            "binarisation": "fixed" if options.fixed else "dynamic",
            "published": PUBLISHED.get((options.layers, options.k, options.fixed)),
            "nats": mean,
            "standard_error": error,
            "epochs": self.epoch,
            "whole_schedule": stage_of(self.epoch) >= STAGES,
            "seconds_per_epoch": self.seconds / max(self.epoch, 1),
            "stages": self.scores,
            "seed": 0,
            "machine": describe_machine(),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--k", type=int, default=1, help="samples of the bound")
    parser.add_argument("--layers", type=int, default=1, choices=(1, 2), help="stochastic layers")
    parser.add_argument("--fixed", action="store_true", help="one binarisation for all epochs")
    parser.add_argument("--minutes", type=float, default=100.0, help="of this sitting")
    parser.add_argument("--output", type=Path, default=HERE.parent / "results")
    parser.add_argument("--state", type=Path, default=HERE / "state", help="where the training state is kept")
    options = parser.parse_args()
    run = Run(options)
    run.train()
    row = run.record()
    path = options.output / "iwae.json"
    rows = json.loads(path.read_text()) if path.exists() else []
    same = ("layers", "k", "binarisation")
    others = [each for each in rows if [each[name] for name in same] != [row[name] for name in same]]
    options.output.mkdir(parents=True, exist_ok=True)
    atomic_write(path, (json.dumps([*others, row], indent=1) + "\n").encode())
    print(json.dumps({name: value for name, value in row.items() if name != "machine"}, indent=1))


if __name__ == "__main__":
    main()
