"""The `elbax` command."""

from elbax.cli import cells, explore, fit, serve, share, use  # noqa: F401  commands register themselves
from elbax.cli.app import app, main

__all__ = ["app", "main"]
