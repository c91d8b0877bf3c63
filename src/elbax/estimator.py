"""The scikit-learn front of the library: `VAE`, and `load`."""

from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import Self

import jax
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, DensityMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from elbax import evaluate
from elbax.artifacts import FittedModel, module_from_bytes, read_model, write_model
from elbax.callbacks.base import check_callbacks
from elbax.checks import check_integer
from elbax.console import say, showing_steps
from elbax.core.serialization import to_bytes
from elbax.core.vae import VAEModule, split_trainable
from elbax.data import MemoryMappedRows, Schema, as_array, check_values, evenly_spaced, keep_on_disk
from elbax.doctor import Diagnosis, FitRecord, examine, quick_check
from elbax.errors import InputError, TrainingError
from elbax.evaluate import Evaluation
from elbax.fit.choices import check_parameters
from elbax.fit.outcome import Outcome
from elbax.fit.plan import FitPlan, resolve, resolve_pass
from elbax.fit.prior import fit_prior
from elbax.fit.rows import encode_context, index_of, read_one
from elbax.fit.run import Checkpoints, FitResult, run, run_pass
from elbax.fit.split import FEWEST_TO_SPLIT, MOST_HELD_OUT, Split, bounded
from elbax.train.compilation import use_compilation_cache
from elbax.train.hosts import is_first
from elbax.types import Batch

_LARGEST_SEED = 2**31 - 1
_EXAMINED = 100_000  # rows that the doctor is shown at most


def load(path) -> "VAE":
    """Read a fitted estimator from a folder that `VAE.save` wrote; no code from the folder is run.

    Raises:
        InputError: the folder is not a model, is damaged, or was written by a newer format.

    Example:
        >>> load("nowhere")
        Traceback (most recent call last):
        ...
        elbax.errors.InputError: nowhere is not a model folder: it has no config.json
    """
    folder = Path(path)
    model = read_model(folder)
    try:
        vae = VAE(**model.parameters)
    except TypeError as error:
        raise InputError(f"{folder / 'config.json'} is damaged: {error}") from error
    vae._set_model(model)
    return vae


class VAE(ClassNamePrefixFeaturesOutMixin, TransformerMixin, DensityMixin, BaseEstimator):
    """A variational autoencoder (arXiv 1312.6114) with scikit-learn's conventions.

    Rows may be vectors or images: X has shape (n, d), (n, h, w) or (n, h, w, c); NumPy, pandas, polars, JAX.
    All losses and bounds are in nats per row, in the data's own units. Memory maps of 32 MiB and more
    (``np.load(path, mmap_mode="r")``) are streamed from disk, and may exceed memory.

    With ``fit(X, context=C)`` the model is conditional (arXiv 1606.05908): encoder and decoder also see what is known
    beside each row, and every density is p(x|c). Context is labels (n,) (text, integers, true and false), numbers
    (n, c), a data frame of both, or images (n, h, w[, channels]); later calls need it too, one entry for each row or
    one for all.

    Args:
        latent_dim: number of latent dimensions.
        network: "mlp", or "conv" for images.
        hidden: widths of the encoder's layers (channels for "conv"); None picks two layers of 64 to 256 units by the
            size of the data, or (32, 64) channels.
        decoder_hidden: widths of the decoder's layers, from latents to data; None mirrors the encoder.
        activation: activation function between layers.
        dropout: share of hidden units switched off while training.
        layer_norm: whether layers are normalized.
        likelihood: p(x|z): "auto" chooses from the data and says why; a name; a name with settings, such as
            "normal(scale=fixed, value=0.1)"; or an object from `elbax.core.likelihoods`.
        posterior: q(z|x): a name, a name with settings, or an object from `elbax.core.posteriors`. Latents may be
            any point with "diagonal_normal", "full_normal" (correlated), "iaf(layers=4)" and "flow(layers=4)" (bent
            by a flow), or several stochastic layers, "layers(sizes=(100, 50))". With "von_mises_fisher" they are
            on a sphere, with "categorical(classes=10)" one-hot, with "quantized(codes=64, code_dim=1)" from a
            codebook; these need prior="uniform". "point" makes a plain autoencoder.
        prior: p(z), likewise: "standard_normal", "mixture(components=10)" of normals, "vamp(components=500)" of
            posteriors, "flow(layers=4)", "layers(sizes=(100, 50))", or "uniform". See also `fit_prior`.
        objective: what training minimizes, with its settings. "elbo", the evidence lower bound; bounds of several
            weighted samples, "iwae(k=5, gradient=dreg)" (arXiv 1509.00519), "miwae", "piwae", "ciwae" and "renyi";
            the ELBO plus a penalty on the codes, "total_correlation(weight=5)", "density_ratio", "dip", "mmd" and
            "regularized"; a KL held at "capacity(nats=25)"; the least KL for a reconstruction, "geco(target=90)".
            docs/zoo.md says which papers these are. The four settings that follow are the ELBO's, with a penalty or
            without. The best weights are those with the best held-out bound: the ELBO, or that of the weighted samples.
        beta: weight of the KL; 1 is the evidence lower bound.
        free_bits: nats each latent dimension may carry without paying.
        warmup: fraction of the fit over which the KL's weight rises from zero.
        warmup_shape: "linear", "cosine" or "cyclic".
        init: what both networks learn first, apart from each other: "geodesic", a map of up to 1000 rows that keeps
            distances along the data (Isomap), so that latents neither collapse nor fold; "pca", principal
            components; "random", nothing. "auto" takes "geodesic" for up to three latents, else "pca";
            without hidden layers, and with more features than rows, "random".
        epochs: passes over the data; None plans about 10,000 steps (10 to 2000 epochs).
        batch_size: rows per step; None picks 32, 64 or 128 by the number of rows.
        learning_rate: peak step size; None picks 3e-3 for an MLP of up to 128 units, 2e-3 for a wider one and
            1e-3 for "conv".
        schedule: "constant", "cosine", "linear" or "exponential" decay of the step size.
        optimizer: the name of an Optax optimizer, or one with settings, such as "adam(eps=1e-4)".
        weight_decay: decoupled weight decay.
        clip_norm: largest gradient norm, or None.
        patience: epochs without a better validation ELBO before training stops; the best weights are kept. None
            picks a third of the plan, at least 50; 0 trains to the end and keeps the last weights.
        validation_fraction: share of the rows held out when no validation data are given (none below 20 rows, and
            10,000 rows at most).
        n_init: number of restarts; the best ELBO is kept.
        warm_start: whether `fit` continues from the last fit's weights.
        output_bias: whether the decoder starts from the best constant instead of from zero.
        precision: "float32"; "bfloat16" for the factors of the networks' products (sums, weights and, on a CPU,
            gradients of weights stay float32); or "auto", which is bfloat16 where the device has instructions for it.
        random_state: seed of every random draw. It fixes a fit, and the sequence of draws that `sample` makes.
        checkpoint_dir: folder for the training state; a state found there is resumed.
        checkpoint_seconds: how often that state is written.
        verbose: 0 is silent; 1 says what was chosen and shows progress on a terminal; "progress" leaves out the choice.

    Attributes:
        module_: the trained `VAEModule`.
        history_: one row per epoch (DataFrame), nats per row.
        schema_: what was learnt of the data's columns.
        plan_: what the fit does, with every "auto" replaced by what was chosen (`elbax.fit.plan.FitPlan`).
        outcome_: how it went: the restart and epoch that were kept, bounds, seconds (`elbax.fit.outcome.Outcome`).
        likelihood_: the likelihood in use; ``likelihood_reason_`` says why.
        prior_: the prior that `fit_prior` has fitted in place of the parameter, or None.
        context_schema_: how context is encoded, or None for a model without.
        event_shape_: shape of one row.
        n_features_in_: number of features.
        n_parameters_: number of trained numbers.
        seed_: the seed of the restart that was kept.

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
        activation="relu",
        dropout=0.0,
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
        weight_decay=0.0,
        clip_norm=None,
        patience=None,
        validation_fraction=0.1,
        n_init=1,
        warm_start=False,
        output_bias=True,
        precision="float32",
        random_state=None,
        checkpoint_dir=None,
        checkpoint_seconds=30.0,
        verbose=1,
    ):
        self.latent_dim = latent_dim
        self.network = network
        self.hidden = hidden
        self.decoder_hidden = decoder_hidden
        self.activation = activation
        self.dropout = dropout
        self.layer_norm = layer_norm
        self.likelihood = likelihood
        self.posterior = posterior
        self.prior = prior
        self.objective = objective
        self.beta = beta
        self.free_bits = free_bits
        self.warmup = warmup
        self.warmup_shape = warmup_shape
        self.init = init
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.n_init = n_init
        self.warm_start = warm_start
        self.output_bias = output_bias
        self.precision = precision
        self.random_state = random_state
        self.checkpoint_dir = checkpoint_dir
        self.checkpoint_seconds = checkpoint_seconds
        self.verbose = verbose

    def fit(self, X, y=None, *, context=None, validation_data=None, callbacks=()) -> Self:
        """Fit to rows X; ``y`` is ignored.

        Args:
            X: (n, d) or images (n, h, w[, c]), at least two rows, no missing values.
            y: ignored, for scikit-learn's sake.
            context: what is known beside each row, for a conditional model.
            validation_data: rows to validate on, or a pair (rows, their context; ignored by a model without); by
                default a share of X.
            callbacks: functions called with the `Progress` before training and then about twice a second, such as
                those of `elbax.callbacks`.

        Raises:
            InputError: a setting or the data cannot be used; nothing has changed then.
            TrainingError: a loss was not finite; the last good weights have been kept.
        """
        parameters = check_parameters(self.get_params(deep=False))
        callbacks = check_callbacks(callbacks)
        use_compilation_cache()
        before = dict(vars(self))
        try:
            self._fit(parameters, X, context, validation_data, callbacks)
        except TrainingError:
            raise
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise
        return self

    def fit_transform(self, X, y=None, *, context=None, **options):
        """Fit to rows X, with the options of `fit`, and return their posterior means, (n, latent_dim)."""
        return self.fit(X, context=context, **options).transform(X, context=context)

    def _fit(self, parameters, X, context, validation_data, callbacks) -> None:
        earlier = self.plan_ if self.warm_start and hasattr(self, "module_") else None
        rows = self._read(X, context) if earlier else self._learn(X, context)
        given = validation_data is not None
        self.plan_ = plan = resolve(
            parameters,
            self.schema_,
            self.context_schema_,
            len(rows.x),
            self._seed(),
            given_validation=given,
            earlier=earlier,
        )
        start = self.module_ if earlier else None
        if earlier:
            check_values(self.schema_, plan.likelihood, rows.x)
        else:
            self.prior_ = None
        watched = self.verbose and is_first()
        if watched and self.verbose != "progress" and self.likelihood == "auto" and not earlier:
            say(f"likelihood: {plan.likelihood_reason}")
        rows, held_out = (rows, self._read_validation(validation_data)) if given else plan.split.divide(rows)
        if watched and held_out is None and len(rows.x) < FEWEST_TO_SPLIT:
            say(f"{len(rows.x)} rows are too few to hold some out: how the model does on others is not known")
        result = run(
            plan,
            self.schema_.summary,
            rows,
            held_out,
            start=start,
            callbacks=callbacks,
            checkpoints=self._checkpoints(rows, held_out, start),
            show_progress=bool(watched),
        )
        self._n_passes = 0
        self._set_result(result, result.history, result.outcome.seed)
        if result.failure is not None:
            raise result.failure
        if watched and (finding := quick_check(self._fit_record(rows, held_out))):
            say(f"doctor: {finding}; VAE.diagnose(X) or `elbax diagnose` says more")

    def partial_fit(self, X, y=None, *, context=None) -> Self:
        """Make one pass over rows X, continuing from where the last call left weights and optimizer.

        The learning rate is constant and nothing is validated; the first call fixes features, likelihood and what
        context there is.
        """
        parameters = check_parameters(self.get_params(deep=False))
        earlier = getattr(self, "plan_", None)
        if earlier is None:
            use_compilation_cache()
            rows, seed, self._n_passes, self.prior_ = self._learn(X, context), self._seed(pick=True), 0, None
        else:
            rows, seed = self._read(X, context), self.seed_
            check_values(self.schema_, self.likelihood_, rows.x)
        schemas = (self.schema_, self.context_schema_)
        n_passes = self._n_passes + 1
        plan = resolve_pass(parameters, *schemas, len(rows.x), seed + n_passes, earlier=earlier)
        start = plan.build_module(self.schema_.summary, seed) if earlier is None else self.module_
        result = run_pass(plan, rows, start, getattr(self, "_carried", None))
        history = result.history
        if earlier is not None:
            history = pd.concat([self.history_, history], ignore_index=True)
            history["epoch"] = np.arange(1, len(history) + 1)
        self._n_passes = n_passes
        self._set_result(result, history, seed)
        return self

    def fit_prior(self, X, y=None, *, context=None, prior="mixture(components=10)") -> Self:
        """Replace the prior of a fitted model by one fitted to where rows are encoded; the networks stay as they are.

        This second stage (arXiv 1903.05789) mends samples where encoded rows are not spread like the prior, and makes a
        generative model of a plain autoencoder. Rows that `fit` held out are held out here too. `fit` starts again with
        the parameter's prior.

        Args:
            X: the rows it was fitted to.
            y: ignored, for scikit-learn's sake.
            context: their context, for a conditional model.
            prior: "mixture" or "flow", with settings, or such a part.

        Raises:
            InputError: there is no such prior, or the model's latents do not go with it.
        """
        rows = self._read(X, context)
        split = self.plan_.split
        if split.given or split.n_held_out == 0 or split.n_rows != len(rows.x):
            split = Split.of(len(rows.x), self.validation_fraction, self.seed_)
        rows, held_out = split.divide(rows)
        module, plan = fit_prior(
            self.module_, self.plan_, prior, self.schema_.summary, rows, held_out, self.seed_
        )
        self.prior_ = plan.model.prior
        self._carried = None
        self._set_module(module, plan)
        return self

    def transform(self, X, *, context=None):
        """Posterior means, (n, latent_dim)."""
        rows = self._read(X, context)
        return evaluate.encode(self.module_, rows)

    def inverse_transform(self, Z, *, context=None):
        """Decoder means E[x|z] in the data's own units, (n, *event), for latent points (n, latent_dim)."""
        check_is_fitted(self, "module_")
        z = np.asarray(Z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.module_.latent_dim or len(z) == 0:
            raise InputError(f"expected latent points of shape (n, {self.module_.latent_dim}); got {z.shape}")
        if not np.isfinite(z).all():
            raise InputError("latent points must be finite; got NaN or infinity")
        return self._as_given(
            evaluate.decode(self.module_, z, encode_context(self.context_schema_, context, len(z))), Z
        )

    def reconstruct(self, X, *, context=None):
        """Decoder means at the posterior means, (n, *event)."""
        rows = self._read(X, context)
        return self._as_given(evaluate.reconstruct(self.module_, rows), X)

    def interpolate(self, a, b, n_steps=11, *, context=None, kind="linear", latent=False):
        """Decoder means on a path between two rows, both ends included: (n_steps, *event).

        Args:
            a: one row, or one latent point (latent_dim,) where ``latent`` is true.
            b: the other end, likewise.
            n_steps: how many rows to return, at least 2.
            context: one entry that goes with the whole path, for a conditional model.
            kind: "linear" or "spherical"; see `elbax.evaluate.interpolate`.
            latent: whether a and b are latent points.
        """
        check_is_fitted(self, "module_")
        start, end = (
            np.ravel(row) if latent else self.transform(read_one(self.schema_, name, row), context=context)[0]
            for name, row in (("a", a), ("b", b))
        )
        path = evaluate.interpolate(start, end, n_steps, kind)
        return self.inverse_transform(path, context=context)

    def morph(self, X, n_per_leg=10, *, context=None, closed=True, kind="linear", latent=False):
        """Decoder means on a path through rows X in turn, and back to the first where ``closed``.

        Args:
            X: rows, or latent points (k, latent_dim) where ``latent`` is true.
            n_per_leg: steps from each row to the next.
            context: one entry that goes with the whole path, for a conditional model.
            closed: whether the path returns to its start; it stops one step before, ready to be played in a loop.
            kind: "linear" or "spherical"; see `elbax.evaluate.morph`.
            latent: whether X holds latent points.
        """
        z = X if latent else self.transform(X, context=context)
        path = evaluate.morph(z, n_per_leg, closed=closed, kind=kind)
        return self.inverse_transform(path, context=context)

    def sample(self, n_samples=1, *, context=None, noise=True, random_state=None):
        """Draw rows from the model: z from the prior, then x from p(x|z), or E[x|z] where ``noise`` is off.

        Successive calls draw new rows. The estimator's ``random_state`` fixes their sequence, which starts again after
        `fit` and `elbax.load`; a copy made by pickle continues it. ``random_state`` here fixes the one call.

        A conditional model draws ``n_samples`` rows for a single entry of context, such as a label or one row, or else
        one row for each entry of context.

        Example:
            >>> from sklearn.datasets import load_iris
            >>> vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(load_iris().data)
            >>> bool((vae.sample(3) == vae.sample(3)).all())
            False
            >>> bool((vae.sample(3, random_state=1) == vae.sample(3, random_state=1)).all())
            True
        """
        check_is_fitted(self, "module_")
        n_samples = check_integer("n_samples", n_samples)
        code = encode_context(self.context_schema_, context)
        if code is not None and len(code) > 1 and n_samples != 1:
            raise InputError(
                f"n_samples must be 1 with {len(code)} entries of context, one row each; got {n_samples}; repeat the "
                "entries for more rows"
            )
        n = n_samples if code is None else max(n_samples, len(code))
        code = None if code is None else np.broadcast_to(code, (n, *code.shape[1:]))
        rng = check_random_state(self.random_state if random_state is None else random_state)
        if random_state is None:
            rng = self._draws = self._draws or rng
        seed = int(rng.randint(_LARGEST_SEED))
        return self._as_given(evaluate.generate(self.module_, n, seed, noise=noise, context=code))

    def score_samples(self, X, n_importance=100, *, context=None):
        """Importance-weighted estimate of log p(x), or log p(x|c) with context, nats, (n,) (arXiv 1509.00519).

        The same row always gets the same score, whatever the rows beside it. A plain autoencoder (a point
        posterior) has no such bound; its score is log p(x, z) at the encoded point.
        """
        k = check_integer("n_importance", n_importance)
        rows = self._scorable(X, context)
        return evaluate.log_likelihood(self.module_, rows, k, self.seed_).astype(np.float64)

    def score(self, X, y=None, *, context=None) -> float:
        """Mean of `score_samples`, nats per row: higher is better."""
        return float(self.score_samples(X, context=context).mean())

    def elbo(self, X, n_samples=1, *, context=None) -> pd.DataFrame:
        """The evidence lower bound of each row and its terms, nats: columns reconstruction, kl, elbo.

        They are means over ``n_samples`` posterior samples of each row: with few rows, more of them make the bound
        of all rows less noisy.
        """
        n_samples = check_integer("n_samples", n_samples)
        rows = self._scorable(X, context)
        terms = evaluate.elbo(self.module_, rows, self.seed_, n_samples)
        columns = {"reconstruction": terms.reconstruction, "kl": terms.kl, "elbo": terms.elbo}
        return pd.DataFrame(columns, index=index_of(X))

    def diagnose(self, X, *, context=None, validation_data=None, probes=True) -> Diagnosis:
        """Find out what is wrong with the fit: findings with evidence, most fundamental cause first, and a remedy.

        Args:
            X: the rows it was fitted to, all of them: those that `fit` held out are held out here too.
            context: their context, for a conditional model.
            validation_data: rows it was not fitted to, or a pair (rows, their context).
            probes: whether to train on where observation alone cannot tell, which takes about as long as a third of the
                fit; without probes, findings such as "undertrained" or "noise-injection" are missing.

        Example:
            >>> x = np.random.default_rng(0).normal(size=(100, 2))
            >>> vae = VAE(likelihood="sum_of_squares", epochs=3, random_state=0, verbose=0).fit(x / 10)
            >>> vae.diagnose(x / 10).primary.code
            'scale-too-large'
        """
        record = replace(self._open_fit_record(X, context, validation_data), probes=probes)
        with showing_steps("doctor", enabled=bool(self.verbose)) as tell:
            return examine(record, self, tell)

    def active_units(self, X, *, context=None) -> evaluate.ActiveUnits:
        """Variance and KL of each latent dimension over rows X."""
        rows = self._read(X, context)
        return evaluate.active_units(self.module_, rows)

    def evaluate(self, X, *, context=None, train=None, data_name="", n_importance=1024) -> Evaluation:
        """Measure everything on rows X: bounds with errors, gaps, latents, samples, and what is a good value.

        It takes a minute or two for networks of usual size; each measure looks at as many rows as that allows, spread
        evenly over X, and says how many. The result shows itself, and warns where a number cannot be trusted.

        Args:
            X: rows the model was not fitted to, at least 20.
            context: their context, for a conditional model.
            train: rows it was fitted to, which probabilistic PCA is fitted to for comparison; by default X.
            data_name: name of the data, for figures published for it, such as "mnist".
            n_importance: samples of each row for the log-likelihood, at least 16.

        Example:
            >>> from sklearn.datasets import load_iris
            >>> vae = VAE(epochs=20, hidden=(8,), random_state=0, verbose=0).fit(load_iris().data)
            >>> vae.evaluate(load_iris().data).references[0].name
            'constant model'
        """
        n_importance = check_integer("n_importance", n_importance, 16)
        rows = self._scorable(X, context)
        if not self.module_.posterior.has_density:
            raise InputError(
                "a plain autoencoder (posterior='point') has no bound on log p(x) to evaluate; use `reconstruct`, or "
                "fit with another posterior"
            )
        if len(rows.x) < evaluate.FEWEST_ROWS:
            raise InputError(
                f"a full evaluation needs at least {evaluate.FEWEST_ROWS} rows; got {len(rows.x)}; `elbo` and "
                "`score_samples` take any number"
            )
        if train is not None:
            train = self._read_x(train)
            train = np.asarray(train[evenly_spaced(len(train), MOST_HELD_OUT)])
        with showing_steps("evaluation", enabled=bool(self.verbose)) as tell:
            return evaluate.evaluate_fully(
                self.module_,
                rows,
                summary=self.schema_.summary,
                train=train,
                data_name=data_name,
                n_importance=n_importance,
                seed=self.seed_,
                tell=tell,
            )

    def save(self, path) -> None:
        """Write config.json, model.safetensors and history.csv into a folder; `elbax.load` reads them.

        Raises:
            InputError: the folder cannot be written, or the likelihood is a Python function.
        """
        check_is_fitted(self, "module_")
        write_model(
            FittedModel(
                parameters=self.get_params(deep=False),
                schema=self.schema_,
                context_schema=self.context_schema_,
                plan=self.plan_,
                outcome=self.outcome_,
                seed=self.seed_,
                prior=self.prior_,
                module=self.module_,
                history=self.history_,
            ),
            Path(path),
        )

    def __getstate__(self):
        """Pickle as plain values and safetensors bytes."""
        state = dict(super().__getstate__())
        if "module_" in state:
            state["module_"] = to_bytes(state["module_"])
            state["_carried"] = jax.tree.map(
                lambda leaf: leaf if isinstance(leaf, str) else np.asarray(leaf), state["_carried"]
            )
        return state

    def __setstate__(self, state):
        """Rebuild the module from its bytes."""
        if "module_" in state:
            module = module_from_bytes(state["plan_"], state["schema_"], state["module_"])
            state = {**state, "module_": module}
        super().__setstate__(state)

    def __sklearn_tags__(self):
        """Tell scikit-learn that latents come out as float32."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return self.module_.latent_dim

    def _seed(self, *, pick: bool = False) -> int:
        """The seed of a fit: ``random_state`` itself where it is a number (and not ``pick``), else a draw from it."""
        if isinstance(self.random_state, Integral) and not pick:
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(_LARGEST_SEED))

    def _learn(self, X, context) -> Batch:
        """Learn the schemas from rows and their context, and encode them."""
        x = self._read_x(X, learn=True)
        names = getattr(self, "feature_names_in_", None)
        self.context_schema_ = encoder = None if context is None else Schema.of_context(context)
        code = None if encoder is None else encoder.inputs(encoder.encode(context), len(x), single=False)
        self._set_schema(Schema.of(x, columns=None if names is None else tuple(names)))
        return Batch(x, context=code)

    def _read(self, X, context=None) -> Batch:
        """Rows and their encoded context, checked against what was fitted."""
        check_is_fitted(self, "module_")
        x = self._read_x(X)
        return Batch(x, context=encode_context(self.context_schema_, context, len(x)))

    def _read_x(self, X, *, learn: bool = False) -> np.ndarray:
        """Rows alone; with ``learn`` they set the names of the features."""
        x, columns = as_array(X)
        if x.ndim == 2:
            names = pd.DataFrame(columns=list(columns or ()))  # all that scikit-learn looks at
            try:
                validate_data(self, names if columns else x, reset=learn, skip_check_array=True)
            except ValueError as error:  # scikit-learn's own words, which run over several lines
                raise InputError(" ".join(str(error).split())) from error
        elif learn:
            vars(self).pop("feature_names_in_", None)
        return keep_on_disk(x) if learn else self.schema_.encode(x)

    def _scorable(self, X, context) -> Batch:
        """Rows every value of which has a density, and their context."""
        rows = self._read(X, context)
        check_values(self.schema_, self.plan_.likelihood, rows.x)
        return rows

    def _read_validation(self, given) -> Batch:
        """Rows to validate on, or a pair (rows, their context)."""
        x, context = (*given, None)[:2] if isinstance(given, tuple) else (given, None)
        if self.context_schema_ is None:
            context = None  # a pair may bring labels, as in Keras
        elif context is None:
            raise InputError("validation_data must be a pair (rows, context) for a model with context")
        try:
            x = self._read_x(x)
            check_values(self.schema_, self.plan_.likelihood, x)
            rows = Batch(x, context=encode_context(self.context_schema_, context, len(x)))
        except InputError as error:
            raise InputError(f"validation_data: {error}") from error
        return bounded(rows) if isinstance(x, MemoryMappedRows) else rows

    def _checkpoints(
        self, rows: Batch, held_out: Batch | None, start: VAEModule | None
    ) -> Checkpoints | None:
        if self.checkpoint_dir is None:
            return None
        if self.random_state is None:
            raise InputError(
                "checkpoint_dir needs a random_state, or a later fit could not resume; set random_state=0"
            )
        schemas, seconds = (self.schema_, self.context_schema_), self.checkpoint_seconds
        return Checkpoints.make(
            Path(self.checkpoint_dir), seconds, self.plan_, schemas, (rows, held_out), start
        )

    def _open_fit_record(self, X, context=None, validation_data=None) -> FitRecord:
        """What the doctor is shown of the rows it was fitted to, 100,000 of them at most."""
        rows, held_out = self._scorable(X, context), None
        if validation_data is not None:
            held_out = self._read_validation(validation_data)
        elif len(rows.x) == self.plan_.split.n_rows:
            rows, held_out = self.plan_.split.divide(rows)
        record = self._fit_record(rows, held_out)
        return replace(record, rows=record.some(_EXAMINED))

    def _fit_record(self, rows: Batch, held_out: Batch | None) -> FitRecord:
        parts = {name: getattr(self.module_, name).name for name in ("posterior", "prior")}
        settings = {**self.plan_.describe(), **parts, "init": self.init}
        config = self.plan_.for_seed(self.seed_)
        return FitRecord(
            self.module_, settings, self.schema_, self.history_, rows, held_out, config, len(rows.x)
        )

    def _set_schema(self, schema: Schema) -> None:
        self.schema_, self.event_shape_ = schema, schema.event_shape
        self.n_features_in_ = int(np.prod(schema.event_shape))

    def _set_module(self, module: VAEModule, plan: FitPlan) -> None:
        self.module_, self.plan_ = module, plan
        self.likelihood_, self.likelihood_reason_ = plan.likelihood, plan.likelihood_reason
        self.n_parameters_ = sum(leaf.size for leaf in jax.tree.leaves(split_trainable(module)[0]))

    def _set_result(self, result: FitResult, history: pd.DataFrame, seed: int) -> None:
        self._set_module(result.module, result.plan)
        self.outcome_: Outcome = result.outcome
        self.history_, self.seed_, self._carried = history, seed, result.carried
        self._draws = None

    def _set_model(self, model: FittedModel) -> None:
        """Take what a model folder holds."""
        self._set_schema(model.schema)
        if model.schema.columns is not None:
            self.feature_names_in_ = np.asarray(model.schema.columns, dtype=object)
        self._set_module(model.module, model.plan)
        self.context_schema_, self.prior_, self.outcome_ = model.context_schema, model.prior, model.outcome
        self.history_, self.seed_ = model.history, model.seed
        self._carried, self._draws, self._n_passes = None, None, 0

    def _as_given(self, x: np.ndarray, rows=None):
        """Tables come back as tables, with the index of the rows they were made from."""
        return self.schema_.decode(x, index_of(rows))
