"""Keras 3 on JAX: `Model.fit` with the best of three ``steps_per_execution``, `Model.predict`."""

import os
import time

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np
from keras import layers, ops

from benchmarks.workloads import TARGET

STEPS_PER_EXECUTION = (1, 20, 100)
SERVED_ROWS = 1000
LOWEST, PACE = -6.0, 3.0
HELD_OUT = 10_000


class Bound(layers.Layer):
    """Draws z, decodes it, and adds the negative ELBO to the model's losses; returns the outputs."""

    def __init__(self, decoder, network, seed):
        super().__init__()
        self.decoder, self.network = decoder, network
        self.noise = keras.random.SeedGenerator(seed)

    def build(self, *shapes):
        if self.network.likelihood == "normal":
            start = keras.initializers.Constant(np.log(0.1) / PACE)
            self.scales = self.add_weight(shape=(self.network.features,), initializer=start)

    def call(self, x, codes):
        mean, log_variance = ops.split(codes, 2, axis=-1)
        noise = keras.random.normal(ops.shape(mean), seed=self.noise)
        outputs = self.decoder(mean + ops.exp(log_variance / 2) * noise)
        kl = -0.5 * ops.sum(1 + log_variance - mean**2 - ops.exp(log_variance), axis=-1)
        self.add_loss(ops.mean(kl - self.log_likelihood(x, outputs)))
        return outputs

    def log_likelihood(self, x, outputs):
        if self.network.likelihood == "bernoulli":
            return ops.sum(x * outputs - ops.softplus(outputs), axis=-1)
        log_scale = LOWEST + ops.softplus(PACE * self.scales - LOWEST)
        squares = ((x - outputs) / ops.exp(log_scale)) ** 2
        return -0.5 * ops.sum(squares + np.log(2 * np.pi) + 2 * log_scale, axis=-1)


def dense_stack(x, widths, network):
    for width in widths[:-1]:
        x = layers.Dense(width, activation=network.activation)(x)
        if network.dropout:
            x = layers.Dropout(network.dropout)(x)
    return layers.Dense(widths[-1])(x)


def encoder_of(network):
    x = inputs = keras.Input((network.features,))
    if network.kind == "dense":
        return keras.Model(inputs, dense_stack(x, (*network.hidden, 2 * network.latent), network))
    x = layers.Reshape((28, 28, 1))(x)
    for channels in network.hidden:
        x = layers.Conv2D(channels, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Dense(256, activation="relu")(layers.Flatten()(x))
    return keras.Model(inputs, layers.Dense(2 * network.latent)(x))


def decoder_of(network):
    x = inputs = keras.Input((network.latent,))
    if network.kind == "dense":
        return keras.Model(inputs, dense_stack(x, (*network.hidden[::-1], network.features), network))
    first, second = network.hidden
    if network.kind == "conv":
        x = layers.Dense(256, activation="relu")(x)
    x = layers.Reshape((7, 7, second))(layers.Dense(7 * 7 * second, activation="relu")(x))
    if network.kind == "conv":
        for size in (7, 14):
            x = layers.Conv2D(4 * first, 3, padding="same", activation="relu")(x)
            x = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape((size, size, 2, 2, first))(x))
            x = layers.Reshape((2 * size, 2 * size, first))(x)
        x = layers.Conv2D(1, 3, padding="same")(x)
    else:
        for channels in (second, first):
            x = layers.Conv2DTranspose(channels, 3, strides=2, padding="same", activation="relu")(x)
        x = layers.Conv2DTranspose(1, 3, padding="same")(x)
    return keras.Model(inputs, layers.Flatten()(x))


def model_of(case, seed, steps_per_execution=1):
    """(vae, encoder, decoder), untrained."""
    keras.utils.set_random_seed(seed)
    encoder, decoder = encoder_of(case.network), decoder_of(case.network)
    inputs = keras.Input((case.network.features,))
    vae = keras.Model(inputs, Bound(decoder, case.network, seed)(inputs, encoder(inputs)))
    vae.compile(keras.optimizers.Adam(case.rate), jit_compile=True, steps_per_execution=steps_per_execution)
    return vae, encoder, decoder


def count(*models):
    return sum(int(np.prod(weight.shape)) for model in models for weight in model.trainable_weights)


def best_steps_per_execution(case, rows, seed):
    """The fastest for one epoch after one that compiles, by measuring each once.

    Convolutions have one: in a loop of several steps XLA's take some twenty times as long on a CPU.
    """
    if case.network.kind != "dense" and jax.default_backend() == "cpu":
        return 1
    seconds = {}
    for steps in STEPS_PER_EXECUTION:
        if steps > -(-len(rows) // case.batch):
            continue
        vae, *_ = model_of(case, seed, steps)
        vae.fit(rows, epochs=1, batch_size=case.batch, verbose=0)
        began = time.perf_counter()
        vae.fit(rows, epochs=1, batch_size=case.batch, verbose=0)
        seconds[steps] = time.perf_counter() - began
    return min(seconds, key=seconds.get)


def train(case, rows, seed):
    """A whole call uses 20 steps per execution, the best one for most; there is no time to try."""
    steps = min(20, -(-len(rows) // case.batch)) if case.fresh else best_steps_per_execution(case, rows, seed)
    vae, *_ = model_of(case, seed, steps)

    def run():
        history = vae.fit(rows, epochs=case.epochs, batch_size=case.batch, verbose=0).history
        note = f"steps_per_execution {steps}"
        return {"loss": history["loss"][-1], "parameters": count(vae), "note": note}

    return run


def encode(case, rows, seed):
    _, encoder, decoder = model_of(case, seed)

    def run():
        means = encoder.predict(rows, batch_size=SERVED_ROWS, verbose=0)[:, : case.network.latent]
        return {"rows": len(means), "parameters": count(encoder, decoder)}

    return run


def decode(case, rows, seed):
    _, encoder, decoder = model_of(case, seed)
    model = keras.Sequential([decoder, layers.Activation("sigmoid")])
    shape = (case.rows, case.network.latent)

    def run():
        z = np.random.default_rng(seed).standard_normal(shape, np.float32)
        return {
            "rows": len(model.predict(z, batch_size=SERVED_ROWS, verbose=0)),
            "parameters": count(encoder, decoder),
        }

    return run


class Reached(keras.callbacks.Callback):
    """Stops training at the first epoch whose validation loss is low enough."""

    def on_epoch_end(self, epoch, logs=None):
        self.epochs, self.loss = epoch + 1, logs["val_loss"]
        self.model.stop_training = self.loss <= TARGET


def reach(case, rows, seed):
    """The notebook's recipe, for as many epochs as it takes."""
    vae, *_ = model_of(case, seed, steps_per_execution=20)
    x, held_out = rows[:-HELD_OUT], rows[-HELD_OUT:]

    def run():
        reached = Reached()
        vae.fit(
            x,
            epochs=case.epochs,
            batch_size=case.batch,
            validation_data=(held_out, None),
            verbose=0,
            callbacks=[reached],
        )
        return {"loss": reached.loss, "epochs": reached.epochs, "note": f"{reached.epochs} epochs"}

    return run


TASKS = {
    "train": train,
    "command": train,
    "encode": encode,
    "decode": decode,
    "sample": decode,
    "reach": reach,
}
