"""The one training path: compiled chunks of steps, and the Python loop around them."""
