"""A hand-written JAX loop: all epochs of a call compiled into one program."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.scipy.special import gammaln

ACTIVATIONS = {"relu": jax.nn.relu, "softplus": jax.nn.softplus, "tanh": jnp.tanh}
LOWEST, PACE = -6.0, 3.0  # a learned log-scale's floor, and how much faster it moves than a weight
SERVED_ROWS = 1000
HELD_OUT = 10_000
# Likelihoods with a learned scale for each feature, and those with another learned number, which starts at this value.
SCALED = ("normal", "student_t", "discretized_logistic")
SHAPED = {"student_t": 3.0, "negative_binomial": -2.2634}
LEVELS = 4  # of categorical rows


def widths(network):
    """Widths of all layers of encoder and decoder."""
    inner = (*network.hidden,)
    outputs = network.features * (LEVELS if network.likelihood == "categorical" else 1)
    return (network.features, *inner, 2 * network.latent), (network.latent, *inner[::-1], outputs)


def parameters_of(network, seed):
    """Glorot-uniform weights, biases of zero, and log-scales that start at a tenth."""
    if network.kind != "dense":
        raise NotImplementedError("written for dense networks only")
    rng = np.random.default_rng(seed)

    def dense(n_in, n_out):
        limit = np.sqrt(6 / (n_in + n_out))
        return rng.uniform(-limit, limit, (n_in, n_out)).astype(np.float32), np.zeros(n_out, np.float32)

    stacks = [[dense(*sizes) for sizes in zip(w[:-1], w[1:], strict=True)] for w in widths(network)]

    def filled(value):
        return np.full(network.features, value, np.float32)

    scales = filled(np.log(0.1) / PACE) if network.likelihood in SCALED else None
    shapes = filled(SHAPED[network.likelihood]) if network.likelihood in SHAPED else None
    layers = {"encoder": stacks[0], "decoder": stacks[1]}
    return jax.tree.map(jnp.asarray, {**layers, "scales": scales, "shapes": shapes})


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
    scale = None
    if network.likelihood in SCALED:
        scale = jnp.exp(LOWEST + jax.nn.softplus(PACE * parameters["scales"] - LOWEST))
    return LOG_LIKELIHOODS[network.likelihood](x, outputs, scale, parameters["shapes"]).sum(axis=-1)


def _cross_entropy(x, outputs, *_):
    return x * outputs - jax.nn.softplus(outputs)


def _continuous_bernoulli(x, outputs, *_):
    """The normalizer's logarithm is log(t / tanh(t / 2)) + log(1 + exp(-|t|)), a series near zero."""
    near = jnp.abs(outputs) < 0.1
    t = jnp.where(near, 1.0, outputs)
    log_ratio = jnp.log(jnp.abs(t)) - jnp.log(jnp.abs(jnp.expm1(-t))) - jax.nn.softplus(t) + jax.nn.softplus(-t)
    log_normalizer = jnp.where(near, jnp.log(2.0) + outputs**2 / 24, log_ratio + jax.nn.softplus(t))
    return x * outputs - jax.nn.softplus(outputs) + log_normalizer


def _normal(x, outputs, scale, _):
    return -0.5 * (((x - outputs) / scale) ** 2 + jnp.log(2 * jnp.pi)) - jnp.log(scale)


def _student_t(x, outputs, scale, raw):
    df, squares = 2 + jax.nn.softplus(raw), ((x - outputs) / scale) ** 2
    constant = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * jnp.log(jnp.pi * df) - jnp.log(scale)
    return constant - (df + 1) / 2 * jnp.log1p(squares / df)


def _discretized_logistic(x, outputs, scale, _):
    """Sixteen levels; the outermost take the tails."""
    upper, lower = (x + 0.5 - outputs) / scale, (x - 0.5 - outputs) / scale
    width = jnp.log(-jnp.expm1(lower - upper))
    inside = width - jax.nn.softplus(-upper) - jax.nn.softplus(lower)
    return jnp.where(x < 0.5, -jax.nn.softplus(-upper), jnp.where(x > 14.5, -jax.nn.softplus(lower), inside))


def _poisson(x, outputs, *_):
    return x * outputs - jnp.exp(outputs) - gammaln(x + 1)


def _negative_binomial(x, outputs, _, raw):
    r = 1 / (1e-3 + jax.nn.softplus(raw))
    log_total = jnp.logaddexp(jnp.log(r), outputs)
    counts = gammaln(x + r) - gammaln(r) - gammaln(x + 1)
    return counts + r * (jnp.log(r) - log_total) + x * (outputs - log_total)


def _categorical(x, outputs, *_):
    logits = jax.nn.log_softmax(outputs.reshape(*x.shape, LEVELS))
    return (jax.nn.one_hot(x.astype(int), LEVELS) * logits).sum(axis=-1)


LOG_LIKELIHOODS = {
    "bernoulli": _cross_entropy,
    "binary_cross_entropy": _cross_entropy,
    "continuous_bernoulli": _continuous_bernoulli,
    "normal": _normal,
    "student_t": _student_t,
    "discretized_logistic": _discretized_logistic,
    "poisson": _poisson,
    "negative_binomial": _negative_binomial,
    "categorical": _categorical,
    "sum_of_squares": lambda x, outputs, *_: -((x - outputs) ** 2),
}


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


def train(case, rows, seed, test=None):
    """Epochs in one program; an order whose last batch is short is filled up from its start.

    Where there are test rows, their loss is computed after each epoch, in the same program.
    """
    optimizer = optax.adam(case.rate)
    parameters = parameters_of(case.network, seed)
    steps = -(-len(rows) // case.batch)

    def step(x, carry, inputs):
        parameters, state = carry
        chosen, key = inputs
        value, gradient = jax.value_and_grad(loss)(parameters, case.network, x[chosen], key)
        updates, state = optimizer.update(gradient, state)
        return (optax.apply_updates(parameters, updates), state), value

    def test_loss(parameters, blocks, key):
        quiet = replace(case.network, dropout=0.0)
        keys = jax.random.split(key, len(blocks))
        return jax.lax.map(lambda it: loss(parameters, quiet, *it), (blocks, keys)).mean()

    def epoch(x, blocks, carry, key):
        order = jnp.resize(jax.random.permutation(key, len(x)), (steps, case.batch))
        carry, values = jax.lax.scan(partial(step, x), carry, (order, jax.random.split(key, steps)))
        held_out = None if blocks is None else test_loss(carry[0], blocks, jax.random.fold_in(key, 1))
        return carry, (values.mean(), held_out)

    epochs = jax.jit(lambda carry, x, blocks, keys: jax.lax.scan(partial(epoch, x, blocks), carry, keys))
    carry, x, keys = (parameters, optimizer.init(parameters)), jax.device_put(rows), jax.random.key(seed)
    blocks = None if test is None else jax.device_put(test.reshape(-1, len(test) // 10, test.shape[-1]))

    def run():
        nonlocal carry, keys
        keys, some = jax.random.split(keys)
        carry, (values, held_out) = epochs(carry, x, blocks, jax.random.split(some, case.epochs))
        last = values if held_out is None else held_out
        return {"loss": float(last[-1]), "parameters": count(parameters)}

    return run


def split(rows):
    """Training rows, and the test rows that come last: as many as MNIST has, or a seventh of few."""
    held_out = min(HELD_OUT, len(rows) // 70 * 10)
    return rows[:-held_out], rows[-held_out:]


def use(case, rows, seed):
    """`train`, with the loss of the test rows after every epoch."""
    rows, test = split(rows)
    return train(case, rows, seed, test)


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


def make_target_codes(case, seed=0):
    return np.random.default_rng(seed).standard_normal((case.rows, case.network.latent), np.float32)


def decode(case, rows, seed):
    decoded, size = _decoder(case, seed)
    z = make_target_codes(case)
    return lambda: {"rows": len(decoded(z)), "parameters": size}


def sample(case, rows, seed):
    decoded, size = _decoder(case, seed)
    return lambda: {"rows": len(decoded(make_target_codes(case))), "parameters": size}


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
    "preset": use,
    "flat": use,
    "images": use,
    "encode": encode,
    "decode": decode,
    "sample": sample,
    "score": score,
}
