"""Published tables, made again: one command each."""
