"""Runs: their settings, folders and results."""
