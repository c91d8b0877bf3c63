"""Refit with the remedy until nothing is wrong, and keep the best round."""

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
        changes: the settings that this round changed; none in the first.
    """

    estimator: Any
    diagnosis: Diagnosis
    changes: dict[str, Any]

    @property
    def has_bound(self) -> bool:
        """Whether there is an ELBO: a plain autoencoder has none."""
        return self.estimator.module_.posterior.has_density


@dataclass(frozen=True)
class Refit:
    """All rounds, in order. Printed with Rich it is a table of the changes and the ELBO of each."""

    rounds: tuple[Round, ...]

    @property
    def kept(self) -> int:
        """The round with the best ELBO among those with the same proper likelihood as the last that has one.

        ELBOs of different likelihoods cannot be compared, and a loss that is no density has none.
        """
        proper = [i for i, each in enumerate(self.rounds) if each.estimator.likelihood_.proper]
        if not proper:
            return len(self.rounds) - 1
        reference = to_config(self.rounds[proper[-1]].estimator.likelihood_)
        same = [i for i in proper if to_config(self.rounds[i].estimator.likelihood_) == reference]
        # A round with next to no KL in its loss is no candidate either.
        bounded = [
            i for i in same if self.rounds[i].has_bound and "no-kl" not in self.rounds[i].diagnosis.codes
        ]
        bounded = bounded or same
        return max(bounded, key=lambda i: self.rounds[i].diagnosis.elbo)

    @property
    def best(self) -> Any:
        """The fitted estimator of the round that is kept."""
        return self.rounds[self.kept].estimator

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A table with one row per round."""
        table = Table(expand=True, show_edge=False, pad_edge=False)
        table.add_column("round", no_wrap=True)
        table.add_column("changed", ratio=3)
        table.add_column("likelihood", ratio=2)
        table.add_column("ELBO (nats per row)", justify="right")
        table.add_column("found", ratio=3, overflow="fold")
        for each, row in zip(self.rounds, self.rows(), strict=True):
            table.add_row(*row[:-1], Text(row[-1], "green" if each.diagnosis.healthy else "red"))
        yield table

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Each round as text: its number, its changes, its likelihood, its ELBO in nats, and its findings.

        A plain autoencoder has no ELBO.
        """
        return [
            (
                f"{i} (kept)" if i == self.kept else f"{i}",
                ", ".join(f"{k}={'auto' if v is None else v}" for k, v in each.changes.items())
                or "as asked for",
                each.estimator.likelihood_.name,
                f"{each.diagnosis.elbo:.2f}" if each.has_bound else "none",
                each.diagnosis.summary,
            )
            for i, each in enumerate(self.rounds)
        ]


def heal(
    fit: Callable[[dict[str, Any]], Any],
    diagnose: Callable[[Any], Diagnosis],
    *,
    rounds: int = 3,
    progress: Callable[[Round], None] = lambda each: None,
) -> Refit:
    """Fit, then up to ``rounds`` times diagnose and fit again with the remedy, until nothing is wrong.

    Args:
        fit: takes the settings changed since the first fit, fits, and returns the estimator.
        diagnose: diagnoses a fitted estimator.
        rounds: how many fits may follow the first.
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
