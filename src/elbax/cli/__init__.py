"""The `elbax` command: it renders what the layers below return, and turns their errors into sentences."""

from elbax.cli import fit, use  # noqa: F401  the commands add themselves to the application
from elbax.cli.app import app, main

__all__ = ["app", "main"]
