"""The folder of one run: creating, training, resuming and reading it."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any, Self

import numpy as np
import pandas as pd

from elbax import data
from elbax.callbacks import MLflow, TensorBoard
from elbax.data import Dataset, StreamedRows, is_annotated, keep_on_disk
from elbax.doctor import Diagnosis, Refit, Round, heal
from elbax.errors import InputError, TrainingError, unknown_name
from elbax.estimator import VAE
from elbax.estimator import load as load_model
from elbax.files import atomic_write, make_folder
from elbax.fit.weights import check_weights
from elbax.model_folder import read_plan
from elbax.runs.config import RunConfig, read_toml
from elbax.runs.imports import with_imports_named
from elbax.train.hosts import is_first

_SETTINGS = "config.toml"
_CHECKPOINTS = "checkpoints"
IMAGE_SETTINGS = ("alpha", "size", "resize", "pixels", "skip_unreadable")  # options of `elbax.data.load`


@dataclass(frozen=True)
class Run:
    """A run's folder and the settings in its config.toml.

    A finished run also holds config.json, model.safetensors, history.csv, metrics.json, checkpoints/, report.html and
    the files of a tracker.
    """

    folder: Path
    settings: RunConfig
    made: tuple[Path, ...] | None = None  # folders made by `create`; None for an older run

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an existing run; InputError if the folder is none."""
        if not is_run(folder):
            raise InputError(f"{folder} is not a run folder: it has no {_SETTINGS}")
        return cls(folder, RunConfig.of(read_toml(folder / _SETTINGS)))

    @classmethod
    def create(cls, settings: RunConfig, folder: Path | None = None) -> Self:
        """Read the data, and make the folder with config.toml in it (in the first of several processes).

        Without ``folder`` it is the first free runs/<data>-<n>. The settings then say how images were read. InputError
        if the folder is not empty or cannot be made, or the data cannot be read.
        """
        if folder is not None and not is_first():
            return cls(folder, settings)
        if folder is not None:
            _check_free(folder)
        if settings.data not in data.dataset_names() and Path(settings.data).exists():
            settings = replace(settings, data=str(Path(settings.data).resolve()))
        if settings.imports:
            names = settings.imports
            resolved = [str(Path(name).resolve()) if name.endswith(".py") else name for name in names]
            settings = replace(settings, imports=resolved)
        dataset = _dataset(settings, verbose=1)
        settings = replace(settings, **dataset.reading)
        if folder is None:
            folder = next(f for i in count(1) if not (f := Path("runs") / f"{dataset.name}-{i}").exists())
        made = tuple(path for path in (*reversed(folder.parents), folder) if not path.exists())
        run = cls(make_folder(folder), settings, made)
        run.__dict__["dataset"] = dataset  # fill the cached property
        try:
            atomic_write(folder / _SETTINGS, settings.to_toml().encode())
        except BaseException:
            run._discard()
            raise
        return run

    @cached_property
    def dataset(self) -> Dataset:
        """The run's data, divided by ``divide_by``."""
        return _dataset(self.settings)

    @with_imports_named
    def train(self) -> VAE:
        """Fit from the last checkpoint, if any, and write the model.

        A new run that fails before its first checkpoint is removed.

        Raises:
            InputError: settings or data cannot be used.
            Interrupted: Ctrl-C; the run can be resumed.
            TrainingError: a loss was not finite; the last good weights have been written.
        """
        checkpoints = self.folder / _CHECKPOINTS
        arguments = {**self.settings.estimator_arguments(), "axes": self.dataset.axes}
        vae = VAE(**arguments, checkpoint_dir=checkpoints, verbose="progress")
        try:
            vae.fit(
                rows_of(self.dataset),
                context=self.dataset.context,
                sample_weight=self.dataset.weights,
                validation_data=self._test_rows(),
                validation_groups=self.dataset.groups,
                callbacks=self._trackers(),
            )
        except TrainingError:
            self._save(vae)
            raise
        except BaseException:
            self._discard()
            raise
        self._save(vae)
        return vae

    def heal(self, vae: VAE, progress: Callable[[Round], None]) -> Refit:
        """Diagnose the fit, refit with the remedy up to three times, and keep the best in this folder.

        Refits are runs of their own in heal-1, heal-2 and heal-3; ``progress`` is called after each round.
        """
        fits = count()

        def fit(changes: dict[str, Any]) -> VAE:
            if not changes:
                next(fits)
                return vae
            again = Run(make_folder(self.folder / f"heal-{next(fits)}"), replace(self.settings, **changes))
            again.__dict__["dataset"] = self.dataset
            atomic_write(again.folder / _SETTINGS, again.settings.to_toml().encode())
            return again.train()

        refit = heal(fit, self.diagnose, progress=progress)
        if refit.kept > 0:
            best = Run.open(self.folder / f"heal-{refit.kept}").settings
            refit.best.save(self.folder)
            rmtree(self.folder / _CHECKPOINTS)
            copytree(self.folder / f"heal-{refit.kept}" / _CHECKPOINTS, self.folder / _CHECKPOINTS)
            atomic_write(self.folder / _SETTINGS, best.to_toml().encode())
        names = ("round", "changed", "likelihood", "elbo", "found")
        record = [dict(zip(names, row, strict=True)) for row in refit.rows()]
        atomic_write(self.folder / "heal.json", json.dumps(record, indent=2).encode())
        return refit

    def diagnose(self, vae: VAE) -> Diagnosis:
        return vae.diagnose(rows_of(self.dataset), context=self.dataset.context, validation_data=self._test_rows())

    @with_imports_named
    def load(self) -> VAE:
        """The fitted estimator; InputError if training has not finished or a file is damaged."""
        if not (self.folder / "model.safetensors").is_file():
            raise InputError(f"{self.folder} holds no model yet; finish it with `elbax fit --resume {self.folder}`")
        return load_model(self.folder)

    def read(self, source: str | None, columns: Sequence[str] | None = None, label: str | None = None) -> Dataset:
        """Read another source like the run's own data, for a model of these columns.

        Tables may have more columns, in any order; rows without names are read in the model's order. Columns of labels
        and columns to drop may be missing. ``label`` is a column of labels in place of the run's.
        """
        if source is None:
            return self.dataset
        given, drop, errors = label, tuple(self.settings.drop or ()), []
        label = given or self.settings.label
        apart = [name for name in (self.settings.weights, self.settings.validation_groups) if name is not None]
        context, exposure = self.settings.context or (), self.settings.exposure
        # An exposure is a column of x that is no column of the model.
        own = () if not columns or exposure in (None, data.TOTAL, *context) else (exposure,)
        names = {"context": context, "keep": (*(columns or ()), *own)}
        images = _image_options(self.settings) if data.is_image_source(source) else {}
        choices = [(label, (*drop, *apart)), (label, drop), (None, drop), (label, ()), (None, ())]
        choices = [choice for choice in choices if choice[0] == label or given is None]
        for labels, dropped in dict.fromkeys(choices):
            try:
                dataset = data.load(source, label=labels, drop=dropped, **names, **images)
            except InputError as error:
                errors.append(error)
            else:
                if columns is not None and dataset.columns is None and dataset.x.shape[1:] == (len(columns),):
                    dataset = replace(dataset, columns=columns)
                return _scaled(dataset, self.settings)
        raise errors[0]

    def read_context(self, values: Sequence[str]) -> Any:
        """Context for samples, from values such as ``kind=x``, one per column, or from a file.

        An exposure may be left out.
        """
        exposure, names = self.settings.exposure, self.settings.context or ()
        known = (*names, *(() if exposure in (None, *names) else (exposure,)))
        if not known and values:
            raise InputError(f"{self.folder} was fitted without context; drop --context")
        if not values and (needed := [name for name in names if name != exposure]):
            wanted = " ".join(f"--context {name}=VALUE" for name in needed)
            raise InputError(f"{self.folder} was fitted with context; add {wanted}, or --context FILE")
        if not values:
            return None
        if len(values) == 1 and (Path(values[0]).exists() or "=" not in values[0]):
            load = partial(data.load_context, values[0], label=self.settings.label)
            if names:
                with suppress(InputError):  # of a file without the exposure, which is then drawn
                    return load(known)
            return load(names or known)
        if odd := [text for text in values if "=" not in text]:
            raise InputError(f"--context must be NAME=VALUE, or one file; got {odd[0]!r}")
        given = dict(text.split("=", 1) for text in values)
        if unknown := [name for name in given if name not in known]:
            raise unknown_name("context column", unknown[0], known)
        return given

    def parts(self) -> dict[str, Dataset]:
        """The rows of a finished run: train, validation, and test if the data have test rows."""
        whole = self.dataset
        train = replace(whole, test_x=None, test_labels=None, test_context=None)
        test = {} if whole.test_x is None else {"test": whole.test()}
        if self.settings.validation == "test":
            return {"train": train, "validation": test["test"]}
        held_out = read_plan(self.folder).split.held_out()
        if len(held_out) == 0:
            return {"train": train, **test}
        return {"train": train.without(held_out), "validation": train.take(held_out), **test}

    def named_labels(self, part: Dataset, label: str | None = None) -> pd.Series | None:
        """Labels of rows, with the name of their column, by default that of the settings, if they have one."""
        return None if part.labels is None else pd.Series(part.labels, name=label or self.settings.label)

    def in_data_units(self, x: np.ndarray) -> np.ndarray:
        """Undo ``divide_by``."""
        return x if self.settings.divide_by is None else x * self.settings.divide_by

    @property
    def reading(self) -> str | None:
        """How image files are read, in words; None for other data."""
        settings = self.settings
        if settings.pixels is None:
            return None
        alpha = "with alpha" if settings.alpha == "keep" else f"transparent pixels {settings.alpha}"
        size = "" if settings.size is None else f", brought to {settings.size} ({settings.resize})"
        return f"read as {settings.pixels}, {alpha}{size}"

    def _trackers(self) -> tuple[MLflow | TensorBoard, ...]:
        tracker = self.settings.tracker
        if tracker is None or not is_first():
            return ()
        target = self.folder / tracker
        if tracker == "tensorboard":
            return (TensorBoard(target),)
        return (MLflow(target, experiment=self.dataset.name, run_name=self.folder.name),)

    def _test_rows(self) -> tuple | None:
        """The test rows and their context, if the run validates on them."""
        if self.settings.validation != "test":
            return None
        return self.dataset.test_x, self.dataset.test_context

    def _save(self, vae: VAE) -> None:
        # The folder may be moved or copied: a loaded model must not write checkpoints to the old place.
        vae.set_params(checkpoint_dir=None, verbose=1)
        if is_first():
            vae.save(self.folder)

    def _discard(self) -> None:
        """Remove the folders that `create` made, unless training has begun."""
        if self.made is None or any((self.folder / _CHECKPOINTS).glob("*.safetensors")):
            return
        with suppress(OSError):
            (self.folder / _SETTINGS).unlink(missing_ok=True)
            if (self.folder / _CHECKPOINTS).exists():
                (self.folder / _CHECKPOINTS).rmdir()
            for folder in reversed(self.made):
                folder.rmdir()


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run."""
    return (folder / _SETTINGS).is_file()


def rows_of(dataset: Dataset) -> np.ndarray | pd.DataFrame | StreamedRows:
    """Rows, as a data frame if columns have names."""
    if isinstance(dataset.x, pd.DataFrame) or is_annotated(dataset.x):
        return dataset.x
    x = keep_on_disk(dataset.x, dataset.columns)
    if dataset.columns is None or isinstance(x, StreamedRows):
        return x
    return pd.DataFrame(x, columns=list(dataset.columns))


def _image_options(settings: RunConfig) -> dict[str, Any]:
    """The settings for image files, as options of `elbax.data.load`."""
    return {name: getattr(settings, name) for name in IMAGE_SETTINGS}


def _dataset(settings: RunConfig, verbose: int = 0) -> Dataset:
    apart, dropped = _columns_apart(settings)
    drop = (*(settings.drop or ()), *dropped)
    tables = {"label": settings.label, "context": settings.context or (), "drop": tuple(dict.fromkeys(drop))}
    dataset = data.load(settings.data, **tables, **_image_options(settings), axes=settings.axes, verbose=verbose)
    dataset = replace(dataset, **apart)
    if dataset.weights is not None and not dataset.weights.all():
        dataset = dataset.without(np.flatnonzero(dataset.weights == 0))
    if settings.validation == "test" and dataset.test_x is None:
        raise InputError(f"validation 'test' needs test rows, and {dataset.name} brings none; use validation 'split'")
    return _scaled(dataset, settings)


def _columns_apart(settings: RunConfig) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Weights and groups of the rows, and the names of columns to drop."""
    names = {"weights": settings.weights, "validation_groups": settings.validation_groups}
    names = {use: name for use, name in names.items() if name is not None}
    if not names:
        return {}, ()
    if settings.validation == "test" and "validation_groups" in names:
        raise InputError("--validation-groups chooses held-out rows of the data; drop it, or --validation test")
    columns, dropped = data.load_columns(settings.data, names)
    apart = {}
    if "weights" in columns:
        apart["weights"] = check_weights(columns["weights"], len(columns["weights"]))
    if "validation_groups" in columns:
        apart["groups"] = columns["validation_groups"]
    return apart, tuple(name for name in dropped if name != settings.label and name not in (settings.context or ()))


def _scaled(dataset: Dataset, settings: RunConfig) -> Dataset:
    if settings.divide_by is None:
        return dataset

    def scale(x):
        if isinstance(x, pd.DataFrame):
            return _divided(x, settings.divide_by)
        if is_annotated(x):
            raise InputError("divide_by is for numbers, and an .h5ad file holds counts; drop it")
        x = keep_on_disk(x, divisor=settings.divide_by)
        if x is None or isinstance(x, StreamedRows):
            return x
        return np.asarray(x, np.float32) / np.float32(settings.divide_by)

    return replace(dataset, x=scale(dataset.x), test_x=scale(dataset.test_x))


def _divided(frame: pd.DataFrame, divisor: float) -> pd.DataFrame:
    others = frame.columns.difference(frame.select_dtypes("number").columns)
    if len(others):
        raise InputError(
            f"divide-by is for tables of numbers, and column {str(others[0])!r} holds others; "
            "divide the columns of numbers in the file"
        )
    return (frame / divisor).astype(np.float32)


def _check_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = f"continue it with `elbax fit --resume {folder}` or " if (folder / _SETTINGS).exists() else ""
        raise InputError(f"{folder} exists and is not empty; {hint}choose another folder with --out")
