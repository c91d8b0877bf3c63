"""A callback that records curves and the map while a model trains."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from elbax import evaluate
from elbax.callbacks.base import CURVES
from elbax.data import evenly_spaced
from elbax.explorer.colorings import color_by
from elbax.explorer.rows import Rows
from elbax.train.trainer import Progress
from elbax.types import Batch

_SHOWN = 3_000  # rows on the map while a model trains


class Watch:
    """Records a fit for the explorer's page: pass it as a callback of `VAE.fit`.

    Args:
        rows: the rows of the fit, of which 3,000 are drawn while it runs.
        title: heading of the page.
    """

    def __init__(self, rows: Rows, title: str = "Explorer"):
        self.title = title
        self._rows = rows.take(evenly_spaced(len(rows), _SHOWN))
        self._batch: Batch | None = None
        self._lock, self._fits = Lock(), 0
        self._clear()

    def read(self, encode: Callable[..., Batch]) -> None:
        """Encode the rows as those of the fit that begins."""
        self._batch = encode(self._rows.x, self._rows.context)

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Drop what an earlier fit has left."""
        with self._lock:
            self._fits += 1
            self._clear()

    def __call__(self, progress: Progress) -> None:
        """Record curves, and where the encoder now puts the rows."""
        assert self._batch is not None  # `read` has been called
        z = evaluate.encode(progress.module, self._batch).astype(np.float32)
        with self._lock:
            self._curves = pd.concat([self._curves, progress.finished])
            self._z = z
            self._now = {
                "step": max(0, progress.step),
                "total_steps": progress.total_steps,
                "epoch": progress.epoch,
                "epochs": progress.epochs,
            }

    def progress(self, epoch: int) -> dict[str, Any]:
        """The curves after an epoch (n, columns), their names, and the latent points (latent_dim, n)."""
        with self._lock:
            curves, z, now = self._curves, self._z, self._now
        names = [name for name in (*CURVES, *(f"val_{name}" for name in CURVES)) if name in curves]
        new = curves.iloc[epoch:]
        own = {name: new[name].astype(float).tolist() for name in names}
        found: dict[str, Any] = {**now, "fit": self._fits, "curves": own, "known": len(curves)}
        if z is None:
            return found
        found |= {"z": z.T, "axes": sorted(np.argsort(-z.var(axis=0), kind="stable")[:2].tolist())}
        if epoch == 0 and self._rows.labels is not None:
            found["colors"] = {"title": self._rows.label_name, **color_by(self._rows.labels)}
        return found

    def _clear(self) -> None:
        self._curves, self._z = pd.DataFrame(), None
        self._now = {"step": 0, "total_steps": 0, "epoch": 0, "epochs": 0}
