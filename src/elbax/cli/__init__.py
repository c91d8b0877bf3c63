"""The `elbax` command: it renders what the layers below return, and turns their errors into sentences."""

from elbax.cli.app import app, main

__all__ = ["app", "main"]
