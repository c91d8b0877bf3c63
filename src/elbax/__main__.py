"""The command line, as ``python -m elbax``."""

from elbax.cli import main

main()
