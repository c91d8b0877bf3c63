"""A run for the explorer."""

from functools import partial
from pathlib import Path

from elbax.data import Dataset
from elbax.estimator import VAE
from elbax.explorer import Rows, Session, Watch
from elbax.runs.folder import Run, rows_of


def session_of(run: Run, vae: VAE) -> Session:
    """The explorer's session of a finished run: all its rows, and those held out to compare odd rows with."""
    held_out = run.parts().get("validation")
    return Session(
        vae,
        explored_rows(run, run.dataset),
        title=run.folder.resolve().name,
        calibration=None if held_out is None else (rows_of(held_out), held_out.context),
        read_file=partial(_read, run, vae),
        scratch=run.folder,
    )


def watch_of(run: Run) -> Watch:
    """A callback that shows the run's fit in the explorer."""
    return Watch(explored_rows(run, run.dataset), title=run.folder.resolve().name)


def explored_rows(run: Run, dataset: Dataset) -> Rows:
    """Rows of a data set for the explorer."""
    return Rows.of(rows_of(dataset), dataset.labels, dataset.context, run.settings.label)


def _read(run: Run, vae: VAE, path: Path) -> Dataset:
    return run.read(str(path), vae.schema_.columns)
