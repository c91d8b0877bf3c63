"""How an estimator scores rows and itself: densities, bounds, measures and a diagnosis."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from elbax import evaluate
from elbax.checks import check_integer
from elbax.console import step_status
from elbax.data import Schema, check_values, most_in_memory
from elbax.doctor import Diagnosis, FitRecord, examine
from elbax.evaluate import Evaluation
from elbax.fit.outcome import Outcome
from elbax.fit.plan import FitPlan
from elbax.fit.rows import index_of
from elbax.types import Batch

_EXAMINED = 100_000  # rows at most that the doctor measures


class ScoringMethods:
    """Methods of `elbax.VAE` that score rows."""

    module_: Any
    schema_: Schema
    plan_: FitPlan
    outcome_: Outcome
    history_: Any
    seed_: int
    init: str
    exposure: str | None
    verbose: Any

    def score_samples(self, X, n_importance=100, *, context=None):
        """Importance-weighted estimate of log p(x), or log p(x|c) with context, nats, (n,) (arXiv 1509.00519).

        Equal rows get equal scores in every call. A plain autoencoder's score is log p(x, z) at the encoded point.

        Raises:
            BoundError: a score is not a number, or higher than the likelihood allows; `elbo` raises it likewise.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.score_samples(x).shape
            (60,)
        """
        k = check_integer("n_importance", n_importance)
        rows = self._scorable(X, context)
        scores = evaluate.log_likelihood(self.module_, rows, k, self.seed_).astype(np.float64)
        with self._naming_the_cause():
            return evaluate.check_bounds(self.module_, rows, scores)

    def score(self, X, y=None, *, context=None) -> float:
        """Mean of `score_samples`, nats per row: higher is better.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> bool(vae.score(x) == vae.score_samples(x).mean())
            True
        """
        return float(self.score_samples(X, context=context).mean())

    def elbo(self, X, n_samples=1, *, context=None) -> pd.DataFrame:
        """The evidence lower bound of each row and its terms, nats: columns reconstruction, kl, elbo.

        They are means over ``n_samples`` posterior samples per row.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> terms = vae.elbo(x)
            >>> bool(np.allclose(terms["elbo"], -terms["reconstruction"] - terms["kl"], atol=1e-4))
            True
        """
        n_samples = check_integer("n_samples", n_samples)
        rows = self._scorable(X, context)
        terms = evaluate.elbo(self.module_, rows, self.seed_, n_samples)
        with self._naming_the_cause():
            evaluate.check_bounds(self.module_, rows, terms.elbo)
        columns = {"reconstruction": terms.reconstruction, "kl": terms.kl, "elbo": terms.elbo}
        return pd.DataFrame(columns, index=index_of(X))

    def measure_elbo(self, X, *, context=None) -> pd.DataFrame:
        """The ELBO that `evaluate`, `diagnose`, reports and run folders state, with the columns of `elbo`.

        It is of at most 10,000 rows, evenly spread; fewer rows get more posterior samples each, about
        10,000 in all, and at most 640 a row.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> list(vae.measure_elbo(x))
            ['reconstruction', 'kl', 'elbo']
        """
        rows, terms = evaluate.measure_elbo(self.module_, self._scorable(X, context), self.seed_)
        with self._naming_the_cause():
            evaluate.check_bounds(self.module_, rows, terms.elbo)
        return pd.DataFrame({**terms._asdict(), "elbo": terms.elbo})

    def diagnose(self, X, *, context=None, validation_data=None, probes=True) -> Diagnosis:
        """Diagnose the fit: findings with evidence, most fundamental cause first, and a remedy.

        Args:
            X: all rows of the fit; those that `fit` held out are held out again.
            context: their context, for a conditional model.
            validation_data: other rows, or a pair (rows, context).
            probes: whether to train further for findings such as "undertrained" or "noise-injection", which takes
                about a third of the time of the fit.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(100, 2))
            >>> vae = VAE(likelihood="sum_of_squares", epochs=3, random_state=0, verbose=0).fit(x / 10)
            >>> vae.diagnose(x / 10).primary.code
            'scale-too-large'
        """
        record = replace(self._open_fit_record(X, context, validation_data), probes=probes)
        with step_status("doctor", enabled=bool(self.verbose)) as show_step:
            return examine(record, self, show_step)

    def active_units(self, X, *, context=None) -> evaluate.ActiveUnits:
        """Variance and KL of each latent dimension over rows X.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.active_units(x).kl.shape
            (2,)
        """
        rows = self._read(X, context)
        return evaluate.active_units(self.module_, rows)

    def evaluate(self, X, *, context=None, train=None, data_name="", n_importance=1024) -> Evaluation:
        """Evaluate the model on rows X: bounds with errors, gaps, latents, samples, and reference values.

        This takes a minute or two for networks of usual size, with as many evenly spaced rows of X per measure as that
        allows. The result has a rich display and warns about unreliable numbers.

        Args:
            X: at least 20 rows that the model was not fitted to.
            context: their context, for a conditional model.
            train: training rows, for a comparison with probabilistic PCA; by default X.
            data_name: name of the data, such as "mnist", for a comparison with published values.
            n_importance: samples per row for the log-likelihood, at least 16.

        Example:
            >>> from elbax import VAE
            >>> from sklearn.datasets import load_iris
            >>> vae = VAE(epochs=20, hidden=(8,), random_state=0, verbose=0).fit(load_iris().data)
            >>> vae.evaluate(load_iris().data).references[0].name
            'independent columns'
        """
        n_importance = check_integer("n_importance", n_importance, 16)
        rows = self._scorable(X, context)
        train = None if train is None or self.exposure is not None else self._read_x(self.open_rows(train)[0])
        with self._naming_the_cause(), step_status("evaluation", enabled=bool(self.verbose)) as show_step:
            return evaluate.evaluate_fully(
                self.module_,
                rows,
                summary=self.schema_.summary,
                train=train,
                data_name=data_name,
                n_importance=n_importance,
                seed=self.seed_,
                progress=show_step,
            )

    def _scorable(self, X, context) -> Batch:
        """Rows in which every value has a density, and their context."""
        rows = self._read(X, context)
        check_values(self.schema_, self.plan_.likelihood, rows.x)
        return rows

    def _naming_the_cause(self) -> AbstractContextManager[None]:
        return evaluate.naming_the_cause(self.plan_.train.learning_rate, self.outcome_.uneven_weights)

    def _open_fit_record(self, X, context=None, validation_data=None) -> FitRecord:
        """The fit for the doctor, with at most 100,000 of its rows."""
        rows, split = self._scorable(X, context), self.plan_.split
        if validation_data is not None:
            record = self._fit_record(rows, self._read_validation(validation_data), own=False)
        elif len(rows.x) == split.n_rows:
            record = self._fit_record(*split.divide(rows))
        else:
            record = self._fit_record(rows, None, own=False)
        return replace(record, rows=record.subsample(most_in_memory(rows.x, _EXAMINED)))

    def _fit_record(self, rows: Batch, held_out: Batch | None, *, own: bool = True) -> FitRecord:
        """The record of the fit on its ``own`` rows, or on others."""
        fit = (self.module_, self.plan_, self.outcome_, self.schema_, self.history_)
        return FitRecord.of(*fit, rows, held_out, seed=self.seed_, init=self.init, own=own)
