"""Runs: the settings that describe one, and the folder that holds what it produced."""
