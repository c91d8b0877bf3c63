"""The scikit-learn front of the library: `VAE`."""

from dataclasses import fields, replace
from numbers import Integral
from pathlib import Path
from typing import Self

import jax
import numpy as np
import pandas as pd
from rich.console import Console
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, DensityMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from elbax import artifacts, evaluate
from elbax.core.likelihoods import AbstractLikelihood
from elbax.core.objectives import ELBO
from elbax.core.vae import Architecture, VAEModule, split_trainable
from elbax.data import Schema, as_array
from elbax.errors import InputError, TrainingError
from elbax.files import make_folder
from elbax.parameters import check_parameters, make_plan, pick_hidden, pick_init, resolve_likelihood
from elbax.train.checkpoint import Checkpoint
from elbax.train.compilation import use_compilation_cache
from elbax.train.engine import Fitted, train
from elbax.train.head_start import latent_points
from elbax.train.progress import ProgressBar
from elbax.train.recipe import Plan
from elbax.types import Batch

__all__ = ["VAE", "held_out_rows"]

_LARGEST_SEED = 2**31 - 1


class VAE(ClassNamePrefixFeaturesOutMixin, TransformerMixin, DensityMixin, BaseEstimator):
    """A variational autoencoder (arXiv 1312.6114) with scikit-learn's conventions.

    Rows may be vectors or pictures: X has shape (n, d), (n, h, w) or (n, h, w, c); NumPy, pandas, polars, JAX.
    All losses and bounds are in nats per row, in the data's own units.

    Args:
        latent_dim: number of latent dimensions.
        network: "mlp", or "conv" for pictures.
        hidden: widths of the encoder's layers (channels for "conv"), mirrored by the decoder; None picks two
            layers of 64 to 256 units by the size of the data, or (32, 64) channels.
        activation: activation function between layers.
        dropout: share of hidden units switched off while training.
        layer_norm: whether layers are normalised.
        likelihood: p(x|z): "auto" chooses from the data and says why; a name; a name with settings, such as
            "normal(scale=fixed, value=0.1)"; or an object from `elbax.core.likelihoods`.
        posterior: "diagonal_normal", or "point" for a plain autoencoder.
        prior: "standard_normal".
        beta: weight of the KL; 1 is the evidence lower bound.
        free_bits: nats each latent dimension may carry without paying.
        warmup: fraction of the fit over which the KL's weight rises from zero.
        warmup_shape: "linear", "cosine" or "cyclic".
        init: what both networks learn first, apart from each other: "geodesic", a map of up to 1000 rows that keeps
            distances along the data (Isomap), so that latents neither collapse nor fold; "pca", principal
            components; "random", nothing. "auto" takes "geodesic" for up to three latents, else "pca".
        epochs: passes over the data; None plans about 10,000 steps (10 to 2000 epochs).
        batch_size: rows per step; None picks 32, 64 or 128 by the number of rows.
        learning_rate: peak step size; None picks 3e-3 for an MLP of up to 128 units, 2e-3 for a wider one and
            1e-3 for "conv".
        schedule: "constant", "cosine", "linear" or "exponential" decay of the step size.
        optimizer: the name of an Optax optimiser.
        weight_decay: decoupled weight decay.
        clip_norm: largest gradient norm, or None.
        patience: epochs without a better validation ELBO before training stops; the best weights are kept. None
            picks a third of the plan, at least 50; 0 trains to the end and keeps the last weights.
        validation_fraction: share of the rows held out when no validation data are given (none below 20 rows).
        n_init: number of restarts; the best ELBO is kept.
        warm_start: whether `fit` continues from the last fit's weights.
        output_bias: whether the decoder starts from the best constant instead of from zero.
        precision: "float32", or "bfloat16" for the networks' arithmetic (weights stay float32).
        random_state: seed of every random draw.
        checkpoint_dir: folder for the training state; a state found there is resumed.
        checkpoint_seconds: how often that state is written.
        verbose: 0 is silent; 1 says what was chosen and shows progress on a terminal.

    Attributes:
        module_: the trained `VAEModule`.
        history_: one row per epoch (DataFrame), nats per row.
        schema_: what was learnt of the data's columns.
        likelihood_: the likelihood in use; ``likelihood_reason_`` says why.
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
        activation="relu",
        dropout=0.0,
        layer_norm=False,
        likelihood="auto",
        posterior="diagonal_normal",
        prior="standard_normal",
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
        self.activation = activation
        self.dropout = dropout
        self.layer_norm = layer_norm
        self.likelihood = likelihood
        self.posterior = posterior
        self.prior = prior
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

    def fit(self, X, y=None, *, validation_data=None) -> Self:
        """Fit to rows X; ``y`` is ignored.

        Args:
            X: (n, d) or pictures (n, h, w[, c]), at least two rows, no missing values.
            y: ignored, for scikit-learn's sake.
            validation_data: rows to validate on, or a pair (rows, ignored); by default a share of X.

        Raises:
            InputError: a setting or the data cannot be used; nothing has changed then.
            TrainingError: a loss was not finite; the last good weights have been kept.
        """
        check_parameters(self)
        use_compilation_cache()
        before = dict(vars(self))
        try:
            self._fit(X, validation_data)
        except TrainingError:
            raise
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise
        return self

    def _fit(self, X, validation_data) -> None:
        continuing = self.warm_start and hasattr(self, "module_")
        x = self._read(X, reset=not continuing)
        if continuing:
            self.schema_.check_values(self.likelihood_, x)
        else:
            self._learn_schema(x)
        rng = check_random_state(self.random_state)
        x, held_out = self._split(x, validation_data, rng)
        seeds = rng.randint(_LARGEST_SEED, size=self.n_init)
        plans = [make_plan(self, self.schema_, len(x), int(seed)) for seed in seeds]
        module = self.module_ if continuing else None
        outcomes = []
        for restart, plan in enumerate(plans):
            try:
                outcomes.append((self._train(x, held_out, plan, restart, module), plan.seed, None))
            except TrainingError as error:  # the other restarts may do better
                outcomes.append((error.fitted, plan.seed, error))
        vars(self).pop("n_passes_", None)
        finished = [outcome for outcome in outcomes if outcome[2] is None]
        fitted, self.seed_, failure = max(finished or outcomes, key=lambda outcome: outcome[0].final_elbo)
        self._adopt(fitted)
        if failure is not None:
            raise failure

    def partial_fit(self, X, y=None) -> Self:
        """Make one pass over rows X, continuing from where the last call left weights and optimiser.

        The learning rate is constant and nothing is validated; the first call fixes features and likelihood.
        """
        first = not hasattr(self, "module_")
        if first:
            check_parameters(self)
            use_compilation_cache()
        x = self._read(X, reset=first)
        if first:
            self._learn_schema(x)
            self.seed_ = int(check_random_state(self.random_state).randint(_LARGEST_SEED))
        else:
            self.schema_.check_values(self.likelihood_, x)
        self.n_passes_ = getattr(self, "n_passes_", 0) + 1
        plan = make_plan(self, self.schema_, len(x), self.seed_ + self.n_passes_)
        recipe = replace(plan.recipe, schedule="constant", patience=None)
        plan = replace(plan, recipe=recipe, epochs=1, head_start=0)
        module = self._build(self.seed_) if first else self.module_
        opt_state = getattr(self, "_opt_state", None)
        fitted = train(module, ELBO(self.beta, self.free_bits), Batch(x), plan, opt_state=opt_state)
        earlier = None if first else self.history_
        self._adopt(fitted)
        if earlier is not None:
            self.history_ = pd.concat([earlier, fitted.history], ignore_index=True)
            self.history_["epoch"] = np.arange(1, len(self.history_) + 1)
        return self

    def transform(self, X):
        """Posterior means, (n, latent_dim)."""
        x = self._read(X)
        return evaluate.encode(self.module_, x)

    def inverse_transform(self, Z):
        """Decoder means E[x|z] in the data's own units, (n, *event), for latent points (n, latent_dim)."""
        check_is_fitted(self, "module_")
        z = np.asarray(Z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.module_.latent_dim:
            raise InputError(f"expected latent points of shape (n, {self.module_.latent_dim}); got {z.shape}")
        if not np.isfinite(z).all():
            raise InputError("latent points must be finite; got NaN or infinity")
        return self._as_given(evaluate.decode(self.module_, z))

    def reconstruct(self, X):
        """Decoder means at the posterior means, (n, *event)."""
        return self._as_given(evaluate.reconstruct(self.module_, self._read(X)))

    def sample(self, n_samples=1, *, noise=True, random_state=None):
        """Draw rows from the model: z from the prior, then x from p(x|z), or E[x|z] where ``noise`` is off."""
        check_is_fitted(self, "module_")
        if not isinstance(n_samples, Integral) or n_samples < 1:
            raise InputError(f"n_samples must be a whole number of at least 1; got {n_samples!r}")
        rng = check_random_state(self.random_state if random_state is None else random_state)
        seed = int(rng.randint(_LARGEST_SEED))
        return self._as_given(evaluate.generate(self.module_, int(n_samples), seed, noise=noise))

    def score_samples(self, X, n_importance=100):
        """Importance-weighted estimate of log p(x), nats, (n,) (arXiv 1509.00519).

        The same row always gets the same score, whatever the rows beside it. A plain autoencoder (a point
        posterior) has no such bound; its score is log p(x, z) at the encoded point.
        """
        if not isinstance(n_importance, Integral) or n_importance < 1:
            raise InputError(f"n_importance must be a whole number of at least 1; got {n_importance!r}")
        x = self._scorable(X)
        return evaluate.log_likelihood(self.module_, x, int(n_importance), self.seed_).astype(np.float64)

    def score(self, X, y=None) -> float:
        """Mean of `score_samples`, nats per row: higher is better."""
        return float(self.score_samples(X).mean())

    def elbo(self, X) -> pd.DataFrame:
        """The evidence lower bound of each row and its terms, nats: columns reconstruction, kl, elbo."""
        terms = evaluate.elbo(self.module_, self._scorable(X), self.seed_)
        return pd.DataFrame({"reconstruction": terms.reconstruction, "kl": terms.kl, "elbo": terms.elbo})

    def active_units(self, X) -> evaluate.ActiveUnits:
        """Variance and KL of each latent dimension over rows X."""
        return evaluate.active_units(self.module_, self._read(X))

    def save(self, path) -> None:
        """Write config.json, model.safetensors and history.csv into a folder; `elbax.load` reads them.

        Raises:
            InputError: the folder cannot be written, or the likelihood is a Python function.
        """
        check_is_fitted(self, "module_")
        artifacts.save(self, Path(path))

    def __getstate__(self):
        """Pickle as plain values and safetensors bytes."""
        state = dict(super().__getstate__())
        return artifacts.pack(state) if "module_" in state else state

    def __setstate__(self, state):
        """Rebuild the module from its bytes."""
        super().__setstate__(artifacts.unpack(state, self._skeleton_from) if "module_" in state else state)

    def __sklearn_tags__(self):
        """Tell scikit-learn that latents come out as float32."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return self.module_.latent_dim

    def _read(self, X, reset: bool = False) -> np.ndarray:
        """Turn what the user gave into rows (n, *event), checked against what was fitted unless ``reset``."""
        if not reset:
            check_is_fitted(self, "module_")
        x, columns = as_array(X)
        if x.ndim == 2:
            try:
                validate_data(self, X if columns else x, reset=reset, skip_check_array=True)
            except ValueError as error:  # scikit-learn's own words, which run over several lines
                raise InputError(" ".join(str(error).split())) from error
            if not reset:
                x = x.reshape(len(x), *self.event_shape_)
        elif reset:
            vars(self).pop("feature_names_in_", None)
        x = x[..., None] if x.ndim == 3 else x
        if not reset:
            self.schema_.check_rows(x)
        return x

    def _scorable(self, X) -> np.ndarray:
        """Rows as `_read` gives them, every value of which has a density."""
        x = self._read(X)
        self.schema_.check_values(self.likelihood_, x)
        return x

    def _learn_schema(self, x: np.ndarray) -> None:
        names = getattr(self, "feature_names_in_", None)
        schema = Schema.of(x, columns=None if names is None else tuple(names))
        likelihood, reason = resolve_likelihood(self.likelihood, schema)
        schema.check(likelihood)
        self._set_schema(schema, likelihood, reason)
        if self.verbose and self.likelihood == "auto":
            Console(stderr=True).print(f"likelihood: {reason}", highlight=False, soft_wrap=True)

    def _set_schema(self, schema: Schema, likelihood: AbstractLikelihood, reason: str) -> None:
        self.schema_, self.likelihood_, self.likelihood_reason_ = schema, likelihood, reason
        self.event_shape_ = schema.event_shape
        self.n_features_in_ = int(np.prod(self.event_shape_))

    def _split(self, x: np.ndarray, validation_data, rng) -> tuple[np.ndarray, np.ndarray | None]:
        if validation_data is not None:
            rows = validation_data[0] if isinstance(validation_data, tuple) else validation_data
            held_out = self._given_validation(rows)
            return x, held_out
        held_out = held_out_rows(len(x), self.validation_fraction, rng)
        return (x, None) if len(held_out) == 0 else (np.delete(x, held_out, axis=0), x[held_out])

    def _given_validation(self, rows) -> np.ndarray:
        x, _ = as_array(rows)
        x = x.reshape(len(x), *self.event_shape_) if x.size == len(x) * self.n_features_in_ else x
        self.schema_.check_rows(x)
        self.schema_.check_values(self.likelihood_, x)
        return x

    def _train(self, x, held_out, plan: Plan, restart: int, module: VAEModule | None) -> Fitted:
        objective = ELBO(self.beta, self.free_bits, self.warmup, self.warmup_shape)
        checkpoint = self._checkpoint(x, held_out, plan, restart, module)
        latent = None if module is not None else self._latent_points(x, plan)
        if latent is None:
            plan = replace(plan, head_start=0)
        with ProgressBar(enabled=bool(self.verbose)) as bar:
            return train(
                module or self._build(plan.seed),
                objective,
                Batch(x, latent),
                plan,
                validation=None if held_out is None else Batch(held_out),
                checkpoint=checkpoint,
                listeners=(bar,),
            )

    def _latent_points(self, x: np.ndarray, plan: Plan) -> np.ndarray | None:
        """Points for the head start, (n, latent)."""
        if plan.head_start == 0:
            return None
        rng = np.random.default_rng(plan.seed)
        return latent_points(x, self.schema_.summary, self.latent_dim, pick_init(self), rng)

    def _checkpoint(self, x: np.ndarray, held_out, plan: Plan, restart: int, start) -> Checkpoint | None:
        if self.checkpoint_dir is None:
            return None
        if self.random_state is None:
            raise InputError(
                "checkpoint_dir needs a random_state, or a later fit could not resume; set random_state=0"
            )
        folder = make_folder(Path(self.checkpoint_dir))
        fingerprint = artifacts.fingerprint(self, plan, x, held_out, start)
        return Checkpoint(folder / f"restart-{restart}.safetensors", self.checkpoint_seconds, fingerprint)

    def _architecture(self) -> Architecture:
        names = [field.name for field in fields(Architecture)]
        chosen = {name: getattr(self, name) for name in names}
        return Architecture(**{**chosen, "hidden": pick_hidden(self, self.schema_)})

    def _build(self, seed: int) -> VAEModule:
        return VAEModule.build(
            self._architecture(), self.likelihood_, self.schema_.summary, np.random.default_rng(seed)
        )

    def _skeleton_from(self, state: dict):
        """The shapes of the module that this state describes, for checking stored arrays against."""
        blank = type(self)(**{name: state[name] for name in self._get_param_names()})
        blank.likelihood_, blank.schema_ = state["likelihood_"], state["schema_"]
        return blank._build

    def _adopt(self, fitted: Fitted) -> None:
        self._opt_state = fitted.state.opt_state
        self._restore(fitted.module, fitted.history)

    def _restore(self, module: VAEModule, history: pd.DataFrame) -> None:
        self.module_ = module
        self.history_ = history
        self.n_parameters_ = sum(leaf.size for leaf in jax.tree.leaves(split_trainable(module)[0]))

    def _as_given(self, x: np.ndarray):
        """Tables come back as tables."""
        return x if self.schema_.columns is None else pd.DataFrame(x, columns=list(self.schema_.columns))


def held_out_rows(n: int, fraction: float, random_state) -> np.ndarray:
    """The rows, in increasing order, that `VAE.fit` validates on when it is given no others; none below 20 rows.

    Example:
        >>> len(held_out_rows(100, 0.1, 0))
        10
    """
    n_held_out = int(n * fraction) if n >= 20 else 0
    if n_held_out == 0:
        return np.empty(0, int)
    return np.sort(check_random_state(random_state).permutation(n)[:n_held_out])
