"""Encoder and decoder networks: from one example to numbers, and back."""

from collections.abc import Callable
from math import ceil, prod
from types import MappingProxyType

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.nn.initializers import glorot_uniform
from jaxtyping import Array, Float, PRNGKeyArray

from elbax.errors import InputError, unknown_name

__all__ = ["ACTIVATIONS", "ConvDecoder", "ConvEncoder", "MLP", "activation"]

ACTIVATIONS = MappingProxyType(
    {
        "elu": jax.nn.elu,
        "gelu": jax.nn.gelu,
        "leaky_relu": jax.nn.leaky_relu,
        "linear": lambda x: x,
        "relu": jax.nn.relu,
        "selu": jax.nn.selu,
        "sigmoid": jax.nn.sigmoid,
        "silu": jax.nn.silu,
        "softplus": jax.nn.softplus,
        "tanh": jnp.tanh,
    }
)


def activation(name: str) -> Callable[[Array], Array]:
    """Look an activation function up by name.

    Raises:
        InputError: the name is not one of ``ACTIVATIONS``.
    """
    if name not in ACTIVATIONS:
        raise unknown_name("activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]


def _dense(key: PRNGKeyArray, n_in: int, n_out: int) -> eqx.nn.Linear:
    """Make a Glorot-uniform layer with a zero bias, as Keras and the IWAE paper (arXiv 1509.00519) do."""
    layer = eqx.nn.Linear(n_in, n_out, key=key)
    weight = glorot_uniform(in_axis=1, out_axis=0)(key, layer.weight.shape)
    return eqx.tree_at(lambda linear: (linear.weight, linear.bias), layer, (weight, jnp.zeros(n_out)))


class MLP(eqx.Module):
    """A stack of dense layers: (dense, optional layer norm, activation, optional dropout) × depth, then dense.

    Takes one example of any shape, flattens it, and returns an array of shape ``out_shape``.

    Example:
        >>> net = MLP((8, 8, 1), (3, 2), hidden=(16,), key=jax.random.key(0))
        >>> net(jnp.zeros((8, 8, 1))).shape
        (3, 2)
    """

    layers: tuple[eqx.nn.Linear, ...]
    norms: tuple[eqx.nn.LayerNorm, ...]
    head: eqx.nn.Linear
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
        key: PRNGKeyArray,
    ):
        """Build the layers; ``hidden`` lists their widths from input to output."""
        widths = (prod(in_shape), *hidden)
        keys = jax.random.split(key, len(widths))
        self.layers = tuple(map(_dense, keys[:-1], widths[:-1], widths[1:]))
        self.norms = tuple(eqx.nn.LayerNorm(width) for width in hidden) if layer_norm else ()
        self.head = _dense(keys[-1], widths[-1], prod(out_shape))
        self.activation = activation
        self.dropout = dropout
        self.out_shape = out_shape

    def __call__(self, x: Float[Array, "..."], *, key: PRNGKeyArray | None = None) -> Float[Array, "..."]:
        """Map one example; without a key dropout is off."""
        h = x.ravel()  # (prod(in_shape),)
        for i, layer in enumerate(self.layers):
            h = layer(h)  # (hidden[i],)
            if self.norms:
                h = self.norms[i](h)
            h = activation(self.activation)(h)
            h = _drop(h, self.dropout, None if key is None else jax.random.fold_in(key, i))
        return self.head(h).reshape(self.out_shape)


def _drop(h: Array, rate: float, key: PRNGKeyArray | None) -> Array:
    if key is None or rate == 0.0:
        return h
    return jnp.where(jax.random.bernoulli(key, 1.0 - rate, h.shape), h / (1.0 - rate), 0.0)


class _Conv(eqx.Module):
    """A 3×3 convolution of one picture, (h, w, c_in) → (⌈h/stride⌉, ⌈w/stride⌉, c_out)."""

    weight: Float[Array, "3 3 c_in c_out"]
    bias: Float[Array, " c_out"]
    stride: int = eqx.field(static=True)

    def __init__(self, key: PRNGKeyArray, c_in: int, c_out: int, stride: int):
        self.weight = glorot_uniform()(key, (3, 3, c_in, c_out))
        self.bias = jnp.zeros(c_out)
        self.stride = stride

    def __call__(self, x: Float[Array, "h w c_in"]) -> Float[Array, "h2 w2 c_out"]:
        strides = (self.stride, self.stride)
        y = jax.lax.conv_general_dilated(
            x[None], self.weight, strides, "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return y[0] + self.bias


def _sizes(height: int, width: int, depth: int) -> list[tuple[int, int]]:
    """Sizes of a picture as it is halved ``depth`` times, rounding up: [(h, w), ..., coarsest]."""
    return [(ceil(height / 2**i), ceil(width / 2**i)) for i in range(depth + 1)]


def _picture_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise InputError(
            f"expected pictures of shape (height, width, channels) for network='conv'; got rows of shape {shape}; "
            "reshape the data to (n, height, width) or use network='mlp'"
        )
    return shape


class ConvEncoder(eqx.Module):
    """Strided 3×3 convolutions, each halving the picture (any height and width), then one dense layer.

    Example:
        >>> net = ConvEncoder((7, 5, 3), (2, 2), hidden=(8, 16), key=jax.random.key(0))
        >>> net(jnp.zeros((7, 5, 3))).shape
        (2, 2)
    """

    convs: tuple[_Conv, ...]
    head: MLP
    activation: str = eqx.field(static=True)

    def __init__(
        self,
        in_shape: tuple[int, ...],
        out_shape: tuple[int, ...],
        *,
        hidden: tuple[int, ...] = (32, 64),
        activation: str = "relu",
        dropout: float = 0.0,
        layer_norm: bool = False,
        key: PRNGKeyArray,
    ):
        """Build the layers; ``hidden`` lists the channels of each convolution from input to output."""
        height, width, channels = _picture_shape(in_shape)
        keys = jax.random.split(key, len(hidden) + 1)
        self.convs = tuple(
            _Conv(k, c_in, c_out, stride=2)
            for k, c_in, c_out in zip(keys[:-1], (channels, *hidden[:-1]), hidden, strict=True)
        )
        coarsest = _sizes(height, width, len(hidden))[-1]
        self.head = MLP(
            (*coarsest, hidden[-1] if hidden else channels),
            out_shape,
            hidden=(max(16, 4 * out_shape[0]),),
            activation=activation,
            dropout=dropout,
            layer_norm=layer_norm,
            key=keys[-1],
        )
        self.activation = activation

    def __call__(self, x: Float[Array, "h w c"], *, key: PRNGKeyArray | None = None) -> Float[Array, "..."]:
        """Map one picture; without a key dropout is off."""
        for conv in self.convs:
            x = activation(self.activation)(conv(x))  # halves height and width
        return self.head(x, key=key)


class ConvDecoder(eqx.Module):
    """The mirror of `ConvEncoder`: a dense layer, then convolutions that each double the picture.

    Doubling is a convolution to four times the channels whose outputs are interleaved (arXiv 1609.05158), cropped to
    the size the encoder saw at that depth, so any height and width works.

    Example:
        >>> net = ConvDecoder((2,), (7, 5, 3, 1), hidden=(8, 16), key=jax.random.key(0))
        >>> net(jnp.zeros(2)).shape
        (7, 5, 3, 1)
    """

    stem: MLP
    convs: tuple[_Conv, ...]
    head: _Conv
    activation: str = eqx.field(static=True)
    out_shape: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self,
        in_shape: tuple[int, ...],
        out_shape: tuple[int, ...],
        *,
        hidden: tuple[int, ...] = (32, 64),
        activation: str = "relu",
        dropout: float = 0.0,
        layer_norm: bool = False,
        key: PRNGKeyArray,
    ):
        """Build the layers; ``hidden`` lists channels as the encoder does, and is read from its end."""
        height, width, channels = _picture_shape(out_shape[:-1])
        coarsest = _sizes(height, width, len(hidden))[-1]
        keys = jax.random.split(key, len(hidden) + 2)
        channels_down = hidden[::-1] or (channels,)
        self.stem = MLP(
            in_shape,
            (*coarsest, channels_down[0]),
            hidden=(max(16, 8 * in_shape[0]),),
            activation=activation,
            dropout=dropout,
            layer_norm=layer_norm,
            key=keys[0],
        )
        self.convs = tuple(
            _Conv(k, c_in, 4 * c_out, stride=1)
            for k, c_in, c_out in zip(
                keys[1:-1], hidden[::-1], (*hidden[::-1][1:], *hidden[:1]), strict=True
            )
        )
        self.head = _Conv(keys[-1], channels_down[-1], channels * out_shape[-1], stride=1)
        self.activation = activation
        self.out_shape = out_shape

    def __call__(self, z: Float[Array, "..."], *, key: PRNGKeyArray | None = None) -> Float[Array, "h w c P"]:
        """Map one latent point; without a key dropout is off."""
        x = activation(self.activation)(self.stem(z, key=key))  # coarsest picture
        sizes = _sizes(*self.out_shape[:2], len(self.convs))[::-1]
        for conv, (height, width) in zip(self.convs, sizes[1:], strict=True):
            x = activation(self.activation)(_interleave(conv(x))[:height, :width])
        return self.head(x).reshape(self.out_shape)


def _interleave(x: Float[Array, "h w 4*c"]) -> Float[Array, "2*h 2*w c"]:
    height, width, channels = x.shape
    x = x.reshape(height, width, 2, 2, channels // 4).transpose(0, 2, 1, 3, 4)
    return x.reshape(2 * height, 2 * width, channels // 4)
