"""The curves of a fit for MLflow. Nothing leaves the machine."""

import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elbax.callbacks.curves import CURVES, check_installed
from elbax.files import make_folder
from elbax.train.trainer import Progress

_LARGEST_BATCH = 1000  # what MLflow takes at once


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
        check_installed("MLflow", "mlflow", "sqlalchemy", "alembic")
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
