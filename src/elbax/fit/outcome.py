"""The outcome of a fit: what only training decides."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import pandas as pd

from elbax.evaluate import Ladder


@dataclass(frozen=True)
class Outcome:
    """How a fit went.

    Attributes:
        restart: number of the kept restart, from 0.
        seed: seed of the kept restart.
        bounds: one per restart, nats per row: the best (or last) held-out bound, else the last ELBO; None if it is not
            finite.
        margin: lead of the kept restart over the second best, nats per row; None for a single restart.
        epochs: epochs done, with those of the fits that this one continues.
        best_epoch: the epoch of the kept weights, counted likewise.
        stopped_early: whether patience ran out.
        seconds: training time of the kept restart and of the fits that it continues.
        failure: the error that ended training, or None.
        n_trained: rows trained on.
        n_held_out: rows validated on.
        ladder: the kept weights beside simple models; None for one pass, or if training failed.
        pretraining_skipped: whether the planned pretraining was left out: too few, or too similar, rows.
    """

    restart: int
    seed: int
    bounds: tuple[float | None, ...]
    margin: float | None
    epochs: int
    best_epoch: int
    stopped_early: bool
    seconds: float
    failure: str | None
    n_trained: int
    n_held_out: int
    pretraining_skipped: bool = False
    ladder: Ladder | None = None

    def after(self, earlier: "Outcome") -> Self:
        """The outcome of this fit and the earlier one that it continues."""
        return replace(
            self,
            epochs=earlier.epochs + self.epochs,
            best_epoch=earlier.epochs + self.best_epoch,
            seconds=earlier.seconds + self.seconds,
        )

    def to_json(self) -> dict[str, Any]:
        ladder = None if self.ladder is None else self.ladder.to_json()
        return vars(self) | {"bounds": list(self.bounds), "ladder": ladder}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        ladder = None if record["ladder"] is None else Ladder.from_json(record["ladder"])
        return cls(**{**record, "bounds": tuple(record["bounds"]), "ladder": ladder})

    def __str__(self) -> str:
        parts = [f"{self.epochs:,} epochs in {self.seconds:.1f} s"]
        if self.best_epoch != self.epochs:
            parts.append(f"weights of epoch {self.best_epoch:,}")
        if self.stopped_early:
            parts.append("stopped early")
        if self.pretraining_skipped:
            parts.append("not pretrained (too few or too similar rows)")
        if len(self.bounds) > 1:
            ahead = "" if self.margin is None else f" by {self.margin:.3g} nats"
            parts.append(f"best of {len(self.bounds)} restarts{ahead}")
        return ", ".join(parts if self.failure is None else [*parts, f"failed: {self.failure}"])


def append_history(earlier: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """The history of a fit and of the one that continues it; epochs and seconds go on."""
    seconds = earlier["seconds"].iloc[-1] if len(earlier) else 0.0
    later = later.assign(epoch=later["epoch"] + len(earlier), seconds=later["seconds"] + seconds)
    return pd.concat([earlier, later], ignore_index=True)
