"""Benchmarks: each module is one command, ``python -m benchmarks.NAME``, and says what it measured on what machine."""
