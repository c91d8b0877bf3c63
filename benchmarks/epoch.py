"""One epoch of the notebook's MNIST network: elbax beside a hand-written, fully compiled JAX loop.

    ELBAX_DATA=... python -m benchmarks.epoch [--epochs 5] [--repeats 3]

Both run the same network (784-256-2-256-784, ReLU, dropout 0.2), data, batch size (100) and optimiser (Adam, 1e-3),
in turn in one process; medians of the seconds per epoch after compilation, and their ratio, are printed as JSON.
"""

import argparse
import json
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax

import elbax
from benchmarks.machine import describe_machine

WIDTH, LATENT, BATCH, RATE, DROPOUT = 256, 2, 100, 1e-3, 0.2


def plain_parameters(key):
    sizes = {"e": (784, WIDTH), "q": (WIDTH, 2 * LATENT), "d": (LATENT, WIDTH), "p": (WIDTH, 784)}
    keys = jax.random.split(key, len(sizes))
    glorot = jax.nn.initializers.glorot_uniform()
    return {n: (glorot(k, s), jnp.zeros(s[1])) for k, (n, s) in zip(keys, sizes.items(), strict=True)}


def plain_loss(params, x, key):
    keys = jax.random.split(key, 3)

    def dense(name, h):
        return h @ params[name][0] + params[name][1]

    def drop(key, h):
        return jnp.where(jax.random.bernoulli(key, 1 - DROPOUT, h.shape), h / (1 - DROPOUT), 0.0)

    mean, log_variance = jnp.split(dense("q", drop(keys[0], jax.nn.relu(dense("e", x)))), 2, axis=1)
    z = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(keys[1], mean.shape)
    logits = dense("p", drop(keys[2], jax.nn.relu(dense("d", z))))
    reconstruction = (jax.nn.softplus(logits) - x * logits).sum(axis=1)
    kl = -0.5 * (1 + log_variance - mean**2 - jnp.exp(log_variance)).sum(axis=1)
    return (reconstruction + kl).mean()


OPTIMIZER = optax.adam(RATE)


@jax.jit
def plain_epoch(params, state, x, key):
    order = jax.random.permutation(key, len(x)).reshape(-1, BATCH)

    def step(carry, inputs):
        params, state = carry
        rows, key = inputs
        loss, gradient = jax.value_and_grad(plain_loss)(params, x[rows], key)
        updates, state = OPTIMIZER.update(gradient, state)
        return (optax.apply_updates(params, updates), state), loss

    (params, state), losses = jax.lax.scan(step, (params, state), (order, jax.random.split(key, len(order))))
    return params, state, losses.mean()


def time_plain(x, epochs):
    params = plain_parameters(jax.random.key(0))
    state = OPTIMIZER.init(params)
    params, state, loss = plain_epoch(params, state, x, jax.random.key(0))
    loss.block_until_ready()
    start = time.perf_counter()
    for epoch in range(epochs):
        params, state, loss = plain_epoch(params, state, x, jax.random.key(epoch))
    loss.block_until_ready()
    return (time.perf_counter() - start) / epochs, float(loss)


def time_elbax(x, epochs):
    vae, _, _ = elbax.make_vae(
        784, dim_intermediate=WIDTH, dim_latent=LATENT, dropout=DROPOUT, random_state=0
    )
    vae.fit(x, epochs=1, batch_size=BATCH)
    start = time.perf_counter()
    history = vae.fit(x, epochs=epochs, batch_size=BATCH)
    return (time.perf_counter() - start) / epochs, history.history["loss"][-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    x = (elbax.load_data("mnist").x.reshape(-1, 784) / 255).astype(np.float32)
    runs = {"plain": [], "elbax": []}
    losses = {}
    resident = jax.device_put(x)
    for _ in range(options.repeats):
        for name, measure, data in (("plain", time_plain, resident), ("elbax", time_elbax, x)):
            seconds, losses[name] = measure(data, options.epochs)
            runs[name].append(seconds)
    medians = {name: statistics.median(seconds) for name, seconds in runs.items()}
    print(
        json.dumps(
            {
                "machine": describe_machine(),
                "seconds_per_epoch": runs,
                "median": medians,
                "ratio": medians["elbax"] / medians["plain"],
                "training_loss": losses,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
