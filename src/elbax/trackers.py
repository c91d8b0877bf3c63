"""Callbacks that keep the curves of a fit where tools for comparing runs find them: TensorBoard, MLflow.

Both write the loss and its two terms, reconstruction and KL, in nats per row, for training and validation rows, once
for every epoch, with the settings of the fit. Nothing leaves the machine.
"""

import logging
import os
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from elbax.errors import MissingExtraError
from elbax.files import make_folder
from elbax.train.engine import Progress

__all__ = ["CURVES", "MLflow", "TensorBoard"]

CURVES = ("loss", "reconstruction", "kl")
_LARGEST_BATCH = 1000  # what MLflow takes at once


class TensorBoard:
    """Writes the curves as TensorBoard event files, for ``tensorboard --logdir FOLDER``.

    Training and validation go into two folders, so that TensorBoard draws them in one chart. The folder holds one fit:
    the next one, or the same one resumed, tells TensorBoard to drop what was there and starts with all its epochs.

    Args:
        folder: where to write; with several restarts each has a folder in it, restart-0, restart-1, ….

    Raises:
        MissingExtraError: tensorboardX is not installed.

    Example:
        >>> import tempfile, numpy as np
        >>> from elbax import VAE
        >>> folder = tempfile.mkdtemp()
        >>> fit = VAE(epochs=2, random_state=0, verbose=0).fit
        >>> _ = fit(np.random.default_rng(0).normal(size=(50, 2)), callbacks=[TensorBoard(folder)])
        >>> sorted(path.name for path in Path(folder).iterdir())
        ['training', 'validation']
    """

    def __init__(self, folder: str | os.PathLike[str]):
        """Make sure that the library is there; nothing is written yet."""
        _need("TensorBoard", "tensorboardX")
        self.folder = Path(folder)
        self._target = self.folder
        self._writers: dict[str, Any] = {}

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Write the settings as a text."""
        self._target = self.folder
        if settings["n_init"] > 1:
            self._target = self.folder / f"restart-{settings['restart']}"
        table = "\n".join(f"| {name} | {value} |" for name, value in settings.items())
        self._writer("training").add_text("settings", f"| setting | value |\n|---|---|\n{table}", 0)

    def __call__(self, progress: Progress) -> None:
        """Write the epochs that have just ended."""
        for row in progress.finished.to_dict("records"):
            for part, prefix in (("training", ""), ("validation", "val_")):
                for name in CURVES:
                    if prefix + name in row:
                        self._writer(part).add_scalar(name, row[prefix + name], int(row["epoch"]))
        for writer in self._writers.values():
            writer.flush()

    def end(self, error: BaseException | None) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _writer(self, part: str):
        from tensorboardX import SummaryWriter

        if part not in self._writers:
            folder = make_folder(self._target / part)
            # A purge from step 0 makes TensorBoard forget what an earlier fit, or this one before it was cut, wrote.
            self._writers[part] = SummaryWriter(str(folder), purge_step=0)
        return self._writers[part]


class MLflow:
    """Writes the curves into a local MLflow store, a database file that needs no server.

    ``mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db`` shows it. Each restart is a run of its own. A resumed
    fit is written anew with all its epochs, and the run that was cut, which has the same settings, moves to MLflow's
    bin.

    Args:
        folder: where the store is; made where there is none.
        experiment: what MLflow groups runs by.
        run_name: what the run is called; MLflow invents a name by default.

    Raises:
        MissingExtraError: MLflow, or what it needs for a database, is not installed.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, experiment: str = "elbax", run_name: str | None = None
    ):
        """Make sure that the libraries are there; nothing is written yet."""
        _need("MLflow", "mlflow", "sqlalchemy", "alembic")
        self.folder, self.experiment, self.run_name = Path(folder), experiment, run_name
        self._settings: dict[str, Any] = {}
        self._client: Any = None
        self._run = ""

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Open the store; the first report, which says whether the fit was resumed, opens the run."""
        self._settings, self._run = dict(settings), ""
        self._client = self._client or _open_store(make_folder(self.folder))

    def __call__(self, progress: Progress) -> None:
        """Write the epochs that have just ended."""
        from mlflow.entities import Metric

        self._run = self._run or self._open_run(resumed=progress.epoch > 0)
        now = int(time.time() * 1000)
        wanted = [prefix + name for prefix in ("", "val_") for name in CURVES]
        metrics = [
            Metric(name, row[name], now, int(row["epoch"]))
            for row in progress.finished.to_dict("records")
            for name in wanted
            if name in row
        ]
        for start in range(0, len(metrics), _LARGEST_BATCH):
            self._client.log_batch(self._run, metrics[start : start + _LARGEST_BATCH])

    def end(self, error: BaseException | None) -> None:
        """Say how the run ended: finished, killed by Ctrl-C, or failed."""
        if self._run:
            killed = isinstance(error, KeyboardInterrupt)
            self._client.set_terminated(
                self._run, "FINISHED" if error is None else "KILLED" if killed else "FAILED"
            )

    def _open_run(self, resumed: bool) -> str:
        from mlflow.entities import Param

        client, name = self._client, self.run_name
        found = client.get_experiment_by_name(self.experiment)
        artifacts = (self.folder.absolute() / "artifacts").as_uri()
        experiment = found.experiment_id if found else client.create_experiment(self.experiment, artifacts)
        if name and self._settings["n_init"] > 1:
            name = f"{name}, restart {self._settings['restart']}"
        settings = {key: str(value) for key, value in self._settings.items()}
        for earlier in client.search_runs([experiment]) if resumed else []:
            if earlier.data.params == settings:
                client.delete_run(earlier.info.run_id)
        run = client.create_run(experiment, run_name=name).info.run_id
        client.log_batch(run, params=[Param(key, value) for key, value in settings.items()])
        return run


def _open_store(folder: Path):
    """A client of the database in this folder, which is made without a word where there is none."""
    # MLflow reports how it is used to its makers unless told not to; elbax does not do that behind anybody's back.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow.tracking import MlflowClient

    log = logging.getLogger("mlflow.store.db.utils")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        return MlflowClient(tracking_uri=f"sqlite:///{folder.absolute() / 'mlflow.db'}")
    finally:
        log.setLevel(level)


def _need(tool: str, *modules: str) -> None:
    if missing := [name for name in modules if find_spec(name) is None]:
        raise MissingExtraError(
            f"tracking with {tool} needs {' and '.join(missing)}: pip install elbax[trackers]"
        )
