"""Fits for `test_spread`: run by one process or several, on one device or several; what comes out is written as .npz.

python spread_fits.py OUT.npz [ADDRESS INDEX]
"""

import sys
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np

import elbax
from elbax.core.likelihoods import Normal
from elbax.core.objectives import ELBO
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data import Schema
from elbax.doctor.probes import continued_gain
from elbax.errors import InputError
from elbax.train import checkpoint, hosts, trainer
from elbax.train.compilation import use_compilation_cache
from elbax.train.config import TrainConfig
from elbax.train.pretraining import TargetCodes
from elbax.types import Batch

X = np.random.default_rng(0).normal(size=(211, 3)).astype(np.float32) * [1.0, 2.0, 3.0]


def module(seed):
    architecture = ModelConfig(latent_dim=2, hidden=(8,), dropout=0.1)
    return VAEModule.build(architecture, Normal(), Schema.of(X).summary, np.random.default_rng(seed))


def numbers(name, fitted):
    """Weights and history of a fit, by name."""
    leaves = jax.tree_util.tree_leaves_with_path(fitted.state.params)
    weights = {f"{name}{jax.tree_util.keystr(path)}": np.asarray(leaf) for path, leaf in leaves}
    return weights | {f"{name} history": fitted.history.drop(columns="seconds").to_numpy()}


def engine_fits(folder):
    """The engine itself: resident batches that divide by two, streamed ones that do not, with a pretraining."""
    latent = TargetCodes(len(X), np.arange(50), X[:50, :2].astype(np.float32))
    rows, objective = Batch(X.astype(np.float32), target_codes=latent), ELBO(0.5, 0.1, 0.5)
    plan = TrainConfig(3, 32, 1e-3, seed=7, patience=2, pretraining_steps=5)
    writes = []
    checkpoint.atomic_write = lambda path, data: writes.append(path)
    kept = checkpoint.Checkpoint(folder / "never", 0.0, b"same")
    found = {}
    for name, changes, options in (
        ("even", {}, {"checkpoint": kept}),
        ("streamed uneven", {"batch_size": 33}, {"resident": False}),
    ):
        held_out = Batch(rows.x[:41])
        fitted = trainer.train(module(0), objective, rows, replace(plan, **changes), validation=held_out, **options)
        found |= numbers(name, fitted)
    return found | {"writes": len(writes)}


def public_fits():
    """The estimator with context, what is measured with it afterwards, and the notebook's function."""
    vae = elbax.VAE(hidden=(8,), init="random", epochs=3, batch_size=20, random_state=0, verbose=0)
    vae.fit(X, context=X[:, :1] > 0)
    context = X[:, :1] > 0
    found = {"z": vae.transform(X, context=context), "val_elbo": vae.history_["val_elbo"]}
    if jax.process_index() == jax.process_count() - 1:  # alone: the others do not follow
        found["score"] = vae.score_samples(X, 5, context=context)
        found["gain"] = continued_gain(vae._open_fit_record(X, context), seconds=0.0).per_row
    notebook, encoder, _ = elbax.make_vae(3, dim_intermediate=8, likelihood="sum_of_squares", random_state=0)
    for _ in range(2):
        found["notebook"] = notebook.fit(X, epochs=2, batch_size=20).history["loss"]
    return found | {"encoded": encoder.predict(X)}


def main():
    out, *place = sys.argv[1:]
    if place:
        hosts.join(place[0], 2, int(place[1]))
    use_compilation_cache()
    found = engine_fits(Path(out).parent) | public_fits() | {"devices": len(jax.devices())}
    if place:
        plan = TrainConfig(1, 32, 1e-3, seed=0)
        try:
            trainer.train(module(jax.process_index()), ELBO(), Batch(X), plan)
        except InputError as error:
            found["refused"] = str(error)
        hosts.leave()
    np.savez(out, **found)


if __name__ == "__main__":
    main()
