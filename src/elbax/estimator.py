"""The estimator `VAE`, with scikit-learn's conventions, and `load`."""

import jax
import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, DensityMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from elbax import evaluate
from elbax.cell_methods import CellMethods
from elbax.checks import check_path
from elbax.core.custom_networks import picklable
from elbax.core.serialization import to_bytes
from elbax.core.vae import VAEModule, split_trainable
from elbax.data import Schema
from elbax.decoding_methods import DecodingMethods
from elbax.errors import InputError
from elbax.export.methods import ExportMethods
from elbax.fit.outcome import Outcome, append_history
from elbax.fit.plan import FitPlan
from elbax.fit.run import FitResult
from elbax.fitting_methods import FittingMethods
from elbax.model_folder import FittedModel, module_from_bytes, read_model, write_model
from elbax.reading_methods import ReadingMethods
from elbax.scoring_methods import ScoringMethods


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


class VAE(
    FittingMethods,
    DecodingMethods,
    ScoringMethods,
    CellMethods,
    ExportMethods,
    ReadingMethods,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    DensityMixin,
    BaseEstimator,
):
    """A variational autoencoder (arXiv 1312.6114) with scikit-learn's conventions.

    X holds vectors (n, d), images (n, h, w) or (n, h, w, c), or other rows whose ``axes`` have names, in NumPy, pandas,
    polars or JAX. Losses and bounds are in nats per row, in the data's own units. Memory maps of 32 MiB and more
    (``np.load(path, mmap_mode="r")``) are streamed from disk and may exceed memory.

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

    def fit_transform(self, X, y=None, *, context=None, **options):
        """Fit to rows X, with the options of `fit`, and return their posterior means, (n, latent_dim).

        Example:
            >>> x = np.random.default_rng(0).normal(size=(60, 3))
            >>> VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit_transform(x).shape
            (60, 2)
        """
        return self.fit(X, context=context, **options).transform(X, context=context)

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

    def save(self, path) -> None:
        """Save config.json, model.safetensors and history.csv into a folder for `elbax.load`.

        And normal_mixture.safetensors, where normals of the columns fill gaps.

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
            normal_mixture=self.normal_mixture_,
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
        self.module_, self.plan_, self._usual = module, plan, {}
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
        if not goes_on:
            self.normal_mixture_ = None

    def _set_model(self, model: FittedModel) -> None:
        self._set_schema(model.schema)
        if model.schema.columns is not None:
            self.feature_names_in_ = np.asarray(model.schema.columns, dtype=object)
        self._set_module(model.module, model.plan)
        self.context_schema_, self.prior_, self.outcome_ = model.context_schema, model.prior, model.outcome
        self.history_, self.seed_, self.normal_mixture_ = model.history, model.seed, model.normal_mixture
        self._optimizer_state, self._draws, self._n_passes, self._held_out = None, None, 0, None
