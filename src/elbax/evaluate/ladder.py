"""A VAE beside simple models of the same rows: the differences in log-likelihood, with errors."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np

from elbax.core.vae import VAEModule
from elbax.data import take_evenly
from elbax.evaluate.estimate import Estimate
from elbax.evaluate.json_records import from_json, to_json
from elbax.evaluate.simple_models import FULL_NORMAL, SimpleModels
from elbax.evaluate.suite import measure_elbo
from elbax.types import Batch, Summary

_MOST_COMPARED = 2000  # rows


class SimpleModel(NamedTuple):
    """One simple model, nats per row."""

    name: str  # with the number of latents
    log_likelihood: Estimate  # its log p(x)
    difference: Estimate  # the VAE's ELBO less that, row by row

    @property
    def better_by(self) -> float:
        """The nats by which it is better than the VAE beyond the error of the difference; 0 if it is not."""
        return max(0.0, -self.difference.mean - self.difference.half_width)


@dataclass(frozen=True)
class Ladder:
    """A VAE beside simple models of its training rows.

    Attributes:
        elbo: the VAE's ELBO on the rows compared, nats per row.
        models: the simple models.
        held_out: whether the rows compared were held out; else they are training rows.
        needed: the number of latents that the rows ask for, by factor analysis with more and more of them; None unless
            the full normal is better than the VAE, and so is factor analysis of that size.
        note: what is left out and why, or an empty text.
    """

    elbo: Estimate
    models: tuple[SimpleModel, ...]
    held_out: bool
    needed: int | None
    note: str

    @property
    def same_size(self) -> tuple[SimpleModel, ...]:
        """Models that a VAE with as many latents contains: independent columns, pPCA and factor analysis."""
        return tuple(model for model in self.models if model.name != FULL_NORMAL)

    @property
    def full_normal(self) -> SimpleModel | None:
        """The normal with full covariance, if it was fitted."""
        return next((model for model in self.models if model.name == FULL_NORMAL), None)

    @property
    def best(self) -> SimpleModel | None:
        """The best of `same_size`."""
        return max(self.same_size, key=lambda model: model.log_likelihood.mean, default=None)

    @property
    def rows_text(self) -> str:
        """Which rows were compared, such as "18 held-out rows"."""
        return f"{self.elbo.rows:,} {'held-out' if self.held_out else 'training'} rows"

    def to_json(self) -> dict[str, Any]:
        return to_json(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return from_json(cls, value)

    def __str__(self) -> str:
        if self.best is None:
            return self.note
        mean, error, _ = self.best.difference
        side = "above" if mean >= 0 else "below"
        return f"{abs(mean):.2f} ± {error:.2f} nats {side} {self.best.name}, the best of them, on {self.rows_text}"

    def lines(self) -> list[tuple[str, str, str]]:
        """Lines of a table: name, nats per row, and how far the VAE is above."""
        rows = [("this model (ELBO)", _nats(self.elbo), "")]
        return rows + [(model.name, _nats(model.log_likelihood), model.difference.text("+")) for model in self.models]


def measure_ladder(
    module: VAEModule, summary: Summary, train: Batch, held_out: Batch | None, seed: int = 0
) -> Ladder | None:
    """Compare a module with simple models of the training rows on at most 2,000 held-out rows, evenly spread.

    Without held-out rows, training rows are compared. The result is None for a plain autoencoder, which has no bound.
    """
    if not module.posterior.has_density:
        return None
    rows = train if held_out is None or len(held_out.x) < 2 else held_out
    is_held_out, rows = rows is held_out, rows._replace(target_codes=None)
    rows = take_evenly(rows, _MOST_COMPARED)
    weights = rows.weight
    rows, terms = measure_elbo(module, rows._replace(weight=None), seed)
    elbo = np.asarray(terms.elbo, np.float64)
    options = {"weights": train.weight, "log_ratios": module.log_ratios}
    options["exposures"] = module.log_exposures(rows), module.log_exposures(train)
    simple = SimpleModels.of(module.likelihood, summary, train, rows, **options)
    models = tuple(
        SimpleModel(score.title, *(Estimate.of(v, weights) for v in (score.log_prob, elbo - score.log_prob)))
        for score in simple.log_probs(module.latent_dim)
    )
    ladder = Ladder(Estimate.of(elbo, weights), models, is_held_out, None, simple.note)
    if ladder.full_normal is None or ladder.full_normal.better_by == 0:
        return ladder
    needed, log_prob = simple.latents_needed(module.latent_dim)
    return replace(ladder, needed=needed) if log_prob > ladder.elbo.mean else ladder


def _nats(estimate: Estimate) -> str:
    return f"{estimate.mean:.2f}".replace("-", "−")
