"""How an estimator is fitted: rows to schemas to a plan to a result."""

from dataclasses import replace
from numbers import Integral
from typing import Any, Self

import numpy as np

from elbax import evaluate
from elbax.callbacks.base import check_callbacks, let_read
from elbax.console import print_message
from elbax.data import Schema, check_values, most_in_memory
from elbax.doctor import has_seen_held_out, quick_check
from elbax.errors import InputError, TrainingError
from elbax.fit.checkpoints import open_checkpoints
from elbax.fit.choices import check_parameters
from elbax.fit.continuation import check_unchanged
from elbax.fit.cost import check_cost, estimate_cost
from elbax.fit.filling import choose_filling
from elbax.fit.latent_search import known_latents, search_latents, with_latents
from elbax.fit.messages import messages
from elbax.fit.noise_factors import start_noise
from elbax.fit.outcome import Outcome
from elbax.fit.parameters import AUTO_LATENTS
from elbax.fit.plan import FitPlan, resolve, resolve_pass
from elbax.fit.prior import fit_prior
from elbax.fit.rows import TrainingRows, draw_seed, held_out_groups
from elbax.fit.run import FitResult, run, run_pass
from elbax.fit.split import MOST_HELD_OUT, Split
from elbax.fit.weights import with_mean_of_one
from elbax.processes import check_process
from elbax.train.compilation import use_compilation_cache
from elbax.train.hosts import is_first
from elbax.types import Batch


class FittingMethods:
    """Methods of `elbax.VAE` that fit it."""

    module_: Any
    schema_: Schema
    plan_: FitPlan
    outcome_: Outcome
    history_: Any
    prior_: Any
    verbose: Any
    warm_start: bool
    validation: str
    validation_fraction: float
    random_state: Any

    def fit(
        self,
        X,
        y=None,
        *,
        context=None,
        sample_weight=None,
        validation_data=None,
        validation_groups=None,
        callbacks=(),
    ) -> Self:
        """Fit to rows X; ``y`` is ignored.

        Args:
            X: (n, d), images (n, h, w[, c]) or rows of ``axes``, at least two rows, no missing values.
            y: ignored.
            context: one entry per row, for a conditional model.
            sample_weight: one weight per row, at least 0, in the loss, the statistics of the data and held-out means;
                0 leaves a row out, and only ratios count.
            validation_data: rows, or a pair (rows, context); by default a share of X. A model without context
                ignores the second.
            validation_groups: one label per row; rows of one group, such as a patient's, are held out together.
            callbacks: functions called with the `Progress` before training and then about twice a second; see
                `elbax.callbacks`.

        Raises:
            InputError: a setting or the data cannot be used; the estimator is unchanged.
            TrainingError: a loss was not finite; the last good weights are kept.

        Example:
            >>> import numpy as np
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> len(vae.history_), vae.n_features_in_
            (2, 3)
        """
        parameters = check_parameters(self.get_params(deep=False))
        callbacks = check_callbacks(callbacks)
        check_process()
        use_compilation_cache()
        before = dict(vars(self))
        try:
            self._fit(
                parameters, TrainingRows.of(X, context, sample_weight, validation_groups), validation_data, callbacks
            )
        except TrainingError:
            raise
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise
        return self

    def _fit(self, parameters, given: TrainingRows, validation_data, callbacks) -> None:
        previous = self.plan_ if self.warm_start and hasattr(self, "module_") else None
        external, verbose = validation_data is not None, bool(self.verbose and is_first())
        if external and given.groups is not None:
            raise InputError("validation_groups chooses held-out rows of X; leave it out with validation_data")
        parameters = known_latents(parameters, previous)
        rows = self._read_training(given, parameters, previous)
        searches = parameters["latent_dim"] == AUTO_LATENTS
        own = parameters | {"latent_dim": 1} if searches else parameters
        self.plan_ = plan = self._resolve(own, rows, given.groups, previous, external=external)
        cost = None if previous else estimate_cost(plan, self.schema_)
        if cost is not None:
            check_cost(cost, plan, self.schema_, chosen=parameters["hidden"] is not None)
        said = messages(parameters, plan, self.schema_, cost, rows, continues=bool(previous))
        for message in said if verbose else ():
            print_message(message)
        data = (rows, self._read_validation(validation_data)) if external else plan.split.divide(rows)
        data = tuple(map(with_mean_of_one, data))
        let_read(callbacks, self._encode)
        start, optimizer_state = (self.module_, self._optimizer_state) if previous else (None, None)

        def fit(plan: FitPlan, parameters=parameters) -> FitResult:
            return run(
                plan,
                self.schema_.summary,
                *data,
                start=start,
                optimizer_state=optimizer_state,
                callbacks=callbacks,
                checkpoints=open_checkpoints(parameters, plan, (self.schema_, self.context_schema_), data, start),
                show_progress=verbose,
            )

        def fit_with(latents: int) -> FitResult:
            own = with_latents(parameters, latents)
            return fit(self._resolve(own, rows, given.groups, None, external=external), own)

        if not searches:
            result = fit(plan)
        else:
            result = search_latents(fit_with, data[1], self.schema_.n_features, plan.seeds[0], verbose=verbose)
        self._n_passes = 0
        self._set_result(result, result.outcome.seed, goes_on=previous is not None)
        self._held_out = data[1]
        if result.failure is not None:
            raise result.failure
        seen = has_seen_held_out(self.plan_, self.outcome_)
        filling = choose_filling(self.module_, self.schema_, *data, self.seed_, seen=seen, external=external)
        if filling is not None:
            self.normal_mixture_ = filling.normals
            if verbose:
                print_message(f"gaps: filled by {filling.reason}")
        if verbose and (finding := quick_check(self._fit_record(*data))):
            print_message(f"doctor: {finding}; for more, call VAE.diagnose(X) or `elbax diagnose`")

    def _read_training(self, given: TrainingRows, parameters, previous: FitPlan | None) -> Batch:
        """Encode the rows of a fit, in new schemas or in those of the ``previous`` fit that it continues."""
        if previous is None:
            rows, self.prior_ = self._fit_schemas(given, parameters), None
            return rows
        self._check_unchanged(parameters, previous, "fit a new model with warm_start=False")
        rows = self._read(given.x, given.context, goes_on=True)._replace(weight=given.weights)
        check_values(self.schema_, previous.likelihood, rows.x)
        return rows

    def _check_unchanged(self, parameters, previous: FitPlan, remedy: str) -> None:
        prior = parameters["prior"] if self.prior_ is None else self.prior_  # of `fit_prior`
        check_unchanged({**parameters, "prior": prior}, self.schema_, previous, remedy)

    def _resolve(
        self, parameters, rows: Batch, groups: np.ndarray | None, previous: FitPlan | None, *, external: bool
    ) -> FitPlan:
        goes_on = previous is not None and len(self.history_) > 0
        return resolve(
            parameters,
            self.schema_,
            self.context_schema_,
            len(rows.x),
            self._seed(),
            rows=rows,
            external_validation=external,
            groups=held_out_groups(rows, groups, self.schema_, parameters["validation"]),
            levels=self.schema_.levels,
            gaps=self.schema_.table is not None,  # complete rows too: later ones may have gaps, or be asked for
            previous=previous,
            last_rate=float(self.history_["learning_rate"].iloc[-1]) if goes_on else None,
        )

    def partial_fit(self, X, y=None, *, context=None) -> Self:
        """Make one pass over rows X, continuing from the weights and optimizer state of the last call.

        The learning rate is constant, without validation. The first call fixes schema, likelihood and networks:
        InputError if one of their settings has changed since.

        Example:
            >>> import numpy as np
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> len(vae.partial_fit(x).history_)
            3
        """
        parameters = check_parameters(self.get_params(deep=False))
        check_process()
        previous = getattr(self, "plan_", None)
        parameters = known_latents(parameters, previous)
        if previous is None:
            if parameters["latent_dim"] == AUTO_LATENTS:
                raise InputError("partial_fit cannot choose the number of latents; give latent_dim a number")
            use_compilation_cache()
            rows = self._fit_schemas(TrainingRows.of(X, context), parameters)
            seed = self._seed(draw=True)
            self._n_passes, self.prior_ = 0, None
        else:
            self._check_unchanged({**parameters, "init": "auto"}, previous, "fit a new model")
            rows, seed = self._read(X, context, goes_on=True), self.seed_
            check_values(self.schema_, self.likelihood_, rows.x)
        schemas = (self.schema_, self.context_schema_)
        n_passes = self._n_passes + 1
        table = {"levels": self.schema_.levels, "gaps": self.schema_.table is not None}
        plan = resolve_pass(parameters, *schemas, len(rows.x), seed + n_passes, rows=rows, previous=previous, **table)
        start = self.module_ if previous else start_noise(plan.build_module(self.schema_.summary, seed), rows)
        result = run_pass(plan, rows, start, getattr(self, "_optimizer_state", None))
        self._n_passes = n_passes
        self._set_result(result, seed, goes_on=previous is not None)
        return self

    def fit_prior(self, X, y=None, *, context=None, prior="mixture(components=10)") -> Self:
        """Replace the prior by one fitted to encoded rows (arXiv 1903.05789); the networks stay unchanged.

        This second stage improves samples if encoded rows are not distributed like the prior, and makes a plain
        autoencoder generative. It holds out the rows that `fit` held out. The next `fit` uses the parameter's prior.

        Args:
            X: the training rows.
            y: ignored.
            context: their context, for a conditional model.
            prior: "mixture", "autoregressive" or "flow", with settings, or such a part.

        Raises:
            InputError: there is no such prior, or it does not go with the model's latents.

        Example:
            >>> import numpy as np
            >>> from elbax import VAE
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.fit_prior(x, prior="mixture(components=2)").prior_.name
            'mixture'
        """
        rows = self._read(X, context)
        split = self.plan_.split
        if split.external or split.n_held_out == 0 or split.n_rows != len(rows.x):
            most = most_in_memory(rows.x, MOST_HELD_OUT)
            split = Split.of(len(rows.x), self.validation_fraction, self.seed_, order=self.validation, most=most)
        rows, held_out = split.divide(rows)
        module, plan = fit_prior(self.module_, self.plan_, prior, self.schema_.summary, rows, held_out, self.seed_)
        self.prior_ = plan.model.prior
        self._optimizer_state = None
        if not has_seen_held_out(self.plan_, self.outcome_):
            ladder = evaluate.measure_ladder(module, self.schema_.summary, rows, held_out, self.seed_)
            self.outcome_ = replace(self.outcome_, ladder=ladder)
        self._set_module(module, plan)
        return self

    def _seed(self, *, draw: bool = False) -> int:
        """The seed of a fit: ``random_state`` if it is an integer (and not ``draw``), else a draw from it."""
        if isinstance(self.random_state, Integral) and not draw:
            return int(self.random_state)
        return draw_seed(self.random_state)
