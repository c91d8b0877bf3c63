"""What fills the gaps of a table: the latents' draws, or a joint normal of its columns where that is nearer."""

from typing import NamedTuple

import numpy as np

from elbax import evaluate
from elbax.core.vae import VAEModule
from elbax.data import Schema, StreamedRows
from elbax.evaluate import JointNormal, normal_width
from elbax.types import Batch

_MOST_COLUMNS = 200  # of the normal: numbers and levels
_FEWEST, _MOST = 300, 1000  # held-out rows that are compared; fewer take several turns
_SHARE = 0.2  # of their cells, which is hidden


class Filling(NamedTuple):
    """What fills gaps: the normal, or latents where there is none; and how near both came to hidden cells."""

    normal: JointNormal | None
    reason: str


def choose_filling(
    module: VAEModule, schema: Schema, rows: Batch, held_out: Batch | None, seed: int, *, seen: bool
) -> Filling | None:
    """Compare how near latents and a joint normal come to hidden cells of held-out rows; None where neither is needed.

    Latents fill gaps where they are nearer by more than two standard errors. None is for rows without gaps, and where
    there are no held-out rows, gaps mean something, rows have context, or levels are too many. ``seen`` says that the
    module knows the held-out rows; then the normal does as well.
    """
    if not _comparable(schema, rows, held_out):
        return None
    assert held_out is not None
    levels, typical = schema.levels, schema.typical
    every = tuple(np.concatenate(pair) for pair in zip(_cells(rows), _cells(held_out), strict=True))
    weight = None if rows.weight is None or held_out.weight is None else np.concatenate([rows.weight, held_out.weight])
    normal = JointNormal.fit(*every, levels, weight)
    rival = normal if seen else JointNormal.fit(*_cells(rows), levels, rows.weight)
    turns = np.arange(max(_FEWEST, min(len(held_out.x), _MOST))) % len(held_out.x)
    x, observed = (cells[turns] for cells in _cells(held_out))
    hidden = observed & (np.random.default_rng(seed).random(observed.shape) < _SHARE)
    kept = observed & ~hidden
    by_latents, _ = evaluate.impute(module, Batch(x.astype(np.float32), kept), typical, seed)
    usual = _errors(x, rival.typical(x, np.zeros_like(kept), typical), hidden, typical).sum(axis=0)
    if not usual.any():
        return None
    unit = np.where(usual > 0, usual, np.inf) / np.maximum(hidden.sum(axis=0), 1)
    own, other = (_errors(x, found, hidden, typical) / unit for found in (by_latents, rival.typical(x, kept, typical)))
    n, gain = hidden.sum(), np.bincount(turns, (other - own).sum(axis=1))  # of each row
    mean = gain.sum() / n
    error = float(np.sqrt(np.square(gain - mean * np.bincount(turns, hidden.sum(axis=1))).sum()) / n)
    ahead = bool(mean > 2 * error)
    reason = (
        f"{'draws of the latents' if ahead else 'a joint normal of the columns'}: on hidden cells of held-out rows the "
        f"error of latents is {own.sum() / n:.2f}, that of the normal {other.sum() / n:.2f} (difference ± "
        f"{error:.2f}), and that without other cells 1"
    )
    return Filling(None if ahead else normal, reason)


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


def _cells(rows: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Codes, and which of them are observed, (n, d) each."""
    x = np.asarray(rows.x)
    return x, np.ones(x.shape, bool) if rows.observed is None else np.asarray(rows.observed, bool)


def _errors(x: np.ndarray, found: np.ndarray, hidden: np.ndarray, typical: tuple[str, ...]) -> np.ndarray:
    """Of each cell, 0 where it is not hidden, (n, d): squares, distances or wrong levels, as is typical."""
    distance, kind = np.abs(found - x), np.array(typical)
    error = np.where(kind == "mean", distance**2, np.where(kind == "mode", distance > 0.5, distance))
    return np.where(hidden, error, 0.0)
