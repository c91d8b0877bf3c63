"""The notebook's own function, `make_vae`, with its arguments and their meaning."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from elbax import evaluate
from elbax.core.config import from_config
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood, Custom
from elbax.core.networks import activation as find_activation
from elbax.core.objectives import ELBO, AbstractObjective, choose_objective
from elbax.core.vae import Architecture, VAEModule
from elbax.data import as_array
from elbax.data.column_statistics import find_non_finite
from elbax.errors import InputError, unknown_name
from elbax.train.compilation import use_compilation_cache
from elbax.train.engine import train
from elbax.train.hosts import is_first
from elbax.train.progress import ProgressBar
from elbax.train.recipe import Plan, Recipe
from elbax.types import Batch, Summary

__all__ = ["Decoder", "Encoder", "History", "NotebookVAE", "make_vae"]


@dataclass(frozen=True)
class History:
    """What `NotebookVAE.fit` returns: ``history`` has ``loss`` and, with validation data, ``val_loss``, by epoch."""

    history: dict[str, list[float]]


class NotebookVAE:
    """A VAE that is trained by `fit`, as often as wanted; its encoder and decoder follow along."""

    def __init__(
        self,
        module: VAEModule,
        objective: AbstractObjective,
        recipe: Recipe,
        learning_rate: float,
        seed: int,
        dim_context: int | None = None,
    ):
        self.module, self.dim_context = module, dim_context
        self._objective, self._recipe, self._learning_rate, self._seed = (
            objective,
            recipe,
            learning_rate,
            seed,
        )
        self._carried = None

    def fit(
        self, x, shuffle=True, epochs=1, batch_size=32, validation_data=None, verbose=0, *, context=None
    ) -> History:
        """Train for some more epochs on rows x (n, dim_original); losses are nats per row.

        Conditional VAEs need a context (n, dim_context), and a pair (rows, context) to validate on.
        """
        _check_counts(epochs=epochs, batch_size=batch_size)
        use_compilation_cache()
        with ProgressBar(enabled=bool(verbose) and is_first()) as bar:
            fitted = train(
                self.module,
                self._objective,
                self._batch(x, context),
                Plan(self._recipe, epochs, batch_size, self._learning_rate, self._seed),
                validation=self._validation(validation_data),
                carried=self._carried,
                listeners=(bar,),
                shuffle=shuffle,
            )
        self.module, self._carried = fitted.module, fitted.carried
        self._seed += 1  # the next call continues with other noise
        kept = [name for name in ("loss", "val_loss") if name in fitted.history]
        return History({name: fitted.history[name].tolist() for name in kept})

    def predict(self, x, context=None) -> np.ndarray:
        """Reconstructions: decoded posterior means, (n, dim_original)."""
        return evaluate.reconstruct(self.module, self._batch(x, context))

    def _batch(self, x, context) -> Batch:
        x = self._rows(x)
        return Batch(x, context=self._context(context, len(x)))

    def _validation(self, given) -> Batch | None:
        rows, context = (*given, None)[:2] if isinstance(given, tuple) else (given, None)
        if rows is None:
            return None
        return self._batch(rows, None if self.dim_context is None else context)

    def _context(self, context, n: int) -> np.ndarray | None:
        if (self.dim_context is None) != (context is None):
            raise InputError(
                "this VAE was made without dim_context, so it takes no context"
                if self.dim_context is None
                else f"this VAE was made with dim_context={self.dim_context}; pass a context of shape "
                f"({n}, {self.dim_context})"
            )
        if context is None:
            return None
        context, _ = as_array(context, name="context")
        if context.shape != (n, self.dim_context):
            raise InputError(f"expected a context of shape ({n}, {self.dim_context}); got {context.shape}")
        if not np.isfinite(context).all():
            raise InputError("context has values that are NaN or infinite; remove or fill them first")
        return context

    def _rows(self, x) -> np.ndarray:
        x, _ = as_array(x)
        if x.shape[1:] != self.module.event_shape:
            raise InputError(f"expected rows of shape {self.module.event_shape}; got {x.shape[1:]}")
        if find_non_finite(x).total:
            raise InputError("x has values that are NaN or infinite; remove or fill them first")
        likelihood = self.module.likelihood
        if (outside := likelihood.excludes(x)).any():
            raise InputError(
                f"x holds {x[outside][0]:g}; {likelihood.name} needs {likelihood.support}; rescale x"
            )
        return x


@dataclass(frozen=True)
class Encoder:
    """The encoding half of a `NotebookVAE`."""

    vae: NotebookVAE

    def predict(self, x, context=None) -> np.ndarray:
        """Posterior means, (n, dim_latent)."""
        return evaluate.encode(self.vae.module, self.vae._batch(x, context))


@dataclass(frozen=True)
class Decoder:
    """The decoding half of a `NotebookVAE`."""

    vae: NotebookVAE

    def predict(self, z, context=None) -> np.ndarray:
        """Decoded means, (n, dim_original)."""
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.vae.module.latent_dim:
            raise InputError(
                f"expected latent points of shape (n, {self.vae.module.latent_dim}); got {z.shape}"
            )
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
        optimizer: the name of an Optax optimiser, or one with settings, such as "adam(eps=1e-4)".
        dropout: share of hidden units switched off while training; None for none.
        architecture: all sizes as one list, such as [784, 500, 500, 20] (features, hidden layers, latents), in place
            of the four sizes above.
        dim_context: size of a context for a conditional VAE: encoder and decoder see it as it is.
        learning_rate: the optimiser's step size.
        objective: "elbo", or "iwae(k=5)", the importance-weighted bound of k samples.
        kl_weight: weight of the KL in the ELBO; 0 switches it off.
        precision: of the factors in the networks' products: "float32", "bfloat16", or "auto".
        random_state: seed of every random draw.

    Raises:
        InputError: a name is unknown or a number out of range.

    Example:
        >>> vae, encoder, decoder = make_vae(2, dim_latent=1, dim_intermediate=8, random_state=0)
        >>> history = vae.fit(np.random.default_rng(0).uniform(size=(50, 2)), epochs=2).history
        >>> len(history["loss"]), encoder.predict(np.zeros((3, 2))).shape
        (2, (3, 1))
    """
    sizes = {"dim_original": dim_original, "n_layers": n_layers, "dim_latent": dim_latent}
    sizes["dim_intermediate"] = dim_intermediate
    dim_original, *hidden, dim_latent = _layer_sizes(architecture, sizes)
    if dim_context is not None:
        _check_counts(dim_context=dim_context)
    if not 0.0 <= (dropout or 0.0) < 1.0:
        raise InputError(f"dropout must be None, or at least 0 and below 1; got {dropout!r}")
    find_activation(activation)
    if objective != ELBO.name and kl_weight != 1.0:
        raise InputError(f"kl_weight is the ELBO's; leave it at 1 with objective={objective!r}")
    chosen = choose_objective(objective, {"beta": kl_weight}, Architecture.posterior)
    shape = Architecture(
        latent_dim=dim_latent,
        hidden=tuple(hidden),
        activation=activation,
        dropout=dropout or 0.0,
        precision=precision,
        output_bias=False,
    )
    zeros, ones = np.zeros(dim_original), np.ones(dim_original)
    summary = Summary(
        mean=zeros, std=ones, minimum=zeros, maximum=ones, center=zeros, unit=ones, spacing=zeros
    )
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    module = VAEModule.build(
        shape,
        _likelihood(likelihood, decoder_activation),
        summary,
        np.random.default_rng(seed),
        None if dim_context is None else (dim_context,),
    )
    vae = NotebookVAE(module, chosen, Recipe(optimizer), learning_rate, seed, dim_context)
    return vae, Encoder(vae), Decoder(vae)


def _layer_sizes(architecture: Sequence[int] | None, sizes: dict[str, int | None]) -> list[int]:
    """Features, hidden widths and latents, from whichever way they were given."""
    if architecture is None:
        _check_counts(**sizes)
        hidden = [sizes["dim_intermediate"]] * sizes["n_layers"]
        return [sizes["dim_original"], *hidden, sizes["dim_latent"]]
    given = inspect.signature(make_vae).parameters
    if clash := [name for name, value in sizes.items() if value != given[name].default]:
        raise InputError(f"architecture replaces {', '.join(sizes)}; got both architecture and {clash[0]}")
    if len(architecture) < 2 or not all(isinstance(n, Integral) and n > 0 for n in architecture):
        raise InputError(
            f"architecture must list features, hidden widths and latents, as in [784, 500, 20]; got {architecture!r}"
        )
    return list(architecture)


def _check_counts(**counts: int) -> None:
    for name, value in counts.items():
        if not isinstance(value, Integral) or value < 1:
            raise InputError(f"{name} must be a whole number of at least 1; got {value!r}")


def _likelihood(given, decoder_activation: str | None) -> AbstractLikelihood:
    link = decoder_activation or "identity"
    if isinstance(given, AbstractLikelihood):
        return given
    if callable(given):
        return Custom(given, link=link)
    if given not in LIKELIHOODS:
        raise unknown_name("likelihood", given, LIKELIHOODS)
    config = {"name": given, "link": link}
    accepts_link = "link" in inspect.signature(LIKELIHOODS[given]).parameters
    return from_config(LIKELIHOODS, config if accepts_link else {"name": given})
