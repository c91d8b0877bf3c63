"""Measurements of a fit, each taken on first use."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import equinox as eqx
import jax
import numpy as np
from scipy.stats import chi, kstest, norm

from elbax import evaluate
from elbax.collapse import STORED, Certificate, collapse_certificate
from elbax.core.distributions import kl_divergence, moments
from elbax.core.likelihoods import Support
from elbax.data import row_groups, take_evenly
from elbax.doctor.fit_record import FitRecord
from elbax.doctor.geometry import Faithfulness, Loop, faithfulness, find_loop
from elbax.doctor.probes import Gain, continued_gain
from elbax.evaluate import Ladder
from elbax.evaluate.active_units import least_variance
from elbax.evaluate.batching import hashed_row_keys, map_batches
from elbax.train.pretraining import make_target_codes
from elbax.types import Batch

COUNTS = Support(lower=0, integer=True)  # of a likelihood for counts
COLLAPSED_KL = 0.05  # KL below which a posterior counts as collapsed, nats

_ROWS = 2000
_COMPARED_ROWS = 2000  # held-out rows that constants are compared on
_MAPPED_ROWS = 700
_DIRECTIONS = 16


@dataclass
class Measurements:
    """Measurements of a fit, each taken on first use; densities in nats per row."""

    record: FitRecord
    _certificates: dict[float, Certificate | None] = field(default_factory=dict, repr=False)

    @cached_property
    def rows(self) -> Batch:
        """Training rows for all measurements except the ELBO."""
        return self.record.subsample(_ROWS)

    @cached_property
    def all_rows(self) -> np.ndarray:
        """Training and held-out rows, flat, (n, d); cells that were not observed have a median."""
        parts = (self.record.rows, self.record.held_out)
        return np.concatenate([filled(part) for part in parts if part is not None])

    @cached_property
    def held_out_repeats(self) -> float | None:
        """Share of the held-out rows that equal a training row; None without held-out rows."""
        if self.record.held_out is None:
            return None
        trained = np.asarray(self.record.rows.x)
        groups = row_groups(np.concatenate([trained, np.asarray(self.record.held_out.x, trained.dtype)]))
        return float(np.isin(groups[len(trained) :], groups[: len(trained)]).mean())

    @cached_property
    def forward(self) -> dict[str, np.ndarray]:
        """One forward pass of the rows, with latents drawn from the posterior."""
        return map_batches(lambda block: _forward(self.record.module, block, np.uint32(0)), self.rows)

    def _measure_elbo(self, rows: Batch) -> tuple[Batch, np.ndarray]:
        module, seed = self.record.module, self.record.plan.seed
        rows, terms = evaluate.measure_elbo(module, rows._replace(target_codes=None), seed)
        return rows, np.asarray(terms.elbo, np.float64)

    @cached_property
    def _measured(self) -> tuple[Batch, np.ndarray]:
        return self._measure_elbo(self.record.rows)

    @property
    def elbos(self) -> np.ndarray:
        """ELBO of each measured training row, (n,)."""
        return self._measured[1]

    @cached_property
    def elbo(self) -> float:
        return float(self.elbos.mean())

    @cached_property
    def held_out_elbos(self) -> np.ndarray | None:
        """ELBO of each held-out row, (n,); None with fewer than two, or if the model was fitted to them too."""
        rows = self.record.held_out
        return None if rows is None or len(rows.x) < 2 or self.record.refitted else self._measure_elbo(rows)[1]

    @property
    def summary_elbo(self) -> float:
        """Mean ELBO of held-out rows if there are any, before a refit to all rows; else of training rows."""
        if self.held_out_elbos is not None:
            return float(self.held_out_elbos.mean())
        ladder = self.ladder if self.record.refitted else None
        return self.elbo if ladder is None else ladder.elbo.mean

    @cached_property
    def all_bounds(self) -> np.ndarray:
        """Bounds on log p(x): ELBOs of all measured rows, and the means of all epochs."""
        history = [self.record.history[name] for name in ("elbo", "val_elbo") if name in self.record.history]
        held_out = [] if self.held_out_elbos is None else [self.held_out_elbos]
        return np.concatenate([self.elbos, *held_out, *history])

    @cached_property
    def fall(self) -> tuple[float, float] | None:
        """Best and last validation ELBO of a fit with the plain ELBO that kept its last weights; else None."""
        record, settings = self.record, self.record.settings
        plain = settings["beta"] == 1 and settings["warmup"] == 0 and settings["free_bits"] == 0
        bounds = record.history.get("val_elbo")
        if not (plain and record.uses_elbo and record.has_kl and record.plan.patience is None) or bounds is None:
            return None
        return float(bounds.max()), float(bounds.iloc[-1])

    @cached_property
    def constant_elbo(self) -> float:
        """Log-density under the best constant decoder, with a learned scale fitted to the rows."""
        module = self.record.module
        rows = self._measured[0]
        options = module.log_ratios, module.log_exposures(rows)
        return evaluate.constant_log_density(module.likelihood, self.record.schema.summary, rows, *options)

    @cached_property
    def constant_gap(self) -> float:
        """Log-density of training rows less that of held-out rows under the best constant of the former, at least 0.

        By so much held-out rows are improbable to any model.
        """
        likelihood, held_out = self.record.module.likelihood, self.record.held_out
        if held_out is None or not likelihood.proper:
            return 0.0
        summary, train = self.record.schema.summary.flat, self._measured[0]
        fitted = None if train.observed is not None else np.reshape(train.x, (len(train.x), -1))

        def mean(rows: Batch) -> float:
            x = np.reshape(rows.x, (len(rows.x), -1))
            observed = None if rows.observed is None else np.reshape(rows.observed, x.shape).astype(bool)
            own = self.record.module.log_exposures(rows)
            exposures = None if own is None else (own, self.record.module.log_exposures(train))
            return float(likelihood.constant_log_probs(summary, x, observed, fitted, exposures).mean())

        return max(0.0, mean(train) - mean(take_evenly(held_out._replace(target_codes=None), _COMPARED_ROWS)))

    @cached_property
    def gain(self) -> float:
        """Excess of the model's ELBO over the constant decoder's."""
        return self.elbo - self.constant_elbo

    @cached_property
    def ladder(self) -> Ladder | None:
        """The model beside simple ones, on held-out rows if there are any; None for a plain autoencoder.

        The fit's own comparison is preferred: later, a linear model may have been fitted to the held-out rows too.
        """
        record = self.record
        return record.ladder or evaluate.measure_ladder(
            record.module, record.schema.summary, record.rows, record.held_out, record.plan.seed
        )

    @cached_property
    def kl(self) -> float:
        return float(self.forward["kl"].sum(axis=1).mean())

    @cached_property
    def active(self) -> np.ndarray:
        """Which latent dimensions are active (arXiv 1509.00519), (latent,)."""
        return self.forward["mean"].var(axis=0) > least_variance(self.record.module)

    @cached_property
    def count_columns(self) -> np.ndarray:
        """Flat positions of the features whose likelihood is one of counts: integers from 0 without an end."""
        parts = self.record.module.likelihood.for_columns(self.record.schema.n_features)
        found = [list(columns) for part, columns in parts if part.support == COUNTS]
        return np.array(sorted(column for columns in found for column in columns), int)

    @cached_property
    def collapsed(self) -> bool:
        """Whether no latent is active or the KL is below 0.05 nats."""
        if not self.record.has_kl:
            return not self.active.any() or self.unexplained > 0.95
        return not self.active.any() or self.kl < COLLAPSED_KL

    @cached_property
    def scaled(self) -> np.ndarray:
        """Standardized rows, flat, (n, d); cells that were not observed have a median."""
        summary = self.record.schema.summary.flat
        return (filled(self.rows) - summary.center) / summary.unit

    @cached_property
    def compared(self) -> np.ndarray:
        """The cells whose reconstructions compare with their values, (n, d): observed numbers."""
        rows, inputs = self.rows, self.record.module.inputs
        n, d = self.scaled.shape
        observed = np.ones((n, d), bool) if rows.observed is None else np.reshape(rows.observed, (n, d)) != 0
        return observed if inputs is None else observed & (np.array(inputs.levels) == 0)

    @cached_property
    def unexplained(self) -> float:
        """Share of the numbers' variance that reconstructions from drawn latents do not explain; NaN without any."""
        unit, compared = self.record.schema.summary.flat.unit, self.compared
        residual = np.square(self._residuals / unit)[compared].sum()
        variance = np.square(self.scaled - self.scaled.mean(axis=0))[compared].sum()
        return float(residual / variance) if variance > 0 else float("nan")

    @property
    def _residuals(self) -> np.ndarray:
        """Reconstructions less values, flat, (n, d)."""
        return (self.forward["reconstruction"] - self.rows.x).reshape(self.scaled.shape)

    @cached_property
    def overdispersion(self) -> float | None:
        """Variance of the likelihood over the mean squared residual; None if not finite."""
        compared = self.compared
        if not compared.any():
            return None
        residual = np.square(self._residuals)[compared].mean()
        variance = self.forward["variance"].reshape(compared.shape)[compared].mean()
        return float(variance / residual) if np.isfinite(variance) and residual > 0 else None

    @property
    def certificate(self) -> Certificate | None:
        """The certificate of collapse at the likelihood's scale and the KL's weight."""
        return self.certificate_at(self.record.kl_weight)

    def latents_help(self, weight: float) -> bool:
        """Whether latents beat the constant decoder at this KL weight by more than storing single rows."""
        c = self.certificate_at(weight)
        if c is None:
            return False
        # The largest curvature of noise alone (Marchenko and Pastur 1967).
        noise = (1 + np.sqrt(self.scaled.shape[1] / c.n_rows)) ** 2
        return not c.collapse_is_optimal and (c.curvature > 1.05 * weight * noise or c.effective_rows >= STORED)

    def certificate_at(self, weight: float) -> Certificate | None:
        """The certificate of collapse at a KL weight; None if too slow, or if `uncertified` says why."""
        if weight not in self._certificates:
            self._certificates[weight] = None if self.uncertified else self._certify(weight)
        return self._certificates[weight]

    @property
    def uncertified(self) -> str:
        """Why there is no certificate, which is for rows that are alike but for their latents; empty if there is."""
        module = self.record.module
        if module.heads is not None:
            return "columns depend on each other given z (decoder_sees)"
        if self.rows.observed is not None:
            return "rows have gaps"
        return "rows have an exposure" if module.exposure else ""

    @property
    def left_out(self) -> str:
        """What a diagnosis of these rows cannot tell and why, in one sentence; empty if nothing."""
        parts = [f"the certificate of collapse, since {self.uncertified}"] if self.uncertified else []
        if self.rows.context is None and not self.compared.all():
            parts.append("whether latents follow the shape of the data, which is for numbers without gaps")
        return f"left out: {'; and '.join(parts)}" if parts else ""

    def _certify(self, weight: float) -> Certificate | None:
        return collapse_certificate(self.record.module.likelihood, self.rows.x, kl_weight=weight)

    continued_how: ClassVar[str] = "trained on for up to 30% more steps, the model gains {gain}"

    @cached_property
    def continued(self) -> Gain:
        """ELBO gained by more training of the same kind."""
        return continued_gain(self.record)

    @cached_property
    def mismatch(self) -> float:
        """Largest Kolmogorov distance of encoded rows from the prior, over directions and the radius."""
        if not self.record.module.prior.is_standard:
            return 0.0
        z = self.forward["z"]
        directions = np.random.default_rng(0).normal(size=(z.shape[1], _DIRECTIONS))
        directions = np.hstack([np.eye(z.shape[1]), directions / np.linalg.norm(directions, axis=0)])
        along = [kstest(column, norm.cdf).statistic for column in (z @ directions).T]
        return float(max([*along, kstest(np.linalg.norm(z, axis=1), chi(z.shape[1]).cdf).statistic]))

    @cached_property
    def map_along(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Some standardized rows, flat, and a low-dimensional map of them; None for gaps or levels, or without one."""
        latent_dim = self.record.module.latent_dim
        if latent_dim > 3 or len(self.scaled) < 20 or self.rows.context is not None or not self.compared.all():
            return None
        x = self.scaled[:_MAPPED_ROWS]
        zeros = np.zeros(x.shape[1])
        summary = self.record.schema.summary._replace(center=zeros, unit=zeros + 1.0)
        z = make_target_codes(x, summary, latent_dim, np.random.default_rng(0))
        return None if z is None else (x, np.asarray(z))

    @cached_property
    def drawn_map(self) -> tuple[Faithfulness, Faithfulness] | None:
        """Faithfulness of the posterior means, and of a map along the data."""
        if self.map_along is None:
            return None
        x, z = self.map_along
        return faithfulness(x, self.forward["mean"][: len(x)]), faithfulness(x, z)

    @cached_property
    def loop(self) -> Loop | None:
        """The loop that the data form, for models with one latent dimension."""
        if self.map_along is None or self.record.module.latent_dim > 1:
            return None
        return find_loop(*self.map_along)


def filled(rows: Batch) -> np.ndarray:
    """Flat rows with the median of their column, a value of it, for cells that were not observed, (n, d)."""
    x = np.asarray(rows.x).reshape(len(rows.x), -1)
    if rows.observed is None:
        return x
    gaps = np.reshape(rows.observed, x.shape) == 0
    known = np.where(gaps & ~gaps.all(axis=0), np.nan, x)
    return np.where(gaps, np.nanquantile(known, 0.5, axis=0, method="nearest"), x)


@eqx.filter_jit
def _forward(module, rows: Batch, seed):
    prior = module.prior_distribution()

    def one(row: Batch, key):
        sampled = module.sample_posterior(row, key)
        outputs = module.decode(sampled.z, row.context)
        return {
            "mean": moments(sampled.posterior).center,
            "z": sampled.z,
            "kl": kl_divergence(sampled.posterior, prior, sampled.z, sampled.log_q),
            "reconstruction": module.mean(outputs),
            "variance": module.variance(outputs),
        }

    return jax.vmap(one)(rows, hashed_row_keys(seed, rows))
