"""What an estimator does with the cells of rows: fill gaps, draw under conditions, find odd rows, explain latents."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
import pandas as pd
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from elbax import evaluate
from elbax.checks import check_integer, check_number
from elbax.console import print_message
from elbax.data import as_array, read_conditions, take_rows
from elbax.doctor import has_seen_held_out
from elbax.errors import InputError
from elbax.fit.choices import check_parameters
from elbax.fit.cross_fit import cross_fits
from elbax.fit.latent_search import known_latents
from elbax.fit.plan import FitPlan
from elbax.fit.rows import draw_seed, encode_context, held_out_groups, index_of
from elbax.types import Batch

_DRAWN = 10_000  # rows that cross-fitted models draw, beside which their rows are odd
_LEAST_RATE = 1e-12  # of false discoveries
_LOWEST = 0.05  # share of held-out rows below which `predict` calls a row odd


def _has_held_out(estimator: Any) -> bool:
    if getattr(estimator, "_held_out", None) is None:
        raise AttributeError(
            "predict and decision_function compare with rows that fit held out, and there are none; use "
            "outliers(X, calibration=…)"
        )
    return True


def _like(rows: Batch, module: Any, n: int, seed: int) -> Batch:
    """N rows that the model draws, with context and gaps of the rows in turn."""
    turns = np.resize(np.arange(len(rows.x)), n)
    observed, context = (None if part is None else np.asarray(part)[turns] for part in (rows.observed, rows.context))
    return Batch(evaluate.generate(module, n, seed, context=context), observed, context)


def _beside_drawn(scores: np.ndarray, drawn: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """P-values of cross-fitted scores (n,), each part beside scores of rows that its model draws."""
    p_values = np.empty(len(scores))
    pairs = [(scores[part], own) for part, own in drawn]
    for (part, _), own in zip(drawn, evaluate.own_p_values(pairs), strict=True):
        p_values[part] = own
    return p_values


class CellMethods:
    """Methods of `elbax.VAE` about single cells of rows."""

    module_: Any
    schema_: Any
    context_schema_: Any
    plan_: FitPlan
    outcome_: Any
    normal_mixture_: evaluate.NormalMixture | None
    seed_: int
    verbose: Any
    _held_out: Batch | None
    _resolve: Callable[..., FitPlan]
    _usual: dict[str, evaluate.Calibration]  # what is usual among held-out rows, once it was asked for

    def impute(self, X, n=None, *, statistic=None, context=None, random_state=0):
        """Fill the gaps of rows X, each with what is typical given the other cells of its row.

        Numbers are filled by means, or medians if they have a spike, and labels by the most probable one, or the median
        if they are ordered: all of what `complete` draws from. With ``n``, the result is a list of n tables whose gaps
        are drawn instead, for multiple imputation: their spread is the uncertainty.

        Args:
            X: rows with gaps.
            n: the number of tables that are drawn.
            statistic: "mean" or "median" of all numbers, whatever their kind.
            context: context of X, for a conditional model.
            random_state: seed of the draws.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(100, 1)) + [[0, 1]]
            >>> vae = VAE(1, epochs=5, random_state=0, verbose=0).fit(x)
            >>> bool(np.isfinite(vae.impute([[0.5, np.nan]])).all())
            True
        """
        rows = self._read_incomplete(X, context)
        seed = draw_seed(random_state)
        if n is None:
            typical = self._statistics(statistic)
            return self._filled(X, evaluate.fill_typical(self.module_, self.normal_mixture_, rows, typical, seed), rows)
        drawn = evaluate.fill_drawn(self.module_, self.normal_mixture_, rows, check_integer("n", n), seed)
        return [self._filled(X, drawn[:, i], rows) for i in range(n)]

    def complete(self, X, n=1, *, context=None, random_state=None):
        """Draw each row of X ``n`` times with its gaps filled: n rows for each, one after the other.

        Draws are from p(gaps | other cells): latent points come from q(z|x) and are weighted (arXiv 1812.02633). Where
        a fit to rows with gaps finds that latents are not clearly nearer to hidden cells of held-out rows than normals
        of the columns, ``normal_mixture_``, conditionals of these fill them instead. What is known stays as it is, and
        so do columns that are not modeled.

        Example:
            >>> from elbax import VAE
            >>> rng = np.random.default_rng(0)
            >>> table = pd.DataFrame({"kind": rng.choice(["a", "b"], 80), "size": rng.normal(size=80)})
            >>> table.loc[::10, "size"] = np.nan
            >>> vae = VAE(epochs=2, random_state=0, verbose=0).fit(table)
            >>> len(vae.complete(table.head(4), n=3))
            12
        """
        n = check_integer("n", n)
        rows = self._read_incomplete(X, context)
        seed = self._sample_seed() if random_state is None else draw_seed(random_state)
        drawn = evaluate.fill_drawn(self.module_, self.normal_mixture_, rows, n, seed)
        codes = drawn.reshape(-1, *drawn.shape[2:])
        if self.schema_.table is not None:
            return self.schema_.fill(take_rows(X, np.repeat(np.arange(len(drawn)), n)), codes)
        index = index_of(X)
        return self.schema_.decode(codes, None if index is None else index.repeat(n))

    def outliers(self, X, false_discovery_rate=0.1, *, calibration=None, cross_fit=None, context=None) -> pd.DataFrame:
        """Find odd rows of X, and which of their cells are to blame.

        Rows are compared with ``calibration`` rows that the model has not seen, by default those that `fit` held out,
        by the nats with which their cells surprise, given the others of the row. Conformal p-values, and the
        Benjamini–Hochberg procedure, keep the share of rows that are not odd among those
        that are flagged at ``false_discovery_rate`` in the mean (arXiv 2104.08279).

        Args:
            X: new rows; or with ``cross_fit`` the rows of the fit.
            false_discovery_rate: the accepted share of false discoveries.
            calibration: other rows to compare with, or a pair of rows and their context, in place of those that `fit`
                held out. They must be new to the model, or the rows of the fit together with ``cross_fit``.
            cross_fit: for rows of the fit: score each part, one of this many, by a model fitted to the others, in the
                encoding of all. Without ``calibration``, rows that these models draw say what is usual (Efron 2004),
                and the rate holds as far as the models' tails do. These fits are without ``sample_weight``.
            context: context of X, for a conditional model.

        Returns:
            One row for each of X: log_prob (nats), p_value, odd, and where it is odd, or one of the ten nearest
            to that: blame (the column that surprises most given the others), nats (by how much), found, expected, and
            also (further columns).

        Raises:
            InputError: there are no rows to compare with, or a value has no density.
            TrainingError: a fit of ``cross_fit`` fails.

        Example:
            >>> from elbax import VAE
            >>> rng = np.random.default_rng(0)
            >>> table = pd.DataFrame({"kind": rng.choice(["a", "b"], 80), "size": rng.normal(size=80)})
            >>> table.loc[::10, "size"] = np.nan
            >>> vae = VAE(epochs=2, random_state=0, verbose=0).fit(table)
            >>> list(vae.outliers(table.head(4)).columns)[:3]
            ['log_prob', 'p_value', 'odd']
        """
        wanted = "a number above 0, at most 1"
        rate = check_number("false_discovery_rate", false_discovery_rate, "0.1", _LEAST_RATE, 1.0, wanted=wanted)
        rows = self._scorable(X, context)
        if cross_fit is None:
            usual = self._calibration(calibration)
            own = evaluate.score_cells(self.module_, rows._replace(weight=None), self.seed_)
            scores, p_values = own.log_prob, usual.p_values(own)
            n_usual, cells = len(usual.rows.log_prob), usual.cells
        else:
            known = rows if calibration is None else self._read_validation(calibration, "calibration")
            n_drawn = _DRAWN if calibration is None else 0
            fitted, drawn = self._cross_fit(known, check_integer("cross_fit", cross_fit, 2), n_drawn)
            cells = evaluate.usual_cells(self.module_, known, self.seed_)
            if calibration is None:
                scores, p_values, n_usual = fitted, _beside_drawn(fitted, drawn), n_drawn
            else:
                scores, n_usual = evaluate.score(self.module_, rows, self.seed_), len(fitted)
                p_values = evaluate.conformal_p_values(scores, fitted)
        self._tell_power(n_usual, len(rows.x), rate)
        table = evaluate.find_outliers(
            self.module_, self.schema_, rows, cells, rate, self.seed_, scores=scores, p_values=p_values
        )
        return table if index_of(X) is None else table.set_index(index_of(X))

    def surprise(self, X, *, calibration=None, context=None) -> pd.DataFrame:
        """How much less likely each cell of X is, given the others of its row, than such cells are, nats, (n, d).

        Usual is the median over ``calibration`` rows, or a pair of rows and their context, by default those that `fit`
        held out. Gaps are NaN.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(100, 1)) + [[0.0, 0.1]]
            >>> vae = VAE(1, epochs=5, random_state=0, verbose=0).fit(x)
            >>> vae.surprise(x[:3]).shape
            (3, 2)
        """
        rows = self._scorable(X, context)
        if calibration is None:
            usual = self._calibration(None).cells
        else:
            usual = evaluate.usual_cells(self.module_, self._read_validation(calibration, "calibration"), self.seed_)
        found = usual - evaluate.cell_log_probs(self.module_, rows._replace(weight=None), self.seed_)
        return pd.DataFrame(found, columns=self.schema_.feature_names, index=index_of(X))

    @available_if(_has_held_out)
    def decision_function(self, X, *, context=None):
        """How far each row scores above the lowest 5% of held-out rows, nats, (n,): odd rows are below 0.

        Example:
            >>> from elbax import VAE
            >>> rng = np.random.default_rng(0)
            >>> table = pd.DataFrame({"kind": rng.choice(["a", "b"], 80), "size": rng.normal(size=80)})
            >>> table.loc[::10, "size"] = np.nan
            >>> vae = VAE(epochs=2, random_state=0, verbose=0).fit(table)
            >>> vae.decision_function(table).shape
            (80,)
        """
        rows = self._scorable(X, context)
        usual = self._calibration(None)
        return evaluate.score(self.module_, rows, self.seed_) - np.quantile(usual.rows.log_prob, _LOWEST)

    @available_if(_has_held_out)
    def predict(self, X, *, context=None):
        """1 for usual rows and -1 for rows that score below the lowest 5% of held-out rows, (n,); see `outliers`.

        Example:
            >>> from elbax import VAE
            >>> rng = np.random.default_rng(0)
            >>> table = pd.DataFrame({"kind": rng.choice(["a", "b"], 80), "size": rng.normal(size=80)})
            >>> table.loc[::10, "size"] = np.nan
            >>> vae = VAE(epochs=2, random_state=0, verbose=0).fit(table)
            >>> set(vae.predict(table).tolist()) <= {-1, 1}
            True
        """
        return np.where(self.decision_function(X, context=context) < 0, -1, 1)

    def _calibration(self, rows) -> evaluate.Calibration:
        """What is usual among some rows, or among those that the fit held out."""
        if rows is not None:
            return evaluate.calibrate(self.module_, self._read_validation(rows, "calibration"), self.seed_)
        check_is_fitted(self, "module_")
        if getattr(self, "_held_out", None) is None:
            raise InputError(
                "there are no rows to compare with: pass calibration=, rows that the model has not seen, or for rows "
                "of the fit cross_fit=5"
            )
        if "held out" not in self._usual:
            self._usual["held out"] = evaluate.calibrate(self.module_, self._held_out, self.seed_)
        if self.verbose and has_seen_held_out(self.plan_, self.outcome_):
            print_message(
                "outliers: the linear model was kept and fitted to the held-out rows too, which therefore look more "
                "usual than new rows; pass calibration=, rows that the model has not seen, or cross_fit=5"
            )
        return self._usual["held out"]

    def _tell_power(self, n_calibrated: int, n: int, rate: float) -> None:
        fewest = evaluate.fewest_flagged(n_calibrated, n, rate)
        if self.verbose and fewest > max(1, 0.05 * n):
            print_message(
                f"outliers: with {n_calibrated:,} rows to compare with, none of these {n:,} can be flagged at a rate "
                f"of {rate:g} unless {fewest:,} are odder than all of those; compare with more rows (calibration=, "
                "--calibration), and rows of the fit with one another (cross_fit=5, no file)"
            )

    def _cross_fit(
        self, rows: Batch, parts: int, n_drawn: int
    ) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
        """Scores of rows by models that have not seen them; and of each part its rows, and scores of rows drawn."""
        if parts > (n := len(rows.x)) // 2:
            raise InputError(f"cross_fit must be at most {n // 2}, half of the {n:,} rows of the fit; got {parts}")
        parameters = known_latents(check_parameters(self.get_params(deep=False)), self.plan_)
        groups = held_out_groups(rows, None, self.schema_, parameters["validation"])
        if groups is not None and parts > (different := len(np.unique(groups))):
            raise InputError(f"cross_fit must be at most {different}, the number of different rows; got {parts}")
        plan = self._resolve(parameters, rows, groups, None, external=False)
        scores, drawn = np.empty(n), []
        for part, result in cross_fits(plan, self.schema_.summary, rows, parts, self.seed_, groups):
            own = jax.tree.map(lambda column, part=part: np.asarray(column[part]), rows)
            module, seed = result.training.module, result.outcome.seed
            scores[part] = evaluate.score(module, own, seed)
            if n_drawn:
                drawn.append((part, evaluate.score(module, _like(own, module, n_drawn // parts, seed), seed)))
        return scores, drawn

    def explain_latents(self, X, *, context=None) -> pd.DataFrame:
        """Which columns move with each latent dimension, in their units: see `elbax.evaluate.latent_effects`.

        A latent goes from its 5% to its 95% quantile over rows X while the others stay.

        Example:
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(100, 1)) * [1.0, 10.0]
            >>> vae = VAE(1, epochs=5, random_state=0, verbose=0).fit(x)
            >>> vae.explain_latents(x).columns.tolist()
            ['latent', 'column', 'label', 'low', 'high', 'share']
        """
        return evaluate.latent_effects(self.module_, self.schema_, self._read(X, context))

    def _drawn(self, n: int, seed: int, given, noise: bool, context: np.ndarray | None, near=None, *, several: bool):
        """Draw n rows, under conditions ``given`` if any, that hold to the rules of the table.

        Rows are for codes of context: ``several`` entries, one row each, or one entry, whose exposures may differ; or
        near others, which bring their context.
        """
        rules, sizes = self.schema_.rules, []
        if several and rules is not None:
            raise InputError(
                "a model with rules draws rows for one entry of context; call sample for one after the other"
            )
        if given is None:
            draw = partial(evaluate.generate, self.module_, noise=noise)
        else:
            draw = self._under(given, sizes, near, several=several)

        def decoded(n: int, seed: int):
            own = None if context is None else np.resize(context, (n, *context.shape[1:]))
            return self.schema_.decode(draw(n, seed, context=own))

        seeds = np.random.default_rng(seed)
        rows = decoded(n, seed) if rules is None else rules.hold(lambda n: decoded(n, int(seeds.integers(2**31))), n)
        if sizes and self.verbose:
            print_message(f"conditions: {n:,} rows drawn from an effective {sum(sizes):,.0f} latent points")
        return rows

    def _under(self, given, sizes: list[float], near: Batch | None, *, several: bool) -> Callable[..., np.ndarray]:
        """A function that draws codes under conditions, and notes effective numbers of latent points."""
        conditions = evaluate.Given(*read_conditions(self.schema_, given))

        def draw(n: int, seed: int, context: np.ndarray | None) -> np.ndarray:
            rows, effective = evaluate.generate_given(self.module_, n, seed, conditions, context, near)
            if not len(rows):
                raise InputError(f"no row can meet all of {given!r} together; leave a condition out")
            sizes.append(effective)
            return rows

        def draw_each(n: int, seed: int, context: np.ndarray) -> np.ndarray:
            entries, place = np.unique(context, axis=0, return_inverse=True)
            rows = np.empty((n, *self.module_.event_shape), np.float32)
            for i, entry in enumerate(entries):
                own = np.flatnonzero(place.ravel() == i)
                rows[own] = draw(len(own), seed + i, entry[None])
            return rows

        return draw_each if several else draw

    def _read_incomplete(self, X, context=None) -> Batch:
        """Rows whose gaps are not observed, also for a model that was fitted to complete numbers."""
        check_is_fitted(self, "module_")
        if self.schema_.table is not None:
            return self._read(X, context)
        x, context = self.open_rows(X, context)
        x, columns = as_array(x, name="X")
        gaps, lowest = np.isnan(np.asarray(x, np.float64)), self.schema_.statistics.minimum
        if self.schema_.is_image or self.schema_.removal is not None or gaps.ndim != 2:
            raise InputError("gaps are filled in tables; this model was fitted to images, or to rows with ties removed")
        # Any value that has a density will do in a gap; `_read_x` names rows of another width.
        filled = np.where(gaps, lowest if gaps.shape[1] == len(lowest) else 0.0, x)
        codes = self._read_x(filled if columns is None else pd.DataFrame(filled, columns=list(columns)))
        context = encode_context(self.context_schema_, context, len(codes))
        return Batch(codes, ~gaps if gaps.any() else None, context)

    def _statistics(self, statistic: str | None) -> tuple[str, ...]:
        """What fills a gap of each feature."""
        if statistic not in (None, "mean", "median"):
            wanted = "must be 'mean' or 'median', or None for what suits each column"
            raise InputError(f"statistic {wanted}; got {statistic!r}")
        typical, levels = self.schema_.typical, self.schema_.levels or (0,) * self.schema_.n_features
        pairs = zip(typical, levels, strict=True)
        return tuple(own if statistic is None or count else statistic for own, count in pairs)

    def _filled(self, X, codes: np.ndarray, rows: Batch):
        """X with its gaps at the values of codes."""
        if rows.observed is None:
            return X
        return self.schema_.decode(codes, index_of(X)) if self.schema_.table is None else self.schema_.fill(X, codes)
