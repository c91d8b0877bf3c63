"""Refits with the remedy, until nothing is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from elbax.core.config import to_config
from elbax.doctor.diagnosis import Diagnosis


@dataclass(frozen=True)
class Round:
    """One fit and its diagnosis.

    Attributes:
        estimator: the fitted estimator.
        diagnosis: its diagnosis.
        changes: settings that changed in this round.
    """

    estimator: Any
    diagnosis: Diagnosis
    changes: dict[str, Any]

    @property
    def has_bound(self) -> bool:
        """Whether there is an ELBO, which a plain autoencoder lacks."""
        return self.estimator.module_.posterior.has_density


@dataclass(frozen=True)
class Refit:
    """All rounds in order; renders as a Rich table of changes and ELBOs."""

    rounds: tuple[Round, ...]

    @property
    def kept(self) -> int:
        """Index of the round with the best ELBO among those with the last proper likelihood, of as many columns.

        It is that of rows that the model has not seen, where some were held out; see `Diagnosis.elbo`.
        ELBOs of different likelihoods are not comparable, nor are those of losses or of fits without a KL, or those
        before and after tied columns are left out.
        """
        proper = [i for i, r in enumerate(self.rounds) if r.estimator.likelihood_.proper]
        if not proper:
            return len(self.rounds) - 1
        reference = _measure(self.rounds[proper[-1]].estimator)
        same = [i for i in proper if _measure(self.rounds[i].estimator) == reference]
        bounded = [i for i in same if self.rounds[i].has_bound and "no-kl" not in self.rounds[i].diagnosis.codes]
        return max(bounded or same, key=lambda i: self.rounds[i].diagnosis.elbo)

    @property
    def best(self) -> Any:
        """The fitted estimator of the round that is kept."""
        return self.rounds[self.kept].estimator

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = Table(expand=True, show_edge=False, pad_edge=False)
        table.add_column("round", no_wrap=True)
        table.add_column("changed", ratio=3)
        table.add_column("likelihood", ratio=2)
        table.add_column("ELBO (nats per row)", justify="right")
        table.add_column("found", ratio=3, overflow="fold")
        for round_, row in zip(self.rounds, self.rows(), strict=True):
            table.add_row(*row[:-1], Text(row[-1], "green" if round_.diagnosis.healthy else "red"))
        yield table

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Number, changes, likelihood, ELBO in nats and findings of each round, as text."""
        return [
            (
                f"{i} (kept)" if i == self.kept else f"{i}",
                ", ".join(f"{k}={'auto' if v is None else v}" for k, v in r.changes.items()) or "as asked for",
                r.estimator.likelihood_.name,
                f"{r.diagnosis.elbo:.2f}" if r.has_bound else "none",
                r.diagnosis.summary,
            )
            for i, r in enumerate(self.rounds)
        ]


def _measure(estimator: Any) -> tuple[dict[str, Any], tuple[int, ...]]:
    """What densities have in common that can be compared: the likelihood, and the shape of a row of codes."""
    return to_config(estimator.likelihood_), estimator.schema_.event_shape


def heal(
    fit: Callable[[dict[str, Any]], Any],
    diagnose: Callable[[Any], Diagnosis],
    *,
    rounds: int = 3,
    progress: Callable[[Round], None] = lambda done: None,
) -> Refit:
    """Fit, diagnose, and refit with the remedy until nothing is wrong.

    Args:
        fit: called with the settings changed since the first fit; returns a fitted estimator.
        diagnose: diagnoses a fitted estimator.
        rounds: largest number of refits.
        progress: called after each round.

    Example:
        >>> import numpy as np
        >>> from elbax import VAE
        >>> x = np.random.default_rng(0).normal(size=(60, 2)) * [0.3, 0.1]
        >>> vae = VAE(1, likelihood="sum_of_squares", epochs=40, hidden=(8,), random_state=0, verbose=0)
        >>> fit = lambda changes: VAE(**{**vae.get_params(), **changes}).fit(x)
        >>> heal(fit, lambda fitted: fitted.diagnose(x), rounds=1).best.likelihood
        'auto'
    """
    changes: dict[str, Any] = {}
    done: list[Round] = []
    for _ in range(rounds + 1):
        fitted = fit(changes)
        latest = {k: v for k, v in changes.items() if not done or done[-1].estimator.get_params()[k] != v}
        done.append(Round(fitted, diagnose(fitted), latest))
        progress(done[-1])
        more = done[-1].diagnosis.changes
        if done[-1].diagnosis.healthy or not more:
            break
        changes = {**changes, **more}
    return Refit(tuple(done))
