"""What only training can decide."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Outcome:
    """How a fit went.

    Attributes:
        restart: the restart that was kept, counted from 0.
        seed: its seed.
        bounds: what restarts are compared by, nats per row: the best (or last) held-out bound of each, else the last
            ELBO; None where it is not finite.
        margin: how much better the kept restart is than the next, nats per row; None where there is no other.
        epochs: epochs that were run.
        best_epoch: the epoch whose weights were kept.
        stopped_early: whether patience ran out.
        seconds: training time of the kept restart.
        failure: the error that ended it, or None.
        n_trained: rows it was trained on.
        n_held_out: rows it was validated on.
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

    def to_json(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        return asdict(self) | {"bounds": list(self.bounds)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Rebuild what `to_json` returned."""
        return cls(**{**record, "bounds": tuple(record["bounds"])})

    def __str__(self) -> str:
        """One line: epochs, the epoch that was kept, whether it stopped early, and how restarts compare."""
        parts = [f"{self.epochs:,} epochs in {self.seconds:.1f} s"]
        if self.best_epoch != self.epochs:
            parts.append(f"weights of epoch {self.best_epoch:,}")
        if self.stopped_early:
            parts.append("stopped early")
        if len(self.bounds) > 1:
            ahead = "" if self.margin is None else f" by {self.margin:.3g} nats"
            parts.append(f"best of {len(self.bounds)} restarts{ahead}")
        return ", ".join(parts if self.failure is None else [*parts, f"failed: {self.failure}"])
