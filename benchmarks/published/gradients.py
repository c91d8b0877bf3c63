"""How noisy the IWAE bound's gradients are: the standard one, sticking the landing, doubly reparameterized.

    ELBAX_DATA=... python -m benchmarks.published.gradients [--epochs 3] [--repeats 200] [--output FOLDER]

As in figure 3 of arXiv 1810.04152, on binarised MNIST: the IWAE paper's network of one layer is trained for a few
epochs with k = 5; then, for several k, the encoder's gradient of the mean bound of 20 test images is taken many times
with fresh samples. Reported are its variance (summed over weights) and the ratio of its mean's length to its standard
deviation. Writes gradients.json and prints the table.
"""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from benchmarks.machine import describe_machine
from benchmarks.published.iwae import untrained
from benchmarks.published.training import binarised, digits, options_of
from elbax.core.objectives import IWAE
from elbax.core.objectives.gradients import GRADIENTS
from elbax.core.vae import split_trainable
from elbax.core.xla import prng
from elbax.files import atomic_write
from elbax.types import Batch

KS = (1, 5, 50, 500)
ROWS = 20


def noise(module, x: np.ndarray, k: int, gradient: str, repeats: int) -> dict[str, float]:
    """Total variance of the encoder's gradient, and the ratio of its mean to its deviation."""
    objective = IWAE(k, gradient)
    trained, rest = split_trainable(module)
    batch, done = Batch(jnp.asarray(x, jnp.float32)), jnp.asarray(1.0)

    @jax.jit
    def moments(trained, keys):
        def one(sums, key):
            loss = lambda tree: objective(eqx.combine(tree, rest), batch, key, done).loss.mean()  # noqa: E731
            by_encoder = ravel_pytree(eqx.filter_grad(loss)(trained).encoder)[0]
            return (sums[0] + by_encoder, sums[1] + by_encoder**2), None

        zeros = jnp.zeros_like(ravel_pytree(trained.encoder)[0])
        first, second = jax.lax.scan(one, (zeros, zeros), keys)[0]
        mean = first / repeats
        variance = (second / repeats - mean**2) * repeats / (repeats - 1)
        return variance.sum(), (mean**2 - variance / repeats).sum()

    variance, squared_mean = map(float, moments(trained, jax.random.split(prng.key(k), repeats)))
    return {"variance": variance, "signal_to_noise": float(np.sqrt(max(squared_mean, 0.0) / variance))}


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=200)
    options = parser.parse_args()
    gray, test_x = digits()
    vae = untrained(5, 1, "standard").set_params(learning_rate=1e-3)
    for epoch in range(options.epochs):
        vae.partial_fit(binarised(gray, [3, epoch]))
    x = binarised(test_x[:ROWS], [1])
    rows = []
    for k in KS:
        for gradient in GRADIENTS:
            found = noise(vae.module_, x, k, gradient, options.repeats)
            rows.append({"k": k, "gradient": gradient, **found})
            print(json.dumps(rows[-1]), flush=True)
    result = {
        "machine": describe_machine(),
        "seed": 0,
        "epochs": options.epochs,
        "repeats": options.repeats,
        "rows": rows,
    }
    options.output.mkdir(parents=True, exist_ok=True)
    atomic_write(options.output / "gradients.json", (json.dumps(result, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
