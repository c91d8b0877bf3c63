"""One small module for each peer; all but `with_elbax` run without elbax."""
