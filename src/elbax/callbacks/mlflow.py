"""The curves of a fit for MLflow. Nothing leaves the machine."""

import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elbax.callbacks.base import CURVES, check_installed
from elbax.files import make_folder
from elbax.train.trainer import Progress

_LARGEST_BATCH = 1000  # of metrics in one call to MLflow


class MLflow:
    """Writes the curves into a local MLflow store, a database file that needs no server.

    ``mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db`` shows it. Each restart is a run. A resumed fit becomes
    a new run with all its epochs; the interrupted run, which has the same settings, moves to MLflow's bin.

    Args:
        folder: of the store; made if missing.
        experiment: MLflow's group of runs.
        run_name: name of the run; by default MLflow invents one.

    Raises:
        MissingExtraError: MLflow, or its database libraries, are not installed.

    Example:
        >>> import tempfile, numpy as np
        >>> from elbax import VAE
        >>> x = np.random.default_rng(0).normal(size=(60, 3))
        >>> folder = tempfile.mkdtemp()
        >>> _ = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x, callbacks=[MLflow(folder)])
        >>> sorted(path.name for path in Path(folder).iterdir())
        ['mlflow.db']
    """

    def __init__(self, folder: str | os.PathLike[str], *, experiment: str = "elbax", run_name: str | None = None):
        check_installed("MLflow", "mlflow", "sqlalchemy", "alembic")
        self.folder, self.experiment, self.run_name = Path(folder), experiment, run_name
        self._settings: dict[str, Any] = {}
        self._client: Any = None
        self._run = ""

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Open the store; the first report opens the run, since only it shows whether the fit was resumed."""
        self._settings, self._run = dict(settings), ""
        self._client = self._client or _open_store(make_folder(self.folder))

    def __call__(self, progress: Progress) -> None:
        """Write the epochs completed since the last report."""
        from mlflow.entities import Metric

        self._run = self._run or self._open_run(resumed=progress.epoch > 0)
        now = int(time.time() * 1000)
        names = [prefix + name for prefix in ("", "val_") for name in CURVES]
        metrics = [
            Metric(name, row[name], now, int(row["epoch"]))
            for row in progress.finished.to_dict("records")
            for name in names
            if name in row
        ]
        for start in range(0, len(metrics), _LARGEST_BATCH):
            self._client.log_batch(self._run, metrics[start : start + _LARGEST_BATCH])

    def end(self, error: BaseException | None) -> None:
        """Close the run as finished, killed (by Ctrl-C) or failed."""
        failed = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
        if self._run:
            self._client.set_terminated(self._run, "FINISHED" if error is None else failed)

    def _open_run(self, resumed: bool) -> str:
        from mlflow.entities import Param

        client, name = self._client, self.run_name
        known = client.get_experiment_by_name(self.experiment)
        artifacts = (self.folder.absolute() / "artifacts").as_uri()
        experiment = known.experiment_id if known else client.create_experiment(self.experiment, artifacts)
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
    """A client of the database in this folder, made without messages if missing."""
    # By default MLflow sends usage reports to its makers; elbax sends nothing unasked.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow.tracking import MlflowClient

    log = logging.getLogger("mlflow.store.db.utils")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        return MlflowClient(tracking_uri=f"sqlite:///{folder.absolute() / 'mlflow.db'}")
    finally:
        log.setLevel(level)
