"""The quick check after every fit: rules on the history and a few rows, without running the model."""

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

import jax
import numpy as np

from elbax import evaluate
from elbax.collapse import Certificate, collapse_certificate
from elbax.doctor.fit_record import FitRecord
from elbax.doctor.measurements import COLLAPSED_KL, Measurements, filled
from elbax.doctor.probes import Gain
from elbax.doctor.rules import RULES
from elbax.evaluate import Ladder
from elbax.types import Batch

_ROWS, _FEATURES = 500, 1000
_CERTIFIED_VALUES = 100_000  # of the rows of a certificate, which then takes some 10 ms


def quick_check(record: FitRecord) -> str | None:
    """Describe the first fault, or return None: thresholds of `VAE.diagnose` on the history and at most 500 rows."""
    measurements = _QuickMeasurements(replace(record, probes=False))
    for rule in RULES.values():
        finding = rule(measurements) if rule.quick else None
        if finding is not None and not finding.note:
            return f"{finding.code}: {finding.evidence.split('. ')[0].rstrip('.')}"
    return None


class _QuickMeasurements(Measurements):
    """Measurements without running the model; NaN, None or zero where that would be necessary."""

    continued_how: ClassVar[str] = "each of the last two tenths of the epochs still brought {gain}"

    @cached_property
    def rows(self) -> Batch:
        return jax.tree.map(lambda column: np.asarray(column[:_ROWS]), self.record.rows._replace(target_codes=None))

    @cached_property
    def all_rows(self) -> np.ndarray:
        return filled(self.rows)[:, :_FEATURES]

    @cached_property
    def all_bounds(self) -> np.ndarray:
        """Those of the epochs."""
        return self._bound

    @cached_property
    def _bound(self) -> np.ndarray:
        history = self.record.history
        return history["val_elbo" if "val_elbo" in history else "elbo"].to_numpy()

    @cached_property
    def gain(self) -> float:
        """Gain over independent columns, of the weights that were kept.

        Where the fit was not compared with them: the last epoch's gain over the best constant normal with a learned
        scale; for other likelihoods, since the first epoch.
        """
        if self.ladder is not None and self.ladder.models:
            return self.ladder.models[0].difference.mean
        module, last = self.record.module, float(self._bound[-1])
        scale = module.likelihood.location_scale
        if module.likelihood.is_normal and scale is not None and scale.is_learned:
            summary = self.record.schema.summary
            options = module.log_ratios, module.log_exposures(self.rows)
            return last - evaluate.constant_log_density(module.likelihood, summary, self.rows, *options)
        return last - float(self._bound[0])

    @property
    def ladder(self) -> Ladder | None:
        """That of the fit."""
        return self.record.ladder

    @cached_property
    def kl(self) -> float:
        """That of the kept epoch; unknown where the start was kept instead."""
        history, epoch = self.record.history["kl"], self.record.best_epoch
        return float("nan") if epoch == 0 else float(history.iloc[-1 if epoch is None else epoch - 1])

    @cached_property
    def active(self) -> np.ndarray:
        return np.full(self.record.module.latent_dim, not (self.record.has_kl and self.kl < COLLAPSED_KL))

    unexplained = float("nan")
    held_out_elbos = None

    @cached_property
    def overdispersion(self) -> float | None:
        """Only for collapsed normals, whose residuals have the variance of the rows."""
        likelihood, variance = self.record.module.likelihood, float(filled(self.rows).var(axis=0).mean())
        scale = likelihood.location_scale
        if not self.collapsed or not likelihood.is_normal or scale is None or scale.is_learned:
            return None
        return scale.value**2 / variance if variance > 0 else None

    def _certify(self, weight: float) -> Certificate | None:
        """Only normals have closed-form density ratios; others would have to be compiled."""
        likelihood, x = self.record.module.likelihood, self.rows.x
        closed_form = likelihood.is_normal and likelihood.affine_in_x
        if not closed_form or x[0].size > _FEATURES or len(x) < 2 or (x == x[0]).all():
            return None
        x = x[: max(_CERTIFIED_VALUES // x[0].size, 100)]
        return collapse_certificate(likelihood, x, kl_weight=weight, method="covariance")

    @cached_property
    def continued(self) -> Gain:
        """The smaller gain of the last two tenths of the epochs; zero if the learning rate decayed."""
        n = len(self._bound)
        if n < 5 or self.record.plan.schedule != "constant":
            return Gain(np.zeros(1), False)
        tenth = max(1, n // 10)
        before, middle, last = (self._bound[n - k * tenth : n - (k - 1) * tenth].mean() for k in (3, 2, 1))
        return Gain(np.array([min(last - middle, middle - before)]), False)
