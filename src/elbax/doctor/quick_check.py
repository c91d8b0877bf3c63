"""The check after every fit: the doctor's rules, on the history and a few rows, without running the model."""

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

import jax
import numpy as np

from elbax import evaluate
from elbax.collapse import Certificate, collapse_certificate
from elbax.doctor.fit_record import FitRecord
from elbax.doctor.measurements import COLLAPSED_KL, Measurements
from elbax.doctor.probes import Gain
from elbax.doctor.rules import RULES
from elbax.types import Batch

_ROWS, _FEATURES = 500, 1000


def quick_check(record: FitRecord) -> str | None:
    """Return one sentence on the first thing that looks wrong, or None.

    It reads the history and at most 500 rows, and compares them with the thresholds of `VAE.diagnose`, which it is a
    reason to call.
    """
    measured = _QuickMeasurements(replace(record, probes=False))
    for rule in RULES.values():
        finding = rule(measured) if rule.quick else None
        if finding is not None and not finding.note:
            return f"{finding.code}: {finding.evidence.split('. ')[0].rstrip('.')}"
    return None


class _QuickMeasurements(Measurements):
    """Measurements that run no model: nan, None or zero where that would be needed."""

    continued_how: ClassVar[str] = "each of the last two tenths of the epochs still brought {gain}"

    @cached_property
    def rows(self) -> Batch:
        return jax.tree.map(
            lambda column: np.asarray(column[:_ROWS]), self.record.rows._replace(target_codes=None)
        )

    @cached_property
    def all_rows(self) -> np.ndarray:
        return self.rows.x.reshape(len(self.rows.x), -1)[:, :_FEATURES]

    @cached_property
    def _bound(self) -> np.ndarray:
        history = self.record.history
        return history["val_elbo" if "val_elbo" in history else "elbo"].to_numpy()

    @cached_property
    def gain(self) -> float:
        """Over the best constant normal, which has a formula; of other likelihoods, since the first epoch."""
        likelihood, last = self.record.module.likelihood, float(self._bound[-1])
        part = likelihood.location_scale
        if likelihood.is_normal and part is not None and part.is_learned:
            return last - evaluate.constant_log_density(likelihood, self.record.schema.summary, self.rows)
        return last - float(self._bound[0])

    @cached_property
    def kl(self) -> float:
        return float(self.record.history["kl"].iloc[-1])

    @cached_property
    def active(self) -> np.ndarray:
        return np.full(self.record.module.latent_dim, not self.record.has_kl or self.kl >= COLLAPSED_KL)

    unexplained = float("nan")
    held_out_elbos = None

    @cached_property
    def overdispersion(self) -> float | None:
        """Known where collapse leaves the whole variance of the rows as residuals of a normal."""
        likelihood, spread = self.record.module.likelihood, float(self.rows.x.var(axis=0).mean())
        part = likelihood.location_scale
        if not self.collapsed or not likelihood.is_normal or part is None or part.is_learned or spread == 0:
            return None
        return part.value**2 / spread

    def _certify(self, weight: float) -> Certificate | None:
        """Only normals have log-ratios in closed form; those of others would have to be compiled."""
        likelihood, x = self.record.module.likelihood, self.rows.x
        closed_form = likelihood.is_normal and likelihood.affine_in_x
        if not closed_form or x[0].size > _FEATURES or len(x) < 2 or (x == x[0]).all():
            return None
        return collapse_certificate(likelihood, x, kl_weight=weight, method="covariance")

    @cached_property
    def continued(self) -> Gain:
        """The smaller gain of the last two tenths of the epochs; zero if the step size decayed."""
        n = len(self._bound)
        if n < 5 or not self.record.ends_at_full_step:
            return Gain(np.zeros(1), False)
        tenth = max(1, n // 10)
        before, middle, last = (self._bound[n - k * tenth : n - (k - 1) * tenth].mean() for k in (3, 2, 1))
        return Gain(np.array([min(last - middle, middle - before)]), False)
