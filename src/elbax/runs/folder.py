"""The folder of one run: made, trained in, continued, and read back."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any, Self

import numpy as np
import pandas as pd

from elbax import data
from elbax.callbacks import MLflow, TensorBoard
from elbax.data import Dataset, MemoryMappedRows, keep_on_disk
from elbax.doctor import Diagnosis, Refit, Round, heal
from elbax.errors import InputError, TrainingError
from elbax.estimator import VAE
from elbax.estimator import load as load_model
from elbax.files import atomic_write, make_folder
from elbax.model_folder import read_plan
from elbax.runs.config import RunConfig, read_toml
from elbax.runs.imports import with_imports_named
from elbax.train.hosts import is_first

_SETTINGS = "config.toml"
_CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class Run:
    """A folder and the settings in its config.toml.

    Besides config.toml a finished run holds config.json, model.safetensors, history.csv, metrics.json,
    checkpoints/, report.html, and what a tracker wrote.
    """

    folder: Path
    settings: RunConfig
    made: tuple[Path, ...] | None = None  # folders that `create` made; None for a run that was there before

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read a run that was started before.

        Raises:
            InputError: the folder is not a run.
        """
        if not (folder / _SETTINGS).is_file():
            raise InputError(f"{folder} is not a run folder: it has no {_SETTINGS}")
        return cls(folder, RunConfig.of(read_toml(folder / _SETTINGS)))

    @classmethod
    def create(cls, settings: RunConfig, folder: Path | None = None) -> Self:
        """Read the data and make the folder, with config.toml in it; of several processes the first does.

        Args:
            settings: what to do.
            folder: where; by default runs/<data>-<n>, the first that is free.

        Raises:
            InputError: the folder is in use or cannot be made, or the data cannot be read.
        """
        if folder is not None and not is_first():
            return cls(folder, settings)
        if folder is not None:
            _check_free(folder)
        if settings.data not in data.dataset_names() and Path(settings.data).exists():
            settings = replace(settings, data=str(Path(settings.data).resolve()))
        if settings.imports:
            modules = [
                str(Path(name).resolve()) if name.endswith(".py") else name for name in settings.imports
            ]
            settings = replace(settings, imports=modules)
        dataset = _dataset(settings)
        folder = folder or _free_folder(dataset.name)
        made = _make(folder)
        run = cls(folder, settings, tuple(made))
        run.__dict__["dataset"] = dataset  # read already
        try:
            atomic_write(folder / _SETTINGS, settings.to_toml().encode())
        except BaseException:
            run._discard()
            raise
        return run

    @cached_property
    def dataset(self) -> Dataset:
        """The data that the run was started on, as the model sees them."""
        return _dataset(self.settings)

    @with_imports_named
    def train(self) -> VAE:
        """Fit, continuing from the last checkpoint where there is one, and write the model.

        A new run that fails before its first checkpoint leaves nothing behind.

        Raises:
            InputError: settings or data cannot be used.
            Interrupted: somebody pressed Ctrl-C; the run can be resumed.
            TrainingError: a loss was not finite; the last good weights have been written.
        """
        checkpoints = self.folder / _CHECKPOINTS
        vae = VAE(**self.settings.estimator_arguments(), checkpoint_dir=checkpoints)
        try:
            vae.fit(
                rows_of(self.dataset),
                context=self.dataset.context,
                validation_data=self._given_validation(),
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

    def heal(self, vae: VAE, tell: Callable[[Round], None]) -> Refit:
        """Diagnose the fitted estimator, refit with the remedy up to three times, and keep the best in this folder.

        Refits are runs of their own in heal-1, heal-2 and heal-3.

        Args:
            vae: what `train` returned.
            tell: called after each round.
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

        refit = heal(fit, self.diagnose, progress=tell)
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
        """What the doctor says of the run's fit."""
        return vae.diagnose(
            rows_of(self.dataset), context=self.dataset.context, validation_data=self._given_validation()
        )

    @with_imports_named
    def load(self) -> VAE:
        """The fitted estimator.

        Raises:
            InputError: training has not finished, or a file is damaged.
        """
        if not (self.folder / "model.safetensors").is_file():
            raise InputError(
                f"{self.folder} holds no model yet; finish it with `elbax fit --resume {self.folder}`"
            )
        return load_model(self.folder)

    def read(self, source: str | None, columns: Sequence[str] | None = None) -> Dataset:
        """Another source, treated as the run's own data were, for a model of these columns.

        Tables may have others too, in any order, and rows without names are taken to be in the model's; labels and
        columns left out may be missing.
        """
        if source is None:
            return self.dataset
        label, drop, errors = self.settings.label, tuple(self.settings.drop or ()), []
        for apart, left_out in dict.fromkeys([(label, drop), (None, drop), (label, ()), (None, ())]):
            try:
                found = data.load(
                    source,
                    label=apart,
                    context=self.settings.context or (),
                    drop=left_out,
                    keep=columns or (),
                )
            except InputError as error:
                errors.append(error)
            else:
                if found.columns is None and columns is not None and found.x.shape[1:] == (len(columns),):
                    found = replace(found, columns=columns)
                return _scaled(found, self.settings)
        raise errors[0]

    def read_context(self, given: Sequence[str]) -> Any:
        """Context to sample with: values such as ``kind=x``, one for each column, or the name of a file.

        Raises:
            InputError: the run has context and none is given, or what is given cannot be read.
        """
        names = self.settings.context
        if names is None and given:
            raise InputError(f"{self.folder} was fitted without context; drop --context")
        if names is None:
            return None
        if not given:
            wanted = " ".join(f"--context {name}=VALUE" for name in names)
            raise InputError(f"{self.folder} was fitted with context; add {wanted}, or --context FILE")
        if len(given) == 1 and (Path(given[0]).exists() or "=" not in given[0]):
            return data.load_context(given[0], names, label=self.settings.label)
        if odd := [text for text in given if "=" not in text]:
            raise InputError(f"--context must be NAME=VALUE, or one file; got {odd[0]!r}")
        return dict(text.split("=", 1) for text in given)

    def parts(self) -> dict[str, Dataset]:
        """A finished run's rows by use: train, validation, and test where the data bring test rows."""
        whole = self.dataset
        train = replace(whole, test_x=None, test_labels=None, test_context=None)
        test = {} if whole.test_x is None else {"test": whole.test()}
        if self.settings.validation == "test":
            return {"train": train, "validation": test["test"]}
        held_out = read_plan(self.folder).split.held_out()
        if len(held_out) == 0:
            return {"train": train, **test}
        return {"train": train.without(held_out), "validation": train.take(held_out), **test}

    def given_units(self, x: np.ndarray) -> np.ndarray:
        """Undo ``divide_by``, so that what the model returns is in the units that were given."""
        return x if self.settings.divide_by is None else x * self.settings.divide_by

    def _trackers(self) -> tuple[MLflow | TensorBoard, ...]:
        chosen = self.settings.tracker
        if chosen is None or not is_first():
            return ()
        target = self.folder / chosen
        if chosen == "tensorboard":
            return (TensorBoard(target),)
        return (MLflow(target, experiment=self.dataset.name, run_name=self.folder.name),)

    def _given_validation(self) -> tuple | None:
        if self.settings.validation != "test":
            return None
        return self.dataset.test_x, self.dataset.test_context

    def _save(self, vae: VAE) -> None:
        # The folder may be moved or copied: what is loaded from it must not train into the old place.
        vae.set_params(checkpoint_dir=None)
        if is_first():
            vae.save(self.folder)

    def _discard(self) -> None:
        """Remove what `create` made, unless training has begun."""
        if self.made is None or any((self.folder / _CHECKPOINTS).glob("*.safetensors")):
            return
        with suppress(OSError):
            (self.folder / _SETTINGS).unlink(missing_ok=True)
            if (self.folder / _CHECKPOINTS).exists():
                (self.folder / _CHECKPOINTS).rmdir()
            for folder in reversed(self.made):
                folder.rmdir()


def rows_of(dataset: Dataset) -> np.ndarray | pd.DataFrame | MemoryMappedRows:
    """Rows with their columns' names, where there are names."""
    x = keep_on_disk(dataset.x, dataset.columns)
    if dataset.columns is None or isinstance(x, MemoryMappedRows):
        return x
    return pd.DataFrame(x, columns=list(dataset.columns))


def _dataset(settings: RunConfig) -> Dataset:
    dataset = data.load(
        settings.data, label=settings.label, context=settings.context or (), drop=settings.drop or ()
    )
    if settings.validation == "test" and dataset.test_x is None:
        raise InputError(
            f"validation 'test' needs test rows, and {dataset.name} brings none; use validation 'split'"
        )
    return _scaled(dataset, settings)


def _scaled(dataset: Dataset, settings: RunConfig) -> Dataset:
    if settings.divide_by is None:
        return dataset

    def scale(x):
        if x is None or isinstance(stored := keep_on_disk(x, divisor=settings.divide_by), MemoryMappedRows):
            return None if x is None else stored
        return np.asarray(x, np.float32) / np.float32(settings.divide_by)

    return replace(dataset, x=scale(dataset.x), test_x=scale(dataset.test_x))


def _free_folder(name: str) -> Path:
    return next(f for i in count(1) if not (f := Path("runs") / f"{name}-{i}").exists())


def _check_free(folder: Path) -> None:
    """Refuse a folder that holds anything."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = f"continue it with `elbax fit --resume {folder}` or " if (folder / _SETTINGS).exists() else ""
        raise InputError(f"{folder} exists and is not empty; {hint}choose another folder with --out")


def _make(folder: Path) -> list[Path]:
    """Make a folder and its parents; returns those that were not there before, outermost first."""
    made = [path for path in (*reversed(folder.parents), folder) if not path.exists()]
    make_folder(folder)
    return made
