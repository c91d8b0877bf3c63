"""What fills the gaps of a table: draws of the latents where they are clearly nearer, else normals of its columns."""

from functools import partial
from typing import Any, NamedTuple, Self

import numpy as np

from elbax import evaluate
from elbax.core.vae import VAEModule
from elbax.data import Schema, StreamedRows
from elbax.errors import InputError
from elbax.evaluate import NormalMixture, cells_of
from elbax.types import Batch

COMPONENTS = (1, 2, 3, 5)  # of a mixture: more are taken while each step is better than chance
_MOST_COLUMNS = 200  # of the normals: numbers and levels
_FEWEST, _MOST = 300, 1000  # held-out rows that are compared; fewer take several turns
_SHARE = 0.2  # of their cells, which is hidden


class Filling(NamedTuple):
    """What fills gaps: normals, or latents where there are none; and how near both came to hidden cells."""

    normals: NormalMixture | None
    reason: str


def choose_filling(
    module: VAEModule, schema: Schema, rows: Batch, held_out: Batch | None, seed: int, *, seen: bool, external: bool
) -> Filling | None:
    """Compare how near latents and normals come to hidden cells of held-out rows; None where neither is needed.

    More components are taken, and latents in place of normals, where these are nearer by more than two standard errors.
    None is for rows without gaps, and where there are no held-out rows, gaps mean something, rows have context, or
    levels are too many. ``seen`` says that the module knows the held-out rows; then the normals that are compared with
    it do as well. The normals that fill know them too, unless they are ``external``: validation rows of the user's.
    """
    if not _comparable(schema, rows, held_out):
        return None
    assert held_out is not None
    hidden = _HiddenCells.of(held_out, schema.typical, seed)
    law = partial(NormalMixture.fit, levels=schema.levels, spiked=[kind == "spiked" for kind in schema.kinds])
    trained = partial(law, *cells_of(rows), sample_weight=rows.weight)
    one = trained()
    hidden.set_unit(one.impute(hidden.x, np.zeros_like(hidden.kept), schema.typical))
    if not hidden.comparable:
        return None
    chosen, best = one, hidden.errors(one.impute(hidden.x, hidden.kept, schema.typical))
    for more in COMPONENTS[1:]:
        mixture = trained(n_components=more)
        error = hidden.errors(mixture.impute(hidden.x, hidden.kept, schema.typical))
        if not _clear(hidden.gain(best, error)):
            break
        chosen, best = mixture, error
    n_components = len(chosen.weights)
    if not external:
        every = (np.concatenate(pair) for pair in zip(cells_of(rows), cells_of(held_out), strict=True))
        chosen = law(*every, sample_weight=_joined_weight(rows, held_out), n_components=n_components)
    if seen:
        best = hidden.errors(chosen.impute(hidden.x, hidden.kept, schema.typical))
    normals = "a joint normal" if n_components == 1 else f"a mixture of {n_components} joint normals"
    cells = Batch(hidden.x.astype(np.float32), hidden.kept)
    try:
        latents = hidden.errors(evaluate.impute(module, cells, schema.typical, seed)[0])
    except InputError:  # a row of which the latents know no density: they cannot fill
        return Filling(chosen, f"{normals} of the columns: latents give some held-out rows no density")
    gain = hidden.gain(best, latents)
    ahead = _clear(gain)
    reason = (
        f"{'draws of the latents' if ahead else f'{normals} of the columns'}: on hidden cells of held-out rows the "
        f"error of latents is {latents.sum() / hidden.sizes.sum():.2f}, that of {normals} "
        f"{best.sum() / hidden.sizes.sum():.2f} (difference ± {gain.error:.2f}), and that without other cells 1"
    )
    return Filling(None if ahead else chosen, reason)


def _joined_weight(rows: Batch, held_out: Batch) -> np.ndarray | None:
    if rows.weight is None and held_out.weight is None:
        return None
    return np.concatenate([np.ones(len(part.x)) if part.weight is None else part.weight for part in (rows, held_out)])


class _HiddenCells:
    """A fifth of the known cells of held-out rows, hidden, and how near what fills them comes."""

    def __init__(self, turns: np.ndarray, x: np.ndarray, hidden: np.ndarray, kept: np.ndarray, statistics: Any):
        self.x, self.kept = x, kept
        self.sizes = np.bincount(turns, hidden.sum(axis=1))  # hidden cells of each row
        self._turns, self._hidden, self._statistics = turns, hidden, np.array(statistics)
        self._unit = np.ones(x.shape[1])

    @classmethod
    def of(cls, held_out: Batch, statistics: tuple[str, ...], seed: int) -> Self:
        turns = np.arange(max(_FEWEST, min(len(held_out.x), _MOST))) % len(held_out.x)
        x, observed = (cells[turns] for cells in cells_of(held_out))
        hidden = observed & (np.random.default_rng(seed).random(observed.shape) < _SHARE)
        return cls(turns, x, hidden, observed & ~hidden, statistics)

    def set_unit(self, usual: np.ndarray) -> None:
        """Errors of each column are told in those of ``usual`` values (n, d), the same for all rows."""
        total = self._cell_errors(usual).sum(axis=0)
        self._unit = np.where(total > 0, total, np.inf) / np.maximum(self._hidden.sum(axis=0), 1)

    @property
    def comparable(self) -> bool:
        """Whether any column has an error at all."""
        return bool(np.isfinite(self._unit).any())

    def errors(self, found: np.ndarray) -> np.ndarray:
        """The sum over hidden cells of each row."""
        return np.bincount(self._turns, (self._cell_errors(found) / self._unit).sum(axis=1))

    def gain(self, before: np.ndarray, after: np.ndarray) -> "_Gain":
        """By how much the error of a hidden cell is lower."""
        differences = before - after
        mean = differences.sum() / self.sizes.sum()
        error = np.sqrt(np.square(differences - mean * self.sizes).sum()) / self.sizes.sum()
        return _Gain(float(mean), float(error))

    def _cell_errors(self, found: np.ndarray) -> np.ndarray:
        """Of each cell, 0 where it is not hidden, (n, d): squares, distances or wrong levels, as the statistic asks."""
        distance = np.abs(found - self.x)
        wrong = np.where(self._statistics == "mode", distance > 0.5, distance)
        return np.where(self._hidden, np.where(self._statistics == "mean", distance**2, wrong), 0.0)


class _Gain(NamedTuple):
    """A mean difference, and its standard error."""

    mean: float
    error: float


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
        and sum(max(count, 1) for count in schema.levels) <= _MOST_COLUMNS
    )
