"""A hand-written JAX loop: all epochs of a call compiled into one program."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

ACTIVATIONS = {"relu": jax.nn.relu, "softplus": jax.nn.softplus, "tanh": jnp.tanh}
LOWEST, PACE = -6.0, 3.0  # a learned log-scale's floor, and how much faster it moves than a weight
SERVED_ROWS = 1000


def widths(network):
    """Widths of all layers of encoder and decoder."""
    inner = (*network.hidden,)
    return (network.features, *inner, 2 * network.latent), (network.latent, *inner[::-1], network.features)


def parameters_of(network, seed):
    """Glorot-uniform weights, biases of zero, and log-scales that start at a tenth."""
    if network.kind != "dense":
        raise NotImplementedError("written for dense networks only")
    rng = np.random.default_rng(seed)

    def dense(n_in, n_out):
        limit = np.sqrt(6 / (n_in + n_out))
        return rng.uniform(-limit, limit, (n_in, n_out)).astype(np.float32), np.zeros(n_out, np.float32)

    stacks = [[dense(*sizes) for sizes in zip(w[:-1], w[1:], strict=True)] for w in widths(network)]
    scales = (
        np.full(network.features, np.log(0.1) / PACE, np.float32) if network.likelihood == "normal" else None
    )
    return jax.tree.map(jnp.asarray, {"encoder": stacks[0], "decoder": stacks[1], "scales": scales})


def count(parameters):
    return sum(leaf.size for leaf in jax.tree.leaves(parameters))


def apply(stack, h, network, key=None):
    """A stack of dense layers; dropout is on where there is a key."""
    for i, (weight, bias) in enumerate(stack[:-1]):
        h = ACTIVATIONS[network.activation](h @ weight + bias)
        if key is not None and network.dropout:
            kept = jax.random.bernoulli(jax.random.fold_in(key, i), 1 - network.dropout, h.shape)
            h = jnp.where(kept, h / (1 - network.dropout), 0.0)
    return h @ stack[-1][0] + stack[-1][1]


def log_likelihood(parameters, network, x, outputs):
    """Of rows given decoder outputs, nats."""
    if network.likelihood == "bernoulli":
        return (x * outputs - jax.nn.softplus(outputs)).sum(axis=-1)
    log_scale = LOWEST + jax.nn.softplus(PACE * parameters["scales"] - LOWEST)
    squares = ((x - outputs) / jnp.exp(log_scale)) ** 2
    return -0.5 * (squares + jnp.log(2 * jnp.pi) + 2 * log_scale).sum(axis=-1)


def log_weights(parameters, network, x, key, samples, dropout_keys=(None, None)):
    """Log p(x, z) - log q(z|x) of samples of z for every row, (samples, rows)."""
    mean, log_variance = jnp.split(apply(parameters["encoder"], x, network, dropout_keys[0]), 2, axis=-1)
    noise = jax.random.normal(key, (samples, *mean.shape))
    z = mean + jnp.exp(log_variance / 2) * noise
    outputs = apply(parameters["decoder"], z, network, dropout_keys[1])
    ratio = 0.5 * (noise**2 + log_variance - z**2).sum(axis=-1)
    return log_likelihood(parameters, network, x, outputs) + ratio


def loss(parameters, network, x, key):
    """Negative ELBO with the KL in closed form, or negative IWAE bound: mean over rows, nats."""
    encoder_key, noise_key, decoder_key = jax.random.split(key, 3)
    if network.samples > 1:
        logs = log_weights(parameters, network, x, noise_key, network.samples, (encoder_key, decoder_key))
        return -(jax.nn.logsumexp(logs, axis=0) - jnp.log(network.samples)).mean()
    mean, log_variance = jnp.split(apply(parameters["encoder"], x, network, encoder_key), 2, axis=-1)
    z = mean + jnp.exp(log_variance / 2) * jax.random.normal(noise_key, mean.shape)
    outputs = apply(parameters["decoder"], z, network, decoder_key)
    kl = -0.5 * (1 + log_variance - mean**2 - jnp.exp(log_variance)).sum(axis=-1)
    return (kl - log_likelihood(parameters, network, x, outputs)).mean()


def train(case, rows, seed):
    """Epochs in one program; an order whose last batch is short is filled up from its start."""
    optimizer = optax.adam(case.rate)
    parameters = parameters_of(case.network, seed)
    steps = -(-len(rows) // case.batch)

    def step(x, carry, inputs):
        parameters, state = carry
        chosen, key = inputs
        value, gradient = jax.value_and_grad(loss)(parameters, case.network, x[chosen], key)
        updates, state = optimizer.update(gradient, state)
        return (optax.apply_updates(parameters, updates), state), value

    def epoch(x, carry, key):
        order = jnp.resize(jax.random.permutation(key, len(rows)), (steps, case.batch))
        carry, values = jax.lax.scan(partial(step, x), carry, (order, jax.random.split(key, steps)))
        return carry, values.mean()

    epochs = jax.jit(lambda carry, x, keys: jax.lax.scan(partial(epoch, x), carry, keys))
    carry, x, keys = (parameters, optimizer.init(parameters)), jax.device_put(rows), jax.random.key(seed)

    def run():
        nonlocal carry, keys
        keys, some = jax.random.split(keys)
        carry, values = epochs(carry, x, jax.random.split(some, case.epochs))
        return {"loss": float(values[-1]), "parameters": count(parameters)}

    return run


def in_blocks(function):
    """Compile a function of a block of rows; the result applies it to any rows, block by block."""
    compiled = jax.jit(function)

    def run(rows):
        blocks = [compiled(rows[i : i + SERVED_ROWS]) for i in range(0, len(rows), SERVED_ROWS)]
        return np.concatenate([np.asarray(block) for block in blocks])

    return run


def encode(case, rows, seed):
    parameters = parameters_of(case.network, seed)
    means = in_blocks(lambda x: apply(parameters["encoder"], x, case.network)[:, : case.network.latent])
    return lambda: {"rows": len(means(rows)), "parameters": count(parameters)}


def _decoder(case, seed):
    parameters = parameters_of(case.network, seed)
    decoded = in_blocks(lambda z: jax.nn.sigmoid(apply(parameters["decoder"], z, case.network)))
    return decoded, count(parameters)


def latent_points(case, seed=0):
    return np.random.default_rng(seed).standard_normal((case.rows, case.network.latent), np.float32)


def decode(case, rows, seed):
    decoded, size = _decoder(case, seed)
    z = latent_points(case)
    return lambda: {"rows": len(decoded(z)), "parameters": size}


def sample(case, rows, seed):
    decoded, size = _decoder(case, seed)
    return lambda: {"rows": len(decoded(latent_points(case))), "parameters": size}


def score(case, rows, seed):
    """Row by row in one program: memory does not grow with the rows."""
    samples = case.importance
    parameters = parameters_of(case.network, seed)

    @jax.jit
    def log_densities(x, key):
        def one(inputs):
            row, key = inputs
            logs = log_weights(parameters, case.network, row, key, samples)
            return jax.nn.logsumexp(logs) - jnp.log(samples)

        return jax.lax.map(one, (x, jax.random.split(key, len(x))))

    key = jax.random.key(seed)
    return lambda: {"rows": len(np.asarray(log_densities(rows, key))), "parameters": count(parameters)}


TASKS = {
    "train": train,
    "command": train,
    "encode": encode,
    "decode": decode,
    "sample": sample,
    "score": score,
}
