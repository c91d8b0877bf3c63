"""elbax on tables as people have them, beside the methods one would use instead; `python -m benchmarks.tabular`."""
