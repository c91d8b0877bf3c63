"""Approximate posteriors q(z|x)."""

from elbax.core.posteriors.base import AbstractPosterior
from elbax.core.posteriors.categorical import Categorical
from elbax.core.posteriors.diagonal_normal import DiagonalNormal
from elbax.core.posteriors.flow import IAF, Flow
from elbax.core.posteriors.full_normal import FullNormal
from elbax.core.posteriors.layers import Layers
from elbax.core.posteriors.point import Point
from elbax.core.posteriors.quantized import Quantized
from elbax.core.posteriors.von_mises_fisher import VonMisesFisherPosterior
from elbax.core.registry import Registry

__all__ = [
    "IAF",
    "POSTERIORS",
    "AbstractPosterior",
    "Categorical",
    "DiagonalNormal",
    "Flow",
    "FullNormal",
    "Layers",
    "Point",
    "Quantized",
    "VonMisesFisherPosterior",
]

POSTERIORS = Registry(
    "posterior",
    AbstractPosterior,
    IAF,
    Categorical,
    DiagonalNormal,
    Flow,
    FullNormal,
    Layers,
    Point,
    Quantized,
    VonMisesFisherPosterior,
)
