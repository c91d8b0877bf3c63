"""The record of a full evaluation, which shows itself."""

import html
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text

from elbax.evaluate.baselines import Baseline
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.fidelity import Fidelity
from elbax.evaluate.information import Information
from elbax.evaluate.json_records import from_json, to_json
from elbax.evaluate.rate_distortion import RateDistortion
from elbax.evaluate.weighted_estimate import WeightedEstimate

# A rise that still matters: tables of log-likelihoods are printed to a tenth of a nat.
_RISE = 0.1


class Score(NamedTuple):
    """An estimate of mean log p(x) from weighted samples, nats per row.

    Attributes:
        nats: the mean over rows; its error is that of the choice of rows.
        monte_carlo_error: standard error due to the samples alone.
        low: lower end of the interval that holds the exact mean of these rows at least 95% of the time.
        high: its upper end.
        samples: samples, or chains, of each row.
        ess: median effective sample size.
        heavy_share: share of the rows whose weights' tail index is above 0.7.
        rest: nats that more samples would still gain, estimated.
        counts: numbers of samples, increasing, (m,).
        bounds: mean bound with each of them, (m,).
    """

    nats: Estimate
    monte_carlo_error: float
    low: float
    high: float
    samples: int
    ess: float
    heavy_share: float
    rest: float
    counts: tuple[int, ...]
    bounds: tuple[float, ...]

    @classmethod
    def of(cls, found: WeightedEstimate) -> Self:
        """Summarise estimates of each row."""
        return cls(
            found.mean,
            found.monte_carlo_error,
            *found.interval,
            found.k,
            float(np.median(found.ess)),
            found.heavy_share,
            found.convergence.rest,
            tuple(found.counts.tolist()),
            tuple(found.bounds.mean(axis=0).tolist()),
        )


class SimulatedBounds(NamedTuple):
    """Mean log p(x) of rows that the model made, from below and above, nats per row (arXiv 1606.02275).

    Attributes:
        lower: from chains that run forward.
        upper: from chains that run back from the points the rows were made from.
        error: standard error of the difference due to the chains.
        rows: how many rows.
    """

    lower: float
    upper: float
    error: float
    rows: int


class Line(NamedTuple):
    """One line of the screen: what, its value, and how to read it."""

    name: str
    value: str
    note: str


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything that was measured of a model on some rows; nats per row unless said otherwise.

    It shows itself: printed with Rich it is a table, in a notebook HTML, elsewhere plain lines.

    Attributes:
        rows: how many rows were given.
        latent_dim: number of latents.
        elbo: the evidence lower bound, and its terms:
        reconstruction: -log p(x|z).
        kl: KL(q(z|x) || p(z)).
        bits: bits per dimension of the log-likelihood; None where data are not discrete.
        log_likelihood: by importance sampling from the posterior (arXiv 1509.00519); a lower bound where that is a
            single point.
        single: whether it is.
        annealed: by annealed importance sampling, of some of the same rows (arXiv 1611.04273); None where latents are
            not real numbers.
        above: how much it is above importance sampling on the same rows.
        simulated: rows made by the model, bounded from both ends; None likewise.
        approximation_gap: log p(x) less the ELBO of the best posterior of the family (arXiv 1801.03558).
        amortization_gap: that ELBO less the encoder's.
        information: what the latents say of the rows, and the aggregate posterior.
        active: how many latents are active.
        kl_per_unit: of each latent, as in `ActiveUnits`.
        rate_distortion: from the prior to the exact posterior; None where latents are not real numbers.
        fidelity: the model's rows beside the data's, for each kind of features.
        references: what to compare with, this model among them.
        seconds: how long it took.
    """

    rows: int
    latent_dim: int
    elbo: Estimate
    reconstruction: Estimate
    kl: Estimate
    bits: float | None
    log_likelihood: Score
    single: bool
    annealed: Score | None
    above: Estimate | None
    simulated: SimulatedBounds | None
    approximation_gap: Estimate
    amortization_gap: Estimate
    information: Information
    active: int
    kl_per_unit: tuple[float, ...]
    rate_distortion: RateDistortion | None
    fidelity: tuple[Fidelity, ...]
    references: tuple[Baseline, ...]
    seconds: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes a number less certain than it looks, a sentence each."""
        score, found = self.log_likelihood, []
        if self.single:
            found.append(
                "the posterior is a single point, so the log-likelihood is a lower bound that more samples do not "
                "raise, and its error says nothing of how far off it is"
            )
        if score.rest >= _RISE:
            found.append(
                f"the log-likelihood has not converged: with more than {score.samples:,} samples it would rise by "
                f"about {score.rest:.2f} nats; ask for more (n_importance, or --samples)"
            )
        if score.heavy_share > 0.1:
            found.append(
                f"{score.heavy_share:.0%} of the rows hang on a few samples (Pareto k above 0.7), so its error is "
                "larger than it looks (arXiv 1507.02646)"
            )
        if self.above is not None and abs(self.above.mean) > max(0.1, 2 * self.above.error):
            more = self.above.mean > 0
            found.append(
                f"annealing finds {abs(self.above.mean):.2f} nats {'more' if more else 'less'} on the same rows: "
                + ("importance sampling misses a part" if more else "its chains do not get to all")
                + " of the posterior"
            )
        for name, gap, why in (
            ("approximation", self.approximation_gap, "log p(x) is estimated too low"),
            ("amortization", self.amortization_gap, "optimizing single rows fell short of the encoder"),
        ):
            if gap.mean < min(-0.1, -2 * gap.error):
                found.append(f"the {name} gap is below zero, which it cannot be: {why}")
        if self.simulated is not None and self.simulated.upper - self.simulated.lower > 1.0:
            apart = self.simulated.upper - self.simulated.lower
            found.append(f"annealing is uncertain by up to {apart:.1f} nats on rows that the model made")
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values, with the warnings."""
        return {**to_json(self), "warnings": list(self.warnings)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return from_json(cls, {name: each for name, each in value.items() if name != "warnings"})

    def sections(self) -> dict[str, list[Line]]:
        """The lines of the screen under their headings."""
        return {
            "Bounds on log p(x), nats per row": [line for line in self._bounds() if line],
            "What the ELBO loses, nats per row": self._losses(),
            "Latents, nats per row": self._latents(),
            "The model's rows beside the data's: precision, recall, Fréchet distance": [
                _beside(each) for each in self.fidelity
            ],
            "What is a good value of log p(x), nats per row": [
                Line(each.name, "–" if each.nats is None else _nats(each.nats), each.note)
                for each in self.references
            ],
        }

    def _bounds(self) -> list[Line | None]:
        score, annealed, made = self.log_likelihood, self.annealed, self.simulated
        draws = f"{score.samples:,} samples ± {score.monte_carlo_error:.1g}, ESS {score.ess:.0f}"
        return [
            Line("ELBO", _measured(self.elbo), f"{self.elbo.rows:,} of {self.rows:,} rows"),
            Line("log-likelihood", _measured(score.nats), f"{score.nats.rows:,} rows, {draws}"),
            annealed
            and Line(
                "by annealing",
                _measured(annealed.nats),
                f"{annealed.nats.rows:,} rows, {_signed(self.above)} above",
            ),
            made
            and Line(
                "simulated rows",
                f"{_nats(made.lower)} to {_nats(made.upper)}",
                f"{made.rows:,} rows, from both ends ± {made.error:.1g}",
            ),
            Line("bits per dimension", "–", "for discrete likelihoods only")
            if self.bits is None
            else Line("bits per dimension", f"{self.bits:.4f}", "of the log-likelihood"),
        ]

    def _losses(self) -> list[Line]:
        family = "log p(x) − best posterior"
        return [
            Line("approximation gap", _measured(self.approximation_gap), family),
            Line(
                "amortization gap",
                _measured(self.amortization_gap),
                f"best − encoder's, {self.amortization_gap.rows:,} rows",
            ),
        ]

    def _latents(self) -> list[Line]:
        told = self.information
        low, high = told.aggregate_kl
        bounds = f"{told.lower.mean:.2f} to {told.upper.mean:.2f}"
        says = f"{told.n:,} rows show no more" if told.saturated else f"bounds from {told.n:,} rows"
        return [
            Line(
                "KL(q(z|x) || p(z))", _measured(self.kl), f"{self.active} of {self.latent_dim} latents active"
            ),
            Line("I(x; z)", f"≥ {told.lower.mean:.2f}" if told.saturated else bounds, says),
            Line(
                "KL(q(z) || p(z))",
                f"≤ {high:.2f}" if told.saturated else f"{low:.2f} to {high:.2f}",
                "aggregate posterior; 0 is best",
            ),
        ]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """One table for all sections."""
        sections = self.sections()
        widths = [
            max(len(line[i]) for lines in sections.values() for line in lines) for i in range(2)
        ]  # the same in all sections
        for i, (title, lines) in enumerate(sections.items()):
            table = Table.grid(padding=(0, 2, 0, 0))
            table.add_column(width=widths[0] + 2)
            table.add_column(justify="right", width=widths[1])
            table.add_column(style="dim")
            for line in lines:
                strong = line.name in ("log-likelihood", "this model")
                table.add_row(Text(f"  {line.name}", "bold" if strong else ""), Text(line.value), line.note)
            yield Group(*([Text("")] if i else []), Text(title, "bold cyan"), table)
        for i, warning in enumerate(self.warnings):
            yield Text(("" if i else "\n") + f"warning: {warning}", "bold yellow")

    def __str__(self) -> str:
        """Plain lines under headings: what, value and note, with tabs between."""
        parts = ["\n".join([title, *map("\t".join, lines)]) for title, lines in self.sections().items()]
        warned = "\n".join(f"warning\t{warning}" for warning in self.warnings)
        return "\n\n".join([*parts, *([warned] if warned else [])])

    def _repr_html_(self) -> str:
        """The tables for notebooks and the report."""
        rows = "".join(
            f"<tr><th colspan='3'>{html.escape(title)}</th></tr>"
            + "".join(
                f"<tr><td>{html.escape(name)}</td><td>{html.escape(value)}</td><td><small>{html.escape(note)}</small>"
                "</td></tr>"
                for name, value, note in lines
            )
            for title, lines in self.sections().items()
        )
        warned = "".join(f"<p><b>{html.escape(warning)}</b></p>" for warning in self.warnings)
        return f"<table class='evaluation'>{rows}</table>{warned}"


def _nats(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _measured(estimate: Estimate) -> str:
    return f"{_nats(estimate.mean)} ± {estimate.error:.2f}"


def _signed(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.mean:+.2f} ± {estimate.error:.2f}".replace("-", "−")


def _beside(found: Fidelity) -> Line:
    precision, recall, frechet = found.real
    return Line(
        f"by {found.features}",
        f"{found.precision:.2f}, {found.recall:.2f}, {found.frechet:.3g}",
        f"two halves of the data {precision:.2f}, {recall:.2f}, {frechet:.2g}",
    )
