"""The engine's promises: chunking, streaming and resuming change no bit; nothing compiles twice; failure is data."""

from dataclasses import replace
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import elbax
from elbax.core.likelihoods import Normal
from elbax.core.objectives import ELBO
from elbax.core.serialization import to_bytes
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data import Schema
from elbax.errors import InputError, TrainingError
from elbax.train import trainer
from elbax.train.checkpoint import Checkpoint
from elbax.train.config import TrainConfig
from elbax.train.optimizer import OPTIMIZERS, make_optimizer, make_transformation
from elbax.train.schedule import SCHEDULES
from elbax.types import Batch


def problem(n=230, epochs=4, **recipe):
    x = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)
    architecture = ModelConfig(latent_dim=1, hidden=(8,), dropout=0.1)
    module = VAEModule.build(architecture, Normal(), Schema.of(x).summary, np.random.default_rng(0))
    return module, ELBO(), Batch(x), TrainConfig(epochs, 32, 1e-3, seed=7, **recipe)


def test_where_chunks_end_leaves_no_trace(monkeypatch):
    module, objective, x, plan = problem(patience=3)
    whole = trainer.train(module, objective, x, plan, validation=Batch(x.x[:40]))
    monkeypatch.setattr(trainer, "_GROWTH", 1)
    pieces = trainer.train(module, objective, x, plan, validation=Batch(x.x[:40]))
    assert to_bytes(whole.state) == to_bytes(pieces.state)
    columns = ["loss", "kl", "val_elbo"]
    np.testing.assert_array_equal(whole.history[columns], pieces.history[columns])


def test_streaming_visits_the_same_rows_as_memory():
    module, objective, x, plan = problem()
    fits = [trainer.train(module, objective, x, plan, resident=resident) for resident in (True, False)]
    assert to_bytes(fits[0].state) == to_bytes(fits[1].state)


@pytest.mark.parametrize("stop_after", [1, 3, 6])
def test_resumed_equals_uninterrupted(tmp_path, stop_after):
    module, objective, x, plan = problem()
    whole = trainer.train(module, objective, x, plan)

    class Killed(BaseException):
        pass

    calls = []

    def kill(progress):
        calls.append(progress)
        if len(calls) == stop_after:
            raise Killed

    def checkpoint():
        return Checkpoint(tmp_path / "state.safetensors", 0.0, b"same")

    with pytest.raises(Killed):
        trainer._CHUNK_SECONDS, original = 1e-9, trainer._CHUNK_SECONDS
        try:
            trainer.train(module, objective, x, plan, checkpoint=checkpoint(), listeners=(kill,))
        finally:
            trainer._CHUNK_SECONDS = original
    resumed = trainer.train(module, objective, x, plan, checkpoint=checkpoint())
    assert to_bytes(resumed.state) == to_bytes(whole.state)
    np.testing.assert_array_equal(resumed.history["loss"], whole.history["loss"])
    with pytest.raises(InputError, match="other data or settings"):
        other = Checkpoint(tmp_path / "state.safetensors", 0.0, b"else")
        trainer.train(module, objective, x, plan, checkpoint=other)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    module, objective, x, plan = problem()
    (tmp_path / "state.safetensors").write_bytes(b"\x10garbage")
    with pytest.raises(InputError, match="damaged"):
        checkpoint = Checkpoint(tmp_path / "state.safetensors", 0.0, b"same")
        trainer.train(module, objective, x, plan, checkpoint=checkpoint)


def test_a_loss_that_is_not_finite_names_epoch_term_and_cause():
    module, objective, x, _ = problem()
    plan = TrainConfig(50, 32, 1e6, seed=0, optimizer="sgd")
    with pytest.raises(TrainingError, match=r"epoch \d+ .*learning rate of 1e\+06") as caught:
        trainer.train(module, objective, x, plan)
    kept = caught.value.result.module
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(kept) if hasattr(leaf, "dtype"))


def test_nothing_compiles_twice(programs):
    x = np.random.default_rng(1).normal(size=(211, 5))
    jax.clear_caches()  # or `free_compiled_programs` may do so halfway
    programs.clear()
    vae = elbax.VAE(epochs=30, hidden=(12,), random_state=0, verbose=0).fit(x)
    assert programs.count("jit(train_steps)") == 1
    programs.clear()
    # Other data, rates and weights of the same shape share the program.
    elbax.VAE(epochs=20, hidden=(12,), random_state=1, verbose=0, learning_rate=3e-3, beta=0.5, warmup=0.5).fit(
        x[::-1] * 2
    )
    vae.transform(x)
    vae.score_samples(x[:100], n_importance=3)
    first = list(programs)
    programs.clear()
    vae.transform(x[:17])
    vae.score_samples(x, n_importance=9)
    vae.sample(3)
    vae.sample(700)
    ours = {"jit(train_steps)", "jit(_moments)", "jit(_log_likelihood)", "jit(_draws)"}
    assert "jit(train_steps)" not in first
    assert [name for name in programs if name in ours] == ["jit(_draws)"]


def test_other_numbers_of_rows_compile_nothing(programs):
    """Neither does the patience that a plan derives from them; one batch holds all 25 or 30 rows."""
    x = np.random.default_rng(1).normal(size=(380, 5))

    def use(n):
        vae = elbax.VAE(hidden=(12,), epochs=3 + n // 100, patience=1 + n // 100, random_state=0, verbose=1)
        vae.fit(x[:n])
        vae.score(x[:n])
        vae.diagnose(x[:n], probes=False)

    for first, other in ((210, 220), (30, 25)):
        use(first)
        programs.clear()
        use(other)
        assert programs == []
    use(380)  # small programs may differ; the training loop does not
    assert not {"jit(train_steps)", "jit(_forward)", "jit(_log_likelihood)"} & set(programs)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_small_arrays_are_one_and_move_as_on_their_own(optimizer):
    rng = np.random.default_rng(0)
    params = {"a": rng.normal(size=(3, 2)), "b": rng.normal(), "c": rng.normal(size=2**14), "none": None}
    params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), params)
    moved = []
    for transformation in (make_transformation(optimizer), make_optimizer(optimizer)):
        now, state = params, transformation.init(params)
        for step in range(3):
            gradient = jax.tree.map(lambda leaf, step=step: jnp.sin(leaf + step), now)
            direction, state = transformation.update(gradient, state, now)
            now = jax.tree.map(lambda leaf, change: leaf + 0.01 * change, now, direction)
        moved.append(now)
    jax.tree.map(np.testing.assert_array_equal, *moved)


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_every_optimiser_improves(optimizer):
    transformation = make_transformation(optimizer, clip_norm=10.0, weight_decay=1e-4)
    start = jnp.array([[3.0, -2.0], [1.0, 4.0]])

    def step(carry, _):
        x, state = carry
        direction, state = transformation.update(2 * x, state, x)  # of the sum of squares
        return (x + 1e-2 * direction, state), None

    end = jax.jit(lambda x: jax.lax.scan(step, (x, transformation.init(x)), length=50)[0][0])(start)
    assert jnp.square(end).sum() < 0.95 * jnp.square(start).sum()


@pytest.mark.parametrize(
    ("schedule", "last"), [("constant", 1.0), ("cosine", 0.0), ("linear", 0.0), ("exponential", 0.01)]
)
def test_schedules_end_where_they_should(schedule, last):
    assert set(SCHEDULES) == {"constant", "cosine", "linear", "exponential"}
    assert float(SCHEDULES[schedule](1.0)) == pytest.approx(last, abs=1e-6)
    assert float(SCHEDULES[schedule](0.0)) == pytest.approx(1.0)


def test_early_stopping_keeps_the_best_weights():
    x = np.random.default_rng(0).normal(size=(40, 20))
    vae = elbax.VAE(latent_dim=8, epochs=400, patience=5, learning_rate=3e-3, random_state=0, verbose=0).fit(x)
    history = vae.history_
    assert len(history) < 400
    assert len(history) - history["val_elbo"].idxmax() - 1 == 5


def overfitting():
    """A problem whose validation ELBO soon falls: noise, few rows, a high learning rate."""
    module, objective, x, plan = problem(n=40, epochs=200, patience=4)
    return module, objective, x, replace(plan, batch_size=6, learning_rate=3e-2)


def test_the_best_weights_are_those_of_the_best_epoch():
    module, objective, x, plan = overfitting()
    fitted = trainer.train(module, objective, Batch(x.x[:30]), plan, validation=Batch(x.x[30:]))
    best = int(fitted.history["val_elbo"].idxmax()) + 1
    assert best < len(fitted.history) < 200
    until_best = replace(plan, epochs=best, patience=None)  # the schedule is constant: the same steps
    assert to_bytes(fitted.module) == to_bytes(trainer.train(module, objective, Batch(x.x[:30]), until_best).module)


def test_a_fit_that_stopped_early_resumes_to_itself(tmp_path):
    module, objective, x, plan = overfitting()

    def train():
        checkpoint = Checkpoint(tmp_path / "state.safetensors", 0.0, b"same")
        return trainer.train(
            module, objective, Batch(x.x[:30]), plan, validation=Batch(x.x[30:]), checkpoint=checkpoint
        )

    first, again = train(), train()
    assert bool(first.state.stopped) and to_bytes(first.state) == to_bytes(again.state)
    assert to_bytes(first.module) == to_bytes(again.module)
    assert to_bytes(first.state.best) != to_bytes(first.state.params)


def test_patience_without_validation_rows_keeps_the_last_weights():
    module, objective, x, plan = problem()
    patient = replace(plan, patience=3)
    fits = [trainer.train(module, objective, x, p) for p in (plan, patient)]
    assert to_bytes(fits[0].module) == to_bytes(fits[1].module) != to_bytes(module)


def test_without_validation_restarts_compare_the_last_elbo_and_one_without_a_number_loses(monkeypatch):
    module, objective, x, plan = problem(epochs=1)
    fitted = trainer.train(module, objective, x, plan)
    assert fitted.bound == fitted.history["elbo"].iloc[-1]
    loop = SimpleNamespace(validation=None)
    assert trainer._Trainer._bound(loop, SimpleNamespace(best=None), np.full((1, 7), np.nan)) == -np.inf


def test_validation_rows_without_a_finite_bound_do_not_bring_the_untrained_weights_back():
    module, objective, x, plan = problem(patience=3)
    impossible = trainer.train(module, objective, x, plan, validation=Batch(np.full((5, 3), 1e30, np.float32)))
    assert len(impossible.history) == plan.epochs and impossible.bound == -np.inf
    last = trainer.train(module, objective, x, replace(plan, patience=None))
    assert to_bytes(impossible.module) == to_bytes(last.module)
