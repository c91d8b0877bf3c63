"""Rows of some labels, from a model that never saw them."""

from typing import Any

import numpy as np
import pandas as pd

from elbax.console import print_message
from elbax.errors import InputError, counted, one_of, unknown_name
from elbax.estimator import VAE
from elbax.runs.folder import Run, rows_of


def sample_labels(run: Run, vae: VAE, n: int, value: Any, given: dict[str, Any], seed: int) -> tuple[Any, np.ndarray]:
    """Draw n rows near those rows of a run that have a label, or one of several, and their labels (n,).

    Latent points come from the posteriors of these rows; ``given`` are further conditions. Labels have the proportions
    that they have among these rows. InputError if no row has such a label.
    """
    name, labels = run.settings.label, pd.Series(run.dataset.labels).dropna().astype(str)
    if isinstance(value, tuple):
        raise InputError(f"--given {name}=… must be a label or several, A|B: {name!r} colors figures and has no range")
    wanted, known = [value] if isinstance(value, str) else list(value), sorted(labels.unique())
    for label in wanted:
        if label not in known:
            raise unknown_name(f"{name} in --given", label, known)
    own = labels[labels.isin(wanted)]
    which = f"the {counted(len(own), 'row')} of {one_of(wanted)}"
    print_message(f"{name}: it is no part of the model, so these rows are drawn near {which}")
    drawn = np.sort(np.random.default_rng(seed).choice(own.to_numpy(str), n))
    parts = []
    for label, count in zip(*np.unique(drawn, return_counts=True), strict=True):
        near = run.dataset.take(own.index[own == label].to_numpy())
        rows = {"near": rows_of(near), "context": near.context}
        parts.append(vae.sample(int(count), given=given or None, random_state=seed + len(parts), **rows))
    is_frame = isinstance(parts[0], pd.DataFrame)
    return pd.concat(parts, ignore_index=True) if is_frame else np.concatenate(parts), drawn
