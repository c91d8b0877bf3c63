"""The matrix products of the work alone, in one compiled JAX program: no epoch can be faster than these."""

from functools import partial

import jax
import jax.numpy as jnp

from benchmarks.peers.with_jax import SERVED_ROWS


def encoder_products(network, rows):
    """(m, k, n) of each product of one pass through the encoder; convolutions as products with 3x3 windows."""
    if network.kind == "dense":
        return _dense((network.features, *network.hidden, 2 * network.latent), rows)
    first, second = network.hidden
    convolutions = [(rows * 14 * 14, 9, first), (rows * 7 * 7, 9 * first, second)]
    return convolutions + _dense((7 * 7 * second, 256, 2 * network.latent), rows)


def decoder_products(network, rows):
    """Likewise through the decoder."""
    if network.kind == "dense":
        return _dense((network.latent, *network.hidden[::-1], network.features), rows)
    first, second = network.hidden
    dense = _dense((network.latent, 256, 7 * 7 * second), rows)
    convolutions = [(49, 9 * second, 4 * first), (196, 9 * first, 4 * first), (784, first, 9)]
    return dense + [(rows * m, k, n) for m, k, n in convolutions]


def _dense(widths, rows):
    return [(rows, k, n) for k, n in zip(widths[:-1], widths[1:], strict=True)]


def run_products(products, repeats, backward):
    """Compile ``repeats`` rounds of the products, and with ``backward`` of those of their gradients.

    Each product waits for the one before: one entry of its weight is taken from it. All are part of the loop's state,
    and the last round's are returned. So none can be moved out of the loop, left out, or computed in part.
    """
    keys = jax.random.split(jax.random.key(0), len(products))
    inputs = [jax.random.normal(key, (m, k)) for key, (m, k, _) in zip(keys, products, strict=True)]
    weights = [jax.random.normal(key, (k, n)) / k for key, (_, k, n) in zip(keys, products, strict=True)]

    def one_round(inputs, _, state):
        weights, done = list(state[0]), [state[1][-1]]

        def linked(i):
            weights[i] = weights[i].at[0, 0].set(jnp.tanh(done[-1][0, 0]))
            return weights[i]

        for i, x in enumerate(inputs):
            done.append(x @ linked(i))
        outputs = done[1:]
        for i in reversed(range(len(inputs))) if backward else ():
            done.append(inputs[i].T @ outputs[i])
            if i > 0:  # nothing needs the gradient by the data
                done.append(outputs[i] @ linked(i).T)
        return tuple(weights), tuple(done[1:])

    @jax.jit
    def rounds(inputs, weights):
        shapes = jax.eval_shape(one_round, inputs, 0, (weights, (jnp.zeros((1, 1)),)))
        start = (weights, tuple(jnp.zeros(each.shape) for each in shapes[1]))
        return jax.lax.fori_loop(0, repeats, partial(one_round, inputs), start)

    sizes = [m * k * n for m, k, n in products]
    total = 3 * sum(sizes) - sizes[0] if backward else sum(sizes)

    def run():
        jax.block_until_ready(rounds(inputs, tuple(weights)))
        return {"gigaflop": 2e-9 * repeats * total}

    return run


def train(case, rows, seed):
    network = case.network
    if network.kind == "transposed":
        raise NotImplementedError("as above")
    products = encoder_products(network, case.batch)
    products += decoder_products(network, case.batch * network.samples)
    return run_products(products, case.epochs * -(-len(rows) // case.batch), backward=True)


def _serve(products, case, rows, seed):
    return run_products(products(case.network, SERVED_ROWS), -(-case.rows // SERVED_ROWS), backward=False)


def score(case, rows, seed):
    """The decoder at all latents of each row, 1000 at a time; the encoder's share is nothing beside it."""
    products = decoder_products(case.network, SERVED_ROWS)
    return run_products(products, case.rows * case.importance // SERVED_ROWS, backward=False)


TASKS = {
    "train": train,
    "encode": partial(_serve, encoder_products),
    "decode": partial(_serve, decoder_products),
    "sample": partial(_serve, decoder_products),
    "score": score,
}
