"""The function `make_vae` of the original notebook, with its arguments."""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from math import nextafter
from numbers import Integral
from types import MappingProxyType
from typing import Any

import equinox as eqx
import jax
import numpy as np
from sklearn.utils import check_random_state

from elbax import evaluate
from elbax.callbacks.progress_bar import ProgressBar
from elbax.checks import check_integer, check_number, check_path
from elbax.core.config import from_config, to_config
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood, Custom
from elbax.core.networks import activation as find_activation
from elbax.core.objectives import ELBO, AbstractObjective, choose_objective
from elbax.core.registry import UnknownPartError
from elbax.core.serialization import from_bytes, to_bytes
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data import as_array
from elbax.data.column_statistics import find_non_finite
from elbax.errors import InputError, unknown_name
from elbax.files import atomic_write_all, make_folder
from elbax.fit.rows import latent_points
from elbax.model_folder import FORMAT, MADE_BY_MAKE_VAE, plain, read_config
from elbax.train.compilation import use_compilation_cache
from elbax.train.config import TrainConfig
from elbax.train.hosts import is_first
from elbax.train.trainer import OptimizerState, train, untrained_optimizer_state
from elbax.types import Batch, Summary


@dataclass(frozen=True)
class History:
    """The result of `NotebookVAE.fit`: ``loss`` and, with validation data, ``val_loss``, one value per epoch.

    Example:
        >>> History({"loss": [2.0, 1.5]}).history["loss"]
        [2.0, 1.5]
    """

    history: dict[str, list[float]]


class NotebookVAE:
    """A VAE for repeated calls of `fit`; its encoder and decoder always use the current weights.

    Example:
        >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
        >>> vae.predict(np.zeros((3, 2))).shape
        (3, 2)
    """

    def __init__(
        self,
        module: VAEModule,
        objective: AbstractObjective,
        config: TrainConfig,
        dim_context: int | None = None,
        arguments: Mapping[str, Any] = MappingProxyType({}),
    ):
        self.module, self.dim_context = module, dim_context
        self._objective, self._config, self._arguments = objective, config, arguments
        self._optimizer_state: OptimizerState | None = None

    def fit(
        self, x, shuffle=True, epochs=1, batch_size=32, validation_data=None, verbose=0, *, context=None
    ) -> History:
        """Train for more epochs on rows x (n, dim_original); losses are nats per row.

        A conditional VAE needs a context (n, dim_context), and a pair (rows, context) as validation data.

        Example:
            >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
            >>> len(vae.fit(np.random.default_rng(0).uniform(size=(50, 2)), epochs=2).history["loss"])
            2
        """
        epochs, batch_size = check_integer("epochs", epochs), check_integer("batch_size", batch_size)
        use_compilation_cache()
        with ProgressBar(enabled=bool(verbose) and is_first()) as bar:
            result = train(
                self.module,
                self._objective,
                self._batch(x, context),
                replace(self._config, epochs=epochs, batch_size=batch_size),
                validation=self._validation(validation_data),
                optimizer_state=self._optimizer_state,
                listeners=(bar,),
                shuffle=shuffle,
            )
        self.module, self._optimizer_state = result.module, result.optimizer_state
        # The next call draws other noise.
        self._config = replace(self._config, seed=self._config.seed + 1)
        names = [name for name in ("loss", "val_loss") if name in result.history]
        return History({name: result.history[name].tolist() for name in names})

    def predict(self, x, context=None) -> np.ndarray:
        """Reconstructions: decoded posterior means, (n, dim_original).

        Example:
            >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
            >>> vae.predict(np.zeros((3, 2))).shape
            (3, 2)
        """
        return evaluate.reconstruct(self.module, self._batch(x, context))

    def save(self, path) -> None:
        """Save arguments, weights and optimizer state into a folder for `load_vae`.

        Raises:
            InputError: the folder cannot be written, or the likelihood is a Python function.

        Example:
            >>> import tempfile
            >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
            >>> folder = tempfile.mkdtemp() + "/model"
            >>> vae.save(folder)
            >>> load_vae(folder)[0].predict(np.zeros((3, 2))).shape
            (3, 2)
        """
        folder, arguments = check_path("path", path), dict(self._arguments)
        if isinstance(arguments["likelihood"], AbstractLikelihood):
            arguments["likelihood"] = to_config(arguments["likelihood"])
        elif not isinstance(arguments["likelihood"], str):
            raise InputError(
                "cannot save a likelihood that is a Python function; make the VAE with a likelihood by name"
            )
        config = {
            "format": FORMAT,
            "elbax": version("elbax"),
            MADE_BY_MAKE_VAE: arguments,
            "seed": self._config.seed,
            "fitted": self._optimizer_state is not None,
        }
        arrays = eqx.filter({"module": self.module, "optimizer": self._optimizer_state}, _is_array)
        make_folder(folder)
        atomic_write_all(
            {
                folder / "model.safetensors": to_bytes(arrays),
                folder / "config.json": json.dumps(config, indent=2, default=plain).encode(),
            }
        )

    def _set_saved(self, seed: int, fitted: bool, data: bytes) -> None:
        """Take over the arrays of a saved model."""
        self._config = replace(self._config, seed=seed)
        optimizer = untrained_optimizer_state(self.module, self._objective, self._config) if fitted else None
        like, rest = eqx.partition({"module": self.module, "optimizer": optimizer}, _is_array)
        saved = eqx.combine(jax.tree.map(jax.numpy.asarray, from_bytes(data, like)), rest)
        self.module, self._optimizer_state = saved["module"], saved["optimizer"]

    def _batch(self, x, context) -> Batch:
        x = self._rows(x)
        return Batch(x, context=self._context(context, len(x)))

    def _validation(self, data) -> Batch | None:
        rows, context = (*data, None)[:2] if isinstance(data, tuple) else (data, None)
        if rows is None:
            return None
        return self._batch(rows, None if self.dim_context is None else context)

    def _context(self, context, n: int) -> np.ndarray | None:
        size = self.dim_context
        if size is None and context is not None:
            raise InputError("this VAE was made without dim_context, so it takes no context")
        if size is None:
            return None
        if context is None:
            raise InputError(f"this VAE was made with dim_context={size}; pass a context of shape ({n}, {size})")
        context, _ = as_array(context, name="context")
        if context.shape != (n, size):
            raise InputError(f"expected a context of shape ({n}, {size}); got {context.shape}")
        if not np.isfinite(context).all():
            raise InputError("context has values that are NaN or infinite; remove or fill them first")
        return context

    def _rows(self, x) -> np.ndarray:
        x, _ = as_array(x)
        x = x[..., None] if x.ndim == 3 else x
        if x.shape[1:] != self.module.event_shape:
            raise InputError(f"expected rows of shape {self.module.event_shape}; got {x.shape[1:]}")
        if find_non_finite(x).total:
            raise InputError("x has values that are NaN or infinite; remove or fill them first")
        likelihood = self.module.likelihood
        if (outside := likelihood.excludes(x)).any():
            raise InputError(f"x holds {x[outside][0]:g}; {likelihood.name} needs {likelihood.support}; rescale x")
        return x


@dataclass(frozen=True)
class Encoder:
    """The encoding half of a `NotebookVAE`.

    Example:
        >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
        >>> encoder.predict(np.zeros((3, 2))).shape
        (3, 1)
    """

    vae: NotebookVAE

    def save(self, path) -> None:
        """Save the whole VAE; see `NotebookVAE.save`."""
        self.vae.save(path)

    def predict(self, x, context=None) -> np.ndarray:
        """Posterior means, (n, dim_latent).

        Example:
            >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
            >>> encoder.predict(np.zeros((3, 2))).shape
            (3, 1)
        """
        return evaluate.encode(self.vae.module, self.vae._batch(x, context))


@dataclass(frozen=True)
class Decoder:
    """The decoding half of a `NotebookVAE`.

    Example:
        >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
        >>> decoder.predict(np.zeros((3, 1))).shape
        (3, 2)
    """

    vae: NotebookVAE

    def save(self, path) -> None:
        """Save the whole VAE; see `NotebookVAE.save`."""
        self.vae.save(path)

    def predict(self, z, context=None) -> np.ndarray:
        """Decoded means, (n, dim_original).

        Example:
            >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
            >>> decoder.predict(np.zeros((3, 1))).shape
            (3, 2)
        """
        z = latent_points(z, self.vae.module.latent_dim)
        return evaluate.decode(self.vae.module, z, self.vae._context(context, len(z)))


def make_vae(
    dim_original: int | None = None,
    n_layers: int = 1,
    dim_latent: int = 2,
    dim_intermediate: int = 256,
    likelihood: str | AbstractLikelihood | Callable = "binary_cross_entropy",
    activation: str = "relu",
    decoder_activation: str | None = "sigmoid",
    optimizer: str = "adam",
    dropout: float | None = 0.2,
    *,
    architecture: Sequence[int] | None = None,
    dim_context: int | None = None,
    learning_rate: float = 1e-3,
    objective: str = "elbo",
    kl_weight: float = 1.0,
    precision: str = "float32",
    random_state=None,
) -> tuple[NotebookVAE, Encoder, Decoder]:
    """Build an untrained VAE, with an encoder and a decoder that share its weights.

    Args:
        dim_original: number of features.
        n_layers: number of (dense, dropout) layers on each side.
        dim_latent: number of latent dimensions.
        dim_intermediate: width of those layers.
        likelihood: "binary_cross_entropy", "sum_of_squares", another likelihood's name or object, or a function
            of (x, decoded mean) that returns the negative log-likelihood.
        activation: activation of the hidden layers.
        decoder_activation: activation of the decoded mean; None for none.
        optimizer: an Optax optimizer, with settings if any, such as "adam(eps=1e-4)".
        dropout: share of hidden units dropped in training; None for none.
        architecture: all sizes in one list, such as [784, 500, 500, 20], instead of the four above.
        dim_context: size of the context of a conditional VAE; it is not standardized.
        learning_rate: the optimizer's step size.
        objective: "elbo", or "iwae(k=5)", the importance-weighted bound of k samples.
        kl_weight: weight of the KL in the ELBO; 0 switches it off.
        precision: operands of matrix products in the networks: "float32", "bfloat16", or "auto".
        random_state: seed of every random draw.

    ``save(path)`` of all three writes a folder for `load_vae`.

    Raises:
        InputError: a name is unknown or a number out of range.

    Example:
        >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
        >>> history = vae.fit(np.random.default_rng(0).uniform(size=(50, 2)), epochs=2).history
        >>> len(history["loss"]), encoder.predict(np.zeros((3, 2))).shape
        (2, (3, 1))
    """
    arguments = {**locals(), "random_state": None}
    sizes = {"dim_original": dim_original, "n_layers": n_layers, "dim_latent": dim_latent}
    sizes["dim_intermediate"] = dim_intermediate
    dim_original, *hidden, dim_latent = _layer_sizes(architecture, sizes)
    if dim_context is not None:
        check_integer("dim_context", dim_context)
    wanted = "None, or at least 0 and below 1"
    dropout = check_number("dropout", 0.0 if dropout is None else dropout, "", 0, nextafter(1, 0), wanted=wanted)
    find_activation(activation)
    if objective != ELBO.name and kl_weight != 1.0:
        raise InputError(f"kl_weight is the ELBO's; leave it at 1 with objective={objective!r}")
    loss = choose_objective(objective, {"beta": kl_weight}, ModelConfig.posterior)
    config = ModelConfig(
        latent_dim=dim_latent,
        hidden=tuple(hidden),
        activation=activation,
        dropout=dropout,
        precision=precision,
        output_bias=False,
    )
    zeros, ones = np.zeros(dim_original), np.ones(dim_original)
    summary = Summary(zeros, ones, minimum=zeros, maximum=ones, center=zeros, unit=ones, spacing=zeros)
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    module = VAEModule.build(
        config,
        _likelihood(likelihood, decoder_activation),
        summary,
        np.random.default_rng(seed),
        context_shape=None if dim_context is None else (dim_context,),
    )
    vae = NotebookVAE(module, loss, TrainConfig(1, 32, learning_rate, seed, optimizer), dim_context, arguments)
    return vae, Encoder(vae), Decoder(vae)


def load_vae(path) -> tuple[NotebookVAE, Encoder, Decoder]:
    """Load what `make_vae` returned and ``save`` wrote; `NotebookVAE.fit` goes on as if it had never been saved.

    Args:
        path: the folder.

    Raises:
        InputError: the folder is not such a model, is damaged, or has another format.

    Example:
        >>> load_vae("nowhere")
        Traceback (most recent call last):
        ...
        elbax.errors.InputError: nowhere is not a model folder: it has no config.json
    """
    folder = check_path("path", path)
    config = read_config(folder)
    if MADE_BY_MAKE_VAE not in config:
        raise InputError(f"{folder} holds a VAE of elbax.VAE; open it with elbax.load")
    try:
        arguments = dict(config[MADE_BY_MAKE_VAE])
        if isinstance(arguments["likelihood"], dict):
            arguments["likelihood"] = from_config(LIKELIHOODS, arguments["likelihood"])
        vae, encoder, decoder = make_vae(**arguments)
        vae._set_saved(config["seed"], config["fitted"], (folder / "model.safetensors").read_bytes())
    except OSError as error:
        raise InputError(f"{folder} is not a whole model: cannot read {error.filename}") from error
    except UnknownPartError as error:
        raise error.in_model(folder) from error
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder / 'config.json'} is damaged: {error}") from error
    return vae, encoder, decoder


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray)


def _layer_sizes(architecture: Sequence[int] | None, sizes: dict[str, int | None]) -> list[int]:
    """Numbers of features, hidden units and latents, from ``architecture`` or the four sizes."""
    if architecture is None:
        n = {name: check_integer(name, size) for name, size in sizes.items()}
        return [n["dim_original"], *[n["dim_intermediate"]] * n["n_layers"], n["dim_latent"]]
    defaults = inspect.signature(make_vae).parameters
    if clash := [name for name, value in sizes.items() if value != defaults[name].default]:
        raise InputError(f"architecture replaces {', '.join(sizes)}; got both architecture and {clash[0]}")
    if len(architecture) < 2 or not all(isinstance(n, Integral) and n > 0 for n in architecture):
        raise InputError(
            f"architecture must list features, hidden widths and latents, as in [784, 500, 20]; got {architecture!r}"
        )
    return list(architecture)


def _likelihood(likelihood, decoder_activation: str | None) -> AbstractLikelihood:
    link = decoder_activation or "identity"
    if isinstance(likelihood, AbstractLikelihood):
        return likelihood
    if callable(likelihood):
        return Custom(likelihood, link=link)
    if likelihood not in LIKELIHOODS:
        raise unknown_name("likelihood", likelihood, LIKELIHOODS)
    accepts_link = "link" in inspect.signature(LIKELIHOODS[likelihood]).parameters
    return from_config(LIKELIHOODS, {"name": likelihood} | ({"link": link} if accepts_link else {}))
