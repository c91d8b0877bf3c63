"""Filling gaps of rows: by normals of the columns where a fit found them as near, else by draws of the latents."""

import numpy as np

from elbax.core.vae import VAEModule
from elbax.evaluate.batching import row_numbers
from elbax.evaluate.completion import complete, impute
from elbax.evaluate.normal_mixture import NormalMixture
from elbax.types import Batch


def fill_typical(
    module: VAEModule,
    normals: NormalMixture | None,
    rows: Batch,
    typical: tuple[str, ...],
    seed: int,
    *,
    numbers: np.ndarray | None = None,
) -> np.ndarray:
    """Rows with each gap at what is typical of its draws, (n, *event); see `impute`."""
    if normals is None:
        return impute(module, rows, typical, seed, numbers=numbers)[0]
    return normals.impute(*cells_of(rows), typical)


def fill_drawn(
    module: VAEModule,
    normals: NormalMixture | None,
    rows: Batch,
    n: int,
    seed: int,
    *,
    numbers: np.ndarray | None = None,
) -> np.ndarray:
    """Each row n times, with its gaps drawn given its other cells, (n_rows, n, *event); see `complete`."""
    if normals is None:
        return complete(module, rows, n, seed, numbers=numbers)[0]
    return normals.draw(*cells_of(rows), n, seed, row_numbers(len(rows.x)) if numbers is None else numbers)


def cells_of(rows: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Codes, and which of them are known, (n, d) each."""
    x = np.asarray(rows.x)
    return x, np.ones(x.shape, bool) if rows.observed is None else np.asarray(rows.observed, bool)
