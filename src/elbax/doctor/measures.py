"""Everything the doctor's rules look at, measured once."""

from dataclasses import dataclass, field
from functools import cached_property

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import chi, kstest, norm

from elbax import evaluate
from elbax.collapse import Certificate, collapse_certificate
from elbax.core.laws import divergence, moments
from elbax.core.likelihoods.location_scale import LocationScale
from elbax.core.objectives import ELBO
from elbax.core.priors import StandardNormal
from elbax.doctor.case import Case
from elbax.doctor.geometry import Faithfulness, Loop, faithfulness, find_loop
from elbax.doctor.probes import Gain, continued_gain
from elbax.evaluate.blocks import map_blocks, row_keys
from elbax.evaluate.latent import least_variance
from elbax.train.head_start import choose_init, latent_points
from elbax.types import Batch

__all__ = ["Measures"]

_ROWS = 2000
_MAPPED_ROWS = 700
_DIRECTIONS = 16
# An output that rests on fewer rows than these stores them (see `Certificate`).
_STORED = 5.0


@dataclass
class Measures:
    """Measurements of a case, each made when a rule first asks for it; all densities in nats per row."""

    case: Case
    _certificates: dict[float, Certificate] = field(default_factory=dict, repr=False)

    @cached_property
    def rows(self) -> Batch:
        """The rows that are measured."""
        return self.case.some(_ROWS)

    @cached_property
    def all_rows(self) -> np.ndarray:
        """Rows it was fitted to and rows that were held out, flat, (n, d): outliers may be in either."""
        parts = (self.case.rows, self.case.held_out)
        return np.concatenate([part.x.reshape(len(part.x), -1) for part in parts if part is not None])

    @cached_property
    def passed(self) -> dict[str, np.ndarray]:
        """One pass of the rows through the model, latents drawn from the posterior."""
        return map_blocks(lambda block: _pass(self.case.module, block, np.uint32(0)), self.rows)

    @cached_property
    def elbo(self) -> float:
        """ELBO of the training rows."""
        return float(self.passed["elbo"].mean())

    @cached_property
    def held_out_elbos(self) -> np.ndarray | None:
        """ELBO of each held-out row."""
        if self.case.held_out is None or len(self.case.held_out.x) < 2:
            return None
        rows = self.case.some(_ROWS, self.case.held_out)
        return np.asarray(evaluate.elbo(self.case.module, rows.x, 0, rows.context).elbo)

    @cached_property
    def constant_elbo(self) -> float:
        """Log-density of a decoder that ignores the latents: what the model must beat.

        A learned scale is taken at the spread of the data.
        """
        return self.case.module.likelihood.constant_log_prob(self.case.schema.summary, self.rows.x)

    @cached_property
    def gain(self) -> float:
        """How much the model's ELBO is above the constant decoder's."""
        return self.elbo - self.constant_elbo

    @cached_property
    def kl(self) -> float:
        """KL of the posteriors from the prior."""
        return float(self.passed["kl"].sum(axis=1).mean())

    @cached_property
    def means_variance(self) -> np.ndarray:
        """Variance over the rows of each posterior mean, (latent,)."""
        return self.passed["mean"].var(axis=0)

    @cached_property
    def active(self) -> np.ndarray:
        """Which latent dimensions are in use (arXiv 1509.00519), (latent,)."""
        return self.means_variance > least_variance(self.case.module)

    @cached_property
    def collapsed(self) -> bool:
        """Whether the latents say next to nothing: none is active, or the KL is below 0.05 nats."""
        if not self.kl_counts:
            return not self.active.any() or self.unexplained > 0.95
        return not self.active.any() or self.kl < 0.05

    @cached_property
    def kl_counts(self) -> bool:
        """Whether training paid for the KL at all."""
        return self.case.settings["beta"] > 0 and self.case.settings["posterior"] != "point"

    @cached_property
    def scaled(self) -> np.ndarray:
        """The rows in units of their features, flat, (n, d)."""
        summary = self.case.schema.summary
        return ((self.rows.x - summary.center) / summary.unit).reshape(len(self.rows.x), -1)

    @cached_property
    def unexplained(self) -> float:
        """Share of the data's variance that reconstructions from drawn latents miss."""
        unit = self.case.schema.summary.unit
        missed = np.square((self.passed["reconstruction"] - self.rows.x) / unit).sum()
        return float(missed / np.square(self.scaled - self.scaled.mean(axis=0)).sum())

    @cached_property
    def scale(self) -> LocationScale | None:
        """The likelihood's location and scale, where it has them."""
        return getattr(self.case.module.likelihood, "location_scale", None)

    @cached_property
    def overdispersion(self) -> float | None:
        """Variance the likelihood grants over the mean squared residual; None where it is not finite."""
        residual = np.square(self.passed["reconstruction"] - self.rows.x).mean()
        granted = self.passed["variance"].mean()
        return float(granted / residual) if np.isfinite(granted) and residual > 0 else None

    @cached_property
    def certificate(self) -> Certificate:
        """Whether the constant decoder is the optimum, at the likelihood's scale and the KL's weight."""
        return self._certificate_at(self.kl_weight)

    @property
    def kl_weight(self) -> float:
        """The KL's weight in training, and 1 where it had none."""
        return self.case.settings["beta"] if self.kl_counts else 1.0

    def latents_pay(self, weight: float) -> bool:
        """Whether using latents beats the constant at this weight of the KL, by more than storing single rows.

        Wide rows can always be stored, and noise alone bends D by up to (1 + √(d / n))² (Marchenko and Pastur 1967).
        """
        found = self._certificate_at(weight)
        noise = (1 + np.sqrt(self.scaled.shape[1] / found.n_rows)) ** 2
        bends = found.curvature > 1.05 * weight * noise
        return not found.collapse_is_optimal and (bends or found.effective_rows >= _STORED)

    def _certificate_at(self, weight: float) -> Certificate:
        if weight not in self._certificates:
            rows, likelihood = self.rows.x, self.case.module.likelihood
            self._certificates[weight] = collapse_certificate(likelihood, rows, kl_weight=weight)
        return self._certificates[weight]

    @cached_property
    def continued(self) -> Gain:
        """Nats of ELBO that more training of the same kind gains."""
        return continued_gain(self.case)

    @cached_property
    def mismatch(self) -> float:
        """Largest Kolmogorov distance between encoded rows and the prior, over directions and the radius."""
        if not isinstance(self.case.module.prior, StandardNormal):
            return 0.0
        z = self.passed["z"]
        directions = np.random.default_rng(0).normal(size=(z.shape[1], _DIRECTIONS))
        directions = np.hstack([np.eye(z.shape[1]), directions / np.linalg.norm(directions, axis=0)])
        along = [kstest(column, norm.cdf).statistic for column in (z @ directions).T]
        return float(max([*along, kstest(np.linalg.norm(z, axis=1), chi(z.shape[1]).cdf).statistic]))

    @cached_property
    def map_along(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Some rows, flat and on one scale, and a map along them; None where there is none."""
        latent_dim = self.case.module.latent_dim
        if latent_dim > 3 or len(self.scaled) < 20 or self.rows.context is not None:
            return None
        x = self.scaled[:_MAPPED_ROWS]
        zeros = np.zeros(x.shape[1])
        summary = self.case.schema.summary._replace(center=zeros, unit=zeros + 1.0)
        z = latent_points(x, summary, latent_dim, choose_init(latent_dim), np.random.default_rng(0))
        return None if z is None else (x, np.asarray(z))

    @cached_property
    def drawn_map(self) -> tuple[Faithfulness, Faithfulness] | None:
        """How faithful the posterior means are, and how faithful a map along the data is."""
        if self.map_along is None:
            return None
        x, z = self.map_along
        return faithfulness(x, self.passed["mean"][: len(x)]), faithfulness(x, z)

    @cached_property
    def loop(self) -> Loop | None:
        """Whether the data close on themselves, where there is but one latent dimension to follow them."""
        if self.map_along is None or self.case.module.latent_dim > 1:
            return None
        return find_loop(*self.map_along)


@eqx.filter_jit
def _pass(module, rows: Batch, seed):
    prior = module.prior_distribution()

    def one(row: Batch, key):
        sampled = module.sample_posterior(row.x, key, context=row.context)
        outputs = module.decode(sampled.z, row.context)
        spread = module.likelihood.distribution(outputs)
        return {
            "mean": moments(sampled.posterior).center,
            "z": sampled.z,
            "kl": divergence(sampled.posterior, prior, sampled.z),
            "log_prob": sampled.log_prob,
            "reconstruction": module.likelihood.mean(outputs),
            "variance": jnp.broadcast_to(spread.variance, row.x.shape),
        }

    keys = row_keys(seed, rows)
    terms = ELBO.bound(module, rows, keys)
    return {**jax.vmap(one)(rows, keys), "elbo": terms.elbo}
