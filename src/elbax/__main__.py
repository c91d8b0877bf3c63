"""The command line, as ``python -m elbax``."""

from elbax.cli import main

if __name__ == "__main__":
    main()
