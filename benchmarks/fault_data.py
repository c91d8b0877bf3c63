"""Data sets of the planted-faults benchmark: each draws fresh rows (n, d) for a seed."""

import os
from types import MappingProxyType

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

import elbax

__all__ = ["DATA", "draw"]


def _some(x, rng, n):
    return x[rng.permutation(len(x))[:n]]


def _helix(rng, n=500, noise=0.03):
    t = rng.uniform(0, 3, size=n)
    x = np.stack([np.cos(2 * np.pi * t), np.sin(2 * np.pi * t), t], axis=1)
    return x + noise * rng.normal(size=x.shape)


def _spiral(rng, n=500, noise=0.01):
    t = np.sqrt(rng.uniform(size=n))
    x = np.stack([t * np.cos(9 * t), t * np.sin(9 * t)], axis=1)
    return x + noise * rng.normal(size=x.shape)


def _roll(rng, n=1000, noise=0.3):
    t, height = 1.5 * np.pi * (1 + 2 * rng.uniform(size=n)), 21 * rng.uniform(size=n)
    x = np.stack([t * np.cos(t), height, t * np.sin(t)], axis=1)
    return x + noise * rng.normal(size=x.shape)


def _ring(rng, n=400, noise=0.05):
    angle = rng.uniform(0, 2 * np.pi, size=n)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + noise * rng.normal(size=x.shape)


def _mixture(rng, n=1000):
    centers = 2 * rng.normal(size=(5, 10))
    return centers[rng.integers(5, size=n)] + rng.normal(size=(n, 10))


def _low_rank(rng, n=800, noise=0.3):
    loadings = rng.normal(size=(3, 20))
    return rng.normal(size=(n, 3)) @ loadings + noise * rng.normal(size=(n, 20))


def _factors(rng, n=800):
    """Six factors behind 20 columns of unequal noise."""
    loadings, scale = rng.normal(size=(6, 20)), rng.uniform(0.5, 1.5, size=20)
    return rng.normal(size=(n, 6)) @ loadings + scale * rng.normal(size=(n, 20))


def _walk(rng, n=800):
    """Twelve steps of a random walk: each column is tied to its neighbors."""
    return rng.normal(size=(n, 12)).cumsum(axis=1) + 0.3 * rng.normal(size=(n, 12))


def _counts(rng, n=800):
    loadings = 0.7 * rng.normal(size=(2, 12))
    rate = np.exp(1.5 + rng.normal(size=(n, 2)) @ loadings)
    return rng.negative_binomial(5, 5 / (5 + rate)).astype(float)


def _genes(rng, n=600):
    """Sparse counts of three kinds of cells."""
    profile = rng.gamma(0.4, 3, size=(3, 40))
    rate = profile[rng.integers(3, size=n)] + 0.05
    return rng.negative_binomial(2, 2 / (2 + rate)).astype(float)


def _words(rng, n=600):
    """Counts of words in documents of 80 words, each a mixture of two topics."""
    topics = rng.dirichlet(0.3 * np.ones(30), size=2)
    share = rng.beta(0.7, 0.7, size=(n, 1))
    return np.stack([rng.multinomial(80, p) for p in share * topics[0] + (1 - share) * topics[1]]).astype(float)


def _mnist(rng, n=1000):
    images = elbax.load_data("mnist").x.reshape(-1, 784)
    return (_some(images, rng, n) > 127).astype(np.float32)


DATA = MappingProxyType(
    {
        "helix": _helix,
        "spiral": _spiral,
        "roll": _roll,
        "ring": _ring,
        "mixture": _mixture,
        "low-rank": _low_rank,
        "factors": _factors,
        "walk": _walk,
        "counts": _counts,
        "genes": _genes,
        "words": _words,
        "cancer": lambda rng: _some(load_breast_cancer().data, rng, 500),
        "wine": lambda rng: _some(load_wine().data, rng, 160),
        "digits": lambda rng: (_some(load_digits().data, rng, 1000) >= 8).astype(float),
        "gray": lambda rng: _some(load_digits().data, rng, 1000) / 16,
        **({"mnist": _mnist} if os.environ.get("ELBAX_DATA") else {}),
    }
)


def draw(name: str, seed: int, change=None) -> np.ndarray:
    """Rows of a data set, (n, d), and what ``change`` makes of them."""
    rng = np.random.default_rng([seed, *name.encode()])
    x = DATA[name](rng)
    return x if change is None else change(x, rng)
