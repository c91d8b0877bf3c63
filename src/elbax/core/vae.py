"""The VAE module: encoder, posterior, prior, decoder and likelihood, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from paramax import NonTrainable

from elbax.core.config import choose
from elbax.core.custom_networks import make_network
from elbax.core.likelihoods.base import AbstractLikelihood
from elbax.core.networks import MLP, ConvDecoder, ConvEncoder
from elbax.core.parts import ModelSpec
from elbax.core.posteriors import POSTERIORS, AbstractPosterior
from elbax.core.priors import PRIORS, AbstractPrior
from elbax.core.registry import Registry
from elbax.core.xla.matmul import choose_precision
from elbax.errors import InputError
from elbax.types import Batch, Summary, float32


class NetworkPair(NamedTuple):
    """An encoder class, a function or class that makes the decoder, and their usual widths.

    An encoder is made from the event's shape and its outputs' shape; a decoder from the shape of a latent point, the
    event's shape, and the number of its outputs, which are flat. Both make Equinox modules that are called with one
    row, its context or None, and a ``key``, and that have a ``dropout``, 0 for none; see `elbax.core.networks.MLP`.
    """

    encoder: Callable[..., eqx.Module]
    decoder: Callable[..., eqx.Module]
    hidden: tuple[int, ...]


def _mlp_decoder(in_shape: tuple[int, ...], event_shape: tuple[int, ...], n_outputs: int, **options) -> MLP:
    return MLP(in_shape, (n_outputs,), **options)


NETWORKS = Registry(
    "network",
    NetworkPair,
    mlp=NetworkPair(MLP, _mlp_decoder, (256, 256)),
    conv=NetworkPair(ConvEncoder, ConvDecoder, (32, 64)),
)


@dataclass(frozen=True)
class ModelConfig:
    """Everything that fixes the shape of a module.

    Posterior and prior are parts, or their names, with settings where they have any, as in "mixture(components=10)".
    ``hidden`` runs from data to latents, ``decoder_hidden`` from latents to data; without the latter the decoder
    mirrors the encoder. ``encoder`` and ``decoder`` are networks of the user's own in place of those, or None; text
    describes one whose code no file holds.
    """

    latent_dim: int = 2
    network: str = "mlp"
    hidden: tuple[int, ...] | None = None
    decoder_hidden: tuple[int, ...] | None = None
    activation: str = "relu"
    dropout: float = 0.0
    layer_norm: bool = False
    posterior: str | AbstractPosterior = "diagonal_normal"
    prior: str | AbstractPrior = "standard_normal"
    precision: str = "float32"
    output_bias: bool = True
    encoder: eqx.Module | Callable[..., eqx.Module] | str | None = None
    decoder: eqx.Module | Callable[..., eqx.Module] | str | None = None


class PosteriorSample(NamedTuple):
    """One pass of one example through the module.

    Attributes:
        encoded: what the encoder returned, (n, P).
        posterior: q(z|x), or q(z|x, c) with a context.
        z: a sample of it, (latent,).
        log_prob: log p(x|z), nats.
    """

    encoded: Float[Array, "n P"]
    posterior: dist.Distribution
    z: Float[Array, " latent"]
    log_prob: Float[Array, ""]


class VAEModule(eqx.Module):
    """A variational autoencoder (arXiv 1312.6114) of five replaceable parts.

    Every method takes one example; batching is the caller's `jax.vmap`. ``center`` and ``unit`` bring data to the
    scale networks like; they are fixed, and only the encoder's input passes through them. A conditional module
    (arXiv 1606.05908) was built with a ``context_shape``; encoder and decoder then need a context c of that shape,
    and the prior does not depend on it. Encoder and decoder say in ``dropout`` which share of their units they drop
    when they are given a key.
    """

    encoder: eqx.Module
    posterior: AbstractPosterior
    prior: AbstractPrior
    decoder: eqx.Module
    likelihood: AbstractLikelihood
    center: NonTrainable
    unit: NonTrainable
    latent_dim: int = eqx.field(static=True)

    @classmethod
    def build(
        cls,
        config: ModelConfig,
        likelihood: AbstractLikelihood,
        summary: Summary,
        rng: np.random.Generator,
        context_shape: tuple[int, ...] | None = None,
    ) -> "VAEModule":
        """Build an untrained module for data with this summary; the decoder starts as a good constant."""
        a = config
        pair = NETWORKS.find(a.network)
        posterior = choose(POSTERIORS, a.posterior, "posterior")
        prior = choose(PRIORS, a.prior, "prior")
        if context_shape is not None and not prior.with_context:
            raise InputError(
                f"prior {prior.name!r} does not go with context; leave the context out or choose another"
            )
        sizes, above = posterior.sizes, prior.sizes
        if sizes and above and sizes != above:
            raise InputError(
                f"posterior and prior must have the same layers; got sizes={sizes} and sizes={above}"
            )
        event_shape = summary.mean.shape
        likelihood = likelihood.for_event(event_shape).prepare(summary.flat)
        options = {
            "activation": a.activation,
            "dropout": a.dropout,
            "layer_norm": a.layer_norm,
            "precision": choose_precision(a.precision),
            "context_shape": context_shape,
        }
        hidden = pair.hidden if a.hidden is None else a.hidden
        codes = posterior.encoder_shape(a.latent_dim)
        seen, n_outputs = (posterior.visible(a.latent_dim),), likelihood.n_outputs(summary.mean.size)
        decoder_hidden = hidden[::-1] if a.decoder_hidden is None else a.decoder_hidden
        if a.decoder is None:
            decoder = pair.decoder(seen, event_shape, n_outputs, hidden=decoder_hidden, **options, rng=rng)
        else:
            shaped = (event_shape,) if summary.mean.size == n_outputs else ()
            decoder = make_network("decoder", a.decoder, seen, (n_outputs,), rng, context_shape, *shaped)
        if a.output_bias:
            decoder = _start_from(decoder, likelihood.initial_outputs(summary.flat))
        if a.encoder is None:
            encoder = pair.encoder(event_shape, codes, hidden=hidden, **options, rng=rng)
        else:
            encoder = make_network("encoder", a.encoder, event_shape, codes, rng, context_shape)
        spec = ModelSpec(a.latent_dim, summary, rng, partial(_network, a.activation, rng))
        return cls(
            encoder=encoder,
            posterior=posterior.prepare(spec),
            prior=prior.prepare(spec),
            decoder=decoder,
            likelihood=likelihood,
            center=NonTrainable(float32(summary.center)),
            unit=NonTrainable(float32(summary.unit)),
            latent_dim=a.latent_dim,
        )

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self.center.tree.shape

    def encode(self, row: Batch, *, key: PRNGKeyArray | None = None) -> Float[Array, "n P"]:
        """Map one row to the parameters of its posterior; dropout is on when a key is given."""
        return self.encoder((row.x - self.center.tree) / self.unit.tree, row.context, key=key)

    def decode(
        self,
        z: Float[Array, " latent"],
        context: Float[Array, "..."] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, " outputs"]:
        """Map one latent point to the parameters of the likelihood, flat; dropout is on when a key is given."""
        seen = self.posterior.visible(self.latent_dim)
        return self.decoder(z if seen == self.latent_dim else z[:seen], context, key=key)

    def log_prob(
        self, outputs: Float[Array, " outputs"], x: Float[Array, " *event"], observed: Array | None = None
    ) -> Float[Array, ""]:
        """Log p(x|z) of one row under these outputs, nats: of its observed cells, or of all without ``observed``."""
        return self.likelihood.log_prob(outputs, x.ravel(), None if observed is None else observed.ravel())

    def mean(self, outputs: Float[Array, " outputs"]) -> Float[Array, " *event"]:
        """E[x|z] under these outputs, in the data's own units."""
        return self.likelihood.mean(outputs).reshape(self.event_shape)

    def variance(self, outputs: Float[Array, " outputs"]) -> Float[Array, " *event"]:
        """Var[x|z] under these outputs, in the data's own units, squared."""
        return self.likelihood.distribution(outputs).variance.reshape(self.event_shape)

    def sample_x(self, key: PRNGKeyArray, outputs: Float[Array, " outputs"]) -> Float[Array, " *event"]:
        """Draw x given z under these outputs, in the data's own units."""
        return self.likelihood.sample(key, outputs).reshape(self.event_shape)

    def sample_posterior(self, row: Batch, key: PRNGKeyArray, *, dropout: bool = False) -> PosteriorSample:
        """Encode one row, draw one latent point, and score the row there.

        Where the row has target codes, they are taken instead of the draw, but for those that are NaN.
        """
        encoder_key, z_key, decoder_key = self.keys(key) if dropout else (None, key, None)
        encoded = self.encode(row, key=encoder_key)
        q = self.posterior.distribution(encoded)
        z = q.sample(z_key)
        if row.target_codes is not None:
            z = jnp.where(jnp.isnan(row.target_codes), z, row.target_codes)
        outputs = self.decode(z, row.context, key=decoder_key)
        return PosteriorSample(encoded, q, z, self.log_prob(outputs, row.x, row.observed))

    def keys(self, key: PRNGKeyArray) -> tuple[PRNGKeyArray | None, PRNGKeyArray, PRNGKeyArray | None]:
        """One row's keys for the encoder, the posterior sample and the decoder.

        Networks that drop no units get none: the split would be the dearest kernel of a small network's step.
        """
        if self.encoder.dropout == 0 and self.decoder.dropout == 0:
            return None, key, None
        encoder_key, z_key, decoder_key = jax.random.split(key, 3)
        return encoder_key, z_key, decoder_key

    def prior_distribution(self) -> dist.Distribution:
        """p(z)."""
        return self.prior.distribution(self)


def _network(activation: str, rng: np.random.Generator, in_shape, out_shape, hidden) -> MLP:
    """A network within a posterior or prior."""
    return MLP(in_shape, out_shape, hidden=hidden, activation=activation, rng=rng)


def _start_from(decoder, outputs):
    """Set the bias of the decoder's last layer so that it starts by returning these outputs."""
    if not hasattr(getattr(decoder, "head", None), "bias"):
        return decoder  # a network of the user's own without such a layer starts as it was built
    # Convolutions share one bias a channel: the mean over the image.
    bias = (
        outputs.reshape(*decoder.size, -1).mean(axis=(0, 1)) if isinstance(decoder, ConvDecoder) else outputs
    )
    return eqx.tree_at(lambda net: net.head.bias, decoder, float32(bias))


def split_trainable(tree: PyTree) -> tuple[PyTree, PyTree]:
    """Split modules into what training changes and what it does not (fixed arrays, functions, sizes).

    ``eqx.combine`` puts the halves together again.
    """
    return eqx.partition(tree, eqx.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, NonTrainable))
