"""Gray digits: the continuous Bernoulli against the Bernoulli, and against the Bernoulli read as a mean.

    ELBAX_DATA=... python -m benchmarks.published.continuous_bernoulli [--epochs 50] [--output FOLDER]

The comparison of arXiv 1907.06845 on MNIST: the same network (500-500, 20 latents, batches of 100, Adam at 1e-3, all
training images, the last weights) is trained once with the normalizer and once without; both are scored as densities
on the test images, the second once with its outputs as parameters and once, more kindly, as means. Writes
continuous_bernoulli.json and prints it.
"""

from typing import ClassVar

import equinox as eqx
import jax

import elbax
from benchmarks.machine import describe_machine
from benchmarks.published.training import digits, options_of, write_row
from elbax import evaluate
from elbax.core.distributions import ContinuousBernoulli as Density
from elbax.core.likelihoods import ContinuousBernoulli
from elbax.types import Batch

SAMPLES = 200


class OfMeans(ContinuousBernoulli):
    """The continuous Bernoulli whose mean, not parameter, the decoder returns."""

    name: ClassVar[str] = "of_means"

    def distribution(self, outputs):
        """The density with this mean."""
        return Density.with_mean(jax.nn.sigmoid(outputs))


READINGS = {
    "continuous Bernoulli": ("continuous_bernoulli", ContinuousBernoulli()),
    "Bernoulli, read as the mean": ("binary_cross_entropy", OfMeans()),
    "Bernoulli": ("binary_cross_entropy", ContinuousBernoulli()),
}


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--epochs", type=int, default=50)
    options = parser.parse_args()
    x, test_x = digits()
    modules = {
        likelihood: elbax.VAE(
            20,
            hidden=(500, 500),
            likelihood=likelihood,
            batch_size=100,
            epochs=options.epochs,
            learning_rate=1e-3,
            schedule="constant",
            validation_fraction=0.0,
            init="random",
            random_state=0,
            verbose=0,
        )
        .fit(x)
        .module_
        for likelihood in dict.fromkeys(trained for trained, _ in READINGS.values())
    }
    row = {"epochs": options.epochs, "samples": SAMPLES, "seed": 0, "machine": describe_machine()}
    for name, (trained, likelihood) in READINGS.items():
        module = eqx.tree_at(lambda module: module.likelihood, modules[trained], likelihood)
        found = evaluate.Estimate.of(evaluate.log_likelihood(module, Batch(test_x), SAMPLES))
        row[name] = {"nats": found.mean, "standard_error": found.error}
    write_row(options.output / "continuous_bernoulli.json", row, ("epochs",))


if __name__ == "__main__":
    main()
