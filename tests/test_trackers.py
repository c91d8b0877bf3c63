"""Trackers hold every epoch exactly once, as the history has it, however the fit went."""

import struct
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from tensorboardX.proto.event_pb2 import Event, SessionLog
from typer.testing import CliRunner

import elbax
from elbax.callbacks import MLflow, TensorBoard
from elbax.callbacks.base import CURVES
from elbax.cli import app
from elbax.errors import InputError, MissingExtraError
from elbax.runs.folder import Run
from elbax.train import trainer

ROWS = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)


def fit(*callbacks, x=ROWS, **settings):
    small = {"hidden": (6,), "epochs": 7, "random_state": 0, "verbose": 0}
    return elbax.VAE(**{**small, **settings}).fit(x, callbacks=callbacks)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One MLflow store with an experiment for each test: to make a store takes longer than a fit."""
    return tmp_path_factory.mktemp("flow")


def events(folder: Path) -> list[Event]:
    """Records are: length, its checksum, the event, its checksum."""
    found = []
    for path in sorted(folder.glob("events.*"), key=lambda path: path.stat().st_mtime_ns):
        data = path.read_bytes()
        while data:
            (length,) = struct.unpack("<Q", data[:8])
            found.append(Event.FromString(data[12 : 12 + length]))
            data = data[16 + length :]
    return found


def tensorboard_curves(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows: a session's start drops all later steps that were there before."""
    curves: dict[str, list[tuple[int, float]]] = {}
    for event in events(folder):
        if event.session_log.status == SessionLog.START:
            curves = {name: [p for p in points if p[0] < event.step] for name, points in curves.items()}
        for value in event.summary.value:
            if value.HasField("simple_value"):
                curves.setdefault(value.tag, []).append((event.step, value.simple_value))
    return curves


def mlflow_runs(folder: Path, experiment="elbax"):
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")
    runs = client.search_runs(
        [client.get_experiment_by_name(experiment).experiment_id], order_by=["attributes.start_time"]
    )
    return [(run, lambda name, i=run.info.run_id: client.get_metric_history(i, name)) for run in runs]


def check_tensorboard(folder: Path, history) -> None:
    for part, prefix in (("training", ""), ("validation", "val_")):
        curves = tensorboard_curves(folder / part)
        assert set(curves) == set(CURVES)
        for name, points in curves.items():
            steps, values = zip(*points, strict=True)
            assert list(steps) == history["epoch"].tolist()
            # Event files hold 32-bit numbers.
            np.testing.assert_array_equal(values, history[prefix + name].to_numpy(np.float32))


def check_mlflow(metrics, history) -> None:
    for name in (prefix + curve for prefix in ("", "val_") for curve in CURVES):
        points = sorted(metrics(name), key=lambda metric: metric.step)
        assert [point.step for point in points] == history["epoch"].tolist()
        np.testing.assert_array_equal([point.value for point in points], history[name])


def test_both_hold_the_history_and_the_settings(tmp_path, store):
    flow = MLflow(store, run_name="mine")
    vae = fit(TensorBoard(tmp_path / "board"), flow)
    check_tensorboard(tmp_path / "board", vae.history_)
    ((run, metrics),) = mlflow_runs(store)
    check_mlflow(metrics, vae.history_)
    assert (run.info.run_name, run.info.status) == ("mine", "FINISHED")
    assert run.data.params["epochs"] == "7" and run.data.params["chosen_likelihood"] == "normal"
    text = next(v for e in events(tmp_path / "board" / "training") for v in e.summary.value if "settings" in v.tag)
    assert "| epochs | 7 |" in text.tensor.string_val[0].decode()


def test_without_validation_rows_there_is_no_validation_curve(tmp_path, store):
    flow = MLflow(store, experiment="without validation")
    vae = fit(TensorBoard(tmp_path / "board"), flow, validation_fraction=0.0)
    assert [path.name for path in (tmp_path / "board").iterdir()] == ["training"]
    assert len(tensorboard_curves(tmp_path / "board" / "training")["kl"]) == len(vae.history_) == 7
    ((run, _),) = mlflow_runs(store, "without validation")
    assert set(run.data.metrics) == set(CURVES)


@pytest.mark.parametrize("growth", [1, 1000])
def test_chunks_of_many_epochs_or_of_few_steps_are_handed_over_once(monkeypatch, growth):
    monkeypatch.setattr(trainer, "_GROWTH", growth)
    monkeypatch.setattr(trainer, "_CHUNK_SECONDS", 1e-9 if growth == 1 else 1e9)
    reports = []
    vae = fit(reports.append, batch_size=20)
    assert reports[0].step <= 0 and reports[0].finished.empty and reports[0].latest == {}
    assert reports[-1].epoch == 7 and reports[-1].between_epochs
    told = np.concatenate([report.finished.to_numpy() for report in reports])
    np.testing.assert_array_equal(told, vae.history_.to_numpy())
    assert all(report.finished["epoch"].tolist()[-1:] in ([], [report.epoch]) for report in reports)


def test_reports_bring_the_weights_of_their_moment():
    seen = []
    vae = fit(lambda progress: seen.append(progress.module), patience=0)
    first, last, kept = (module.encoder.network.head.weight for module in (seen[0], seen[-1], vae.module_))
    np.testing.assert_array_equal(last, kept)
    assert not np.array_equal(first, kept)


def test_callbacks_change_no_bit():
    class Pausing:
        def pauses(self, epochs):
            return range(0, epochs, 2)

        def __call__(self, progress):
            self.steps = [*getattr(self, "steps", []), progress]

    pausing = Pausing()
    with_it, without = fit(pausing, epochs=40, batch_size=7), fit(epochs=40, batch_size=7)
    np.testing.assert_array_equal(with_it.transform(ROWS), without.transform(ROWS))
    reached = {report.epoch for report in pausing.steps if report.between_epochs}
    assert set(range(0, 40, 2)) <= reached


def cut(at: int, error: type[BaseException]):
    def stop(progress):
        if progress.epoch >= at:
            raise error

    return stop


def test_a_resumed_fit_holds_each_epoch_once(tmp_path, store, monkeypatch):
    """Cut after epochs that the trackers have and the checkpoint has not, and resumed."""
    monkeypatch.setattr(trainer, "_CHUNK_SECONDS", 1e-9)

    def trackers():
        return TensorBoard(tmp_path / "board"), MLflow(store, experiment="resumed")

    settings = {"checkpoint_dir": tmp_path / "checkpoints", "checkpoint_seconds": 0.0, "batch_size": 30}
    with pytest.raises(KeyboardInterrupt):
        fit(*trackers(), cut(3, KeyboardInterrupt), **settings)
    early = (tmp_path / "checkpoints" / "restart-0.safetensors").read_bytes()
    with pytest.raises(ZeroDivisionError):
        fit(*trackers(), cut(5, ZeroDivisionError), **settings)
    (tmp_path / "checkpoints" / "restart-0.safetensors").write_bytes(early)
    vae = fit(*trackers(), **settings)
    check_tensorboard(tmp_path / "board", vae.history_)
    ((run, metrics),) = mlflow_runs(store, "resumed")
    check_mlflow(metrics, vae.history_)
    assert run.info.status == "FINISHED"


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, "KILLED"), (ZeroDivisionError, "FAILED")])
def test_how_a_run_ended_is_known(store, error, status):
    with pytest.raises(error):
        fit(MLflow(store, experiment=status), cut(0, error))
    assert [run.info.status for run, _ in mlflow_runs(store, status)] == [status]


def test_restarts_are_kept_apart(tmp_path, store):
    histories = []
    fit(
        TensorBoard(tmp_path / "board"),
        MLflow(store, experiment="restarts", run_name="a"),
        lambda progress: histories.append(progress.finished),
        n_init=2,
    )
    runs = mlflow_runs(store, "restarts")
    assert sorted(run.info.run_name for run, _ in runs) == ["a, restart 0", "a, restart 1"]
    losses = np.concatenate([each["loss"] for each in histories]).reshape(2, 7)
    for i in range(2):
        curves = tensorboard_curves(tmp_path / "board" / f"restart-{i}" / "training")
        np.testing.assert_array_equal([value for _, value in curves["loss"]], losses[i].astype(np.float32))


def test_the_command_line_writes_into_the_run_folder(tmp_path):
    for tracker in ("tensorboard", "mlflow"):
        options = ["--epochs", "3", "--hidden", "6", "--no-report", "--out", str(tmp_path / tracker)]
        result = CliRunner().invoke(app, ["fit", "iris", "--tracker", tracker, *options])
        assert result.exit_code == 0, result.output
        assert f"curves: {tracker}" in result.stdout
    check_tensorboard(tmp_path / "tensorboard" / "tensorboard", Run.open(tmp_path / "tensorboard").load().history_)
    ((run, metrics),) = mlflow_runs(tmp_path / "mlflow" / "mlflow", "iris")
    check_mlflow(metrics, Run.open(tmp_path / "mlflow").load().history_)


@pytest.mark.parametrize("module", ["tensorboardX", "alembic"])
def test_a_missing_library_is_named_and_leaves_nothing_behind(tmp_path, module):
    tracker = "tensorboard" if module == "tensorboardX" else "mlflow"

    def without(name):
        return None if name == module else find_spec(name)

    with mock.patch("elbax.callbacks.base.find_spec", without):
        with pytest.raises(MissingExtraError, match=rf"needs {module}: pip install elbax\[trackers\]"):
            (TensorBoard if tracker == "tensorboard" else MLflow)(tmp_path / "x")
        result = CliRunner().invoke(app, ["fit", "iris", "--tracker", tracker, "--out", str(tmp_path / "run")])
    assert result.exit_code == 2 and "pip install elbax[trackers]" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_callback_must_be_callable():
    for wrong in (["print"], [TensorBoard], "print"):
        with pytest.raises(InputError, match="callbacks must be functions"):
            elbax.VAE(verbose=0).fit(ROWS, callbacks=wrong)
