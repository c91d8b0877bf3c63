"""Encoder and decoder networks."""

from collections.abc import Callable
from itertools import pairwise
from math import ceil, log2, prod, sqrt
from types import MappingProxyType

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from elbax.checks import check_choice
from elbax.core.numerics import softplus
from elbax.core.xla.convolution import convolve
from elbax.core.xla.matmul import add_bias, matmul
from elbax.errors import InputError
from elbax.types import float32

ACTIVATIONS = MappingProxyType(
    {
        "elu": jax.nn.elu,
        "gelu": jax.nn.gelu,
        "glu": jax.nn.glu,  # half of the values, gated by the sigmoid of the others (arXiv 1612.08083)
        "leaky_relu": jax.nn.leaky_relu,
        "linear": lambda x: x,
        "relu": jax.nn.relu,
        "selu": jax.nn.selu,
        "sigmoid": jax.nn.sigmoid,
        "silu": jax.nn.silu,
        "softplus": softplus,
        "tanh": jnp.tanh,
    }
)


def activation(name: str) -> Callable[[Array], Array]:
    """Look up an activation function; an InputError if the name is not one of `ACTIVATIONS`."""
    return ACTIVATIONS[check_choice("activation", name, ACTIVATIONS)]


def _inputs_per_output(activation: str) -> int:
    return 2 if activation == "glu" else 1


def _glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Weights (..., n_in, n_out) of variance 2 / (fan in + fan out), as in Keras and IWAE (arXiv 1509.00519)."""
    limit = sqrt(6.0 / (prod(shape[:-2]) * (shape[-2] + shape[-1])))
    return float32(rng.uniform(-limit, limit, shape))  # NumPy's, since JAX would compile a program for each shape


def _zeros(n: int) -> Array:
    return float32(np.zeros(n))


class Dense(eqx.Module):
    """An affine map of one vector."""

    weight: Float[Array, "n_in n_out"]
    bias: Float[Array, " n_out"]
    precision: str = eqx.field(static=True)

    def __init__(self, n_in: int, n_out: int, rng: np.random.Generator, precision: str):
        self.weight = _glorot_uniform(rng, (n_in, n_out))
        self.bias = _zeros(n_out)
        self.precision = precision

    def __call__(self, x: Float[Array, " n_in"]) -> Float[Array, " n_out"]:
        return add_bias(matmul(x, self.weight, self.precision), self.bias)


def with_random_biases(network: eqx.Module, rng: np.random.Generator) -> eqx.Module:
    """A copy whose dense layers have biases uniform within ±1/√inputs, so that rectified units bend at many places.

    Where biases and the last layer are zero, all units of a one-dimensional latent bend at the origin, and are slow to
    leave it.
    """

    def redraw(node):
        if not isinstance(node, Dense):
            return node
        limit = 1 / sqrt(len(node.weight))
        return eqx.tree_at(lambda dense: dense.bias, node, float32(rng.uniform(-limit, limit, node.bias.shape)))

    return jax.tree.map(redraw, network, is_leaf=lambda node: isinstance(node, Dense))


class MLP(eqx.Module):
    """Dense layers: (dense, optional layer norm, activation, optional dropout) × depth, then dense.

    Flattens a row of any shape, and its context, and returns an array of shape ``out_shape``. ``hidden`` lists widths
    from input to output, and ``precision`` is the dtype of the operands of matrix products.
    """

    layers: tuple[Dense, ...]
    norms: tuple[eqx.nn.LayerNorm, ...]
    head: Dense
    activation: str = eqx.field(static=True)
    dropout: float = eqx.field(static=True)
    out_shape: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self,
        in_shape: tuple[int, ...],
        out_shape: tuple[int, ...],
        *,
        hidden: tuple[int, ...] = (256, 256),
        activation: str = "relu",
        dropout: float = 0.0,
        layer_norm: bool = False,
        precision: str = "float32",
        context_shape: tuple[int, ...] | None = None,
        rng: np.random.Generator,
    ):
        widths = (prod(in_shape) + _size(context_shape), *hidden)
        factor = _inputs_per_output(activation)
        self.layers = tuple(Dense(n_in, factor * n_out, rng, precision) for n_in, n_out in pairwise(widths))
        self.norms = tuple(eqx.nn.LayerNorm(factor * width) for width in hidden) if layer_norm else ()
        self.head = Dense(widths[-1], prod(out_shape), rng, precision)
        self.activation = activation
        self.dropout = dropout
        self.out_shape = out_shape

    def __call__(
        self,
        x: Float[Array, "..."],
        context: Float[Array, "..."] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        """Map one row; dropout needs a key."""
        h = x.ravel()  # (prod(in_shape),)
        if context is not None:
            h = jnp.concatenate([h, context.ravel()])
        for i, layer in enumerate(self.layers):
            h = layer(h)  # (hidden[i],)
            if self.norms:
                h = self.norms[i](h)
            h = activation(self.activation)(h)
            h = drop_units(h, self.dropout, None if key is None else jax.random.fold_in(key, i))
        return self.head(h).reshape(self.out_shape)


_COARSEST = 8  # pixels along a side of the coarsest image, at most
_DENSE = 256  # width of the dense layer between latents and the coarsest image


def _size(shape: tuple[int, ...] | None) -> int:
    return 0 if shape is None else prod(shape)


def drop_units(h: Array, rate: float, key: PRNGKeyArray | None) -> Array:
    """Set a share of the units to zero and scale up the others; all stay without a key."""
    if key is None or rate == 0.0:
        return h
    # 16 bits give the rate to within 1e-5 in half the time of `jax.random.bernoulli`.
    kept = jax.random.bits(key, h.shape, jnp.uint16) < round(2**16 * (1.0 - rate))
    return jnp.where(kept, h / (1.0 - rate), 0.0)


class _Conv(eqx.Module):
    """A 3×3 convolution of one image, (h, w, c_in) → (⌈h/stride⌉, ⌈w/stride⌉, c_out)."""

    weight: Float[Array, "3 3 c_in c_out"]
    bias: Float[Array, " c_out"]
    stride: int = eqx.field(static=True)
    precision: str = eqx.field(static=True)

    def __init__(self, c_in: int, c_out: int, stride: int, rng: np.random.Generator, precision: str):
        self.weight = _glorot_uniform(rng, (3, 3, c_in, c_out))
        self.bias = _zeros(c_out)
        self.stride = stride
        self.precision = precision

    def __call__(self, x: Float[Array, "h w c_in"]) -> Float[Array, "h2 w2 c_out"]:
        return convolve(x, self.weight, self.bias, self.stride, self.precision)


def _sizes(height: int, width: int, depth: int) -> list[tuple[int, int]]:
    """Sizes of an image halved ``depth`` times, rounding up: [(h, w), …, coarsest]."""
    return [(ceil(height / 2**i), ceil(width / 2**i)) for i in range(depth + 1)]


def conv_channels(event_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Channels of the convolutions for images of a shape: as many as leave at most 8 × 8 pixels, at least two.

    Example:
        >>> conv_channels((28, 28, 1)), conv_channels((128, 100, 3))
        ((32, 64), (32, 64, 64, 64))
    """
    depth = max(2, ceil(log2(max(event_shape[:2]) / _COARSEST)))
    return (32, *[64] * (depth - 1))


def _context_channels(image: tuple[int, ...], context_shape: tuple[int, ...] | None) -> int:
    """Channels of a context that is an image of the same size; 0 for other contexts."""
    if context_shape is None or len(context_shape) != 3 or context_shape[:2] != image[:2]:
        return 0
    return context_shape[-1]


def _image_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise InputError(
            f"expected images of shape (height, width, channels) for network='conv'; got rows of shape {shape}; "
            "reshape the data to (n, height, width) or use network='mlp'"
        )
    return shape


class ConvEncoder(eqx.Module):
    """3×3 convolutions with stride 2, for any height and width, then an MLP with one hidden layer.

    A context that is an image of the same size becomes channels of the input; others are inputs of the MLP. Arguments
    are those of `MLP`; ``hidden`` lists the channels of the convolutions from input to output.
    """

    convs: tuple[_Conv, ...]
    head: MLP
    activation: str = eqx.field(static=True)
    as_channels: bool = eqx.field(static=True)

    def __init__(
        self,
        in_shape: tuple[int, ...],
        out_shape: tuple[int, ...],
        *,
        hidden: tuple[int, ...] = (32, 64),
        activation: str = "relu",
        precision: str = "float32",
        context_shape: tuple[int, ...] | None = None,
        rng: np.random.Generator,
        **options,
    ):
        height, width, channels = _image_shape(in_shape)
        context_channels = _context_channels(in_shape, context_shape)
        self.as_channels = context_channels > 0
        channels, context_shape = channels + context_channels, None if self.as_channels else context_shape
        factor = _inputs_per_output(activation)
        self.convs = tuple(
            _Conv(c_in, factor * c_out, 2, rng, precision) for c_in, c_out in pairwise((channels, *hidden))
        )
        coarsest = _sizes(height, width, len(hidden))[-1]
        self.head = MLP(
            (*coarsest, hidden[-1] if hidden else channels),
            out_shape,
            hidden=(_DENSE,),
            activation=activation,
            precision=precision,
            context_shape=context_shape,
            rng=rng,
            **options,
        )
        self.activation = activation

    @property
    def dropout(self) -> float:
        return self.head.dropout

    def __call__(
        self,
        x: Float[Array, "h w c"],
        context: Float[Array, "..."] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        if self.as_channels:
            x, context = jnp.concatenate([x, context], axis=-1), None
        for conv in self.convs:
            x = activation(self.activation)(conv(x))  # halves height and width
        return self.head(x, context, key=key)


class ConvDecoder(eqx.Module):
    """The mirror of `ConvEncoder`: an MLP, then convolutions that each double the image; outputs are flat.

    A convolution to four times the channels, whose outputs are interleaved (arXiv 1609.05158), doubles the image, which
    is cropped to the encoder's size at that depth. A context is an input of the MLP; an image of the same size is also
    an input of the last convolution. ``hidden`` lists channels from the coarsest image to the finest.
    """

    stem: MLP
    convs: tuple[_Conv, ...]
    head: _Conv
    activation: str = eqx.field(static=True)
    as_channels: bool = eqx.field(static=True)
    size: tuple[int, int] = eqx.field(static=True)

    def __init__(
        self,
        in_shape: tuple[int, ...],
        event_shape: tuple[int, ...],
        n_outputs: int,
        *,
        hidden: tuple[int, ...] = (64, 32),
        activation: str = "relu",
        precision: str = "float32",
        context_shape: tuple[int, ...] | None = None,
        rng: np.random.Generator,
        **options,
    ):
        height, width, channels = _image_shape(event_shape)
        if n_outputs % (height * width):
            raise InputError(
                f"network='conv' needs the same number of outputs for every pixel, but this likelihood has {n_outputs} "
                f"for {height} x {width} pixels; use network='mlp'"
            )
        coarsest = _sizes(height, width, len(hidden))[-1]
        channels_up = (*hidden, *hidden[-1:]) or (channels,)
        factor = _inputs_per_output(activation)
        self.stem = MLP(
            in_shape,
            (*coarsest, factor * channels_up[0]),
            hidden=(_DENSE,),
            activation=activation,
            precision=precision,
            context_shape=context_shape,
            rng=rng,
            **options,
        )
        context_channels = _context_channels(event_shape, context_shape)
        self.as_channels = context_channels > 0
        self.convs = tuple(_Conv(c_in, 4 * factor * c_out, 1, rng, precision) for c_in, c_out in pairwise(channels_up))
        self.head = _Conv(channels_up[-1] + context_channels, n_outputs // (height * width), 1, rng, precision)
        self.activation = activation
        self.size = height, width

    @property
    def dropout(self) -> float:
        return self.stem.dropout

    def __call__(
        self,
        z: Float[Array, "..."],
        context: Float[Array, "..."] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, " outputs"]:
        x = activation(self.activation)(self.stem(z, context, key=key))  # coarsest image
        sizes = _sizes(*self.size, len(self.convs))[::-1]
        for conv, (height, width) in zip(self.convs, sizes[1:], strict=True):
            x = activation(self.activation)(_interleave(conv(x))[:height, :width])
        if self.as_channels:
            x = jnp.concatenate([x, context], axis=-1)
        return self.head(x).ravel()


def _interleave(x: Float[Array, "h w c4"]) -> Float[Array, "h2 w2 c"]:
    height, width, channels = x.shape
    x = x.reshape(height, width, 2, 2, channels // 4).transpose(0, 2, 1, 3, 4)
    return x.reshape(2 * height, 2 * width, channels // 4)
