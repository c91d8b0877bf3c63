"""Fitted models over HTTP: `elbax serve`."""

from elbax.service.app import OPEN_PATHS, Service
from elbax.service.model import ServedModel

__all__ = ["OPEN_PATHS", "ServedModel", "Service"]
