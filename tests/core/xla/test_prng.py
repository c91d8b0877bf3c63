"""The generator against JAX's own Threefry, and what is drawn from it against what it should be."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.random import threefry_2x32
from scipy.stats import chisquare, kstest

from elbax.core.xla import prng


def test_rounds_are_those_of_jax():
    rng = np.random.default_rng(0)
    key, x, y = (jnp.asarray(rng.integers(2**32, size=n, dtype=np.uint32)) for n in (2, 1000, 1000))
    ours = jnp.concatenate(prng.threefry(key, x, y))
    np.testing.assert_array_equal(ours, threefry_2x32((key[0], key[1]), jnp.concatenate([x, y])))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
def test_bits_are_uniform_and_fill_any_shape(dtype):
    bits = np.asarray(jax.random.bits(prng.key(1), (333, 301), dtype))
    assert bits.dtype == dtype and bits.shape == (333, 301)
    width = 8 * bits.dtype.itemsize
    assert chisquare(np.bincount((bits >> (width - 4)).ravel())).pvalue > 1e-3
    assert chisquare(np.bincount((bits & 15).ravel())).pvalue > 1e-3


def test_keys_that_are_split_or_folded_are_all_different():
    key = prng.key(7)
    folded = jax.vmap(lambda i: jax.random.fold_in(key, i))(jnp.arange(1000))
    split = jax.random.split(key, (10, 100)).ravel()
    rows = prng.row_keys(key, 1000)
    words = np.concatenate([jax.random.key_data(keys) for keys in (folded, split, rows, key[None])])
    assert len(np.unique(words, axis=0)) == 3001


def test_draws_of_neighboring_rows_and_steps_do_not_correlate():
    """As training draws them: a key for each step, and from it one for each row."""

    @jax.jit
    def draws():
        steps = jax.vmap(lambda i: jax.random.fold_in(prng.key(0), i))(jnp.arange(50))
        rows = jax.vmap(lambda key: prng.row_keys(key, 200))(steps)
        return jax.vmap(jax.vmap(lambda key: jax.random.normal(key, (10,))))(rows)

    z = np.asarray(draws())  # (50, 200, 10)
    assert kstest(z.ravel(), "norm").pvalue > 1e-3
    for a, b in ((z[1:], z[:-1]), (z[:, 1:], z[:, :-1]), (z[..., 1:], z[..., :-1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4 / np.sqrt(a.size)


def test_bits_of_neighboring_rows_differ_in_every_bit_as_often_as_not():
    """Of rows' own draws, and of keys split from theirs, as networks with dropout draw."""

    @jax.jit
    def draws():
        rows = prng.row_keys(jax.random.fold_in(prng.key(0), 3), 4000)
        split = jax.vmap(lambda key: jax.random.split(key, 3))(rows).T.ravel()
        return [jax.vmap(lambda key: jax.random.bits(key, (8,), "uint8"))(keys) for keys in (rows, split)]

    for bits in map(np.asarray, draws()):
        unlike = np.unpackbits(bits[1:] ^ bits[:-1], axis=1)  # (rows - 1, 64)
        assert chisquare(np.bincount(unlike.ravel())).pvalue > 1e-3
        flips = unlike.sum(axis=0) / len(unlike)
        assert abs(flips - 0.5).max() < 5 * 0.5 / np.sqrt(len(unlike))
