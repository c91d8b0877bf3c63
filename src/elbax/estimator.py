"""The estimator `VAE`, with scikit-learn's conventions, and `load`."""

import warnings
from contextlib import AbstractContextManager
from dataclasses import replace
from numbers import Integral
from threading import Lock
from typing import Self

import jax
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, DensityMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from elbax import evaluate
from elbax.callbacks.base import check_callbacks, let_read
from elbax.cell_methods import CellMethods
from elbax.checks import check_integer, check_path, check_seed
from elbax.console import print_message, step_status
from elbax.core.custom_networks import picklable
from elbax.core.serialization import to_bytes
from elbax.core.vae import VAEModule, split_trainable
from elbax.data import (
    FEWEST_COMPARED,
    TOTAL,
    Schema,
    as_array,
    check_names,
    check_values,
    describe_other_units,
    is_annotated,
    is_count_matrix,
    is_table_of_kinds,
    keep_on_disk,
    layout_of,
    most_in_memory,
    open_annotated,
    take_exposure,
)
from elbax.doctor import Diagnosis, FitRecord, examine, has_seen_held_out, quick_check
from elbax.errors import InputError, TrainingError
from elbax.evaluate import Evaluation
from elbax.export.methods import ExportMethods
from elbax.fit.checkpoints import open_checkpoints
from elbax.fit.choices import check_parameters
from elbax.fit.continuation import check_unchanged
from elbax.fit.cost import check_cost, estimate_cost
from elbax.fit.latent_search import known_latents, search_latents, with_latents
from elbax.fit.messages import messages
from elbax.fit.noise_factors import start_noise
from elbax.fit.outcome import Outcome, append_history
from elbax.fit.parameters import AUTO_LATENTS
from elbax.fit.plan import FitPlan, resolve, resolve_pass
from elbax.fit.prior import fit_prior
from elbax.fit.rows import (
    TrainingRows,
    as_batch,
    draw_seed,
    encode_context,
    encode_validation,
    fit_schemas,
    fit_table,
    held_out_groups,
    index_of,
    latent_points,
    sample_context,
    single_row,
)
from elbax.fit.run import FitResult, run, run_pass
from elbax.fit.split import MOST_HELD_OUT, Split
from elbax.fit.weights import with_mean_of_one
from elbax.model_folder import FittedModel, module_from_bytes, read_model, write_model
from elbax.processes import check_process
from elbax.train.compilation import use_compilation_cache
from elbax.train.hosts import is_first
from elbax.types import Batch

_SAMPLING = Lock()
_EXAMINED = 100_000  # rows at most that the doctor measures


def load(path, *, encoder=None, decoder=None) -> "VAE":
    """Load a fitted estimator from a folder of `VAE.save`; no code from the folder is run.

    Args:
        path: the folder.
        encoder: the network of your own that the model was fitted with, if any: its code is in no file. A module of
            the same structure will do; its weights are read from the folder.
        decoder: likewise.

    Raises:
        InputError: the folder is not a model, is damaged, or has another format; or a network of your own is missing
            or has other weights.

    Example:
        >>> load("nowhere")
        Traceback (most recent call last):
        ...
        elbax.errors.InputError: nowhere is not a model folder: it has no config.json
    """
    folder = check_path("path", path)
    model = read_model(folder, encoder, decoder)
    try:
        vae = VAE(**model.parameters)
    except TypeError as error:
        raise InputError(f"{folder / 'config.json'} is damaged: {error}") from error
    vae._set_model(model)
    return vae


class VAE(CellMethods, ExportMethods, ClassNamePrefixFeaturesOutMixin, TransformerMixin, DensityMixin, BaseEstimator):
    """A variational autoencoder (arXiv 1312.6114) with scikit-learn's conventions.

    X holds vectors (n, d), images (n, h, w) or (n, h, w, c), or other rows whose ``axes`` have names, in NumPy, pandas,
    polars or JAX. Losses and bounds are
    in nats per row, in the data's own units. Memory maps of 32 MiB and more (``np.load(path, mmap_mode="r")``) are
    streamed from disk and may exceed memory.

    ``fit(X, context=C)`` makes the model conditional (arXiv 1606.05908): encoder and decoder see the context, and every
    density is p(x|c). Context is labels (n,) (text, integers, booleans), numbers (n, c), a data frame of both, or
    images (n, h, w[, channels]). Later calls need it too: one entry per row, or one for all rows.

    Args:
        latent_dim: number of latent dimensions; "auto" fits models with more and more of them, and keeps the fewest
            that no model with more exceeds by two errors on held-out rows. ``outcome_.latents`` has the curve.
        network: "mlp", or "conv" for images.
        hidden: widths of the encoder's layers (channels for "conv"); None picks two layers of 64 to 256 units by the
            size of the data, or (32, 64) channels.
        decoder_hidden: widths of the decoder's layers, from latents to data; None mirrors the encoder.
        encoder: a network of your own in place of the encoder: an Equinox module, where every restart starts, or a
            function of ``in_shape``, ``out_shape`` and ``key`` that builds one. It is called with one standardized
            row of the event's shape, and with ``context=`` and ``key=`` where it takes them, and returns the
            posterior's parameters, in their shape or flat. See docs/extending.md.
        decoder: likewise; it takes a latent point (latent_dim,) and returns the likelihood's outputs, flat or, where
            there is one for each feature, in the event's shape.
        activation: activation function between layers.
        dropout: share of hidden units dropped in training; None picks 0.1 where columns see each other (see
            ``decoder_sees``), else 0.
        layer_norm: whether to normalize layers.
        likelihood: p(x|z): "auto" chooses by the data and gives a reason; a name; a name with settings, such as
            "normal(scale=fixed, value=0.1)", or "normal(factors=auto)" for noise that is correlated between columns;
            or an object from `elbax.core.likelihoods`.
        posterior: q(z|x), likewise: "diagonal_normal", "full_normal" (correlated), "iaf(layers=4)" and
            "flow(layers=4)" (a normal transformed by a flow), "layers(sizes=(100, 50))" (several stochastic layers).
            With prior="uniform": "von_mises_fisher" (on a sphere), "categorical(classes=10)" (one-hot),
            "quantized(codes=64, code_dim=1)" (from a codebook). "point" makes a plain autoencoder.
        prior: p(z), likewise: "standard_normal", "mixture(components=10)" of normals,
            "autoregressive(components=10)" (each dimension a mixture, given those before it), "vamp(components=500)" of
            posteriors, "flow(layers=4)", "layers(sizes=(100, 50))", or "uniform". See also `fit_prior`.
        objective: the loss, with its settings; docs/zoo.md names the papers. "elbo"; bounds of weighted samples,
            "iwae(k=5, gradient=dreg)" (arXiv 1509.00519), "miwae", "piwae", "ciwae", "renyi"; the ELBO with a penalty,
            "total_correlation(weight=5)", "density_ratio", "dip", "mmd", "regularized"; a KL held at
            "capacity(nats=25)"; the least KL for a reconstruction, "geco(target=90)". The four settings that follow
            are the ELBO's. The best weights are those with the best held-out bound.
        beta: weight of the KL; 1 is the evidence lower bound.
        free_bits: nats of KL per latent dimension that cost nothing.
        warmup: fraction of the fit over which the KL's weight rises from zero.
        warmup_shape: "linear", "cosine" or "cyclic".
        init: where encoder and decoder start: "linear", as the best linear model (for a normal, factor analysis, whose
            exact log-density is then the ELBO), from which they depart; "geodesic", along an Isomap of up to 1000 rows,
            on which they are pretrained, so that latents neither collapse nor fold; "random". "auto" tries both maps
            (the second with up to three latents and no more features than rows) and takes the better on held-out rows;
            it is "random" for networks of your own and for latents that are not real numbers. Training that gains too
            little over the linear model on held-out rows leaves that model. See ``outcome_``.
        epochs: passes over the data; None plans about 10,000 steps (10 to 2000 epochs), or 2,000 where columns see
            each other.
        batch_size: rows per step; None picks 32, 64 or 128 by the number of rows, or 64 to 512 where columns see each
            other.
        learning_rate: peak step size; None picks 3e-3 for an MLP of up to 128 units, 2e-3 for a wider one and
            1e-3 for "conv" and for networks of your own.
        schedule: "constant", "cosine", "linear" or "exponential" decay of the step size.
        optimizer: an Optax optimizer, with settings if any, such as "adam(eps=1e-4)".
        weight_decay: decoupled weight decay; None picks 0.05 where columns see each other, else 0.
        clip_norm: largest gradient norm, or None.
        patience: epochs without a better validation bound before training stops; the best weights are kept. None
            picks a third of the plan, at least 50; 0 trains to the end and keeps the last weights. A plan that grows
            has as much more.
        validation_fraction: share of the rows held out without validation data: none below 20 rows, at most 10,000.
            Equal rows stay together where they are more than chance explains.
        validation: which rows these are: "random", or the "last", as for rows in the order of time.
        ties: columns that others determine, such as shares of a total or a repeated column: "keep"; "drop" models
            the others and returns all, with every tie exact; "log-ratio" also models columns above 0 that add up to
            one number by their log-ratios. Densities are those of the columns that are left, without the last of a
            group of shares.
        n_init: number of restarts; the one with the best bound is kept.
        warm_start: whether `fit` continues from the last fit's weights and optimizer state. History and epochs go on;
            the learning rate starts where it stopped, at least at a tenth of its peak, and decays again by
            ``schedule``. Another ``learning_rate`` than before is used as it is; settings that shape the model must
            stay as they were.
        output_bias: whether the decoder starts from the best constant instead of from zero.
        precision: operands of matrix products in the networks: "float32"; "bfloat16" (sums, weights and, on a CPU,
            weight gradients stay float32); or "auto", bfloat16 if the device has instructions for it.
        random_state: seed of every random draw, including the sequence of `sample`.
        checkpoint_dir: folder for the training state; a state in it is resumed.
        checkpoint_seconds: seconds between writes of that state.
        verbose: 0 is silent; 1 prints choices and shows progress on a terminal; "progress" leaves out the choices.
        axes: the meaning of the axes of each row, a letter for each: "yx", "yxc" or "cyx" for images (height, width,
            channels), "tc" or "ct" for windows of series (time, channels), "tyxc" for movies, "zyx" for stacks. None
            guesses where shape and type are certain. Every channel and every series has its own unit and scale, and
            results come back in the same axes.
        exposure: what the mean of each count is proportional to, so that latents are free of it: "total", the sum of
            a row; or the name of a column of X, of the context or of ``obs``, such as a depth, a time or an area.
            Densities are given the exposure, the encoder sees counts per exposure, and each count's mean is the
            exposure over its mean in the training rows, times a rate. Rows drawn without one have those of the
            training rows; decoded ones have the usual one. Other columns than counts are left alone.
        layer: of AnnData, the layer that holds the counts; None is X.
        columns: kinds of a table's columns by name, such as ``{"age": "count", "when": "datetime"}``; those of other
            columns are found from their values. See docs/tables.md.
        missing: "ignore" takes gaps of a table to be at random, given the cells that are there; "informative" also
            models which cells are gaps, and samples have them. Further texts and numbers stand for gaps, beside NaN,
            None, blanks and "?": ("informative", "-999", "unknown").
        decoder_sees: which other columns of a table the decoder sees beside z: "none"; those "before" each in the order
            of the table; or "any", in every order, so that any columns can be given. Densities are then products over
            columns. "auto" is "any" for tables with kinds or gaps, else "none". See docs/tables.md.
        rules: what rows of a table hold to, and samples exactly: "start <= end", "a + b == total", "0 <= age <= 120",
            "combination(city, state)", "unique(id)". Rows of the fit that break one are an error.

    Attributes:
        module_: the trained `VAEModule`.
        history_: one row per epoch (DataFrame), nats per row.
        schema_: the data's columns and their statistics.
        plan_: every choice made before training (`elbax.fit.plan.FitPlan`).
        outcome_: the kept restart and epoch, bounds, seconds (`elbax.fit.outcome.Outcome`).
        likelihood_: the likelihood in use; ``likelihood_reason_`` has the reason for it.
        prior_: the prior of `fit_prior`, which replaces the parameter, or None.
        context_schema_: the context's columns, or None.
        event_shape_: shape of one row, in the user's axes.
        n_features_in_: number of features.
        n_parameters_: number of trained numbers.
        seed_: seed of the kept restart.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> vae = VAE(epochs=5, hidden=(16,), random_state=0, verbose=0)
        >>> vae.fit_transform(load_iris().data).shape
        (150, 2)
    """

    def __init__(
        self,
        latent_dim=2,
        *,
        network="mlp",
        hidden=None,
        decoder_hidden=None,
        encoder=None,
        decoder=None,
        activation="relu",
        dropout=None,
        layer_norm=False,
        likelihood="auto",
        posterior="diagonal_normal",
        prior="standard_normal",
        objective="elbo",
        beta=1.0,
        free_bits=0.0,
        warmup=0.0,
        warmup_shape="linear",
        init="auto",
        epochs=None,
        batch_size=None,
        learning_rate=None,
        schedule="cosine",
        optimizer="adam",
        weight_decay=None,
        clip_norm=None,
        patience=None,
        validation_fraction=0.1,
        validation="random",
        ties="keep",
        n_init=1,
        warm_start=False,
        output_bias=True,
        precision="float32",
        random_state=None,
        checkpoint_dir=None,
        checkpoint_seconds=30.0,
        verbose=1,
        axes=None,
        exposure=None,
        layer=None,
        columns=None,
        missing=None,
        decoder_sees="auto",
        rules=None,
    ):
        vars(self).update({name: value for name, value in locals().items() if name != "self"})

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

    def fit_transform(self, X, y=None, *, context=None, **options):
        """Fit to rows X, with the options of `fit`, and return their posterior means, (n, latent_dim).

        Example:
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit_transform(x).shape
            (60, 2)
        """
        return self.fit(X, context=context, **options).transform(X, context=context)

    def _fit(self, parameters, given: TrainingRows, validation_data, callbacks) -> None:
        previous = self.plan_ if self.warm_start and hasattr(self, "module_") else None
        external, verbose = validation_data is not None, bool(self.verbose and is_first())
        if external and given.groups is not None:
            raise InputError("validation_groups chooses held-out rows of X; leave it out with validation_data")
        parameters = known_latents(parameters, previous)
        rows = self._read_training(given, parameters, previous)
        searches = parameters["latent_dim"] == AUTO_LATENTS
        own = parameters | {"latent_dim": 1} if searches else parameters
        self.plan_ = plan = self._resolve(own, given, rows, previous, external=external)
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
            return fit(self._resolve(own, given, rows, None, external=external), own)

        if not searches:
            result = fit(plan)
        else:
            result = search_latents(fit_with, data[1], self.schema_.n_features, plan.seeds[0], verbose=verbose)
        self._n_passes = 0
        self._set_result(result, result.outcome.seed, goes_on=previous is not None)
        self._held_out, self._usual = data[1], {}
        if result.failure is not None:
            raise result.failure
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
        self, parameters, given: TrainingRows, rows: Batch, previous: FitPlan | None, *, external: bool
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
            groups=held_out_groups(rows, given.groups, self.schema_, parameters["validation"]),
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

    def transform(self, X, *, context=None):
        """Posterior means, (n, latent_dim).

        Example:
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.transform(x[:5]).shape
            (5, 2)
        """
        rows = self._read(X, context)
        return evaluate.encode(self.module_, rows)

    def inverse_transform(self, Z, *, context=None):
        """Decoder means E[x|z] in the data's own units, (n, *event), for latent points (n, latent_dim).

        Example:
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.inverse_transform(np.zeros((4, 2))).shape
            (4, 3)
        """
        check_is_fitted(self, "module_")
        z = latent_points(Z, self.module_.latent_dim)
        code = encode_context(self.context_schema_, context, len(z))
        return self.schema_.decode(evaluate.decode(self.module_, z, code), index_of(Z))

    def reconstruct(self, X, *, context=None):
        """Decoder means at the posterior means, (n, *event).

        Example:
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.reconstruct(x[:5]).shape
            (5, 3)
        """
        rows = self._read(X, context)
        return self.schema_.decode(evaluate.reconstruct(self.module_, rows), index_of(X))

    def interpolate(self, a, b, n_steps=11, *, context=None, kind="linear", latent=False):
        """Decoder means on a path between two rows, both ends included: (n_steps, *event).

        Args:
            a: one row, or one latent point (latent_dim,) if ``latent``.
            b: the other end.
            n_steps: number of rows to return, at least 2.
            context: one entry for the whole path.
            kind: "linear" or "spherical"; see `elbax.evaluate.interpolate`.
            latent: whether a and b are latent points.

        Example:
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.interpolate(x[0], x[1], 5).shape
            (5, 3)
        """
        check_is_fitted(self, "module_")
        if not latent:
            ends = {"a": a, "b": b}.items()
            a, b = (self.transform(single_row(self.schema_, *end), context=context)[0] for end in ends)
        path = evaluate.interpolate(np.ravel(a), np.ravel(b), n_steps, kind)
        return self.inverse_transform(path, context=context)

    def morph(self, X, n_per_leg=10, *, context=None, closed=True, kind="linear", latent=False):
        """Decoder means on a path through rows X in turn.

        Args:
            X: rows, or latent points (k, latent_dim) if ``latent``.
            n_per_leg: steps from each row to the next.
            context: one entry for the whole path.
            closed: whether the path returns to its start; it stops one step before, as a loop.
            kind: "linear" or "spherical"; see `elbax.evaluate.morph`.
            latent: whether X holds latent points.

        Example:
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> vae.morph(x[:3], 4).shape
            (12, 3)
        """
        z = X if latent else self.transform(X, context=context)
        path = evaluate.morph(z, n_per_leg, closed=closed, kind=kind)
        return self.inverse_transform(path, context=context)

    def sample(self, n_samples=1, *, near=None, given=None, context=None, noise=True, random_state=None):
        """Draw rows from the model: z from the prior, then x from p(x|z), or E[x|z] without ``noise``.

        With rows ``near``, z comes from their posteriors instead, from one row after the other in random order: such
        samples stay where data are, even if encoded rows are not distributed like the prior. They take the context of
        these rows, one entry per row.

        With conditions ``given``, such as ``{"sex": "F", "age": (50, 60), "income": ["high", "middle"]}``, rows are
        draws of p(x | conditions): a value, a range with both ends, or a choice of labels, by column. Latent points are
        weighted, none rejected; the effective number of them is printed. With several entries of context, each row
        meets the conditions in its own. ``near`` and ``given`` together are draws near those rows that meet the
        conditions.

        Successive calls draw new rows. The estimator's ``random_state`` fixes their sequence, which restarts after
        `fit` and `elbax.load` and continues in a pickled copy. ``random_state`` here fixes this call. A conditional
        model draws ``n_samples`` rows for one entry of context, or one row per entry.

        Example:
            >>> from sklearn.datasets import load_iris
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(load_iris().data)
            >>> bool((vae.sample(3) == vae.sample(3)).all())
            False
            >>> bool((vae.sample(3, random_state=1) == vae.sample(3, random_state=1)).all())
            True
        """
        check_is_fitted(self, "module_")
        n = check_integer("n_samples", n_samples)
        check_seed("random_state", random_state)
        if given is not None and not noise:
            raise InputError("noise=False is for rows without conditions; leave noise= or given= out")
        rows = None if near is None else self._read(near, context)
        seed = self._sample_seed() if random_state is None else draw_seed(random_state)
        n, code = sample_context(self.context_schema_, context, n, seed) if rows is None else (n, None)
        if rows is None or given is not None:
            return self._drawn(n, seed, given, noise, code, rows, several=n_samples == 1 < n and rows is None)
        return self.schema_.decode(evaluate.generate_near(self.module_, rows, n, seed, noise=noise))

    def score_samples(self, X, n_importance=100, *, context=None):
        """Importance-weighted estimate of log p(x), or log p(x|c) with context, nats, (n,) (arXiv 1509.00519).

        Equal rows get equal scores in every call. A plain autoencoder's score is log p(x, z) at the encoded point.

        Raises:
            BoundError: a score is not a number, or higher than the likelihood allows; `elbo` raises it likewise.

        Example:
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

    def explore(self, X, labels=None, *, context=None, title="Explorer"):
        """Explore rows X in a notebook: a widget with their map, live decoding, odd rows and what-if.

        It needs `pip install elbax[widget]`. In the shell, `elbax explore RUN` opens the same page in a browser.

        Args:
            X: rows as for `fit`.
            labels: one per row, for colors; a Series brings their name.
            context: their context, for a conditional model.
            title: heading of the page.

        Example:
            >>> x = np.random.default_rng(0).normal(size=(50, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> type(vae.explore(x)).__name__
            'ExplorerWidget'
        """
        from elbax.explorer import Rows, Session, make_widget

        check_is_fitted(self, "module_")
        return make_widget(Session(self, Rows.of(X, labels, context), title=title))

    def save(self, path) -> None:
        """Save config.json, model.safetensors and history.csv into a folder for `elbax.load`.

        Raises:
            InputError: the folder cannot be written, or the likelihood is a Python function.

        Example:
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> import tempfile
            >>> folder = tempfile.mkdtemp() + "/model"
            >>> vae.save(folder)
            >>> bool((load(folder).transform(x) == vae.transform(x)).all())
            True
        """
        check_is_fitted(self, "module_")
        model = FittedModel(
            parameters=self.get_params(deep=False),
            schema=self.schema_,
            context_schema=self.context_schema_,
            plan=self.plan_,
            outcome=self.outcome_,
            seed=self.seed_,
            prior=self.prior_,
            module=self.module_,
            history=self.history_,
        )
        write_model(model, check_path("path", path))

    def __getstate__(self):
        state = dict(super().__getstate__())
        state |= {side: picklable(state[side]) for side in ("encoder", "decoder")}
        if "module_" in state:
            plan = self.plan_
            state["plan_"] = plan.with_networks(picklable(plan.model.encoder), picklable(plan.model.decoder))
            state["module_"] = to_bytes(state["module_"])
            state["_optimizer_state"] = jax.tree.map(
                lambda leaf: leaf if isinstance(leaf, str) else np.asarray(leaf), state["_optimizer_state"]
            )
        return state

    def __setstate__(self, state):
        if "module_" in state:
            module = module_from_bytes(state["plan_"], state["schema_"], state["module_"])
            state = {**state, "module_": module}
        super().__setstate__(state)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        return tags

    @property
    def _n_features_out(self) -> int:
        return self.module_.latent_dim

    def _seed(self, *, draw: bool = False) -> int:
        """The seed of a fit: ``random_state`` if it is an integer (and not ``draw``), else a draw from it."""
        if isinstance(self.random_state, Integral) and not draw:
            return int(self.random_state)
        return draw_seed(self.random_state)

    def _sample_seed(self) -> int:
        """The next seed of the sequence of `sample`; threads that share the estimator get different ones."""
        with _SAMPLING:
            self._draws = self._draws or check_random_state(self.random_state)
            return draw_seed(self._draws)

    def _fit_schemas(self, given: TrainingRows, parameters) -> Batch:
        counts = self.exposure is not None or is_annotated(given.x)
        given = replace(given, **dict(zip(("x", "context"), self.open_rows(given.x, given.context), strict=True)))
        asked = parameters["columns"], parameters["missing"] or parameters["rules"]
        # Totals are of a matrix, whose columns are all counts.
        is_matrix = counts and not any(asked) and (self.exposure == TOTAL or is_count_matrix(given.x))
        if not is_matrix and is_table_of_kinds(given.x, *asked):
            schema, self.context_schema_, rows = fit_table(given.x, given.context, given.weights, parameters)
            self._set_schema(schema)
            return rows
        x = self._check_names(given.x, reset=True)
        names = getattr(self, "feature_names_in_", None)
        columns = None if names is None else tuple(names)
        options = {name: parameters[name] for name in ("axes", "likelihood", "ties")}
        schema, self.context_schema_, rows = fit_schemas(
            keep_on_disk(x), columns, given.context, weights=given.weights, counts=counts, **options
        )
        self._set_schema(replace(schema, layout=layout_of(given.x)))
        return rows

    def open_rows(self, X, context=None) -> tuple:
        """Rows and their context, which has taken their exposure; of AnnData, the counts by the names of columns.

        Example:
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
            >>> rows, context = vae.open_rows(x)
            >>> rows.shape, context is None
            ((60, 3), True)
        """
        if is_annotated(X):
            X, context = open_annotated(X, self.layer, context, self.exposure)
        return (X, context) if self.exposure is None else take_exposure(self.exposure, X, context)

    def _read(self, X, context=None, *, goes_on: bool = False) -> Batch:
        """Rows in the columns of the fit; other units are an error if a fit ``goes_on`` with them, else a warning."""
        check_is_fitted(self, "module_")
        X, context = self.open_rows(X, context)
        x = self._read_x(X)
        if self.schema_.table is not None:
            return as_batch(self.schema_, x, encode_context(self.context_schema_, context, len(x)))
        if (units := describe_other_units(self.schema_, x, fewest=1 if goes_on else FEWEST_COMPARED)) is not None:
            if goes_on:
                raise InputError(f"{units}; use the same units, or fit a new model to these rows")
            warnings.warn(f"{units}; results are right only in the same units", UserWarning, stacklevel=3)
        return Batch(x, context=encode_context(self.context_schema_, context, len(x)))

    def _encode(self, X, context=None) -> Batch:
        """Rows in the schemas of a fit that may still be running."""
        X, context = self.open_rows(X, context)
        x = self._read_x(X)
        return as_batch(self.schema_, x, encode_context(self.context_schema_, context, len(x)))

    def _read_x(self, X) -> np.ndarray:
        """Codes of rows, NaN in the gaps of a table."""
        if self.schema_.table is not None:
            return self.schema_.encode(X)
        return self.schema_.encode(self._check_names(X, reset=False))

    def _check_names(self, X, *, reset: bool) -> np.ndarray:
        """Rows as an array; scikit-learn sets (``reset``) or checks the names and number of features."""
        x, columns = as_array(X)
        if columns and not reset and hasattr(self, "feature_names_in_"):
            check_names(columns, self.feature_names_in_.tolist())
        if x.ndim == 2:
            names = pd.DataFrame(columns=list(columns or ()))  # all that scikit-learn looks at
            try:
                validate_data(self, names if columns else x, reset=reset, skip_check_array=True)
            except ValueError as error:  # scikit-learn's message runs over several lines
                raise InputError(" ".join(str(error).split())) from error
        elif reset:
            vars(self).pop("feature_names_in_", None)
        return x

    def _scorable(self, X, context) -> Batch:
        """Rows in which every value has a density, and their context."""
        rows = self._read(X, context)
        check_values(self.schema_, self.plan_.likelihood, rows.x)
        return rows

    def _naming_the_cause(self) -> AbstractContextManager[None]:
        return evaluate.naming_the_cause(self.plan_.train.learning_rate, self.outcome_.uneven_weights)

    def _read_validation(self, data) -> Batch:
        schemas = (self.schema_, self.context_schema_)
        return encode_validation(data, self.open_rows, self._read_x, *schemas, self.plan_.likelihood)

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

    def _set_schema(self, schema: Schema) -> None:
        self.schema_, self.event_shape_ = schema, schema.axes.shape
        self.n_features_in_ = (
            int(np.prod(schema.axes.shape)) if schema.table is None else len(schema.table.layout.names)
        )
        if schema.table is not None:
            vars(self).pop("feature_names_in_", None)
            if schema.columns is not None:
                self.feature_names_in_ = np.asarray(schema.columns, dtype=object)

    def _set_module(self, module: VAEModule, plan: FitPlan) -> None:
        self.module_, self.plan_ = module, plan
        self.likelihood_, self.likelihood_reason_ = plan.likelihood, plan.likelihood_reason
        self.n_parameters_ = sum(leaf.size for leaf in jax.tree.leaves(split_trainable(module)[0]))

    def _set_result(self, result: FitResult, seed: int, *, goes_on: bool) -> None:
        self._set_module(result.training.module, result.plan)
        outcome, history = result.outcome, result.training.history
        if goes_on:
            outcome, history = outcome.after(self.outcome_), append_history(self.history_, history)
        self.outcome_: Outcome = outcome
        self.history_, self.seed_, self._optimizer_state = history, seed, result.training.optimizer_state
        self._draws = None

    def _set_model(self, model: FittedModel) -> None:
        self._set_schema(model.schema)
        if model.schema.columns is not None:
            self.feature_names_in_ = np.asarray(model.schema.columns, dtype=object)
        self._set_module(model.module, model.plan)
        self.context_schema_, self.prior_, self.outcome_ = model.context_schema, model.prior, model.outcome
        self.history_, self.seed_ = model.history, model.seed
        self._optimizer_state, self._draws, self._n_passes = None, None, 0
