"""elbax through its public interface."""

import subprocess
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

import jax
import numpy as np
import pandas as pd

import elbax
from benchmarks.peers.with_jax import LEVELS, make_target_codes, split
from elbax.core.likelihoods import LIKELIHOODS
from elbax.core.vae import split_trainable
from elbax.data.memory_mapped import is_large

HELD_OUT = 10_000  # of MNIST's 70,000 rows, the test images come last
# Learned scales start at a tenth, as in the other peers; elbax itself starts them at the noise of the best constant.
SETTINGS = {
    "normal": {"initial_scale": 0.1},
    "student_t": {"initial_scale": 0.1},
    "discretized_logistic": {"bits": 4, "initial_scale": 0.1},
    "categorical": {"levels": LEVELS},
}


def likelihood_of(network, **changes):
    """The likelihood of a network's rows, with its settings and changes to them."""
    return LIKELIHOODS[network.likelihood](**SETTINGS.get(network.likelihood, {}), **changes)


def notebook_vae(network, rate, seed):
    """The notebook's function: (vae, encoder, decoder), untrained."""
    normal = network.likelihood == "normal"
    return elbax.make_vae(
        architecture=[network.features, *network.hidden, network.latent],
        activation=network.activation,
        dropout=network.dropout or None,
        likelihood=likelihood_of(network) if normal else "binary_cross_entropy",
        decoder_activation=None if normal else "sigmoid",
        learning_rate=rate,
        objective=f"iwae(k={network.samples})" if network.samples > 1 else "elbo",
        precision=network.precision,
        random_state=seed,
    )


def estimator(case, seed, **changes):
    """The estimator with nothing but the case's own steps: no pretraining, no schedule, no validation."""
    network = case.network
    settings = {
        "hidden": network.hidden,
        "network": "mlp" if network.kind == "dense" else "conv",
        "activation": network.activation,
        "likelihood": likelihood_of(network) if network.likelihood == "normal" else "binary_cross_entropy",
        "init": "random",
        "schedule": "constant",
        "epochs": case.epochs,
        "batch_size": case.batch,
        "learning_rate": case.rate,
        "patience": 0,
        "validation_fraction": 0.0,
        "output_bias": False,
        "precision": network.precision,
        "random_state": seed,
        "verbose": 0,
    }
    return elbax.VAE(network.latent, **{**settings, **changes})


def count(module):
    return sum(leaf.size for leaf in jax.tree.leaves(split_trainable(module)[0]))


def train(case, rows, seed):
    if case.network.kind != "dense":
        return _train_convolutions(case, rows, seed)
    vae, _, _ = notebook_vae(case.network, case.rate, seed)

    def run():
        history = vae.fit(rows, epochs=case.epochs, batch_size=case.batch).history
        return {"loss": history["loss"][-1], "parameters": count(vae.module)}

    return run


def _train_convolutions(case, rows, seed):
    vae, images = estimator(case, seed), rows.reshape(-1, 28, 28)

    def run():
        for _ in range(case.epochs):
            vae.partial_fit(images)
        return {"loss": vae.history_["loss"].iloc[-1], "parameters": vae.n_parameters_}

    return run


def parallel(case, rows, seed):
    """`train` on all devices that the case's flags make."""
    run, note = train(case, rows, seed), f"on {len(jax.devices())} device(s)"
    return lambda: {**run(), "note": note}


def encode(case, rows, seed):
    vae, encoder, _ = notebook_vae(case.network, case.rate, seed)
    return lambda: {"rows": len(encoder.predict(rows)), "parameters": count(vae.module)}


def decode(case, rows, seed):
    vae, _, decoder = notebook_vae(case.network, case.rate, seed)
    z = make_target_codes(case)
    return lambda: {"rows": len(decoder.predict(z)), "parameters": count(vae.module)}


def sample(case, rows, seed):
    vae = estimator(case, seed, epochs=1).fit(rows[:1000])
    return lambda: {"rows": len(vae.sample(case.rows, noise=False)), "parameters": vae.n_parameters_}


def score(case, rows, seed):
    vae = estimator(case, seed, epochs=1).fit(rows)

    def run():
        log_p = vae.score_samples(rows, n_importance=case.importance)
        found = {"rows": len(log_p), "parameters": vae.n_parameters_}
        return {**found, "note": f"on average {log_p.mean():.3f} nats"}

    return run


def grow(case, rows, seed):
    vae, streamed = estimator(case, seed, epochs=1), is_large(rows)

    def run():
        vae.fit(rows)
        found = {"loss": vae.history_["loss"].iloc[-1], "parameters": vae.n_parameters_}
        return {**found, "note": "streamed from disk"} if streamed else found

    return run


def command(case, rows, seed):
    """`elbax fit digits`, run in a folder that is thrown away."""
    from elbax.cli import app

    def run():
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            app(["fit", "digits"], standalone_mode=False)
        return {}

    return run


def per_epoch(history) -> float:
    """Seconds of an epoch in a history: those after the first chunk, which compiles."""
    seconds = history["seconds"].to_numpy()
    later = seconds > seconds[0]
    if not later.any():
        return seconds[-1] / len(seconds)
    return (seconds[-1] - seconds[0]) / later.sum()


def preset(case, rows, seed):
    """`elbax fit mnist --preset notebook` from a shell; its history has the seconds of each epoch."""
    shell = [sys.executable, "-c", "from elbax.cli import main; main()", "fit"]
    options = ["--preset", "notebook", "--epochs", case.epochs, "--seed", seed, "--no-report", "--out"]
    first = iter([{}])  # each call is a process of its own, for which nothing can be warmed up

    def run():
        if (answer := next(first, None)) is not None:
            return answer
        with tempfile.TemporaryDirectory() as folder:
            source, out = "mnist", Path(folder, "run")
            if len(rows) < 70_000:  # a trial
                source = Path(folder, "rows.npz")
                train, test = split((255 * rows).astype(np.uint8).reshape(-1, 28, 28))
                np.savez(source, x=train, x_test=test)
            subprocess.run([*map(str, [*shell, source, *options, out])], check=True, capture_output=True)
            history, size = pd.read_csv(out / "history.csv"), elbax.load(out).n_parameters_
        loss = -float(history["val_elbo"].iloc[-1])
        return {"seconds": case.epochs * per_epoch(history), "loss": loss, "parameters": size}

    return run


def use(case, rows, seed, shape=(784,)):
    """`VAE().fit` with the notebook's recipe and validation on the test rows."""
    # Pixels that are the same in every row have no scale of their own.
    shared = {"scale": "shared"} if case.network.likelihood in ("normal", "student_t") else {}
    changes = {"likelihood": likelihood_of(case.network, **shared), "dropout": case.network.dropout}
    vae = estimator(case, seed, **changes)
    train, test = (part.reshape(-1, *shape) for part in split(rows))

    def run():
        history = vae.fit(train, validation_data=test).history_
        found = {"loss": -float(history["val_elbo"].iloc[-1]), "parameters": vae.n_parameters_}
        return {"seconds": case.epochs * per_epoch(history), **found}

    return run


def use_images(case, rows, seed):
    """The same with rows shaped as images."""
    return use(case, rows, seed, (28, 28, 1))


def reach(case, rows, seed):
    """The default recipe for the case's network, planned for so many epochs; the caller looks for the fewest."""
    vae = elbax.VAE(
        case.network.latent,
        hidden=case.network.hidden,
        likelihood="binary_cross_entropy",
        epochs=case.epochs,
        random_state=seed,
        verbose=0,
    )

    def run():
        vae.fit(rows[:-HELD_OUT], validation_data=rows[-HELD_OUT:])
        return {
            "loss": -vae.history_["val_elbo"].max(),
            "epochs": case.epochs,
            "note": f"{case.epochs} epochs",
        }

    return run


TASKS = {
    "train": train,
    "parallel": parallel,
    "encode": encode,
    "decode": decode,
    "sample": sample,
    "score": score,
    "grow": grow,
    "command": command,
    "preset": preset,
    "flat": use,
    "images": use_images,
    "reach": reach,
}
