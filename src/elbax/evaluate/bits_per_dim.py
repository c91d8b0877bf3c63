"""Bits per dimension: the code length of discrete data."""

from math import log

from elbax.core.likelihoods import AbstractLikelihood


def is_discrete(likelihood: AbstractLikelihood) -> bool:
    """Whether log p(x) is the logarithm of a probability, so that -log p(x) is a code length."""
    return likelihood.proper and likelihood.support.integer


def bits_per_dim(nats: float, n_features: float) -> float:
    """Turn log p(x), or a bound on it, in nats per row into bits per observed feature of a row: lower is better.

    Example:
        >>> round(bits_per_dim(-693.147, 1000), 4)
        1.0
    """
    return -nats / (n_features * log(2))
