"""The VAE module: encoder, posterior, prior, decoder and likelihood."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jaxtyping import Array, Bool, Float, PRNGKeyArray, PyTree
from paramax import NonTrainable

from elbax.checks import check_choice
from elbax.core.column_heads import SEES, ColumnHeads
from elbax.core.completion import Completion, weigh_independent
from elbax.core.config import choose
from elbax.core.custom_networks import make_network
from elbax.core.distributions import sample_with_density
from elbax.core.events import Event
from elbax.core.likelihoods.base import AbstractLikelihood
from elbax.core.linear_skip import LinearSkip, context_size
from elbax.core.log_ratios import LogRatios, log_jacobian
from elbax.core.networks import MLP, ConvDecoder, ConvEncoder, conv_channels, with_random_biases
from elbax.core.parts import ModelSpec
from elbax.core.posteriors import POSTERIORS, AbstractPosterior
from elbax.core.precision import choose_precision
from elbax.core.priors import PRIORS, AbstractPrior
from elbax.core.registry import Registry
from elbax.core.table_inputs import TableInputs
from elbax.errors import InputError
from elbax.types import Batch, Summary, float32

_HIDING = 0.3  # share of training rows of a table with gaps that hide more cells


class NetworkPair(NamedTuple):
    """The constructors of an encoder and a decoder, and their default widths.

    ``encoder(event_shape, out_shape, **options)`` and ``decoder((latent,), event_shape, n_outputs, **options)`` return
    Equinox modules with a ``dropout`` rate that are called with one row, its context or None, and a ``key``. A decoder
    returns flat outputs. See `elbax.core.networks.MLP` for the options. ``hidden_for(event_shape)``, if given, returns
    the widths for rows of a shape. Networks that ``starts_linear`` have a
    last layer ``head`` with ``weight`` and ``bias``, at zero of which they return zeros.
    """

    encoder: Callable[..., eqx.Module]
    decoder: Callable[..., eqx.Module]
    hidden: tuple[int, ...]
    hidden_for: Callable[[tuple[int, ...]], tuple[int, ...]] | None = None
    starts_linear: bool = False


def _mlp_decoder(in_shape: tuple[int, ...], event_shape: tuple[int, ...], n_outputs: int, **options) -> MLP:
    return MLP(in_shape, (n_outputs,), **options)


NETWORKS = Registry(
    "network",
    NetworkPair,
    mlp=NetworkPair(MLP, _mlp_decoder, (256, 256), starts_linear=True),
    conv=NetworkPair(ConvEncoder, ConvDecoder, (32, 64), conv_channels, starts_linear=True),
)


@dataclass(frozen=True)
class ModelConfig:
    """Settings of a module; see `elbax.VAE`.

    Posterior and prior are parts, or names with settings, as in "mixture(components=10)". ``hidden`` runs from data to
    latents, ``decoder_hidden`` from latents to data; None for the mirrored ``hidden``. ``encoder`` and ``decoder`` are
    the user's own networks in place of those, or None; text describes one whose code no file holds. ``linear_skip``
    puts a linear map beside both networks, from which they start; see `elbax.core.linear_skip.LinearSkip`.
    ``decoder_sees`` says which other columns of a table the decoder sees beside z: "none", those "before" each in the
    order of the table, or "any"; see `elbax.core.column_heads.ColumnHeads`.
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
    linear_skip: bool = False
    decoder_sees: str = "none"
    encoder: eqx.Module | Callable[..., eqx.Module] | str | None = None
    decoder: eqx.Module | Callable[..., eqx.Module] | str | None = None


class PosteriorSample(NamedTuple):
    """One pass of one row through the module.

    Attributes:
        encoded: the encoder's outputs, (n, P).
        posterior: q(z|x), or q(z|x, c) with a context.
        z: a sample of it, (latent,).
        log_q: ``posterior.log_prob(z)``, nats, if the draw came with it, else None.
        log_prob: log p(x|z), nats.
    """

    encoded: Float[Array, "n P"]
    posterior: dist.Distribution
    z: Float[Array, " latent"]
    log_q: Float[Array, ""] | None
    log_prob: Float[Array, ""]


class VAEModule(eqx.Module):
    """A variational autoencoder (arXiv 1312.6114) of five replaceable parts.

    Every method takes one row; batch them with `jax.vmap`. ``center`` and ``unit`` standardize the encoder's input and
    are not trained. In a conditional module (arXiv 1606.05908), built with a ``context_shape``, encoder and decoder
    take a context c of that shape; the prior does not depend on it. ``encoder.dropout`` and ``decoder.dropout`` are
    the dropout rates, which apply when there is a key. Where some features are ``log_ratios`` of shares, densities are
    those of the shares. The encoder sees rows standardized, or of a table with levels or gaps its ``inputs``. With
    ``heads`` columns depend on others given z: p(x|z) is a product over columns in table order, and decoder outputs
    end with the numbers that heads take. With an ``exposure`` the last number of the context is the log of a row's
    exposure over the usual one: the mean of a count is proportional to it, and the encoder sees counts per exposure.
    """

    encoder: eqx.Module
    posterior: AbstractPosterior
    prior: AbstractPrior
    decoder: eqx.Module
    likelihood: AbstractLikelihood
    center: NonTrainable
    unit: NonTrainable
    latent_dim: int = eqx.field(static=True)
    log_ratios: tuple[LogRatios, ...] = eqx.field(static=True, default=())
    inputs: TableInputs | None = None
    heads: ColumnHeads | None = None
    exposure: bool = eqx.field(static=True, default=False)

    @classmethod
    def build(
        cls,
        config: ModelConfig,
        likelihood: AbstractLikelihood,
        summary: Summary,
        rng: np.random.Generator,
        context_shape: tuple[int, ...] | None = None,
        log_ratios: tuple[LogRatios, ...] = (),
        inputs: TableInputs | None = None,
        exposure: bool = False,
    ) -> "VAEModule":
        """Build an untrained module for data with this summary; the decoder starts at a good constant."""
        a = config
        if exposure and context_shape is not None:  # networks do not see it
            context_shape = None if context_shape == (1,) else (context_shape[0] - 1,)
        pair = NETWORKS.find(a.network)
        posterior = choose(POSTERIORS, a.posterior)
        prior = choose(PRIORS, a.prior)
        if context_shape is not None and not prior.supports_context:
            raise InputError(
                f"prior {prior.name!r} does not support a context; leave the context out or choose another prior"
            )
        sizes, above = posterior.sizes, prior.sizes
        if sizes and above and sizes != above:
            raise InputError(f"posterior and prior must have the same layers; got sizes={sizes} and sizes={above}")
        event_shape = summary.mean.shape
        if inputs is not None and prior.pseudo_inputs:
            raise InputError(
                f"prior {prior.name!r} learns rows, which must be of numbers without gaps; for a table with levels or "
                "gaps choose another prior, such as 'mixture'"
            )
        # Values of the data stay values where `load` traces this for the shapes of a saved module.
        with jax.ensure_compile_time_eval():
            likelihood = likelihood.for_event(event_shape).prepare(summary.flat)
            constant = likelihood.initial_outputs(summary.flat)
            if (
                inputs is not None and likelihood.linear_noise is None
            ):  # a linear Gaussian model is of numbers as they are
                inputs = inputs.prepare(summary)
        seen_shape = event_shape if inputs is None else (inputs.size,)
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
        if a.linear_skip:
            decoder = LinearSkip.around(with_random_biases(decoder, rng), seen, (n_outputs,), context_shape, constant)
        elif a.output_bias:
            decoder = _start_from(decoder, constant)
        if a.encoder is None:
            encoder = pair.encoder(seen_shape, codes, hidden=hidden, **options, rng=rng)
        else:
            encoder = make_network("encoder", a.encoder, seen_shape, codes, rng, context_shape)
        if a.linear_skip:
            encoder = LinearSkip.around(with_random_biases(encoder, rng), seen_shape, codes, context_shape)
        spec = ModelSpec(a.latent_dim, summary, rng, partial(_network, a.activation, rng))
        heads = None
        if check_choice("decoder_sees", a.decoder_sees, SEES) != "none":
            table = TableInputs((0,) * summary.mean.size) if inputs is None else inputs
            n_seen = seen[0] + context_size(context_shape)
            heads = ColumnHeads.build(table, likelihood, n_seen, a.decoder_sees, a.dropout, rng)
        return cls(
            encoder=encoder,
            posterior=posterior.prepare(spec),
            prior=prior.prepare(spec),
            decoder=decoder,
            likelihood=likelihood,
            center=NonTrainable(float32(summary.center)),
            unit=NonTrainable(float32(summary.unit)),
            latent_dim=a.latent_dim,
            log_ratios=log_ratios,
            inputs=inputs,
            heads=heads,
            exposure=exposure,
        )

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self.center.tree.shape

    def encode(self, row: Batch, *, key: PRNGKeyArray | None = None) -> Float[Array, "n P"]:
        """Map one row to the parameters of its posterior; with dropout if there is a key."""
        return self.encoder(self.encoder_inputs(row), self.covariates(row.context), key=key)

    def encoder_inputs(self, row: Batch) -> Float[Array, "..."]:
        """What the encoder sees of one row besides its context."""
        x = row.x
        if self.exposure and row.context is not None:
            x = self.likelihood.per_exposure(x.ravel(), row.context[-1]).reshape(x.shape)
        standardized = (x - self.center.tree) / self.unit.tree
        if self.inputs is not None:
            return self.inputs(x, standardized, row.observed)
        return standardized if row.observed is None else jnp.where(row.observed.astype(bool), standardized, 0.0)

    def log_exposures(self, rows: Batch) -> np.ndarray | None:
        """The logs of the exposures of rows, (n,); None without any."""
        return None if not self.exposure or rows.context is None else np.asarray(rows.context)[:, -1]

    def covariates(self, context: Array | np.ndarray | None) -> Array | np.ndarray | None:
        """The context that networks take: all of it but an exposure."""
        if not self.exposure or context is None:
            return context
        return None if context.shape[-1] == 1 else context[..., :-1]

    def decode(
        self,
        z: Float[Array, " latent"],
        context: Float[Array, "..."] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, " outputs"]:
        """Map one latent point to the parameters of the likelihood, flat; with dropout if there is a key."""
        visible = self.posterior.visible(self.latent_dim)
        seen = z if visible == self.latent_dim else z[:visible]
        log_exposure, context = context[-1] if self.exposure and context is not None else None, self.covariates(context)
        outputs = self.decoder(seen, context, key=key)
        if log_exposure is not None:
            outputs = self.likelihood.at_exposure(outputs, log_exposure)
        if self.heads is None:
            return outputs
        more = [] if context is None or self.heads.n_seen == visible else [context.ravel()]
        return jnp.concatenate([outputs, seen, *more])

    def log_prob(
        self,
        outputs: Float[Array, " outputs"],
        x: Float[Array, " *event"],
        observed: Array | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, ""]:
        """Log p(x|z) of the observed cells of one row, nats; of all cells without ``observed``.

        Heads see the observed columns before their own; with a key, those that training shows them.
        """
        flat, mask = x.ravel(), None if observed is None else observed.ravel()
        if self.heads is not None:
            visible_key, dropout_key = (None, None) if key is None else jax.random.split(key)
            visible = self.heads.visible(mask, visible_key)
            outputs = self._see(outputs, self._columns(flat, mask), visible, dropout_key)
        log_prob = self.likelihood.log_prob(outputs, flat, mask)
        return log_prob + log_jacobian(self.log_ratios, flat) if self.log_ratios else log_prob

    def mean(self, outputs: Float[Array, " outputs"]) -> Float[Array, " *event"]:
        """E[x|z], in the data's own units; of heads, that of each column where they see no other."""
        return self.likelihood.mean(self._see(outputs)).reshape(self.event_shape)

    def variance(self, outputs: Float[Array, " outputs"]) -> Float[Array, " *event"]:
        """Var[x|z], in the data's own units, squared; see `mean`."""
        return self.likelihood.distribution(self._see(outputs)).variance.reshape(self.event_shape)

    def log_prob_per_feature(self, outputs: Float[Array, " outputs"], x: Float[Array, " d"]) -> Float[Array, " d"]:
        """Log p(x_j|z) of each feature of one flat row, nats; see `mean`."""
        return self.likelihood.log_prob_per_feature(self._see(outputs), x)

    def sample_x(self, key: PRNGKeyArray, outputs: Float[Array, " outputs"]) -> Float[Array, " *event"]:
        """Draw x given z, in the data's own units."""
        if self.heads is None:
            return self.likelihood.sample(key, outputs).reshape(self.event_shape)
        nothing = jnp.zeros(self.event_shape)
        return self.complete(key, outputs, nothing, nothing)[0]

    def complete(
        self,
        key: PRNGKeyArray,
        outputs: Float[Array, " outputs"],
        x: Float[Array, " *event"],
        observed: Array | None,
        event: Event | None = None,
    ) -> tuple[Float[Array, " *event"], Float[Array, ""]]:
        """Draw the cells of one row that were not observed, given z, the others, and an event that they fulfill.

        Returns the row and the log of its weight, nats: log p(observed cells, event | z).
        """
        weigh_key, key = jax.random.split(key)
        x, known, weight = self.weigh(weigh_key, outputs, x, observed, event)
        return self.fill(key, outputs, x, known), weight

    def weigh(
        self,
        key: PRNGKeyArray,
        outputs: Float[Array, " outputs"],
        x: Float[Array, " *event"],
        observed: Array | None,
        event: Event | None = None,
    ) -> tuple[Float[Array, " *event"], Bool[Array, " *event"], Float[Array, ""]]:
        """Draw those cells of one row, given z, on which its weight depends: the first half of `complete`.

        Returns the row, the cells that are now known, and the log of the weight, nats. These are the observed cells and
        those with conditions; where heads see the columns before theirs, all, since cells observed later do not reach
        earlier draws, and the weight makes up for that.
        """
        observed = jnp.ones(x.shape, bool) if observed is None else observed
        flat, mask = x.ravel(), observed.ravel().astype(bool)
        if self.heads is None:
            row, known, weight = weigh_independent(self.likelihood, key, outputs, flat, mask, event)
        else:
            log_prob = self.log_prob(outputs, x, observed)
            row, known, weight = self._completion(outputs).weigh(key, flat, mask, log_prob, event)
        return row.reshape(self.event_shape), known.reshape(self.event_shape), weight

    def fill(
        self, key: PRNGKeyArray, outputs: Float[Array, " outputs"], x: Float[Array, " *event"], known: Array
    ) -> Float[Array, " *event"]:
        """Draw the cells of one row that are not known, given z and the others: the second half of `complete`."""
        flat, mask = x.ravel(), known.ravel().astype(bool)
        if self.heads is None:
            row = jnp.where(mask, flat, self.likelihood.sample(key, outputs))
        else:
            row = self._completion(outputs).complete(key, flat, mask)
        return row.reshape(self.event_shape)

    def _completion(self, outputs: Array) -> Completion:
        assert self.heads is not None  # who asks has looked
        own, seen = self._split(outputs)
        unit = jnp.broadcast_to(self._head_unit(), own.shape)
        heads, sees_any = self.heads.one_by_one(seen), self.heads.sees == "any"
        return Completion(self.likelihood, heads, own, unit, self._columns, sees_any)

    def _split(self, outputs: Array) -> tuple[Array, Array]:
        """The outputs that belong to the likelihood, and the numbers that heads take."""
        assert self.heads is not None  # who asks has looked
        n_seen = self.heads.n_seen
        return outputs[:-n_seen], outputs[-n_seen:]

    def _see(self, outputs: Array, columns: Array | None = None, visible: Array | None = None, key=None) -> Array:
        """The likelihood's outputs, with what heads add that see these columns, or none."""
        if self.heads is None:
            return outputs
        own, seen = self._split(outputs)
        return own + self._head_unit() * self.heads(seen, columns, visible, key)

    def _head_unit(self) -> Array | float:
        """The units in which heads change outputs: those of the decoder's own departures from a linear map."""
        return self.decoder.unit.tree if isinstance(self.decoder, LinearSkip) else 1.0

    def _columns(self, x: Array, observed: Array | None) -> Array:
        """What heads see of a flat row."""
        assert self.heads is not None  # who asks has looked
        return self.heads.inputs(x, (x - self.center.tree.ravel()) / self.unit.tree.ravel(), observed)

    def sample_posterior(
        self, row: Batch, key: PRNGKeyArray, *, dropout: bool = False, training: bool = False
    ) -> PosteriorSample:
        """Encode one row, draw z, or take target codes where they are not NaN, and compute log p(x|z).

        In ``training`` heads see other columns each time.
        """
        encoder_key, z_key, decoder_key = self.keys(key) if dropout else (None, key, None)
        encoded = self.encode(row, key=encoder_key)
        q = self.posterior.distribution(encoded)
        z, log_q = sample_with_density(q, z_key)
        if row.target_codes is not None:
            z = jnp.where(jnp.isnan(row.target_codes), z, row.target_codes)
            log_q = None if log_q is None else q.log_prob(z)
        outputs = self.decode(z, row.context, key=decoder_key)
        head_key = self.head_key(key) if training else None
        return PosteriorSample(encoded, q, z, log_q, self.log_prob(outputs, row.x, row.observed, key=head_key))

    def head_key(self, key: PRNGKeyArray) -> PRNGKeyArray | None:
        """One row's key for its heads in training; None without heads."""
        return None if self.heads is None else jax.random.fold_in(key, 0)

    def hide_cells(self, row: Batch, key: PRNGKeyArray) -> Batch:
        """The row as training shows it: of a table with gaps, three of ten rows keep a random share of their cells."""
        if self.inputs is None or not self.inputs.gaps:
            return row
        draws = jax.random.uniform(jax.random.fold_in(key, 1), (row.x.size + 2,))
        shown = (draws[2:].reshape(row.x.shape) < draws[0]) | (draws[1] >= _HIDING)
        return row._replace(observed=shown if row.observed is None else shown & row.observed.astype(bool))

    def keys(self, key: PRNGKeyArray) -> tuple[PRNGKeyArray | None, PRNGKeyArray, PRNGKeyArray | None]:
        """One row's keys for the encoder, the posterior sample and the decoder; None for networks without dropout."""
        if self.encoder.dropout == 0 and self.decoder.dropout == 0:
            return None, key, None  # a split would be the slowest kernel of a small network's step
        encoder_key, z_key, decoder_key = jax.random.split(key, 3)
        return encoder_key, z_key, decoder_key

    def prior_distribution(self) -> dist.Distribution:
        """p(z)."""
        return self.prior.distribution(self)


def _network(activation: str, rng: np.random.Generator, in_shape, out_shape, hidden) -> MLP:
    return MLP(in_shape, out_shape, hidden=hidden, activation=activation, rng=rng)


def _start_from(decoder, outputs):
    """Set the bias of the decoder's last layer so that its initial outputs are these."""
    # A convolution has one bias per channel: the mean over the image.
    bias = outputs.reshape(*decoder.size, -1).mean(axis=(0, 1)) if isinstance(decoder, ConvDecoder) else outputs
    if np.shape(getattr(getattr(decoder, "head", None), "bias", None)) != bias.shape:
        return decoder  # a user's network without such a layer starts as built
    return eqx.tree_at(lambda net: net.head.bias, decoder, float32(bias))


def split_trainable(tree: PyTree) -> tuple[PyTree, PyTree]:
    """Split modules into trained arrays and everything else; ``eqx.combine`` is the inverse."""
    return eqx.partition(tree, eqx.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, NonTrainable))
