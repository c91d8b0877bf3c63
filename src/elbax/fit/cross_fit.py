"""Fits of a plan to parts of its rows, so that each row can be scored by a model that has not seen it."""

from collections.abc import Iterator
from dataclasses import replace

import jax
import numpy as np
from sklearn.model_selection import GroupKFold, KFold

from elbax.data import without
from elbax.fit.plan import FitPlan
from elbax.fit.run import FitResult, run
from elbax.fit.split import Split
from elbax.types import Batch, Summary


def cross_fits(
    plan: FitPlan, summary: Summary, rows: Batch, parts: int, seed: int, groups: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, FitResult]]:
    """For each of the parts, the positions of its rows and a fit of the plan to the other rows.

    Encoding, summary and choices are those of all rows, so that the models can read every row and share their compiled
    programs; weights are learned without the part. Each fit holds out as large a share as the plan. Rows of one of the
    ``groups`` (n,) are in the same part, and held out together. TrainingError if one fails.
    """
    share = plan.split.n_held_out / plan.split.n_rows
    folds = (KFold if groups is None else GroupKFold)(parts, shuffle=True, random_state=seed)
    for others, part in folds.split(np.empty(len(rows.x)), groups=groups):
        own = None if groups is None else groups[others]
        split = Split.of(len(others), share, plan.split.seed, order=plan.split.order, groups=own)
        trained = jax.tree.map(lambda column, part=part: without(column, part), rows)
        result = run(replace(plan, split=split), summary, *split.divide(trained))
        if result.failure is not None:
            raise result.failure
        yield part, result
