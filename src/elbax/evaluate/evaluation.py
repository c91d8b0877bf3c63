"""The record of a full evaluation, and its rendering."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from elbax.evaluate.baselines import Baseline
from elbax.evaluate.estimate import Estimate, WeightedEstimate
from elbax.evaluate.fidelity import Fidelity
from elbax.evaluate.information import Information
from elbax.evaluate.json_records import from_json, to_json
from elbax.evaluate.rate_distortion import RateDistortion
from elbax.evaluate.rendering import AbstractRecord, Line

_RISE = 0.1  # nats by which more samples must raise the bound to warn; tables of log p(x) are in tenths of a nat


class Score(NamedTuple):
    """Mean log p(x) estimated from weighted samples, nats per row."""

    nats: Estimate  # mean over rows; its error is due to the sampling of rows
    monte_carlo_error: float  # standard error due to importance sampling
    low: float  # lower end of the interval of these rows' exact mean, with coverage of at least 95%
    high: float  # its upper end
    samples: int  # samples, or chains, per row
    ess: float  # median effective sample size
    heavy_share: float  # share of rows whose weights have a tail index above 0.7
    rest: float  # estimated gain of more samples, nats
    counts: tuple[int, ...]  # sample counts, increasing, (m,)
    bounds: tuple[float, ...]  # mean bound for each of the counts, (m,)

    @classmethod
    def of(cls, estimate: WeightedEstimate) -> Self:
        return cls(
            estimate.mean,
            estimate.monte_carlo_error,
            *estimate.interval,
            estimate.k,
            float(np.median(estimate.ess)),
            estimate.heavy_share,
            estimate.convergence.rest,
            tuple(estimate.counts.tolist()),
            tuple(estimate.bounds.mean(axis=0).tolist()),
        )


class SimulatedBounds(NamedTuple):
    """Bounds of mean log p(x) on rows drawn from the model, nats per row (arXiv 1606.02275)."""

    lower: float  # by forward chains
    upper: float  # by backward chains from the latent points of the rows
    error: float  # standard error of the difference due to the chains
    rows: int


@dataclass(frozen=True, eq=False)
class Evaluation(AbstractRecord):
    """A full evaluation of a model on some rows; nats per row unless stated otherwise.

    Attributes:
        rows: number of rows passed.
        latent_dim: number of latents.
        elbo: the evidence lower bound.
        reconstruction: -log p(x|z), a term of the ELBO.
        kl: KL(q(z|x) || p(z)), the other term.
        bits: bits per dimension of the log-likelihood; None unless data are discrete.
        log_likelihood: by importance sampling from the posterior (arXiv 1509.00519); only a lower bound if ``single``.
        single: whether the posterior is a single point.
        annealed: by annealed importance sampling on some of the same rows (arXiv 1611.04273); None unless latents are
            real numbers.
        above: excess of ``annealed`` over importance sampling on the same rows.
        simulated: bounds on rows drawn from the model; None unless latents are real numbers.
        approximation_gap: log p(x) less the ELBO of the best posterior of the family (arXiv 1801.03558).
        amortization_gap: that ELBO less the encoder's.
        information: mutual information of rows and latents, and KL of the aggregate posterior.
        active: number of active latents.
        kl_per_unit: KL of each latent, as in `ActiveUnits`.
        rate_distortion: from the prior to the exact posterior; None unless latents are real numbers.
        fidelity: generated rows compared with real ones, for each kind of features.
        references: baselines, and this model among them.
        seconds: duration of the evaluation.
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

    strong: ClassVar[tuple[str, ...]] = ("log-likelihood", "this model")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons why numbers are less certain than they look, one sentence each."""
        score, warnings = self.log_likelihood, []
        if self.single:
            warnings.append(
                "the posterior is a single point, so the log-likelihood is only a lower bound: more samples do not "
                "raise it, and its error does not include the distance to log p(x)"
            )
        if score.rest >= _RISE:
            warnings.append(
                f"the log-likelihood has not converged: with more than {score.samples:,} samples it would rise by "
                f"about {score.rest:.2f} nats; ask for more (n_importance, or --samples)"
            )
        if score.heavy_share > 0.1:
            warnings.append(
                f"{score.heavy_share:.0%} of the rows hang on a few samples (Pareto k above 0.7), so its error is "
                "larger than it looks (arXiv 1507.02646)"
            )
        if self.above is not None and abs(self.above.mean) > max(0.1, 2 * self.above.error):
            more = self.above.mean > 0
            warnings.append(
                f"annealing finds {abs(self.above.mean):.2f} nats {'more' if more else 'less'} on the same rows: "
                + ("importance sampling misses a part" if more else "its chains do not get to all")
                + " of the posterior"
            )
        for name, gap, why in (
            ("approximation", self.approximation_gap, "log p(x) is estimated too low"),
            ("amortization", self.amortization_gap, "optimizing single rows fell short of the encoder"),
        ):
            if gap.mean < min(-0.1, -2 * gap.error):
                warnings.append(f"the {name} gap is below zero, which is impossible: {why}")
        if self.simulated is not None and (gap := self.simulated.upper - self.simulated.lower) > 1.0:
            warnings.append(f"annealing is uncertain by up to {gap:.1f} nats on rows drawn from the model")
        return tuple(warnings)

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values, with the warnings."""
        return {**to_json(self), "warnings": list(self.warnings)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return from_json(cls, {name: member for name, member in value.items() if name != "warnings"})

    def sections(self) -> dict[str, list[Line]]:
        """Lines of the table under their headings."""
        return {
            "Bounds on log p(x), nats per row": [line for line in self._bounds() if line],
            "What the ELBO loses, nats per row": self._losses(),
            "Latents, nats per row": self._latents(),
            "The model's rows beside the data's: precision, recall, Fréchet distance": [
                _fidelity_line(fidelity) for fidelity in self.fidelity
            ],
            "What is a good value of log p(x), nats per row": [
                Line(baseline.name, "–" if baseline.nats is None else _nats(baseline.nats), baseline.note)
                for baseline in self.references
            ],
        }

    def _bounds(self) -> list[Line | None]:
        score, annealed, simulated = self.log_likelihood, self.annealed, self.simulated
        above = "" if self.above is None else self.above.text("+")
        draws = f"{score.samples:,} samples ± {score.monte_carlo_error:.1g}, ESS {score.ess:.0f}"
        return [
            Line("ELBO", self.elbo.text(), f"{self.elbo.rows:,} of {self.rows:,} rows"),
            Line("log-likelihood", score.nats.text(), f"{score.nats.rows:,} rows, {draws}"),
            annealed
            and Line(
                "by annealing",
                annealed.nats.text(),
                f"{annealed.nats.rows:,} rows, {above} above",
            ),
            simulated
            and Line(
                "simulated rows",
                f"{_nats(simulated.lower)} to {_nats(simulated.upper)}",
                f"{simulated.rows:,} rows, from both ends ± {simulated.error:.1g}",
            ),
            Line("bits per dimension", "–", "for discrete likelihoods only")
            if self.bits is None
            else Line("bits per dimension", f"{self.bits:.4f}", "of the log-likelihood"),
        ]

    def _losses(self) -> list[Line]:
        rows = f"{self.amortization_gap.rows:,} rows"
        return [
            Line("approximation gap", self.approximation_gap.text(), "log p(x) − best posterior"),
            Line("amortization gap", self.amortization_gap.text(), f"best − encoder's, {rows}"),
        ]

    def _latents(self) -> list[Line]:
        information = self.information
        lower, upper = information.lower.mean, information.upper.mean
        low, high = information.aggregate_kl
        if information.saturated:
            mutual, aggregate = f"≥ {lower:.2f}", f"≤ {high:.2f}"
            note = f"{information.n:,} rows show no more"
        else:
            mutual, aggregate = f"{lower:.2f} to {upper:.2f}", f"{low:.2f} to {high:.2f}"
            note = f"bounds from {information.n:,} rows"
        return [
            Line("KL(q(z|x) || p(z))", self.kl.text(), f"{self.active} of {self.latent_dim} latents active"),
            Line("I(x; z)", mutual, note),
            Line("KL(q(z) || p(z))", aggregate, "aggregate posterior; 0 is best"),
        ]


def _nats(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _fidelity_line(fidelity: Fidelity) -> Line:
    precision, recall, frechet = fidelity.real
    return Line(
        f"by {fidelity.features}",
        f"{fidelity.precision:.2f}, {fidelity.recall:.2f}, {fidelity.frechet:.3g}",
        f"two halves of the data {precision:.2f}, {recall:.2f}, {frechet:.2g}",
    )
