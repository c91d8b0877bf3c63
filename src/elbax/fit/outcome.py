"""The outcome of a fit: what only training decides."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Self

import pandas as pd

from elbax.data.row_weights import uneven_weights
from elbax.errors import counted
from elbax.evaluate import Ladder

_ERRORS, _LEAST_RISE, _RISE_SHARE = 2.0, 0.1, 0.03  # least rise that counts: errors, nats, share of the gain


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
        best_epoch: the epoch of the kept weights, counted likewise; 0 for those of the start.
        stopped_early: whether patience ran out.
        seconds: training time of the kept restart and of the fits that it continues.
        failure: the error that ended training, or None.
        n_trained: rows trained on.
        n_held_out: rows validated on.
        rise: that of the held-out bound over the second half of the plan, nats per row, and its standard error; None
            if training ended earlier, or no rows were held out.
        growth: how many times as long as planned a default fit was trained, as the bound was still rising.
        ladder: the kept weights beside simple models; None for one pass, or if training failed.
        init: the start of the kept weights: "linear", "geodesic", "random", or "continued".
        rival: the other start that was tried, or None.
        lead: gain of the start over the rival on held-out rows when both were compared, nats per row, and its standard
            error; None without a rival.
        gain: gain of training over the linear model that it started from, on rows held out, nats per row, and its
            standard error; None if it was not measured.
        latents: for latent_dim="auto" the numbers of latents tried, each with the held-out bound, nats per row, and its
            standard error; empty for a given number.
        needed: the gain above which the trained weights are kept, nats per row; infinite if its error is unknown, as
            on one row.
        effective_rows: the number of equally weighted rows that tell as much as those trained on; None without weights.
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
    init: str = "random"
    rival: str | None = None
    lead: tuple[float, float] | None = None
    gain: tuple[float, float] | None = None
    rise: tuple[float, float] | None = None
    growth: int = 1
    ladder: Ladder | None = None
    latents: tuple[tuple[float, float, float], ...] = ()
    needed: float | None = None
    effective_rows: float | None = None

    def after(self, earlier: "Outcome") -> Self:
        """The outcome of this fit and the earlier one that it continues."""
        return replace(
            self,
            epochs=earlier.epochs + self.epochs,
            best_epoch=earlier.epochs + self.best_epoch,
            seconds=earlier.seconds + self.seconds,
        )

    def to_json(self) -> dict[str, Any]:
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}
        return values | {"ladder": None if self.ladder is None else self.ladder.to_json()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        ladder = None if record["ladder"] is None else Ladder.from_json(record["ladder"])
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in record.items()}
        return cls(**{**values, "ladder": ladder, "latents": tuple(map(tuple, record.get("latents", ())))})

    @property
    def start_text(self) -> str:
        """The start in words, with its lead over the other."""
        if self.rival is None or self.lead is None:
            return self.init
        if self.lead[0] > 0:
            return f"{self.init}, ahead of {self.rival} by {_nats(self.lead)}"
        gain = _nats((-self.lead[0], self.lead[1]))
        return f"{self.init}, since {self.rival} is above by no more than an error: {gain}"

    @property
    def still_rising(self) -> bool:
        """Whether the held-out bound was rising at the end by more than its error, and by enough to matter."""
        return is_rising(self.rise, self.gain)

    @property
    def kept_start(self) -> bool:
        """Whether the weights are those of the linear model."""
        return self.best_epoch == 0 and self.gain is not None

    @property
    def uneven_weights(self) -> str:
        """How few rows the weights come down to, if they do; else an empty text."""
        return uneven_weights(self.effective_rows, self.n_trained)

    def __str__(self) -> str:
        parts = [f"{counted(self.epochs, 'epoch')} in {self.seconds:.1f} s", f"start: {self.start_text}"]
        if self.latents:
            tried = ", ".join(f"{bound:.2f} with {latents:.0f}" for latents, bound, _ in self.latents)
            parts.append(f"number of latents by the held-out bound ({tried} nats)")
        if self.kept_start:
            parts.append(f"the linear model is kept: {self._lack}")
        elif self.best_epoch != self.epochs:
            parts.append(f"weights of epoch {self.best_epoch:,}")
        if self.gain is not None and not self.kept_start:
            parts.append(f"{_nats(self.gain)} above the linear model on rows held out")
        if self.growth > 1:
            parts.append("trained beyond the plan, since the held-out bound was still rising")
        if self.still_rising:
            parts.append(f"the held-out bound still rose by {_nats(self.rise)} over the second half: give more epochs")
        if self.stopped_early:
            parts.append("stopped early")
        if len(self.bounds) > 1:
            ahead = "" if self.margin is None else f" by {self.margin:.3g} nats"
            parts.append(f"best of {len(self.bounds)} restarts{ahead}")
        return ", ".join(parts if self.failure is None else [*parts, f"failed: {self.failure}"])

    @property
    def _lack(self) -> str:
        """The gain of training, and how much would have been enough."""
        assert self.gain is not None
        gained = f"{counted(self.epochs, 'epoch')} of training gained {_nats(self.gain)} on rows held out"
        if not isfinite(self.gain[1]):
            return f"{gained}, too few to know the error of that gain"
        return gained if self.needed is None else f"{gained}, and more than {self.needed:.2f} were needed"


def is_rising(rise: tuple[float, float] | None, gain: tuple[float, float] | None) -> bool:
    """Whether a rise is beyond two errors and matters beside the whole gain of training, if that is known."""
    if rise is None:
        return False
    matters = max(_LEAST_RISE, _RISE_SHARE * abs(gain[0]) if gain else 0.0)
    return rise[0] > max(matters, _ERRORS * rise[1])


def append_history(earlier: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """The history of a fit and of the one that continues it; epochs and seconds go on."""
    seconds = earlier["seconds"].iloc[-1] if len(earlier) else 0.0
    later = later.assign(epoch=later["epoch"] + len(earlier), seconds=later["seconds"] + seconds)
    return pd.concat([earlier, later], ignore_index=True)


def _nats(gain: tuple[float, float]) -> str:
    return f"{gain[0]:.2f} ± {gain[1]:.2f} nats" if isfinite(gain[1]) else f"{gain[0]:.2f} nats"
