"""What fills the gaps of a table: draws of the latents where they are nearer, else normals of its columns."""

from typing import NamedTuple

import numpy as np

from elbax import evaluate
from elbax.core.vae import VAEModule
from elbax.data import Schema, StreamedRows
from elbax.evaluate import NormalMixture, cells_of, normal_width
from elbax.types import Batch

_NORMALS = (1, 2, 3, 5)  # in a mixture: more are taken while each step is better than chance
_MOST_COLUMNS = 200  # of the normals: numbers and levels
_FEWEST, _MOST = 300, 1000  # held-out rows that are compared; fewer take several turns
_SHARE = 0.2  # of their cells, which is hidden


class Filling(NamedTuple):
    """What fills gaps: normals, or latents where there are none; and how near both came to hidden cells."""

    normals: NormalMixture | None
    reason: str


def choose_filling(
    module: VAEModule, schema: Schema, rows: Batch, held_out: Batch | None, seed: int, *, seen: bool
) -> Filling | None:
    """Compare how near latents and normals come to hidden cells of held-out rows; None where neither is needed.

    One normal gives way to more, and normals to latents, where these are nearer by more than two standard errors. None
    is for rows without gaps, and where there are no held-out rows, gaps mean something, rows have context, or levels
    are too many. ``seen`` says that the module knows the held-out rows; then the normals do as well.
    """
    if not _comparable(schema, rows, held_out):
        return None
    assert held_out is not None
    levels, typical = schema.levels, schema.typical
    every = tuple(np.concatenate(pair) for pair in zip(cells_of(rows), cells_of(held_out), strict=True))
    weight = None if rows.weight is None or held_out.weight is None else np.concatenate([rows.weight, held_out.weight])
    known = (*every, levels, weight) if seen else (*cells_of(rows), levels, rows.weight)
    turns = np.arange(max(_FEWEST, min(len(held_out.x), _MOST))) % len(held_out.x)
    x, observed = (cells[turns] for cells in cells_of(held_out))
    hidden = observed & (np.random.default_rng(seed).random(observed.shape) < _SHARE)
    kept = observed & ~hidden
    one = NormalMixture.fit(*known)
    usual = _errors(x, one.typical(x, np.zeros_like(kept), typical), hidden, typical).sum(axis=0)
    if not usual.any():
        return None
    unit = np.where(usual > 0, usual, np.inf) / np.maximum(hidden.sum(axis=0), 1)
    sizes = np.bincount(turns, hidden.sum(axis=1))  # hidden cells of each row

    def error_of(found: np.ndarray) -> np.ndarray:
        """The sum over hidden cells of each row."""
        return np.bincount(turns, (_errors(x, found, hidden, typical) / unit).sum(axis=1))

    chosen, best = one, error_of(one.typical(x, kept, typical))
    for more in _NORMALS[1:]:
        mixture = NormalMixture.fit(*known, more)
        error = error_of(mixture.typical(x, kept, typical))
        if not _clear(_gain(best - error, sizes)):
            break
        chosen, best = mixture, error
    n_normals = len(chosen.shares)
    latents = error_of(evaluate.impute(module, Batch(x.astype(np.float32), kept), typical, seed)[0])
    gain = _gain(best - latents, sizes)
    ahead = _clear(gain)
    normals = "a joint normal" if n_normals == 1 else f"a mixture of {n_normals} joint normals"
    reason = (
        f"{'draws of the latents' if ahead else f'{normals} of the columns'}: on hidden cells of held-out rows the "
        f"error of latents is {latents.sum() / sizes.sum():.2f}, that of {normals} {best.sum() / sizes.sum():.2f} "
        f"(difference ± {gain.error:.2f}), and that without other cells 1"
    )
    if ahead:
        return Filling(None, reason)
    return Filling(chosen if seen else NormalMixture.fit(*every, levels, weight, n_normals), reason)


class _Gain(NamedTuple):
    """By how much the error of a hidden cell is lower, and the standard error of that."""

    mean: float
    error: float


def _gain(differences: np.ndarray, sizes: np.ndarray) -> _Gain:
    """Of the sums of rows, each over its number of cells."""
    mean = differences.sum() / sizes.sum()
    return _Gain(float(mean), float(np.sqrt(np.square(differences - mean * sizes).sum()) / sizes.sum()))


def _clear(gain: _Gain) -> bool:
    return gain.mean > 2 * gain.error


def _comparable(schema: Schema, rows: Batch, held_out: Batch | None) -> bool:
    return (
        rows.observed is not None
        and held_out is not None
        and rows.context is None
        and not isinstance(rows.x, StreamedRows)
        and schema.table is not None
        and not any(column.kind == "gap" for column in schema.table.columns)
        and normal_width(schema.levels) <= _MOST_COLUMNS
    )


def _errors(x: np.ndarray, found: np.ndarray, hidden: np.ndarray, typical: tuple[str, ...]) -> np.ndarray:
    """Of each cell, 0 where it is not hidden, (n, d): squares, distances or wrong levels, as is typical."""
    distance, kind = np.abs(found - x), np.array(typical)
    error = np.where(kind == "mean", distance**2, np.where(kind == "mode", distance > 0.5, distance))
    return np.where(hidden, error, 0.0)
