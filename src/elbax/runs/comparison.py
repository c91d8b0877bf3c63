"""Comparison of runs on the rows that all of them held out, or on other data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path

import numpy as np

from elbax.comparison import FEWEST_ROWS, Comparison, check_comparable, compare
from elbax.data import Dataset
from elbax.doctor import has_seen_held_out
from elbax.errors import InputError
from elbax.estimator import VAE
from elbax.model_folder import read_plan
from elbax.runs.folder import IMAGE_SETTINGS, Run, rows_of

_SAME_VALUES = ("divide_by", *IMAGE_SETTINGS)
_SAME_ROWS = ("data", "label", "context", "drop", "weights", "validation_groups", "validation")


def compare_runs(folders: Sequence[Path], data: str | None = None, n_importance: int = 100) -> Comparison:
    """Compare runs, and simple models fitted to the first run's training rows.

    Args:
        folders: of finished runs.
        data: rows that no run was fitted to; by default those that every run held out.
        n_importance: samples per row.

    Raises:
        InputError: the runs' data differ, or they share too few held-out rows.
    """
    runs = {name: Run.open(folder) for name, folder in zip(_names(folders), folders, strict=True)}
    models = {name: run.load() for name, run in runs.items()}
    first, vae = next(iter(runs.values())), next(iter(models.values()))
    check_comparable(models)
    _check_same_values(runs)
    rows = _shared_rows(runs) if data is None else first.read(data, vae.schema_.columns)
    comparison = compare(
        models,
        rows_of(rows),
        train=rows_of(first.parts()["train"]),
        context=rows.context,
        n_importance=n_importance,
    )
    return comparison if data is not None else replace(comparison, note=_seen(models))


def _check_same_values(runs: dict[str, Run]) -> None:
    """Refuse runs of image files beside other data, and of data read differently."""
    images = [name for name, run in runs.items() if run.reading is not None]
    if images and (others := [name for name in runs if name not in images]):
        raise InputError(f"{images[0]} is a run of image files and {others[0]} is not; compare runs of the same data")
    if setting := _difference(runs, _SAME_VALUES):
        name = setting.replace("_", "-")
        raise InputError(f"the runs read their data differently; fit them with the same --{name}")


def _seen(models: Mapping[str, VAE]) -> str:
    """Which models are linear ones of all rows, as a reservation, or an empty text."""
    seen = [name for name, vae in models.items() if has_seen_held_out(vae.plan_, vae.outcome_)]
    if not seen:
        return ""
    kept = "kept its linear model, which was" if len(seen) == 1 else "kept their linear models, which were"
    return f"{', '.join(seen)} {kept} fitted to these rows too in the end; name other data to compare on"


def _shared_rows(runs: dict[str, Run]) -> Dataset:
    """The rows that every run held out."""
    first = next(iter(runs.values()))
    if setting := _difference(runs, _SAME_ROWS):
        raise InputError(
            f"the runs differ in {setting}, so their held-out rows do too; name data to compare them on: "
            "elbax compare RUN RUN DATA"
        )
    if first.settings.validation == "test":
        return first.dataset.test()
    held_out = [read_plan(run.folder).split.held_out() for run in runs.values()]
    shared = reduce(np.intersect1d, held_out)
    if len(shared) < FEWEST_ROWS:
        raise InputError(
            f"the runs have {len(shared)} held-out rows in common, and a comparison needs {FEWEST_ROWS}; fit them "
            "with the same --seed and share of held-out rows, or name data that none was fitted to"
        )
    return first.dataset.take(shared)


def _difference(runs: dict[str, Run], settings: Sequence[str]) -> str | None:
    """The first of these settings in which runs differ."""
    first, *others = (run.settings for run in runs.values())
    differs = lambda name: any(getattr(other, name) != getattr(first, name) for other in others)  # noqa: E731
    return next(filter(differs, settings), None)


def _names(folders: Sequence[Path]) -> list[str]:
    """The folders' names, or whole paths where two have the same; InputError if a folder is named twice."""
    places = [folder.resolve() for folder in folders]
    for i, place in enumerate(places):
        if place in places[:i]:
            raise InputError(f"{folders[i]} is named twice; compare it with other runs")
    names = [folder.name for folder in folders]
    return names if len(set(names)) == len(names) else [str(folder) for folder in folders]
