"""Training: compiled chunks of steps, and the Python loop around them."""
