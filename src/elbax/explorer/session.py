"""One fitted model with the rows that are explored, and what is computed of them once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from elbax import data
from elbax.data import Dataset, evenly_spaced
from elbax.data.columns.labels import GapFlag
from elbax.errors import InputError
from elbax.explorer.cards import cell_text, form_of
from elbax.explorer.colorings import color_by, color_levels, color_scale
from elbax.explorer.rows import Rows

MOST_ROWS = 4_000_000  # on the map
_EXACT_SCORES = 20_000  # rows; of more, scores are lower bounds of one posterior sample
_CALIBRATION = 2_000  # rows that odd rows are compared with
_SAMPLE = 20_000  # rows that stand for all in comparisons


@dataclass(eq=False)
class Session:
    """A fitted `elbax.VAE` and rows.

    Attributes:
        vae: the estimator.
        rows: the rows on the map, evenly spread if there are more than four million.
        title: heading of the page.
        calibration: rows that the model has not seen, with their context, to compare odd rows with; None for rows of
            the map.
        read_file: reads rows from a file; by default `elbax.data.load`.
        scratch: the folder for files while they are read; None for the system's.
    """

    vae: Any
    rows: Rows
    title: str = "Explorer"
    calibration: tuple[Any, Any] | None = None
    read_file: Callable[[Path], Dataset] = data.load
    scratch: Path | None = None
    n_all: int = field(init=False)
    _once: Lock = field(default_factory=Lock, init=False, repr=False)

    def __post_init__(self):
        self.n_all = len(self.rows)
        if self.n_all > MOST_ROWS:
            self.rows = self.rows.take(evenly_spaced(self.n_all, MOST_ROWS))

    @property
    def schema(self) -> Any:
        """The schema of the model's rows."""
        return self.vae.schema_

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self.vae.module_.latent_dim

    @cached_property
    def z(self) -> np.ndarray:
        """Where the encoder puts each row, (n, latent_dim)."""
        parts = [self.vae.transform(part.x, context=part.context) for part in self.rows.chunks()]
        return np.concatenate(parts).astype(np.float32)

    @cached_property
    def n_scored(self) -> str:
        """What scores are, in words."""
        if not self.vae.module_.posterior.has_density:
            return "log p(x, z), nats"
        return "log p(x), nats" if len(self.rows) <= _EXACT_SCORES else "ELBO, nats"

    @property
    def scores(self) -> np.ndarray:
        """A score for each row, nats, (n,): log p(x), or of many rows its lower bound."""
        with self._once:
            return self._scores

    @cached_property
    def _scores(self) -> np.ndarray:
        rows = self.rows
        if self.n_scored != "ELBO, nats":
            return np.asarray(self.vae.score_samples(rows.x, context=rows.context))
        parts = [self.vae.elbo(part.x, context=part.context)["elbo"].to_numpy() for part in rows.chunks()]
        return np.concatenate(parts)

    @cached_property
    def neighbors(self) -> NearestNeighbors:
        """An index of the latent points."""
        return NearestNeighbors().fit(self.z)

    @cached_property
    def colored_columns(self) -> dict[str, int]:
        """Columns that may color the map, by name, with their feature; none of images and series."""
        if form_of(self.schema) != "table":
            return {}
        kinds = zip(self.schema.feature_names, self.schema.kinds, strict=True)
        return {name: feature for feature, (name, kind) in enumerate(kinds) if kind != GapFlag.kind}

    def codes(self, rows: Rows) -> np.ndarray:
        """Codes of rows, (n, d), NaN in gaps."""
        x, _ = self.vae.open_rows(rows.x, rows.context)
        codes = np.asarray(self.schema.encode(x))
        return codes.reshape(len(codes), -1)

    def column(self, feature: int) -> np.ndarray:
        """Codes of one feature of all rows, (n,)."""
        return np.concatenate([self.codes(part)[:, feature] for part in self.rows.chunks()])

    def colors(self, by: str) -> dict[str, Any]:
        """Colors of all rows by "label", "score", "latent:0" or "column:NAME"; InputError if there is no such thing."""
        kind, _, name = by.partition(":")
        if kind == "label" and self.rows.labels is not None:
            return {"title": self.rows.label_name, **color_by(self.rows.labels)}
        if kind == "score":
            return {"title": self.n_scored, **color_scale(self.scores)}
        if kind == "latent" and name.isdecimal() and int(name) < self.latent_dim:
            return {"title": f"z{int(name) + 1}", **color_scale(self.z[:, int(name)])}
        if kind == "column" and name in self.colored_columns:
            feature = self.colored_columns[name]
            codes, levels = self.column(feature), (self.schema.levels or [0] * self.schema.n_features)[feature]
            if levels:
                return {
                    "title": name,
                    **color_levels(codes, [self.schema.level_name(feature, i) for i in range(levels)]),
                }
            return {"title": name, **color_scale(codes, lambda code: cell_text(self.schema.value_of(feature, code)))}
        raise InputError(f"there is nothing to color rows by called {by!r}; choose one of the list")

    def sample(self, positions: np.ndarray) -> np.ndarray:
        """At most 20,000 of some positions, evenly spread."""
        return positions[evenly_spaced(len(positions), _SAMPLE)] if len(positions) else positions

    @cached_property
    def usual(self) -> tuple[Any, Any]:
        """Rows with their context that odd rows are compared with."""
        given = self.calibration or (self.rows.x, self.rows.context)
        own = Rows(given[0], context=given[1])
        own = own.take(evenly_spaced(len(own), _CALIBRATION))
        return own.x, own.context

    def warm_up(self) -> None:
        """Encode all rows, and compile what answers to the pointer need."""
        row = self.rows.take(np.array([0]))
        self.vae.inverse_transform(self.z[:1], context=row.context)
        self.vae.reconstruct(row.x, context=row.context)

    def warm_up_paths(self) -> None:
        """Compile what decodes several points at a time."""
        row = self.rows.take(np.array([0]))
        self.vae.inverse_transform(np.repeat(self.z[:1], 2, axis=0), context=row.context)
