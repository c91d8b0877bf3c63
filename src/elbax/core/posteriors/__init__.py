"""Approximate posteriors q(z|x): what the encoder's numbers mean."""

from types import MappingProxyType

from elbax.core.posteriors.base import AbstractPosterior
from elbax.core.posteriors.diagonal_normal import DiagonalNormal
from elbax.core.posteriors.point import Point

__all__ = ["POSTERIORS", "AbstractPosterior", "DiagonalNormal", "Point"]

POSTERIORS = MappingProxyType({part.name: part for part in (DiagonalNormal, Point)})
