"""The module as a whole."""

import jax
import numpy as np
import pytest

from elbax.core.likelihoods import Bernoulli
from elbax.core.networks import MLP, ConvDecoder, ConvEncoder
from elbax.core.vae import ModelConfig, VAEModule
from elbax.core.xla.prng import key
from elbax.types import Summary

SHAPE = (8, 8, 1)
HALF, UNIT = np.full(SHAPE, 0.5), np.ones(SHAPE)
SUMMARY = Summary(HALF, HALF, 0 * UNIT, UNIT, HALF, UNIT, UNIT)


def module(network, dropout):
    architecture = ModelConfig(2, network, (4,), dropout=dropout)
    return VAEModule.build(architecture, Bernoulli(), SUMMARY, np.random.default_rng(0))


@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_keys_are_split_only_for_networks_that_drop_units(network):
    encoder_key, z_key, decoder_key = module(network, 0.0).keys(key(0))
    assert encoder_key is None and decoder_key is None and z_key == key(0)
    split = module(network, 0.5).keys(key(0))
    assert len({tuple(jax.random.key_data(each).tolist()) for each in (*split, key(0))}) == 4


@pytest.mark.parametrize("network", [MLP, ConvEncoder, ConvDecoder])
def test_every_network_says_what_it_drops(network):
    shapes = ((2,), SHAPE, 64) if network is ConvDecoder else (SHAPE, (2, 2))
    assert network(*shapes, hidden=(4,), dropout=0.25, rng=np.random.default_rng(0)).dropout == 0.25
