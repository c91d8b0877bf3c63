"""The Threefry random number generator, unrolled to one kernel per draw."""

from math import ceil, prod

import jax
import jax.numpy as jnp
from jax.extend.random import define_prng_impl
from jaxtyping import Array, PRNGKeyArray, UInt32

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def threefry(key: UInt32[Array, "2"], x: Array, y: Array) -> tuple[Array, Array]:
    """Threefry-2x32 with 20 rounds (Salmon et al. 2011): two words of random bits for each pair of counters.

    Counters are uint32 of any shape. On a CPU JAX compiles the rounds to loops that call several small kernels per
    trip, which dominate the time of the few draws of a training step.
    """
    words = (key[0], key[1], key[0] ^ key[1] ^ jnp.uint32(_PARITY))
    x, y = x + words[0], y + words[1]
    for i in range(5):
        for distance in _ROTATIONS[i % 2]:
            x = x + y
            y = x ^ ((y << distance) | (y >> (32 - distance)))
        x, y = x + words[(i + 1) % 3], y + words[(i + 2) % 3] + jnp.uint32(i + 1)
    return x, y


def _seed(seed: Array) -> UInt32[Array, "2"]:
    return jnp.stack([jnp.uint32(0), seed.astype(jnp.uint32)])


def _split(key: UInt32[Array, "2"], shape: tuple[int, ...]) -> UInt32[Array, "*shape 2"]:
    counters = jnp.arange(prod(shape), dtype=jnp.uint32).reshape(shape)
    return jnp.stack(threefry(key, jnp.zeros_like(counters), counters), axis=-1)


def _fold_in(key: UInt32[Array, "2"], data: Array) -> UInt32[Array, "2"]:
    return jnp.stack(threefry(key, jnp.uint32(1), jnp.uint32(data)))  # first counter unlike `_split`'s, so keys differ


def _random_bits(key: UInt32[Array, "2"], bit_width: int, shape: tuple[int, ...]) -> Array:
    """Random integers from all 64 bits of each pair of words: narrow ones need fewer words."""
    dtype = jnp.dtype(f"uint{bit_width}")
    n_pairs = ceil(prod(shape) * bit_width / 64)
    counters = jnp.arange(n_pairs, dtype=jnp.uint32)
    words = jnp.concatenate(threefry(key, jnp.full_like(counters, 2), counters))
    words = words.reshape(-1, 2) if bit_width == 64 else words
    return jax.lax.bitcast_convert_type(words, dtype).reshape(-1)[: prod(shape)].reshape(shape)


_IMPL = define_prng_impl(
    key_shape=(2,),
    seed=_seed,
    split=_split,
    random_bits=_random_bits,
    fold_in=_fold_in,
    name="elbax",
    tag="elb",
)


def key(seed) -> PRNGKeyArray:
    """A random key for all functions of `jax.random` except `poisson`, which needs JAX's own keys."""
    return jax.random.key(seed, impl=_IMPL)


def row_keys(key: PRNGKeyArray, n: int) -> PRNGKeyArray:
    """Keys of n rows, (n,): the key with 1 to n added to its last word.

    Threefry makes independent bits from keys that differ in one bit, so the hash of `split` is not needed, which XLA
    would repeat for every number. The key itself is not among the result and may still be split. It must come from
    `fold_in` or `split`, since the row keys of a seed are the keys of the next seeds.
    """
    words = jax.random.key_data(key)
    numbers = jnp.arange(1, n + 1, dtype=words.dtype)
    numbered = jnp.broadcast_to(words, (n, *words.shape)).at[:, -1].add(numbers)
    return jax.random.wrap_key_data(numbered, impl=jax.random.key_impl(key))
